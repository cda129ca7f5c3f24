//! This machine: settings, ports, the running `up`, Bob's requests, models.

use std::fs;
use std::net::TcpListener;

use super::diagnosis::{Diagnosis, doctor, text};
use super::server::{Mood, OURS, Serve, Stub};
use crate::common;
use crate::sshd::Sshd;
use crate::up::rig::{Home, Up, tunnel};

#[test]
fn all_is_well_with_a_real_server_and_a_running_up() {
    let (sshd, serve) = (Sshd::start(), Serve::start());
    // Whether OpenVINO would gain anything depends on the processor.
    let home = Home::through(&sshd, serve.port, "when-down").and("[ocr]\nengine = 'onnxruntime'");
    let up = Up::start(home.with_models());
    up.until_up();
    let diagnosis = Diagnosis::of(&up.home);
    diagnosis.are_well(&[
        "config",
        "up",
        "port",
        "bob",
        "ssh",
        "host",
        "reach",
        "host-key",
        "keys",
        "login",
        "forward",
        "service",
        "server-address",
        "server-health",
        "server-version",
        "models",
        "runtime",
        "clock",
        "proxy",
    ]);
    assert!(text(diagnosis.of_check("bob"), "saw").contains("server"), "{}", diagnosis.of_check("bob"));
    diagnosis.fails_only(&[]);
}

#[test]
fn an_up_with_a_token_is_asked_with_it_and_nobody_else_is() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let home = Home::through(&sshd, stub.port, "off");
    let token = home.folder.path().join("token");
    fs::write(&token, "t0ken-4711").expect("written");
    let up = Up::with(home, &["up", "--token-file", token.to_str().expect("text")]);
    up.until_up();
    let diagnosis = Diagnosis::of(&up.home);
    diagnosis.are_well(&["up", "port", "bob"]);
    assert!(!diagnosis.report.to_string().contains("t0ken-4711"));
}

#[test]
fn an_up_that_does_not_run() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let diagnosis = Diagnosis::of(&Home::through(&sshd, stub.port, "off"));
    let finding = diagnosis.is("up", "failure", "stopped");
    assert_eq!(text(finding, "command"), "jkocr up --detach");
    diagnosis.are_well(&["port", "service"]);
    diagnosis.are_skipped(&["bob"], "up");
    diagnosis.fails_only(&["up"]);
}

#[test]
fn the_host_of_the_running_up_is_the_one_that_is_looked_at() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let home = Home::through(&sshd, stub.port, "off");
    let lines = fs::read_to_string(home.folder.path().join("config.toml")).expect("config.toml");
    fs::write(home.folder.path().join("config.toml"), lines.replace("host = '127.0.0.1'\n", "")).expect("config.toml");
    let up = Up::with(home, &["up", "127.0.0.1"]);
    up.until_up();
    let diagnosis = Diagnosis::of(&up.home);
    assert_eq!(diagnosis.report["host"], "127.0.0.1");
    diagnosis.are_well(&["up", "port", "bob", "service"]);
    diagnosis.fails_only(&[]);

    let other = Diagnosis::with(doctor(&up.home, &["--json", "nowhere.invalid"]));
    let finding = other.is("up", "warning", "other-host");
    assert_eq!(text(finding, "command"), "jkocr down && jkocr up nowhere.invalid --detach");
    assert_eq!(other.of_check("host")["severity"], "failure");
}

#[test]
fn an_up_that_cannot_reach_its_server_is_no_second_failure() {
    let sshd = Sshd::start();
    sshd.authorize_nobody();
    let up = Up::start(Home::through(&sshd, 1, "off"));
    up.until("blocked", |status| status["state"] == "blocked");
    let diagnosis = Diagnosis::of(&up.home);
    diagnosis.is("up", "note", "tunnel-down");
    diagnosis.is("login", "failure", "login-refused");
    diagnosis.are_skipped(&["bob"], "login");
    diagnosis.fails_only(&["login"]);
}

#[test]
fn a_port_that_another_program_holds() {
    let home = Home::new("host = 'nowhere.invalid'", "off");
    let _taken = TcpListener::bind(("127.0.0.1", home.port)).expect("the port");
    let mut command = doctor(&home, &["--json"]);
    command.env("JKOCR_TUNNEL_HOST", "");
    let diagnosis = Diagnosis::with(command);
    let finding = diagnosis.is("port", "failure", "held");
    assert!(text(finding, "saw").contains(&format!("pid {}", std::process::id())), "{finding}");
    assert_eq!(text(finding, "command"), format!("kill {}", std::process::id()));
    assert!(text(finding, "remedy").contains("Bob: Preferences"), "{finding}");
    assert_eq!(text(finding, "subject"), format!("127.0.0.1:{}", home.port));
    diagnosis.are_skipped(&["bob"], "port");
}

#[test]
fn a_port_that_an_old_server_holds_serves_bob_all_the_same() {
    let stub = Stub::start();
    let home = Home::new("", "off");
    home.configure(&format!("listen = ['127.0.0.1:{}']", stub.port), "", "off");
    let diagnosis = Diagnosis::of(&home);
    diagnosis.is("port", "warning", "held");
    diagnosis.is("up", "note", "stopped");
    diagnosis.are_well(&["bob"]);
    diagnosis.fails_only(&[]);
}

#[test]
fn an_old_server_without_a_health_check() {
    let stub = Stub::on("127.0.0.1", Mood::Foreign, "python");
    let home = Home::new("", "off");
    home.configure(&format!("listen = ['127.0.0.1:{}']", stub.port), "", "off");
    let finding = Diagnosis::of(&home).is("bob", "warning", "health-refused").clone();
    assert!(text(&finding, "remedy").contains(&format!("http://127.0.0.1:{}", stub.port)), "{finding}");
}

#[test]
fn a_server_that_reads_nothing() {
    let (sshd, stub) = (Sshd::start(), Stub::on("127.0.0.1", Mood::Sick, OURS));
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let diagnosis = Diagnosis::of(&up.home);
    let finding = diagnosis.is("bob", "failure", "validation-refused");
    assert!(text(finding, "saw").contains("识别失败") && text(finding, "remedy").contains("verify"), "{finding}");
    diagnosis.are_well(&["up", "service"]);
    diagnosis.fails_only(&["bob"]);
}

#[test]
fn an_optional_port_is_only_warned_about() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address");
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let home = Home::new("", "off");
    let listen = format!("listen = ['127.0.0.1:{}', '{address}?']", home.port);
    home.configure(&listen, &tunnel(&sshd, stub.port), "off");
    let up = Up::start(home);
    up.until_up();
    let of_optional = |diagnosis: &Diagnosis, id: &str| {
        let subject = address.to_string();
        let found = diagnosis.findings().iter().find(|it| it["id"] == id && it["subject"] == subject.as_str());
        found.expect("a finding").clone()
    };
    let diagnosis = Diagnosis::of(&up.home);
    let finding = of_optional(&diagnosis, "port");
    assert_eq!((text(&finding, "severity"), text(&finding, "cause")), ("warning", "held"));
    diagnosis.fails_only(&[]);
    drop(taken);
    let finding = of_optional(&Diagnosis::of(&up.home), "port");
    assert_eq!((text(&finding, "severity"), text(&finding, "cause")), ("note", "not-listened"));
}

#[test]
fn an_address_that_others_can_reach() {
    let home = Home::new("", "off");
    home.configure(&format!("listen = ['0.0.0.0:{}']", home.port), "", "off");
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("port", "failure", "public-bind");
    assert!(text(finding, "remedy").contains(&format!("127.0.0.1:{}", home.port)), "{finding}");
}

#[test]
fn settings_that_cannot_be_used_are_a_finding_and_the_rest_is_looked_at() {
    let home = Home::new("hosst = 'vps'", "off").with_models();
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("config", "failure", "unusable");
    assert!(text(finding, "saw").contains("tunnel.host") && text(finding, "saw").contains("line 3"), "{finding}");
    diagnosis.are_skipped(&["port", "bob", "ssh", "login", "service", "server-address"], "config");
    diagnosis.are_well(&["models", "runtime", "disk"]);
    let remote = Home::new("remote = 'nonsense'", "off");
    let diagnosis = Diagnosis::of(&remote);
    assert!(text(diagnosis.is("config", "failure", "unusable"), "saw").contains("nonsense"));
}

#[test]
fn what_is_in_force_and_from_where() {
    let home = Home::new("ssh_options = ['ProxyCommand=nc -x me:geheim@proxy %h %p']", "off");
    let mut command = doctor(&home, &["--json"]);
    command.env("JKOCR_OCR_THREADS", "2");
    let diagnosis = Diagnosis::with(command);
    let details = diagnosis.of_check("config")["details"].as_array().expect("settings").clone();
    let lines: Vec<_> = details.iter().map(|line| line.as_str().expect("a line")).collect();
    assert!(lines.contains(&"ocr.threads = 2  (JKOCR_OCR_THREADS)"), "{lines:?}");
    assert!(lines.contains(&"fallback.mode = \"off\"  (file)"), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("ProxyCommand")) && !diagnosis.report.to_string().contains("geheim"));
}

#[test]
fn models_that_are_missing() {
    let diagnosis = Diagnosis::of(&Home::new("", "when-down"));
    let finding = diagnosis.is("models", "warning", "missing");
    assert_eq!(text(finding, "command"), "jkocr models pull v5-mobile");
    let finding = diagnosis.is("runtime", "warning", "missing");
    assert_eq!(text(finding, "command"), "jkocr models pull onnxruntime");
}

/// Copies what the shared home has, so that it can be damaged.
fn copied(folder: &str) -> Home {
    let home = Home::new("", "when-down");
    let copy =
        std::process::Command::new("cp").arg("-r").arg(common::home().join(folder)).arg(home.folder.path()).status();
    assert!(copy.expect("cp runs").success());
    home
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_model_that_is_damaged() {
    let home = copied("models");
    let all = files(&home.folder.path().join("models"));
    let model = all
        .iter()
        .find(|file| file.to_string_lossy().contains("v5-mobile") && file.extension().is_some_and(|end| end == "onnx"))
        .expect("a model");
    let mut bytes = fs::read(model).expect("a model");
    bytes[1000] ^= 1;
    fs::write(model, bytes).expect("a model");
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("models", "failure", "damaged");
    let id = model.file_stem().expect("a name").to_string_lossy();
    assert_eq!(text(finding, "command"), format!("jkocr models pull {id}"));
}

#[test]
fn a_runtime_that_is_damaged_or_none() {
    let home = copied("runtime");
    let library = files(&home.folder.path().join("runtime")).pop().expect("a library");
    fs::write(&library, "not a library").expect("a file");
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("models", "failure", "damaged");
    assert_eq!(text(finding, "command"), "jkocr models pull onnxruntime");
    diagnosis.are_skipped(&["runtime"], "models");

    let own = Home::new("", "when-down");
    let file = own.folder.path().join("own.so");
    fs::write(&file, "not a library").expect("a file");
    let mut command = doctor(&own, &["--json"]);
    command.env("ORT_DYLIB_PATH", &file);
    let diagnosis = Diagnosis::with(command);
    let finding = diagnosis.is("runtime", "failure", "unloadable");
    assert!(text(finding, "saw").contains("own.so") && text(finding, "remedy").contains("ORT_DYLIB_PATH"), "{finding}");
}

#[test]
fn a_set_that_does_not_exist() {
    let home = Home::new("", "when-down");
    fs::write(home.folder.path().join("config.toml"), "[ocr]\nmodels = 'v5-mobil'\n").expect("config.toml");
    let finding = Diagnosis::of(&home).is("models", "failure", "unknown-set").clone();
    assert!(text(&finding, "saw").contains("v5-mobile"), "{finding}");
}

#[test]
fn a_proxy_that_would_catch_bob() {
    let home = Home::new("", "off");
    let mut command = doctor(&home, &["--json"]);
    command.env("http_proxy", "http://me:geheim@proxy.lan:3128").env("no_proxy", "example.com");
    let diagnosis = Diagnosis::with(command);
    let finding = diagnosis.is("proxy", "warning", "catches-loopback");
    assert!(text(finding, "saw").contains("proxy.lan:3128"), "{finding}");
    assert_eq!(text(finding, "command"), "export no_proxy=127.0.0.1,localhost");
    assert!(!diagnosis.report.to_string().contains("geheim"));
}

//! A server, a proxy command and a banner that mean harm: nothing of theirs acts on a terminal or becomes a command.

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::thread;

use jkocr::untrusted::is_plain;
use serde_json::Value;

use super::diagnosis::{Diagnosis, doctor, text};
use super::there::sshd_with;
use crate::common::free_port;
use crate::sshd::Sshd;
use crate::up::rig::{Home, Up};

/// Every text in `value`.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Nothing that is printed may act on a terminal.
fn is_harmless(home: &Home, diagnosis: &Diagnosis) {
    assert!(texts(&diagnosis.report).into_iter().all(is_plain), "{:#}", diagnosis.report);
    let report = home.folder.path().join("report.json");
    let output = doctor(home, &["--report", report.to_str().expect("a path")]).output().expect("jkocr runs");
    let page = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(page.lines().all(is_plain), "{page:?}");
    let facts: Value = serde_json::from_slice(&fs::read(report).expect("a report")).expect("JSON");
    assert!(texts(&facts).into_iter().all(is_plain), "{facts:#}");
}

/// systemd's words with a title for the terminal, a turn of direction and a command among them.
const SYSTEMCTL: &str = "case \" $* \" in\n*' --user '*) exit 1;;\n*is-active*) exit 1;;\n*) printf \
    'Id=jkocr.service; touch PWNED\\nLoadState=loaded\\nActiveState=failed\\n\\n\
    Id=jkocr@1.service\\nLoadState=loaded\\nActiveState=failed\\033]0;title\\007\\nSubState=\\342\\200\\256dead\\n\
    Result=exit-code\\302\\2332J\\nNRestarts=1\\n';;\nesac";

#[test]
fn what_the_server_says_of_itself_is_neither_obeyed_nor_pasted() {
    let programs = [
        ("systemctl", SYSTEMCTL),
        ("journalctl", "printf 'ERROR \\033[2Jgone\\342\\201\\246\\n'"),
        ("uname", "printf 'Linux \\033[31m6.1 x86_64\\n'"),
        ("jkocr", "printf 'jkocr 9.9\\033[8m\\n'"),
    ];
    let (sshd, _programs) = sshd_with(&programs);
    let home = Home::through(&sshd, free_port(), "off");
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("server-unit", "warning", "unit-down");
    assert!(text(finding, "command").ends_with(" 'sudo systemctl restart jkocr@1.service'"), "{finding}");
    assert!(texts(&diagnosis.report).iter().all(|text| !text.contains("PWNED")), "{:#}", diagnosis.report);
    is_harmless(&home, &diagnosis);
}

#[test]
fn what_a_server_calls_itself_is_shown_without_what_it_wants_of_the_terminal() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let head =
                "HTTP/1.1 200 OK\r\nserver: evil\u{9b}2J\u{202e}txt\r\ncontent-length: 15\r\nconnection: close\r\n";
            let _ = stream.write_all(format!("{head}\r\n{{\"status\":\"ok\"}}").as_bytes());
        }
    });
    let sshd = Sshd::start();
    let home = Home::through(&sshd, port, "off");
    let diagnosis = Diagnosis::of(&home);
    assert!(text(diagnosis.is("server-version", "note", "other-server"), "saw").contains("evil2Jtxt"));
    is_harmless(&home, &diagnosis);
    let up = Up::start(home);
    up.until_up();
    assert_eq!(up.home.status()["server"], "evil2Jtxt");
    let page = String::from_utf8(up.home.run(&["status"]).stdout).expect("UTF-8");
    assert!(page.lines().all(is_plain) && page.contains("evil2Jtxt"), "{page:?}");
}

#[test]
fn what_a_proxy_command_writes_is_shown_without_what_it_wants_of_the_terminal() {
    let home = Home::new("", "off");
    let proxy = home.folder.path().join("proxy");
    fs::write(&proxy, "#!/bin/sh\nprintf '\\033]0;title\\007no \\342\\200\\256way\\033[8m\\n' >&2\nexit 1\n")
        .expect("a program");
    fs::set_permissions(&proxy, Permissions::from_mode(0o755)).expect("its mode");
    let tunnel = format!("host = 'vps.invalid'\nssh_options = ['ProxyCommand={}']", proxy.display());
    home.configure(&format!("listen = ['127.0.0.1:{}']", home.port), &tunnel, "off");
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("reach", "failure", "jump-failed");
    assert!(text(finding, "saw").contains("no way"), "{finding}");
    is_harmless(&home, &diagnosis);
    let up = Up::start(home);
    let is_told = |status: &Value| status["last_cause"]["id"] == "jump-failed";
    up.until("it is told", is_told);
    let status = up.home.status();
    assert!(texts(&status).into_iter().all(is_plain), "{status:#}");
    assert!(up.log().lines().all(is_plain), "{}", up.log());
}

#[test]
fn a_banner_is_not_taken_for_ssh() {
    let sshd = Sshd::with_forged_banner();
    sshd.authorize_nobody();
    let home = Home::through(&sshd, free_port(), "off");
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("login", "failure", "login-refused");
    assert!(text(finding, "command").starts_with("ssh-copy-id "), "{finding}");
    diagnosis.are_well(&["ssh", "host", "reach", "host-key", "keys"]);
    is_harmless(&home, &diagnosis);
}

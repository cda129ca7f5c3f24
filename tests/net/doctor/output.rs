//! How findings are told: in both languages, with and without colours, in a file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use super::diagnosis::doctor;
use super::server::Stub;
use super::there::{sshd_with, systemctl};
use crate::common::free_port;
use crate::sshd::Sshd;
use crate::up::rig::{Home, Up};

/// What of a run differs from run to run.
const FILTERS: [(&str, &str); 12] = [
    (r"/[^\s`']*/\.tmp\w+", "[folder]"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
    (r"127\.0\.0\.1 port \d+", "127.0.0.1 port [port]"),
    (r"(Port=|host-|现为 |\(port )\d+", "$1[port]"),
    (r"(pid|kill) \d+", "$1 [pid]"),
    (r"(held by |被 )\S+ \(pid", "$1[program] (pid"),
    (r"\d+ (answers: |应答：)SSH-2\.0\S+.*", "[port] ${1}SSH-2.0-[version]"),
    (r"OpenSSH_\S+", "OpenSSH_[version]"),
    (r"\d+ (ms|毫秒)", "[time] $1"),
    (r"(as |以 )\w+(, without| 登录)", "${1}[user]$2"),
    (r"\w+@127", "[user]@127"),
    (r"(version|版本)(\s+)\d+\.\d+\.\d+", "$1$2[version]"),
];

/// The text up to the checks of the machine, which differ from machine to machine.
fn told(mut command: Command, language: &str) -> String {
    let output = command.args(["--lang", language]).output().expect("jkocr runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let is_end = |line: &&str| line.contains("HTTP proxy") || line.contains("HTTP 代理");
    let end = text.lines().position(|line| is_end(&line)).unwrap_or_else(|| panic!("{text}"));
    let lines: Vec<_> = text.lines().take(end + 1).map(str::trim_end).collect();
    lines.join("\n")
}

fn snapshots(name: &str, home: &Home) {
    insta::with_settings!({ filters => FILTERS, omit_expression => true, prepend_module_to_snapshot => false }, {
        for language in ["en", "zh"] {
            insta::assert_snapshot!(format!("{name}-{language}"), told(doctor(home, &[]), language));
        }
    });
}

#[test]
fn all_is_well() {
    let stub = Stub::start();
    let (sshd, _programs) = sshd_with(&[("systemctl", &systemctl("active", "success"))]);
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    snapshots("well", &up.home);
}

#[test]
fn nothing_is_configured() {
    snapshots("nothing", &Home::new("", "when-down"));
}

#[test]
fn a_refused_login() {
    let sshd = Sshd::start();
    sshd.authorize_nobody();
    snapshots("login-refused", &Home::through(&sshd, free_port(), "off"));
}

#[test]
fn a_service_that_is_down() {
    let version = format!("echo jkocr {}", env!("CARGO_PKG_VERSION"));
    let unit = systemctl("failed", "exit-code");
    let programs = [("systemctl", unit.as_str()), ("journalctl", "echo 'ERROR no models'"), ("jkocr", &version)];
    let (sshd, _programs) = sshd_with(&programs);
    snapshots("service-down", &Home::through(&sshd, free_port(), "off"));
}

#[test]
fn a_host_key_that_is_not_known() {
    let sshd = Sshd::start();
    sshd.forget_host_key();
    snapshots("host-key-unknown", &Home::through(&sshd, free_port(), "off"));
}

#[test]
fn a_taken_port_and_broken_settings() {
    let home = Home::new("hosst = 'vps'", "off");
    snapshots("config", &home);
    let home = Home::new("", "off");
    let _taken = std::net::TcpListener::bind(("127.0.0.1", home.port)).expect("the port");
    snapshots("port-held", &home);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let home = Home::new("", "when-down");
    let colored = |arguments: &[&str], no_color: bool| {
        let mut command = doctor(&home, arguments);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        command.output().expect("jkocr runs").stdout.contains(&0x1b)
    };
    assert!(!colored(&[], false) && !colored(&[], true) && colored(&["--color", "always"], false));
}

#[test]
fn a_report_is_private_and_holds_no_secret() {
    let sshd = Sshd::start();
    let home = Home::through(&sshd, free_port(), "off");
    fs::create_dir_all(home.state()).expect("a folder");
    let token = "q7".repeat(30);
    let log = format!("INFO listening\nWARN via http://me:geheim@proxy:1 token {token}\n");
    fs::write(home.state().join("up.log"), log).expect("a log");
    let file = home.folder.path().join("report.json");
    fs::write(&file, "an older one, which others can read").expect("a file");
    let mut command = doctor(&home, &["--report"]);
    command.arg(&file).env("http_proxy", "http://me:geheim@proxy.lan:3128").env("SSH_AUTH_SOCK", "/nonexistent");
    let output = command.output().expect("jkocr runs");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("report.json"));
    assert_eq!(file.metadata().expect("a report").permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).expect("a report");
    let key = fs::read_to_string(sshd.file("user")).expect("a key");
    for secret in ["geheim", &token, key.lines().nth(1).expect("a line of the key")] {
        assert!(!text.contains(secret), "{secret}");
    }
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["log"], serde_json::json!(["INFO listening", "WARN via http://…@proxy:1 token …"]));
    assert_eq!((&report["schema"], &report["healthy"]), (&1.into(), &false.into()));
    assert_eq!(report["facts"]["way"]["cause"]["id"], "service-down");
    assert!(report["facts"]["there"]["memory"]["total"].is_u64());
}

#[test]
fn the_help_is_in_both_languages() {
    let home = Home::new("", "off");
    let help = |language| {
        let output = home.run(&["--lang", language, "doctor", "--help"]);
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(help("en").contains("Exits with 0") && help("zh").contains("退出码"));
}

//! The server's machine. What this one does not have, or must not be put into, is played by programs in the `PATH` of
//! sshd's sessions.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use tempfile::TempDir;

use super::diagnosis::{Diagnosis, text};
use super::server::{Mood, OURS, Stub};
use crate::common::free_port;
use crate::sshd::Sshd;
use crate::up::rig::Home;

/// An sshd whose sessions find these programs first.
pub fn sshd_with(programs: &[(&str, &str)]) -> (Sshd, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, script) in programs {
        let file = folder.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a program");
        fs::set_permissions(&file, Permissions::from_mode(0o755)).expect("a mode");
    }
    let sshd = Sshd::with(&format!("SetEnv PATH={}:/usr/bin:/bin", folder.path().display()));
    (sshd, folder)
}

/// A `systemctl` that knows one unit of the system.
pub fn systemctl(active: &str, result: &str) -> String {
    format!(
        "case \" $* \" in\n*' --user '*) exit 1;;\n*is-active*) [ {active} = active ];;\n*) printf \
         'Id=jkocr.service\\nLoadState=loaded\\nActiveState={active}\\nSubState=dead\\nResult={result}\\nNRestarts=4\\n';;\nesac"
    )
}

#[test]
fn a_service_that_everybody_can_reach() {
    let (sshd, stub) = (Sshd::start(), Stub::on("0.0.0.0", Mood::Well, OURS));
    let diagnosis = Diagnosis::of(&Home::through(&sshd, stub.port, "off"));
    let finding = diagnosis.is("server-address", "failure", "public-bind");
    assert!(text(finding, "saw").contains(&format!("0.0.0.0:{}", stub.port)), "{finding}");
    assert!(text(finding, "remedy").contains("--host 127.0.0.1"), "{finding}");
    diagnosis.are_well(&["service"]);
    diagnosis.fails_only(&["up", "server-address"]);
}

#[test]
fn a_unit_that_has_failed_says_its_last_words() {
    let token = "q7".repeat(30);
    let journal = format!("echo 'ERROR cannot listen token {token}'");
    let (sshd, _programs) = sshd_with(&[("systemctl", &systemctl("failed", "exit-code")), ("journalctl", &journal)]);
    let diagnosis = Diagnosis::of(&Home::through(&sshd, free_port(), "off"));
    let finding = diagnosis.is("server-unit", "warning", "unit-down");
    assert!(text(finding, "saw").contains("failed"), "{finding}");
    assert!(text(finding, "command").ends_with("127.0.0.1 'sudo systemctl restart jkocr.service'"), "{finding}");
    assert_eq!(finding["details"], serde_json::json!(["ERROR cannot listen token …"]));
    let finding = diagnosis.is("service", "failure", "service-down");
    assert!(text(finding, "command").starts_with("ssh -t -o Port="), "{finding}");
}

#[test]
fn a_unit_that_was_killed_for_want_of_memory() {
    let (sshd, _programs) = sshd_with(&[("systemctl", &systemctl("failed", "oom-kill")), ("journalctl", "true")]);
    let diagnosis = Diagnosis::of(&Home::through(&sshd, free_port(), "off"));
    let finding = diagnosis.is("server-oom", "failure", "killed");
    assert!(text(finding, "remedy").contains("swap"), "{finding}");
}

#[test]
fn a_unit_that_runs_is_well() {
    let (sshd, _programs) = sshd_with(&[("systemctl", &systemctl("active", "success"))]);
    let stub = Stub::start();
    let diagnosis = Diagnosis::of(&Home::through(&sshd, stub.port, "off"));
    diagnosis.are_well(&["server-unit", "server-health", "server-address"]);
}

#[test]
fn a_clock_an_old_libc_and_another_version() {
    let programs =
        [("date", "echo $(($(/bin/date +%s) + 600))"), ("getconf", "[ $1 = GNU_LIBC_VERSION ] && echo glibc 2.17")];
    let (sshd, _programs) = sshd_with(&programs);
    let stub = Stub::on("127.0.0.1", Mood::Well, "jkocr/0.0.1");
    let diagnosis = Diagnosis::of(&Home::through(&sshd, stub.port, "off"));
    let finding = diagnosis.is("clock", "warning", "apart");
    assert!(text(finding, "saw").contains("59") || text(finding, "saw").contains("600"), "{finding}");
    assert!(text(diagnosis.is("server-glibc", "note", "no-runtime"), "saw").contains("2.17"));
    let finding = diagnosis.is("server-version", "warning", "other-version");
    assert!(text(finding, "saw").contains("0.0.1"), "{finding}");
    assert_eq!(text(finding, "command"), "jkocr deploy 127.0.0.1", "{finding}");
    diagnosis.fails_only(&["up"]);
}

#[test]
fn another_server_is_told_apart() {
    let (sshd, stub) = (Sshd::start(), Stub::on("127.0.0.1", Mood::Well, "uvicorn"));
    let diagnosis = Diagnosis::of(&Home::through(&sshd, stub.port, "off"));
    assert!(text(diagnosis.is("server-version", "note", "other-server"), "saw").contains("uvicorn"));
}

#[test]
fn a_login_that_runs_no_commands_is_enough_for_the_tunnel() {
    let (sshd, stub) = (Sshd::with("ForceCommand /bin/false"), Stub::start());
    let diagnosis = Diagnosis::of(&Home::through(&sshd, stub.port, "off"));
    diagnosis.are_well(&["login", "forward", "service"]);
    assert_eq!(diagnosis.of_check("server-memory")["severity"], "skipped");
    diagnosis.fails_only(&["up"]);
}

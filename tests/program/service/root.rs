//! systemd in a folder: an installed system that does not run, with the real `systemctl --root`.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::fake::{Ended, ended, files};
use crate::common::{home, jkocr, link_files};

/// A root folder in which the models are already where `install` would pull them to.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let state = root.path().join("var/lib/jkocr");
    for folder in ["models", "runtime"] {
        link_files(&home().join(folder), &state.join(folder));
    }
    root
}

fn service(root: &Path, verb: &str, arguments: &[&str]) -> Ended {
    let mut command = jkocr();
    command.args(["--offline", "service", verb, "--root"]).arg(root);
    if verb == "install" {
        command.args(["--program", "/usr/local/bin/jkocr"]);
    }
    ended(command.args(arguments))
}

fn names(root: &Path) -> Vec<String> {
    files(&root.join("etc")).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn one_service_is_enabled_and_goes_without_a_trace() {
    let root = root();
    let installed = service(root.path(), "install", &[]).exits(0);
    assert_eq!(installed.stdout, "");
    assert!(installed.stderr.contains("/etc/systemd/system/jkocr.service\n"), "{}", installed.stderr);
    assert_eq!(
        names(root.path()),
        ["systemd/system/jkocr.service", "systemd/system/multi-user.target.wants/jkocr.service"]
    );
    let unit = root.path().join("etc/systemd/system/jkocr.service");
    assert_eq!(fs::metadata(&unit).unwrap().permissions().mode() & 0o777, 0o644);
    assert!(fs::read_to_string(&unit).unwrap().contains("ExecStart=:\"/usr/local/bin/jkocr\" \"serve\"\n"));

    let status = service(root.path(), "status", &[]).exits(0);
    assert_eq!(status.stdout, format!("jkocr.service: starts by itself ({})\n", unit.display()));

    service(root.path(), "uninstall", &[]).exits(0);
    assert_eq!(files(root.path()), []);
    assert!(!root.path().join("var/lib/jkocr").exists());
    let status = service(root.path(), "status", &[]).exits(3);
    assert_eq!(status.stdout, "not installed\n");
    let again = service(root.path(), "uninstall", &[]).exits(0);
    assert!(again.stderr.starts_with("Nothing is installed"), "{}", again.stderr);
}

#[test]
fn another_installation_takes_the_place_of_the_first() {
    let root = root();
    service(root.path(), "install", &[]).exits(0);
    service(root.path(), "install", &["--port", "8081", "--port", "8082"]).exits(0);
    let wants = |name: &str| format!("systemd/system/multi-user.target.wants/{name}");
    let expected =
        ["systemd/system/jkocr@.service".to_owned(), wants("jkocr@8081.service"), wants("jkocr@8082.service")];
    assert_eq!(names(root.path()), expected);
    service(root.path(), "install", &["--port", "8082"]).exits(0);
    assert_eq!(names(root.path()), [&expected[0], &expected[2]].map(Clone::clone));
    service(root.path(), "install", &[]).exits(0);
    assert_eq!(names(root.path()), ["systemd/system/jkocr.service".to_owned(), wants("jkocr.service")]);
}

#[test]
fn a_dry_run_says_the_same_and_does_nothing() {
    let root = root();
    let before = files(root.path());
    let would = service(root.path(), "install", &["--dry-run"]).exits(0);
    assert_eq!(files(root.path()), before);
    let will = service(root.path(), "install", &[]).exits(0);
    let plan = would.stdout.strip_prefix("This would be done:\n").unwrap();
    assert!(will.stderr.starts_with(&format!("This will be done:\n{plan}")), "{plan}\n{}", will.stderr);
    let installed = files(root.path());
    service(root.path(), "uninstall", &["--dry-run"]).exits(0);
    assert_eq!(files(root.path()), installed);
}

#[test]
fn a_mistake_for_the_server_is_met_before_anything_is_written() {
    let root = root();
    let before = files(root.path());
    let refused = service(root.path(), "install", &["--", "--modles", "v6-small"]).exits(2);
    assert!(refused.stderr.contains("--models"), "{}", refused.stderr);
    let refused = service(root.path(), "install", &["--port", "8081", "--", "--port", "9"]).exits(2);
    assert!(refused.stderr.contains("--port"), "{}", refused.stderr);
    let refused = service(root.path(), "install", &["--", "--models", "v6-smal"]).exits(1);
    assert!(refused.stderr.contains("v6-small"), "{}", refused.stderr);
    assert_eq!(files(root.path()), before);
}

#[test]
fn a_program_that_the_sandbox_hides_is_refused() {
    let root = root();
    for file in ["/home/me/bin/jkocr", "/root/jkocr", "/tmp/jkocr"] {
        let mut command = jkocr();
        let refused = ended(command.args(["service", "install", "--root"]).arg(root.path()).args(["--program", file]));
        let refused = refused.exits(1);
        assert!(refused.stderr.contains(&format!("hint: put it elsewhere, such as `sudo install -m 755 {file}")));
    }
    assert_eq!(names(root.path()), Vec::<String>::new());
}

#[test]
fn a_program_that_systemd_would_not_run_is_refused() {
    let root = root();
    let mut command = jkocr();
    command.args(["service", "install", "--program", "/opt/it's/jkocr", "--root"]).arg(root.path());
    let refused = ended(&mut command).exits(1);
    assert!(refused.stderr.contains("systemd runs no program with a quote"), "{}", refused.stderr);
    assert_eq!(names(root.path()), Vec::<String>::new());
}

#[test]
fn missing_models_stop_an_installation_without_a_network() {
    let root = tempfile::tempdir().unwrap();
    let refused = service(root.path(), "install", &[]).exits(1);
    assert!(refused.stderr.contains("jkocr models import FILE"), "{}", refused.stderr);
    assert_eq!(names(root.path()), Vec::<String>::new());
}

#[test]
fn the_best_installed_models_are_the_ones_that_must_be_there() {
    let root = root();
    fs::write(root.path().join("var/lib/jkocr/config.toml"), "[ocr]\nmodels = \"v5-mobile\"\n").unwrap();
    let plan = |arguments: &[&str]| service(root.path(), "install", arguments).exits(0).stdout;
    assert!(plan(&["--dry-run"]).contains("models pull v5-mobile\n"));
    assert!(plan(&["--dry-run", "--", "--models", "v5-server"]).contains("models pull v5-server\n"));
    assert!(plan(&["--dry-run", "--", "--models", "auto"]).contains("models pull v6-small\n"));
}

#[test]
fn what_the_sandbox_forbids_is_refused() {
    let root = root();
    let refused = service(root.path(), "install", &["--", "--allow-remote", "--token-file", "/etc/token"]).exits(1);
    assert!(refused.stderr.contains("lets only this machine connect"), "{}", refused.stderr);
    for argument in [&["--", "--prefix-file", "/home/me/prefix"][..], &["--", "--prefix-file=/home/me/prefix"]] {
        let refused = service(root.path(), "install", argument).exits(1);
        assert!(refused.stderr.contains("could not read `/home/me/prefix`"), "{}", refused.stderr);
    }
    assert_eq!(names(root.path()), Vec::<String>::new());
}

#[test]
fn a_service_of_the_whole_system_needs_root() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = jkocr();
    if rustix::process::geteuid().is_root() {
        let program = folder.path().join("jkocr");
        fs::copy(env!("CARGO_BIN_EXE_jkocr"), &program).unwrap();
        command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).env("LANG", "C");
    }
    command.args(["service", "install", "--program", "/usr/local/bin/jkocr"]).env("JKOCR_HOME", folder.path());
    let refused = ended(&mut command).exits(1);
    assert!(refused.stderr.contains("hint: run it with `sudo`"), "{}", refused.stderr);
}

//! A user's own unit, with a systemctl that writes down how it is called.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::fs;

use super::fake::{Fake, ended};
use crate::common;

/// Answers as systemctl does, of version `version`, about a unit that runs; `restart` fails while there is a file `bad`.
fn systemctl(version: u32) -> Fake {
    let script = format!(
        "case \"$*\" in\n\
         --version) echo 'systemd {version} ({version}.1-1)' ;;\n\
         *is-enabled*) echo enabled ;;\n\
         *show*) printf 'ActiveState=%s\\n' \"$(cat active)\"; echo SubState=running ;;\n\
         *restart*) test ! -e bad ;;\n\
         esac"
    );
    let fake = Fake::new("systemctl", &script);
    // The models of the user are already there.
    fs::create_dir(fake.path("jkocr")).unwrap();
    for name in ["models", "runtime"] {
        // With OpenVINO, which a processor with bf16 gets as well.
        let there = common::home_with_openvino().join(name);
        std::os::unix::fs::symlink(there, fake.path("jkocr").join(name)).unwrap();
    }
    fake
}

#[test]
fn a_users_unit_is_written_enabled_and_started() {
    let fake = systemctl(252);
    let installed = fake.service(&["install", "--user", "--", "--threads", "2"]).exits(0);
    assert!(installed.stderr.contains("loginctl enable-linger"), "{}", installed.stderr);
    let calls = ["--version", "--user daemon-reload", "--user enable jkocr.service", "--user restart jkocr.service"];
    assert_eq!(fake.calls(), calls.map(|call| format!("systemctl {call}")));
    assert_eq!(fake.files(), [(".config/systemd/user/jkocr.service".to_owned(), 0o600)]);
    let unit = fs::read_to_string(fake.path("home/.config/systemd/user/jkocr.service")).unwrap();
    let program = format!("ExecStart=:\"{}\" \"serve\" \"--threads\" \"2\"\n", env!("CARGO_BIN_EXE_jkocr"));
    assert!(unit.contains(&program), "{unit}");
    assert!(unit.contains(&format!("Environment=\"JKOCR_HOME={}\"\n", fake.path("jkocr").display())), "{unit}");
    assert!(!unit.contains("RestartSteps"), "systemd 252 does not know it");

    fake.state("active", "active");
    let status = fake.service(&["status", "--user"]).exits(0);
    assert!(status.stdout.starts_with("jkocr.service: starts by itself, active (running) ("), "{}", status.stdout);
    fake.state("active", "failed");
    fake.service(&["status", "--user"]).exits(3);
    fake.calls();

    fake.service(&["uninstall", "--user"]).exits(0);
    let calls = ["disable --now jkocr.service", "stop jkocr*.service", "reset-failed jkocr*.service", "daemon-reload"];
    assert_eq!(fake.calls(), calls.map(|call| format!("systemctl --user {call}")));
    assert_eq!(fake.files(), []);
    assert!(fake.path("jkocr/models").exists(), "the models are the user's, with or without a service");
}

#[test]
fn a_newer_systemd_pauses_longer_from_restart_to_restart() {
    let fake = systemctl(257);
    fake.service(&["install", "--user"]).exits(0);
    let unit = fs::read_to_string(fake.path("home/.config/systemd/user/jkocr.service")).unwrap();
    assert!(unit.contains("RestartSteps=6\nRestartMaxDelaySec=60\n"), "{unit}");
}

#[test]
fn a_service_that_does_not_start_is_a_failure_that_names_its_log() {
    let fake = systemctl(252);
    fake.state("bad", "");
    let failed = fake.service(&["install", "--user"]).exits(1);
    assert!(failed.stderr.contains("error: `systemctl --user restart jkocr.service`"), "{}", failed.stderr);
    assert!(failed.stderr.contains("hint: `journalctl -n 20 --user -u 'jkocr*'`"), "{}", failed.stderr);
}

#[test]
fn the_plan_is_told_in_chinese_too() {
    let fake = systemctl(252);
    let plan = fake.service(&["install", "--user", "--dry-run", "--lang", "zh"]).exits(0).stdout;
    assert!(plan.starts_with("若执行，将进行以下操作：\n  运行  "), "{plan}");
    assert_eq!(fake.files(), []);
}

/// In a mount namespace without a `/run`, as in a container.
#[test]
fn without_systemd_nothing_is_begun_and_the_way_out_is_named() {
    let service = |path: &str, arguments: &[&str]| {
        let mut command = std::process::Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
        command.arg("mount -t tmpfs none /run && PATH=\"$1\" && shift && exec \"$@\"");
        let program = env!("CARGO_BIN_EXE_jkocr");
        command.args(["sh", path, program, "service"]).args(arguments).args(["--program", "/opt/jkocr"]);
        ended(command.env("LANG", "C.UTF-8").env_remove("LC_ALL"))
    };
    let told = service("/usr/bin:/bin", &["install"]);
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    let lines: Vec<_> = told.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", told.stderr);
    assert!(lines[0].contains("systemd does not run this machine"), "{}", told.stderr);
    assert!(lines[1].contains("`jkocr serve`"), "{}", told.stderr);
    // What needs no systemd works without one.
    for verb in [&["install", "--dry-run"][..], &["print"]] {
        let told = service("/nonexistent", verb);
        assert_eq!(told.code, Some(0), "{}", told.stderr);
        assert!(told.stdout.contains("/opt/jkocr"), "{}", told.stdout);
    }
    // A user's own would need the program as well.
    let told = ended(systemctl(256).command().env("PATH", "/nonexistent").args(["service", "install", "--user"]));
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    assert!(told.stderr.contains("`systemctl`") && told.stderr.contains("`jkocr serve`"), "{}", told.stderr);
}

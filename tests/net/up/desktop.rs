//! What the desktop shows: the menu bar's script, and notifications.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::client::{TEXT, ocr};
use super::rig::{Home, Up};
use super::stub::Stub;
use crate::sshd::{Sshd, wait_long_for};

/// What the plugin for SwiftBar and xbar prints.
fn menu(home: &Home, language: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/menu-bar/jkocr.10s.sh");
    let mut command = Command::new("sh");
    command.arg(script).env("JKOCR", env!("CARGO_BIN_EXE_jkocr")).env("JKOCR_HOME", home.folder.path());
    command.env("LANG", language).env_remove("LC_ALL");
    let output = command.output().expect("a shell");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_menu_bar_shows_who_reads() {
    let (mut sshd, stub) = (Sshd::start(), Stub::start());
    let home = Home::through(&sshd, stub.port, "off");
    let stopped = menu(&home, "en_US.UTF-8");
    assert!(stopped.starts_with("○ OCR\n---\nnot running\nStart | bash="), "{stopped}");
    assert!(menu(&home, "zh_CN.UTF-8").contains("\n未运行\n启动 | bash="));

    let up = Up::start(home);
    up.until_up();
    assert_eq!(ocr(up.port(), TEXT).status, 200);
    let shown = menu(&up.home, "en_US.UTF-8");
    assert!(
        shown.starts_with("● OCR\n---\nthe server reads\n127.0.0.1\nthe server reads: 1\nthis Mac reads: 0\n"),
        "{shown}"
    );
    assert!(shown.contains("\nLast: ") && shown.contains(" ms\n"), "{shown}");

    sshd.stop();
    up.until("it is not there", |status| !status["cause"].is_null());
    let shown = menu(&up.home, "en_US.UTF-8");
    assert!(shown.starts_with("◑ OCR\n---\nthis Mac reads\n"), "{shown}");
    let orders = shown.lines().filter(|line| line.contains('|'));
    assert!(orders.into_iter().all(|line| line.contains("| bash=")), "what is wrong is no order to the menu: {shown}");
}

#[test]
fn the_desktop_tells_that_this_machine_reads_and_that_the_server_is_back() {
    let (mut sshd, stub) = (Sshd::stopped(), Stub::start());
    let home = Home::through(&sshd, stub.port, "when-down").and("[notify]\nfallback = true").with_models();
    // The desktop of the test: it writes down what it is to show.
    let [told, program] = ["told", "notify-send"].map(|name| home.folder.path().join(name));
    fs::write(&program, format!("#!/bin/sh\nprintf '%s|' \"$@\" >>'{}'\n", told.display())).expect("a script");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:{}", home.folder.path().display(), std::env::var("PATH").expect("a path"));
    let up = Up::by(home, &["up"], |command| _ = command.env("PATH", path));
    up.until_stocked();
    assert_eq!(ocr(up.port(), TEXT).backend(), "local");
    let shown = || fs::read_to_string(&told).unwrap_or_default();
    let patience = Duration::from_mins(3);
    wait_long_for("it is told", patience, || shown().contains("this machine reads"), || up.log());
    sshd.resume();
    wait_long_for("it is told", patience, || shown().contains("reads your screenshots again"), || up.log());
    let shown = shown();
    assert_eq!(shown.matches("--app-name=jkocr|--|jkocr|").count(), 2, "{shown}");
    assert!(!shown.contains("quick"), "nothing of a picture: {shown}");
}

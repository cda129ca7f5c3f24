//! Everything that breaks on the way, and a client that notices none of it.

use std::thread;

use rustix::process::Signal;

use super::client::{TEXT, VALIDATE, health, ocr};
use super::rig::{Home, Up};
use super::stub::{Stub, said};
use crate::sshd::{Sshd, wait_for};

/// A request that is with the server when `break_path` breaks the path, and that is answered all the same.
fn outlives(break_path: impl FnOnce(&Up, &Sshd), cause: &str) {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    stub.hold(true);
    let port = up.port();
    let asking = thread::spawn(move || ocr(port, TEXT));
    wait_for("the request is with the server", || stub.arrived() == 1, || up.log());
    break_path(&up, &sshd);
    wait_for("the request is there again", || stub.arrived() == 2, || up.log());
    stub.hold(false);
    let answer = asking.join().expect("an answer");
    assert_eq!(String::from_utf8_lossy(&answer.body), said(TEXT));
    up.until("it is up and remembers", |status| status["state"] == "up" && status["last_cause"]["id"] == cause);
}

#[test]
fn ssh_killed_in_the_middle_of_a_request_costs_nothing() {
    outlives(|up, _| up.kill_ssh(), "ssh-killed");
}

#[test]
fn a_session_that_sshd_ends_in_the_middle_of_a_request_costs_nothing() {
    outlives(|_, sshd| sshd.signal_sessions(Signal::KILL), "connection-lost");
}

#[test]
fn in_a_black_hole_this_machine_reads_until_the_path_is_back() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "when-down").with_models());
    up.until_up();
    up.until_stocked();
    assert_eq!(ocr(up.port(), TEXT).backend(), "remote");
    sshd.signal_listener(Signal::STOP);
    sshd.signal_sessions(Signal::STOP);
    // The path is still fresh, so this one goes into the hole first.
    let answer = ocr(up.port(), TEXT);
    assert_eq!((answer.backend(), answer.texts().as_array().map(Vec::len)), ("local", Some(3)));
    up.until("it is noticed", |status| status["healthy"] == false && !status["fallbacks"].is_null());
    let answer = ocr(up.port(), VALIDATE);
    assert_eq!((answer.backend(), answer.texts()), ("local", serde_json::json!([])));
    assert_eq!(health(up.port()).status, 200, "requests are answered");
    up.until("the cause is known", |status| status["cause"]["id"] == "no-banner");
    let fallbacks = up.home.status()["fallbacks"].clone();
    let counts: u64 = fallbacks.as_object().expect("reasons").values().filter_map(serde_json::Value::as_u64).sum();
    let logged = up.log().matches("reading on this machine").count();
    assert_eq!((counts, logged), (2, 2), "each fallback is counted and logged once: {fallbacks}\n{}", up.log());
    sshd.signal_listener(Signal::CONT);
    up.until_up();
    assert_eq!(ocr(up.port(), TEXT).backend(), "remote");
}

#[test]
fn a_request_waits_for_a_reconnect_rather_than_fail() {
    let (mut sshd, stub) = (Sshd::stopped(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until("the cause is known", |status| status["last_cause"]["id"] == "refused");
    let port = up.port();
    let asking = thread::spawn(move || ocr(port, TEXT));
    up.until("it is being tried", |status| status["attempts"].as_u64() > Some(2));
    sshd.resume();
    let answer = asking.join().expect("an answer");
    assert_eq!(String::from_utf8_lossy(&answer.body), said(TEXT));
}

#[test]
fn without_a_way_and_without_a_fallback_bob_is_told_why() {
    let (sshd, stub) = (Sshd::stopped(), Stub::start());
    let mut up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until("the cause is known", |status| status["last_cause"]["id"] == "refused");
    assert!(ocr(up.port(), VALIDATE).failure().contains("OCR 服务器"));
    let health = health(up.port());
    assert_eq!(health.status, 503, "{}", health.json());
    assert_eq!(up.home.run(&["status"]).status.code(), Some(3));
    up.end(Signal::TERM);
}

#[test]
fn a_server_that_comes_later_is_found_and_one_that_goes_is_missed() {
    let (mut sshd, mut stub) = (Sshd::stopped(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "when-down").with_models());
    up.until("the cause is known", |status| status["last_cause"]["id"] == "refused");
    up.until_stocked();
    assert_eq!(ocr(up.port(), VALIDATE).backend(), "local");
    sshd.resume();
    up.until_up();
    stub.stop();
    up.until("it is missed", |status| {
        // A request has the path looked at.
        ocr(up.port(), VALIDATE);
        status["cause"]["id"] == "service-down"
    });
    assert_eq!(ocr(up.port(), VALIDATE).backend(), "local");
    let ssh = up.ssh();
    stub.resume();
    up.until_up();
    assert_eq!(up.ssh(), ssh, "ssh was well all the time");
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), TEXT).body), said(TEXT));
}

#[test]
#[cfg(target_os = "linux")]
fn a_jump_of_the_clock_proves_the_path_at_once() {
    use std::fs;
    use std::path::Path;

    let library =
        ["x86_64", "aarch64"].map(|machine| format!("/usr/lib/{machine}-linux-gnu/faketime/libfaketime.so.1"));
    let library = library.iter().find(|file| Path::new(file).exists());
    let library = library.expect("this test needs a clock of its own: apt-get install libfaketime");
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let home = Home::through(&sshd, stub.port, "off");
    let clock = home.folder.path().join("clock");
    fs::write(&clock, "+0s\n").expect("a clock");
    let up = Up::by(home, &["up"], |command| {
        command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &clock);
        command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("FAKETIME_NO_CACHE", "1");
    });
    up.until_up();
    let ssh = up.ssh();
    // Hours of sleep, in which the path has died.
    sshd.signal_sessions(Signal::STOP);
    fs::write(&clock, "+8h\n").expect("a clock");
    wait_for("it is noticed", || up.log().contains("this machine has slept"), || up.log());
    up.until("it is suspected and replaced", |status| status["state"] == "up" && up.ssh() != ssh);
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), TEXT).body), said(TEXT));
    // Nothing has died: the path stays.
    wait_for("the dead one is ended", || up.ssh().len() == 1, || up.log());
    let (ssh, checks) = (up.ssh(), stub.checks());
    fs::write(&clock, "+16h\n").expect("a clock");
    wait_for("it is noticed", || up.log().matches("this machine has slept").count() == 2, || up.log());
    wait_for("the path is proved", || stub.checks() > checks, || up.log());
    up.until_up();
    assert_eq!(up.ssh(), ssh);
}

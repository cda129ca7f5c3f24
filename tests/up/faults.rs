//! Everything that breaks on the way, and a client that notices none of it.

use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use rustix::process::Signal;

use crate::client::{TEXT, VALIDATE, health, ocr};
use crate::rig::{Home, Up, is_alive};
use crate::sshd::{Sshd, signal, wait_for};
use crate::stub::{Stub, said};

#[test]
fn ssh_killed_in_the_middle_of_a_request_costs_nothing() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    stub.desk.hold.store(true, Ordering::SeqCst);
    let port = up.port();
    let asking = thread::spawn(move || ocr(port, TEXT));
    wait_for("the request is with the server", || stub.arrived() == 1, || up.log());
    for pid in up.ssh() {
        signal(pid, Signal::KILL);
    }
    wait_for("the request is there again", || stub.arrived() == 2, || up.log());
    stub.desk.hold.store(false, Ordering::SeqCst);
    let answer = asking.join().expect("an answer");
    assert_eq!(String::from_utf8_lossy(&answer.body), said(TEXT));
}

#[test]
fn many_requests_during_many_kills_are_all_answered() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let (done, ended) = mpsc::channel::<()>();
    let port = up.port();
    thread::scope(|scope| {
        let askers: Vec<_> = (0..4)
            .map(|asker| {
                let done = done.clone();
                scope.spawn(move || {
                    let _done = done;
                    for number in 0..50 {
                        let body = format!("{asker} {number} {}", "x".repeat(20_000));
                        let answer = ocr(port, body.as_bytes());
                        assert_eq!(String::from_utf8_lossy(&answer.body), said(body.as_bytes()));
                    }
                })
            })
            .collect();
        drop(done);
        // Each kill waits for the path to be back, so that they fall where requests are under way.
        while ended.try_recv() == Err(mpsc::TryRecvError::Empty) {
            for pid in up.ssh() {
                signal(pid, Signal::KILL);
            }
            wait_for("ssh is back or all is done", || !up.ssh().is_empty(), || up.log());
            if up.home.status()["requests"]["remote"].as_u64().is_some_and(|count| count >= 200) {
                break;
            }
        }
        for asker in askers {
            asker.join().expect("every request was answered");
        }
    });
    assert_eq!(up.home.status()["requests"]["failed"], 0);
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
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until("the cause is known", |status| status["last_cause"]["id"] == "refused");
    sshd.resume();
    up.until_up();
    stub.stop();
    up.until("it is missed", |status| {
        // A request has the path looked at.
        ocr(up.port(), VALIDATE);
        status["cause"]["id"] == "service-down"
    });
    stub.resume();
    up.until_up();
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), TEXT).body), said(TEXT));
}

#[test]
fn after_a_crash_the_next_one_ends_the_orphan() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let orphans = up.ssh();
    assert_eq!(orphans.len(), 1);
    let home = up.crash();
    assert!(is_alive(orphans[0]), "ssh outlives a crash");
    let mut up = Up::start(home);
    up.until_up();
    assert!(!is_alive(orphans[0]));
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), TEXT).body), said(TEXT));
    up.end(Signal::INT);
}

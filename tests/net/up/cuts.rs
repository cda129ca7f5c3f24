//! Requests and answers that are cut, delayed and interrupted on the link between ssh and sshd.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::client::{Answer, ocr};
use super::relay::{Link, relay};
use super::rig::{Home, Up, tunnel, tunnel_at};
use super::stub::{PLEASE, Stub, said};
use crate::sshd::{Sshd, signal, wait_for, wait_long_for};

/// A slow line, in bytes per second.
const SLOW: u64 = 100 * 1024;

/// Bytes of a request or an answer after which it is certainly under way, and before which it is certainly not over.
const SOME: u64 = 200 * 1024;

/// Asks for `body` on a slow link, kills ssh once `is_time`, and lets the second attempt go fast.
fn cut(body: Vec<u8>, is_time: impl Fn(&Link, u64) -> bool) -> (Answer, Stub, Vec<u8>) {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let (at, link) = relay(sshd.port(), SLOW);
    let up = Up::start(Home::new(&tunnel_at(&sshd, at, stub.port), "off"));
    up.until_up();
    let (before, port, sent) = (link.there() + link.back(), up.port(), body.clone());
    let asking = thread::spawn(move || ocr(port, &sent));
    wait_for("it is under way", || is_time(&link, before), || up.log());
    up.kill_ssh();
    link.rate.store(0, Ordering::SeqCst);
    let answer = asking.join().expect("an answer");
    let status = up.home.status();
    assert_eq!((&status["requests"]["remote"], &status["last_cause"]["id"]), (&1.into(), &"ssh-killed".into()));
    (answer, stub, body)
}

#[test]
fn an_upload_that_is_cut_is_sent_again() {
    let (answer, stub, body) = cut(vec![b'x'; 1 << 20], |link, before| link.there() > before + SOME);
    assert_eq!(stub.arrived(), 1, "the first attempt was cut before it had arrived");
    assert_eq!(String::from_utf8_lossy(&answer.body), said(&body));
}

#[test]
fn an_answer_that_is_cut_is_fetched_again() {
    let (answer, stub, body) = cut(PLEASE.to_vec(), |link, before| link.back() > before + SOME);
    assert_eq!(stub.arrived(), 2, "the first attempt had arrived");
    assert!(answer.body == said(&body).as_bytes(), "{} bytes", answer.body.len());
}

#[test]
fn a_slow_link_is_not_taken_for_a_dead_one() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let (at, link) = relay(sshd.port(), SLOW);
    // Long enough for a regular probe and its two strikes to fall into it.
    let body = vec![b'x'; 2_600 * 1024];
    // ssh's keepalive as it is by default.
    let tunnel = tunnel_at(&sshd, at, stub.port).replace("keepalive_interval = '1s'\n", "");
    let up = Up::start(Home::new(&tunnel, "off"));
    up.until_up();
    let answer = ocr(up.port(), &body);
    assert_eq!(String::from_utf8_lossy(&answer.body), said(&body));
    assert!(link.there() > body.len() as u64 && stub.arrived() == 1);
    up.until_up();
    assert_eq!(up.home.status()["requests"]["remote"], 1, "whatever was begun beside it");
}

/// One of `choices`, as random as a hash map's seed.
fn any(choices: usize) -> usize {
    RandomState::new().build_hasher().finish() as usize % choices
}

#[test]
fn a_thousand_requests_during_twenty_kills_are_all_answered() {
    const ASKERS: usize = 4;
    const REQUESTS: usize = 1_000;
    const KILLS: usize = 20;
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::new(&tunnel(&sshd, stub.port), "off"));
    up.until_up();
    let files = up.files();
    let (asked, killing, port) = (AtomicUsize::new(0), AtomicBool::new(true), up.port());
    thread::scope(|scope| {
        for asker in 0..ASKERS {
            let (asked, killing) = (&asked, &killing);
            scope.spawn(move || {
                // As long as there are kills, there are requests for them to hit.
                for number in 0.. {
                    if number >= REQUESTS / ASKERS && !killing.load(Ordering::SeqCst) {
                        break;
                    }
                    let body = format!("{asker} {number} {}", "x".repeat(any(40_000)));
                    let answer = ocr(port, body.as_bytes());
                    assert_eq!(String::from_utf8_lossy(&answer.body), said(body.as_bytes()));
                    asked.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for _ in 0..KILLS {
            let is_up = || up.home.status()["state"] == "up";
            wait_long_for("the path is back", Duration::from_secs(30), is_up, || up.log());
            let before = asked.load(Ordering::SeqCst);
            let some = 1 + any(20);
            wait_for("requests are under way", || asked.load(Ordering::SeqCst) >= before + some, || up.log());
            if any(2) == 0 {
                up.kill_ssh();
            } else {
                for pid in sshd.sessions() {
                    signal(pid, Signal::KILL);
                }
            }
        }
        killing.store(false, Ordering::SeqCst);
    });
    let (asked, requests) = (asked.load(Ordering::SeqCst), up.home.status()["requests"].clone());
    assert!(asked >= REQUESTS, "{asked}");
    assert_eq!(requests, serde_json::json!({ "remote": asked, "local": 0, "failed": 0 }));
    // Connections for several requests at a time close when the path is next proved, and so does ssh that was replaced.
    let are_closed = || up.files() <= files;
    wait_long_for("no file is open that was not before", Duration::from_mins(2), are_closed, || up.log());
}

//! `mode = "race"`: this machine starts when the server is late, and the first good answer counts.

use std::thread;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::client::{TEXT, ocr};
use super::rig::{Home, Up};
use super::stub::{Stub, said};
use crate::common;
use crate::sshd::{Sshd, wait_for};

/// A page that takes this machine longer to read than the server, once that is let go.
fn page() -> Vec<u8> {
    let file = BASE64_STANDARD.encode(std::fs::read(common::data("fullhd_dense.png")).expect("an image"));
    serde_json::json!({ "file": file, "fileType": 1 }).to_string().into_bytes()
}

#[test]
fn the_first_good_answer_counts_and_the_other_is_given_up() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "race").with_models().and("deadline = '300ms'"));
    up.until_up();
    up.until_stocked();
    let slow = |count: u64| up.home.status()["fallbacks"]["slow"] == count;

    // The server is in time.
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), TEXT).body), said(TEXT));
    assert_eq!(
        (&up.home.status()["fallbacks"], &up.home.status()["engine"]),
        (&serde_json::json!({}), &"unloaded".into())
    );

    // The server is late, and still the first.
    stub.hold(true);
    let (port, body) = (up.port(), page());
    let sent = body.clone();
    let asking = thread::spawn(move || ocr(port, &sent));
    wait_for("this machine has started", || slow(1), || up.log());
    stub.hold(false);
    let answer = asking.join().expect("an answer");
    assert_eq!((answer.backend(), String::from_utf8_lossy(&answer.body).as_ref()), ("remote", said(&body).as_str()));

    // The server is too late.
    stub.hold(true);
    let answer = ocr(up.port(), TEXT);
    assert_eq!((answer.backend(), answer.texts().as_array().map(Vec::len)), ("local", Some(3)));
    assert!(slow(2));
    wait_for("the server is told that nobody waits", || stub.given_up() == 1, || up.log());
    stub.hold(false);

    // The server fails in time.
    stub.answer_with(500);
    assert_eq!(ocr(up.port(), TEXT).backend(), "local");
    let status = up.home.status();
    assert_eq!(status["fallbacks"], serde_json::json!({ "server-error": 1, "slow": 2 }), "{status}");
    assert_eq!(status["requests"], serde_json::json!({ "remote": 2, "local": 2, "failed": 0 }));
    stub.answer_with(503);
    assert_eq!((ocr(up.port(), TEXT).backend(), &up.home.status()["fallbacks"]["server-busy"]), ("local", &1.into()));
    let status = up.home.status();
    // A failure that is the request's own is an answer.
    stub.answer_with(400);
    assert_eq!((ocr(up.port(), TEXT).status, &up.home.status()["fallbacks"]), (400, &status["fallbacks"]));
}

#[test]
fn a_failure_of_the_server_is_passed_on_where_this_machine_cannot_read() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "race").and("deadline = '300ms'"));
    up.until_up();
    up.until("the models are missing", |status| status["engine"] == "unavailable");
    stub.answer_with(503);
    let answer = ocr(up.port(), TEXT);
    assert_eq!((answer.status, answer.backend(), answer.header("retry-after")), (200, "remote", Some("7")));
    assert_eq!(answer.failure(), "正忙");
    assert_eq!(up.home.status()["fallbacks"], serde_json::json!({}), "nothing was read here");
}

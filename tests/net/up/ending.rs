//! However it ends, nothing stays behind; and what a crash leaves behind is found, and only that.

use rustix::process::Signal;

use super::client::{TEXT, ocr};
use super::rig::{Home, Up, is_alive};
use super::stub::{Stub, said};
use crate::sshd::{Sshd, signal, wait_for};

#[test]
fn after_a_crash_the_next_one_ends_the_orphan_and_nothing_else() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    let neighbour = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    neighbour.until_up();
    let (orphans, others) = (up.ssh(), neighbour.ssh());
    assert_eq!((orphans.len(), others.len()), (1, 1));
    let home = up.crash();
    assert!(is_alive(orphans[0]), "ssh outlives a crash");
    let mut up = Up::start(home);
    up.until_up();
    assert!(!is_alive(orphans[0]));
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), TEXT).body), said(TEXT));
    up.end(Signal::INT);
    assert_eq!(neighbour.ssh(), others);
    assert!(is_alive(others[0]));
}

#[test]
fn a_request_under_way_is_finished_before_the_end() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let mut up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let asking = up.request_under_way(&stub);
    signal(up.pid(), Signal::TERM);
    wait_for("it is ending", || up.log().contains("stopping"), || up.log());
    stub.hold(false);
    assert_eq!(String::from_utf8_lossy(&asking.join().expect("an answer").body), said(TEXT));
    up.end(Signal::TERM);
}

#[test]
fn an_end_while_nothing_answers_leaves_nothing() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let mut up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    sshd.signal_listener(Signal::STOP);
    sshd.signal_sessions(Signal::STOP);
    up.end(Signal::TERM);
    sshd.signal_listener(Signal::CONT);
}

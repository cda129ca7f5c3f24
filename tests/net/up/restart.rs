//! `up` started anew while it runs: the new one goes on with the sockets of the old one.

use std::net::TcpStream;
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::client::{TEXT, ocr};
use super::rig::{Home, Up, is_alive};
use super::stub::{Stub, said};
use crate::sshd::{Sshd, signal, wait_for};

/// Between two requests of one client.
const EVERY: Duration = Duration::from_millis(20);

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Starts another one in the background, in the place of the one with the number `before`; returns its own.
fn again(home: &Home, before: u32) -> u32 {
    let output = home.run(&["up", "--detach"]);
    assert!(output.status.success(), "{}", words(&output));
    let status = home.status();
    let pid = status["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok()).expect("a pid");
    assert_ne!(pid, before);
    pid
}

#[test]
fn restarts_under_load_refuse_and_cut_nobody() {
    const ASKERS: usize = 4;
    const RESTARTS: usize = 5;
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let mut up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let (port, stop, asked) = (up.port(), AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for asker in 0..ASKERS {
            let (stop, asked) = (&stop, &asked);
            scope.spawn(move || {
                for number in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    // Fails when it is refused, reset or cut.
                    let body = format!("{asker} {number} {}", "x".repeat(number % 7 * 5_000));
                    let answer = ocr(port, body.as_bytes());
                    assert_eq!(String::from_utf8_lossy(&answer.body), said(body.as_bytes()));
                    asked.fetch_add(1, Ordering::SeqCst);
                    thread::sleep(EVERY);
                }
            });
        }
        let some_more = || {
            let before = asked.load(Ordering::SeqCst);
            wait_for("requests are answered", || asked.load(Ordering::SeqCst) > before + 3 * ASKERS, || up.log());
        };
        some_more();
        let mut pids = vec![up.pid()];
        for _ in 0..RESTARTS {
            let (before, last) = (pids.len(), pids[pids.len() - 1]);
            pids.push(again(&up.home, last));
            assert_eq!(before + 1, pids.len());
            some_more();
        }
        stop.store(true, Ordering::SeqCst);
        for pid in &pids[1..RESTARTS] {
            wait_for("those before have ended", || !is_alive(*pid), String::new);
        }
        up.until_up();
    });
    assert!(up.ended().success(), "{}", up.log());
    assert!(up.log().contains("has taken over"), "{}", up.log());
    assert!(up.home.run(&["down"]).status.success());
    assert_eq!(up.home.left(), Vec::<String>::new());
}

#[test]
fn what_the_old_one_had_begun_with_it_finishes_while_the_new_one_answers() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let mut up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let port = up.port();
    let asking = up.request_under_way(&stub);
    // A client that is connected and has not yet said what it wants.
    let silent = TcpStream::connect(("127.0.0.1", port)).expect("not refused");
    let new = again(&up.home, up.pid());
    assert_eq!(super::client::exchange(port, "GET /", &format!("host: 127.0.0.1:{port}\r\n"), b"").status, 200);
    drop(silent);
    assert!(is_alive(up.pid()) && is_alive(new));
    stub.hold(false);
    assert_eq!(String::from_utf8_lossy(&asking.join().expect("an answer").body), said(TEXT));
    assert!(up.ended().success(), "{}", up.log());
    up.until_up();
    assert_eq!(String::from_utf8_lossy(&ocr(port, TEXT).body), said(TEXT));
    assert!(up.home.run(&["down"]).status.success());
}

#[test]
fn one_that_cannot_start_leaves_the_other_as_it_is() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = other.local_addr().expect("its address");
    let tunnel = super::rig::tunnel(&sshd, stub.port);
    up.home.configure(&format!("listen = ['127.0.0.1:{}', '{taken}']", up.port()), &tunnel, "off");
    let output = up.home.run(&["up"]);
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains(&taken.to_string()), "{}", words(&output));
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), TEXT).body), said(TEXT));
    assert_eq!(up.home.status()["pid"], up.pid());
    // With another address instead, the one before is let go.
    up.home.configure(&format!("listen = ['127.0.0.1:{}']", crate::common::free_port()), &tunnel, "off");
    let new = again(&up.home, up.pid());
    wait_for("nobody listens there any more", || TcpStream::connect(("127.0.0.1", up.port())).is_err(), String::new);
    signal(new, Signal::TERM);
    wait_for("it has ended", || !is_alive(new), String::new);
}

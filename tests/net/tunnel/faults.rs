//! The path breaks: what is noticed, what is said, and that it comes back by itself.

use std::io::Write as _;
use std::net::TcpListener;
use std::time::Duration;

use jkocr::tunnel::{Cause, Clock, State};
use rustix::process::Signal;

use super::ocr_server::{Mood, OcrServer};
use super::rig::{NEVER, Rig};
use crate::sshd::{Sshd, signal};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_ssh_is_replaced() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until_up().await;
    let pid = rig.ssh_pid();
    signal(pid, Signal::KILL);
    assert_eq!(rig.until_recovered_from("ssh-killed").await, Cause::SshKilled { signal: 9 });
    assert_ne!(rig.ssh_pid(), pid);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_sshd_ends_is_replaced() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until_up().await;
    sshd.signal_sessions(Signal::KILL);
    rig.until_recovered_from("connection-lost").await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_went_silent_is_replaced() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |options| {
        options.pace.probe_timeout = Duration::from_secs(1);
        options.keepalive_interval = NEVER;
    });
    rig.until_up().await;
    let pid = rig.ssh_pid();
    sshd.signal_sessions(Signal::STOP);
    rig.until("suspect", |state| *state == State::Suspect).await;
    assert_eq!(rig.until_recovered_from("link-silent").await, Cause::LinkSilent);
    assert_ne!(rig.ssh_pid(), pid);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_black_hole_is_noticed_by_ssh_itself() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |options| {
        options.pace.probe_timeout = NEVER;
        options.keepalive_interval = Duration::from_secs(1);
        options.keepalive_count = 1;
    });
    rig.until_up().await;
    sshd.signal_sessions(Signal::STOP);
    let cause = rig.until_recovered_from("connection-lost").await;
    assert_eq!(cause, Cause::ConnectionLost { problem: "Timeout, server 127.0.0.1 not responding.".into() });
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_not_the_end() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |options| {
        options.pace.probe_timeout = Duration::from_secs(2);
        options.keepalive_interval = NEVER;
    });
    let State::Up { since, .. } = rig.until("up", State::is_up).await else { panic!("not up") };
    let pid = rig.ssh_pid();
    // Nobody else is let in meanwhile, so nothing replaces it.
    let sessions = sshd.sessions();
    sshd.signal_listener(Signal::STOP);
    for session in &sessions {
        signal(*session, Signal::STOP);
    }
    rig.until("suspect", |state| *state == State::Suspect).await;
    for session in &sessions {
        signal(*session, Signal::CONT);
    }
    let State::Up { since: still, .. } = rig.until("up", State::is_up).await else { panic!("not up") };
    assert_eq!((rig.ssh_pid(), still), (pid, since));
    sshd.signal_listener(Signal::CONT);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_host_is_given_up_on_and_found_again() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |options| {
        options.pace.probe_timeout = Duration::from_millis(500);
        options.connect_timeout = Duration::from_secs(1);
    });
    rig.until_up().await;
    sshd.signal_listener(Signal::STOP);
    sshd.signal_sessions(Signal::STOP);
    rig.until_down("no-banner").await;
    sshd.signal_listener(Signal::CONT);
    rig.until_up().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_and_comes_costs_no_ssh() {
    let (sshd, mut server) = (Sshd::start(), OcrServer::stopped());
    let rig = Rig::start(&sshd, &server, |_| {});
    let cause = rig.until_down("service-down").await;
    assert_eq!(cause, Cause::ServiceDown { remote: format!("127.0.0.1:{}", server.port()).into() });
    let pid = rig.ssh_pid();
    server.resume();
    rig.until_up().await;
    server.stop();
    rig.until_down("service-down").await;
    server.resume();
    rig.until_up().await;
    assert_eq!(rig.ssh_pid(), pid);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_loads_its_models_costs_no_ssh() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    server.set(Mood::Loading);
    let rig = Rig::start(&sshd, &server, |_| {});
    let cause = rig.until_down("not-ready").await;
    assert_eq!(cause, Cause::NotReady { reason: "模型加载中".into() });
    let pid = rig.ssh_pid();
    let (arrived, ()) = tokio::join!(rig.tunnel.ready(Duration::from_secs(30)), async { server.set(Mood::Well) });
    assert_eq!(arrived, Ok(()), "a request waits for it");
    server.set(Mood::Loading);
    rig.until_down("not-ready").await;
    server.set(Mood::Well);
    rig.until_up().await;
    assert_eq!(rig.ssh_pid(), pid);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_service_on_the_port_is_not_taken_for_ours() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    server.set(Mood::AnotherService);
    let rig = Rig::start(&sshd, &server, |_| {});
    let state = rig.until("blocked", |state| matches!(state, State::Blocked { .. })).await;
    assert_eq!(state.cause().unwrap().id(), "not-ocr");
    let pid = rig.ssh_pid();
    server.set(Mood::Well);
    rig.until_up().await;
    assert_eq!(rig.ssh_pid(), pid);
    rig.close().await;

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let remote = other.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in other.incoming().flatten() {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n");
        }
    });
    let rig = Rig::start(&sshd, &server, |options| options.remote = remote.into());
    rig.until_down("not-ocr").await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_accepts_and_never_answers_is_not_up() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    server.set(Mood::Mute);
    let rig = Rig::start(&sshd, &server, |options| options.pace.probe_timeout = Duration::from_millis(500));
    rig.until_down("silent").await;
    server.set(Mood::Well);
    rig.until_up().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waking_from_sleep_proves_the_path_at_once() {
    let (sshd, server, clock) = (Sshd::start(), OcrServer::start(), Clock::default());
    let rig = Rig::start(&sshd, &server, |options| {
        options.clock = clock.clone();
        options.pace.probe_interval = NEVER;
        options.pace.probe_timeout = Duration::from_secs(2);
        options.keepalive_interval = NEVER;
    });
    rig.until_up().await;
    assert_eq!(server.health_checks(), 1);
    clock.put_forward(Duration::from_hours(8));
    rig.until("a probe", |state| state.is_up() && server.health_checks() == 2).await;

    // The other end has forgotten us meanwhile: one unanswered probe is enough.
    let pid = rig.ssh_pid();
    sshd.signal_sessions(Signal::STOP);
    clock.put_forward(Duration::from_hours(8));
    rig.until_recovered_from("link-silent").await;
    assert_ne!(rig.ssh_pid(), pid);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn waking_from_sleep_ends_a_wait() {
    let (mut sshd, server, clock) = (Sshd::stopped(), OcrServer::start(), Clock::default());
    let rig = Rig::start(&sshd, &server, |options| {
        options.clock = clock.clone();
        options.pace.back_off = vec![NEVER];
    });
    rig.until_down("refused").await;
    sshd.resume();
    clock.put_forward(Duration::from_mins(1));
    rig.until_up().await;
    rig.close().await;
}

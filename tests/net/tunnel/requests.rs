//! Requests through the tunnel: unchanged, only when the path is proved, and told how far they came.

use std::time::Duration;

use bytes::Bytes;
use hyper::{Request, Response};
use jkocr::tunnel::{State, Tunnel};
use jkocr::upstream::{Error, Phase};
use rustix::process::Signal;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::ocr_server::OcrServer;
use super::rig::{NEVER, Rig};
use crate::sshd::{Sshd, signal, wait_for};

const LONG: Duration = Duration::from_mins(1);

pub fn post(path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(path).body(body.into()).expect("a request")
}

pub async fn send(tunnel: &Tunnel, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
    tunnel.send(request, Instant::now() + LONG).await
}

/// Bytes that tell their place.
pub fn noise(length: usize) -> Bytes {
    (0..length as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect::<Vec<_>>().into()
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_arrive_as_they_were_sent() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until_up().await;
    for body in [Bytes::new(), noise(1), noise(8 << 20)] {
        let answer = send(&rig.tunnel, post("/echo", body.clone())).await.unwrap();
        assert!(answer.status().is_success() && *answer.body() == body, "{} bytes", body.len());
    }
    let mut echoes = JoinSet::new();
    for length in 100_000..100_016 {
        let tunnel = rig.tunnel.clone();
        echoes.spawn(async move {
            let answer = send(&tunnel, post("/echo", noise(length))).await.unwrap();
            assert_eq!(*answer.body(), noise(length));
        });
    }
    echoes.join_all().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_one_connection_do_not_travel_on() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until_up().await;
    let mut request = post("http://bob.example/headers?x=1", "12345");
    for (name, value) in [
        ("content-type", "application/json"),
        ("connection", "close, x-hop"),
        ("x-hop", "1"),
        ("te", "trailers"),
        ("content-length", "3"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let answer = send(&rig.tunnel, request).await.unwrap();
    let mut lines: Vec<&str> = std::str::from_utf8(answer.body()).unwrap().lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["content-length: 5", "content-type: application/json", "host: localhost"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_proved_lately_is_not_probed_because_of_a_request_and_an_older_one_is() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    for (fresh, is_probed) in [(NEVER, false), (Duration::ZERO, true)] {
        let rig = Rig::start(&sshd, &server, |options| {
            options.pace.probe_interval = NEVER;
            options.pace.fresh = fresh;
        });
        rig.until_up().await;
        let before = server.health_checks();
        assert_eq!(rig.tunnel.ready(Duration::from_secs(2)).await, Ok(()), "it does not wait for that");
        if is_probed {
            wait_for("a probe", || server.health_checks() > before, String::new);
        }
        rig.close().await;
        assert_eq!(server.health_checks() > before, is_probed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_waits_for_a_reconnect_as_long_as_it_likes() {
    let (mut sshd, server) = (Sshd::stopped(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |options| options.pace.back_off = vec![NEVER]);
    rig.until_down("refused").await;
    let state = rig.tunnel.ready(Duration::from_millis(1)).await.unwrap_err();
    assert!(!state.is_up());
    let tunnel = rig.tunnel.clone();
    let waiting = tokio::spawn(async move { tunnel.ready(LONG).await });
    sshd.resume();
    // The request that waits, and nothing else, has the supervisor try again before an hour is over.
    rig.until("down again or up", |state| state.is_up() || matches!(state, State::Backoff { .. })).await;
    rig.tunnel.retry();
    assert_eq!(waiting.await.unwrap(), Ok(()));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_cut_tells_whether_an_answer_had_begun() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until_up().await;

    let tunnel = rig.tunnel.clone();
    let before = tokio::spawn(async move { send(&tunnel, post("/mute", noise(1000))).await });
    wait_for("the request has arrived", || server.mute_requests() == 1, String::new);
    signal(rig.ssh_pid(), Signal::KILL);
    let error = before.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Broken(_)) && error.phase() == Phase::BeforeAnswer, "{error:?}");
    rig.until_recovered_from("ssh-killed").await;

    let error = send(&rig.tunnel, post("/cut", noise(1000))).await.unwrap_err();
    assert!(matches!(error, Error::Cut(_)) && error.phase() == Phase::MidAnswer, "{error:?}");

    let soon = Instant::now() + Duration::from_secs(1);
    let error = rig.tunnel.send(post("/mute", ""), soon).await.unwrap_err();
    assert!(matches!(error, Error::Silent) && error.phase() == Phase::BeforeAnswer, "{error:?}");
    let soon = Instant::now() + Duration::from_secs(2);
    let error = rig.tunnel.send(post("/endless", ""), soon).await.unwrap_err();
    assert!(matches!(error, Error::Stalled) && error.phase() == Phase::MidAnswer, "{error:?}");

    rig.until_up().await;
    assert_eq!(*send(&rig.tunnel, post("/echo", "still here")).await.unwrap().body(), "still here");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_given_up_frees_its_place_at_the_server() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until_up().await;
    let tunnel = rig.tunnel.clone();
    let request = tokio::spawn(async move { send(&tunnel, post("/mute", noise(1000))).await });
    wait_for("the request has arrived", || server.mute_requests() == 1, String::new);
    request.abort();
    wait_for("the server has noticed", || server.mute_requests() == 0, String::new);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_finds_the_path_dead_has_it_probed_at_once() {
    let (sshd, mut server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |options| options.pace.probe_interval = NEVER);
    rig.until_up().await;
    server.stop();
    let error = send(&rig.tunnel, post("/echo", "x")).await.unwrap_err();
    assert_eq!(error.phase(), Phase::BeforeAnswer);
    rig.until_down("service-down").await;
    server.resume();
    rig.until_up().await;
    rig.close().await;
}

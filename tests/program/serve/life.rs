//! From the port to the last answer.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jkocr::http::{Limits, ListenError, Listener, SocketAccess};
use tokio::net::TcpStream;

use super::client::{Client, LONG, ocr, request};
use super::server::{CANARY, Script, Setup, TEXT, loopback, until};

/// A server that has been told to stop while a request was under way, and the client of it.
async fn stopping(limits: Limits) -> (super::server::Server, Client) {
    let script = Script::default();
    script.hold.store(true, Ordering::SeqCst);
    let mut server = Setup { limits, script, ..Setup::default() }.start().await;
    let mut client = Client::connect(server.address).await;
    client.send(&ocr(TEXT)).await;
    server.begun(1).await;
    server.stop();
    until(async || TcpStream::connect(server.address).await.is_err()).await;
    (server, client)
}

#[tokio::test]
async fn requests_under_way_are_answered_before_the_end() {
    let (server, mut client) = stopping(Limits { drain_time: LONG, ..Limits::default() }).await;
    server.release();
    let answer = client.answer().await;
    assert_eq!(answer.texts(), [CANARY]);
    assert!(client.is_ended().await);
    server.ended().await;
}

#[tokio::test]
async fn what_takes_too_long_for_the_end_is_told_so() {
    let limits = Limits { drain_time: Duration::from_millis(200), ..Limits::default() };
    let (server, mut client) = stopping(limits).await;
    assert_eq!(client.answer().await.failure(503), "服务正在停止，请稍后重试。");
    server.ended().await;
}

#[tokio::test]
async fn idle_connections_do_not_hold_up_the_end() {
    let mut server = Setup::default().start().await;
    let mut idle = Client::connect(server.address).await;
    idle.send(&request("GET", "/healthz", &[], b"")).await;
    assert_eq!(idle.answer().await.status, 200);
    let mut fresh = Client::connect(server.address).await;
    // These two, and the one that asks.
    server.counts("jkocr_connections 3").await;
    server.stop();
    assert!(idle.is_ended().await && fresh.is_ended().await);
    server.ended().await;
}

#[tokio::test]
async fn a_taken_port_names_who_holds_it() {
    let first = Listener::tcp(loopback(0)).await.expect("a port");
    let address = first.address().expect("TCP");
    let error = Listener::tcp(loopback(address.port())).await.expect_err("taken");
    let ListenError::Taken { holder: Some(holder), .. } = &error else { panic!("{error:?}") };
    assert!(holder.contains(&std::process::id().to_string()), "{holder}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn a_unix_socket_is_private_and_goes_with_its_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("jkocr.sock");
    for (access, mode) in [(SocketAccess::Owner, 0o600), (SocketAccess::Group, 0o660)] {
        let listener = Listener::unix(&path, access).await.expect("a socket");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, mode);
        assert!(matches!(Listener::unix(&path, access).await, Err(ListenError::Taken { .. })));
        drop(listener);
        assert!(!path.exists());
    }
    // What a crash left behind is no obstacle.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
    assert!(path.exists());
    Listener::unix(&path, SocketAccess::Owner).await.expect("a socket in its place");
}

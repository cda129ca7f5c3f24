//! What one client may cost: sizes, times, connections.

use std::time::Duration;

use jkocr::http::Limits;

use super::client::{Client, ocr, request};
use super::server::{CANARY, Server, Setup, TEXT, VALIDATE, until};

/// Short enough to wait for, long enough for a request that is on its way.
const SHORT: Duration = Duration::from_millis(300);

async fn limited(limits: Limits) -> Server {
    Setup { limits, ..Setup::default() }.start().await
}

/// The head of a request for `/ocr`.
fn head(lines: &str) -> Vec<u8> {
    format!("POST /ocr HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n").into_bytes()
}

#[tokio::test]
async fn a_body_of_96_mib_and_a_byte_is_refused_and_told_so() {
    let server = Server::start().await;
    let mut body = vec![b' '; (96 << 20) + 1];
    body[0] = b'{';
    let words = server.ask(&ocr(&body)).await.failure(413);
    assert_eq!(words, "请求体过大。上限为 96.0 MiB，请缩小截图后重试。");
}

#[tokio::test]
async fn a_body_of_96_mib_is_read() {
    let server = Server::start().await;
    let mut body = TEXT.to_vec();
    body.resize(96 << 20, b' ');
    assert_eq!(server.ask(&ocr(&body)).await.texts(), [CANARY]);
}

#[tokio::test]
async fn chunks_are_limited_too() {
    let server = limited(Limits { max_body: 1 << 20, ..Limits::default() }).await;
    let mut client = Client::connect(server.address).await;
    client.send(&head("transfer-encoding: chunked\r\n")).await;
    let chunk = [b"40000\r\n".as_slice(), &vec![b' '; 0x40000], b"\r\n"].concat();
    for _ in 0..5 {
        client.send(&chunk).await;
    }
    client.answer().await.failure(413);
}

#[tokio::test]
async fn chunked_bodies_are_read() {
    let server = Server::start().await;
    let mut client = Client::connect(server.address).await;
    client.send(&head("transfer-encoding: chunked\r\n")).await;
    for part in TEXT.chunks(1000) {
        client.send(&[format!("{:x};x=y\r\n", part.len()).as_bytes(), part, b"\r\n"].concat()).await;
    }
    client.send(b"0\r\nx-trailer: 1\r\n\r\n").await;
    assert_eq!(client.answer().await.texts(), [CANARY]);
    // The connection is in step: the next request on it is understood.
    client.send(&ocr(VALIDATE)).await;
    client.answer().await.texts();
}

#[tokio::test]
async fn chunks_that_are_none_are_refused() {
    let server = Server::start().await;
    let mut client = Client::connect(server.address).await;
    client.send(&head("transfer-encoding: chunked\r\n")).await;
    client.send(b"no number\r\n").await;
    client.answer().await.failure(400);
}

#[tokio::test]
async fn a_client_that_expects_to_be_asked_is_asked() {
    let server = Server::start().await;
    let mut client = Client::connect(server.address).await;
    client.send(&head(&format!("expect: 100-continue\r\ncontent-length: {}\r\n", TEXT.len()))).await;
    assert_eq!(client.answer().await.status, 100);
    client.send(TEXT).await;
    assert_eq!(client.answer().await.texts(), [CANARY]);

    let mut client = Client::connect(server.address).await;
    client.send(&head("expect: 100-continue\r\ncontent-length: 999999999\r\n")).await;
    client.answer().await.failure(413);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_refused() {
    let server = Server::start().await;
    server.ask(&head("")).await.failure(411);
    server.ask(&head("content-length: 0\r\n")).await.failure(400);
}

#[tokio::test]
async fn a_header_that_trickles_is_ended_with_words() {
    let server = limited(Limits { header_time: SHORT, ..Limits::default() }).await;
    let mut client = Client::connect(server.address).await;
    client.send(b"POST /ocr HTTP/1.1\r\nhost: localhost\r\n").await;
    // Each line comes in time; all of them together do not.
    let trickle = async {
        for number in 0.. {
            tokio::time::sleep(SHORT / 10).await;
            if client.try_send(format!("x-{number}: 1\r\n").as_bytes()).await.is_err() || number > 60 {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(SHORT * 3, trickle).await;
    client.answer().await.failure(408);
}

#[tokio::test]
async fn an_idle_connection_is_closed_in_silence() {
    let server = limited(Limits { idle_time: SHORT, ..Limits::default() }).await;
    let mut client = Client::connect(server.address).await;
    assert!(client.is_ended().await);
    let mut client = Client::connect(server.address).await;
    client.send(&ocr(VALIDATE)).await;
    client.answer().await.texts();
    assert!(client.is_ended().await);
}

#[tokio::test]
async fn a_read_may_take_longer_than_headers_and_pauses_may() {
    let limits =
        Limits { header_time: SHORT, idle_time: SHORT, body_pause: SHORT, body_time: SHORT, ..Limits::default() };
    let server = limited(limits).await;
    server.script.hold.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut client = Client::connect(server.address).await;
    client.send(&ocr(TEXT)).await;
    server.begun(1).await;
    tokio::time::sleep(SHORT * 2).await;
    server.release();
    assert_eq!(client.answer().await.texts(), [CANARY]);
}

#[tokio::test]
async fn a_silent_or_endless_body_is_ended_with_words() {
    let server = limited(Limits { body_pause: SHORT, ..Limits::default() }).await;
    let mut client = Client::connect(server.address).await;
    client.send(&head("content-length: 1000\r\n")).await;
    client.send(b"{").await;
    client.answer().await.failure(408);

    let server = limited(Limits { body_time: SHORT, ..Limits::default() }).await;
    let mut client = Client::connect(server.address).await;
    client.send(&head("content-length: 1000\r\n")).await;
    client.send(b"{").await;
    client.answer().await.failure(408);
}

#[tokio::test]
async fn what_is_not_http_gets_words_too() {
    let server = Server::start().await;
    for bytes in
        [b"not http at all\r\n\r\n".as_slice(), b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0\x01\xfc\r\n\r\n"]
    {
        server.ask(bytes).await.failure(400);
    }
    let header = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    server.ask(header.as_bytes()).await.failure(431);
    let many = format!("GET / HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "x: y\r\n".repeat(500));
    server.ask(many.as_bytes()).await.failure(431);
    server.ask(b"GET /healthz HTTP/1.1\r\n\r\n").await.failure(400);
    let address = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "y".repeat(70_000));
    server.ask(address.as_bytes()).await.failure(431);
}

#[tokio::test]
async fn large_bodies_share_their_memory_and_small_ones_pass_by() {
    let limits = Limits { max_body: 1 << 20, body_memory: 1 << 20, memory_time: SHORT, ..Limits::default() };
    let server = limited(limits).await;
    let mut large = TEXT.to_vec();
    large.resize(1 << 20, b' ');
    let mut first = Client::connect(server.address).await;
    first.send(&head(&format!("content-length: {}\r\n", large.len()))).await;
    first.send(&large[..large.len() - 1]).await;
    until(async || held(&server).await > 900_000).await;

    let answer = server.ask(&ocr(&large)).await;
    answer.failure(503);
    assert!(answer.header("retry-after").is_some());
    server.ask(&ocr(VALIDATE)).await.texts();

    first.send(&large[large.len() - 1..]).await;
    assert_eq!(first.answer().await.texts(), [CANARY]);
    until(async || held(&server).await == 0).await;
    assert_eq!(server.ask(&ocr(&large)).await.texts(), [CANARY]);
}

/// Bytes of bodies in memory, as the metrics tell.
async fn held(server: &Server) -> u64 {
    let metrics = server.ask(&request("GET", "/metrics", &[], b"")).await.text();
    let line = metrics.lines().find_map(|line| line.strip_prefix("jkocr_body_bytes ")).expect("a line");
    line.parse().expect("a number")
}

/// A client whose request is under way: the last byte of its body is missing.
async fn busy(server: &Server) -> Client {
    let mut client = Client::connect(server.address).await;
    client.send(&head(&format!("expect: 100-continue\r\ncontent-length: {}\r\n", VALIDATE.len()))).await;
    assert_eq!(client.answer().await.status, 100);
    client.send(&VALIDATE[..VALIDATE.len() - 1]).await;
    client
}

#[tokio::test]
async fn a_connection_too_many_is_told_so() {
    let server = limited(Limits { connections: 20, ..Limits::default() }).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(busy(&server).await);
    }
    let mut refused = Client::connect(server.address).await;
    let answer = refused.answer().await;
    answer.failure(503);
    assert!(answer.header("retry-after").is_some());
    // Those inside are served, and one that leaves makes room.
    for client in &mut clients {
        client.send(&VALIDATE[VALIDATE.len() - 1..]).await;
        client.answer().await.texts();
    }
    clients.pop();
    until(async || server.ask(&ocr(VALIDATE)).await.status == 200).await;
}

#[tokio::test]
async fn who_only_waits_gives_way_to_who_asks() {
    let server = limited(Limits { connections: 20, ..Limits::default() }).await;
    let mut busy = busy(&server).await;
    let mut silent = Vec::new();
    for _ in 0..19 {
        silent.push(Client::connect(server.address).await);
    }
    // Everybody has a place now, and a newcomer gets that of the first of those who wait.
    let mut newcomers = Vec::new();
    for gone in silent.iter_mut().take(5) {
        let mut client = Client::connect(server.address).await;
        client.send(&ocr(TEXT)).await;
        assert_eq!(client.answer().await.texts(), [CANARY]);
        assert!(gone.is_ended().await);
        newcomers.push(client);
    }
    busy.send(&VALIDATE[VALIDATE.len() - 1..]).await;
    busy.answer().await.texts();
}

#[tokio::test]
async fn who_is_not_admitted_does_not_keep_a_place() {
    let server = Server::start().await;
    for (name, value) in [("host", "h1.localhost"), ("origin", "http://h1.localhost"), ("sec-fetch-site", "cross-site")]
    {
        let mut client = Client::connect(server.address).await;
        client.send(&request("GET", "/healthz", &[(name, value)], b"")).await;
        let answer = client.answer().await;
        assert!([421, 403].contains(&answer.status), "{name}: {}", answer.text());
        assert_eq!(answer.header("connection"), Some("close"));
        assert!(client.is_ended().await, "{name}");
    }
}

#[tokio::test]
async fn a_client_that_has_said_all_it_has_to_say_is_answered() {
    let server = Server::start().await;
    server.script.hold.store(true, std::sync::atomic::Ordering::SeqCst);
    let mut client = Client::connect(server.address).await;
    client.send(&ocr(TEXT)).await;
    client.says_no_more().await;
    server.begun(1).await;
    // The server asks in its way whether somebody is there, and goes on.
    let mut answer = client.answer().await;
    assert_eq!(answer.status, 102);
    server.release();
    while answer.status == 102 {
        answer = client.answer().await;
    }
    assert_eq!(answer.texts(), [CANARY]);
    assert!(client.is_ended().await);
    assert_eq!(server.script.cancelled.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_in_another_coding_than_chunks_is_refused() {
    let server = Server::start().await;
    for coding in ["gzip, chunked", "chunked, chunked", "identity, chunked", "gzip\r\ntransfer-encoding: chunked"] {
        let mut client = Client::connect(server.address).await;
        client.send(&head(&format!("transfer-encoding: {coding}\r\n"))).await;
        client.send(b"2\r\n{}\r\n0\r\n\r\n").await;
        client.answer().await.failure(501);
    }
}

//! Who is kept out.

use jkocr::http::{Guards, Secret};

use super::client::{ocr, request};
use super::server::{CANARY, Server, Setup, TEXT};

fn guarded(guards: Guards) -> Setup {
    Setup { guards, ..Setup::default() }
}

#[tokio::test]
async fn another_host_is_refused_on_every_route() {
    let server = Server::start().await;
    for (method, path) in [("POST", "/ocr"), ("GET", "/healthz"), ("GET", "/metrics"), ("GET", "/")] {
        let words = server.ask(&request(method, path, &[("host", "evil.example")], b"")).await.failure(421);
        assert!(words.contains("serve.allowed_hosts"), "{words}");
    }
    for host in ["127.0.0.1:50000", "[::1]:9", "localhost"] {
        assert_eq!(server.ask(&request("POST", "/ocr", &[("host", host)], TEXT)).await.texts(), [CANARY]);
    }
}

#[tokio::test]
async fn an_allowed_host_is_served() {
    let server = guarded(Guards { allowed_hosts: vec!["ocr.lan".to_owned()], ..Guards::default() }).start().await;
    assert_eq!(server.ask(&request("POST", "/ocr", &[("host", "ocr.lan:8080")], TEXT)).await.texts(), [CANARY]);
}

#[tokio::test]
async fn web_pages_are_refused_and_get_no_cors_headers() {
    let server = Server::start().await;
    let preflight = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    for (method, headers) in [
        ("POST", &[("origin", "https://evil.example")][..]),
        ("POST", &[("origin", "null")]),
        ("POST", &[("sec-fetch-site", "cross-site")]),
        ("GET", &[("sec-fetch-site", "same-site")]),
        ("OPTIONS", &preflight),
    ] {
        let answer = server.ask(&request(method, "/ocr", headers, b"")).await;
        answer.failure(403);
        assert!(!answer.headers.iter().any(|(name, _)| name.starts_with("access-control")), "{headers:?}");
    }
}

#[tokio::test]
async fn the_secret_path_is_asked_for() {
    let server = guarded(Guards { prefix: Secret::new("s3cret"), ..Guards::default() }).start().await;
    assert_eq!(server.ask(&ocr(TEXT)).await.failure(404), "接口不存在，仅支持 POST /ocr。");
    assert_eq!(server.ask(&request("POST", "/s3cret/ocr", &[], TEXT)).await.texts(), [CANARY]);
    assert_eq!(server.ask(&request("GET", "/s3cret/healthz", &[], b"")).await.status, 200);
    assert_eq!(server.ask(&request("GET", "/healthz", &[], b"")).await.status, 200);
    server.ask(&request("GET", "/metrics", &[], b"")).await.failure(404);
}

#[tokio::test]
async fn the_token_is_asked_for() {
    let server = guarded(Guards { token: Secret::new("t0ken"), ..Guards::default() }).start().await;
    let answer = server.ask(&ocr(TEXT)).await;
    answer.failure(401);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    server.ask(&request("POST", "/ocr", &[("authorization", "Bearer wrong")], TEXT)).await.failure(401);
    assert_eq!(
        server.ask(&request("POST", "/ocr", &[("authorization", "Bearer t0ken")], TEXT)).await.texts(),
        [CANARY]
    );
}

#[tokio::test]
async fn only_plain_json_is_read() {
    let server = Server::start().await;
    for (name, value) in
        [("content-type", "text/plain"), ("content-type", "multipart/form-data"), ("content-encoding", "gzip")]
    {
        server.ask(&request("POST", "/ocr", &[(name, value)], TEXT)).await.failure(415);
    }
}

#[tokio::test]
async fn what_is_refused_unread_is_still_told_why() {
    let server = Server::start().await;
    // More than the sockets hold: the server has to take it, or the answer is lost in a reset.
    let body = vec![b' '; 32 << 20];
    let answer = server.ask(&request("POST", "/nowhere", &[], &body)).await;
    answer.failure(404);
    assert_eq!(answer.header("connection"), Some("close"));
    server.ask(&request("POST", "/ocr", &[("origin", "null")], &body)).await.failure(403);
}

//! More work than one machine does at once.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jkocr::http::Limits;
use jkocr::worker::Load;

use super::client::{Client, ocr, request};
use super::server::{CANARY, Script, Server, Setup, TEXT, VALIDATE, body_of, log, until};

/// A server whose reads wait until they are released.
async fn held(places: usize) -> Server {
    let script = Script::default();
    script.hold.store(true, Ordering::SeqCst);
    Setup { places, script, ..Setup::default() }.start().await
}

/// A client whose request is being read or waits.
async fn asking(server: &Server) -> Client {
    let mut client = Client::connect(server.address).await;
    client.send(&ocr(TEXT)).await;
    client
}

#[tokio::test]
async fn one_request_too_many_is_refused_at_once_and_validation_is_not() {
    let server = held(2).await;
    let mut clients = vec![asking(&server).await];
    server.begun(1).await;
    clients.push(asking(&server).await);
    clients.push(asking(&server).await);
    server.counts("jkocr_queue_depth 2").await;

    let answer = server.ask(&ocr(TEXT)).await;
    let words = answer.failure(503);
    assert!(words.contains("秒后重试"), "{words}");
    let seconds: u64 = answer.header("retry-after").expect("a header").parse().expect("seconds");
    assert!((1..=60).contains(&seconds));
    server.ask(&ocr(VALIDATE)).await.texts();
    assert_eq!(server.ask(&request("GET", "/healthz", &[], b"")).await.status, 200);

    server.release();
    for client in &mut clients {
        assert_eq!(client.answer().await.texts(), [CANARY]);
    }
}

#[tokio::test]
async fn a_client_that_has_gone_leaves_the_queue() {
    let server = held(1).await;
    let mut reading = asking(&server).await;
    server.begun(1).await;
    let gone = asking(&server).await;
    server.counts("jkocr_queue_depth 1").await;
    drop(gone);
    server.counts("jkocr_queue_depth 0").await;
    server.release();
    assert_eq!(reading.answer().await.texts(), [CANARY]);
    assert_eq!(server.script.begun.load(Ordering::SeqCst), 1);
    server.counts("jkocr_requests_total{route=\"ocr\",outcome=\"abandoned\"} 1").await;
}

#[tokio::test]
async fn a_read_whose_client_has_gone_is_cancelled() {
    let server = held(1).await;
    let gone = asking(&server).await;
    server.begun(1).await;
    drop(gone);
    until(async || server.script.cancelled.load(Ordering::SeqCst) == 1).await;
    server.release();
    assert_eq!(server.ask(&ocr(TEXT)).await.texts(), [CANARY]);
}

#[tokio::test]
async fn an_image_that_panics_costs_one_request() {
    let server = Server::start().await;
    server.ask(&ocr(&body_of(2, 2))).await.failure(500);
    assert_eq!(server.ask(&ocr(TEXT)).await.texts(), [CANARY]);
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_told_so_and_cancelled() {
    let limits = Limits { answer_time: Duration::from_millis(300), ..Limits::default() };
    let script = Script::default();
    script.hold.store(true, Ordering::SeqCst);
    let server = Setup { limits, script, ..Setup::default() }.start().await;
    server.ask(&ocr(TEXT)).await.failure(504);
    until(async || server.script.cancelled.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn until_the_models_have_been_tried_out_the_service_says_that_it_loads() {
    let script = Script::default();
    script.hold.store(true, Ordering::SeqCst);
    let server = Setup { load: Load::AtOnce, script, ..Setup::default() }.start().await;
    server.begun(1).await;
    let health = request("GET", "/healthz", &[], b"");
    for question in [&health, &ocr(TEXT), &ocr(VALIDATE)] {
        let answer = server.ask(question).await;
        assert_eq!(answer.failure(503), "模型加载中，请稍候。");
        assert!(answer.header("retry-after").is_some());
    }
    server.release();
    until(async || server.ask(&health).await.status == 200).await;
    assert_eq!(server.ask(&ocr(TEXT)).await.texts(), [CANARY]);
}

#[tokio::test]
async fn models_that_do_not_load_are_told_and_tried_again() {
    let script = Script::default();
    script.broken.store(true, Ordering::SeqCst);
    let server = Setup { load: Load::AtOnce, script, ..Setup::default() }.start().await;
    let health = request("GET", "/healthz", &[], b"");
    until(async || server.ask(&health).await.json()["errorMsg"].as_str().is_some_and(|words| words.contains("doctor")))
        .await;
    server.ask(&ocr(TEXT)).await.failure(503);
    server.script.broken.store(false, Ordering::SeqCst);
    assert_eq!(server.ask(&ocr(TEXT)).await.texts(), [CANARY]);
    assert_eq!(server.ask(&health).await.status, 200);
}

#[tokio::test]
async fn what_was_read_and_asked_is_in_no_log_line() {
    let server = Server::start().await;
    let secret = "/geheim-path-7";
    server.ask(&ocr(TEXT)).await.texts();
    server.ask(&request("POST", secret, &[], b"{\"file\":\"geheim-body-7\"}")).await.failure(404);
    server.ask(&ocr(br#"{"file":"geheim-body-7","logId":"geheim body 7"}"#)).await.failure(400);
    server.ask(&ocr(&body_of(2, 2))).await.failure(500);
    let log = log();
    assert!(log.contains("outcome=\"ok\"") && log.contains("width=640"), "{log}");
    for told in [CANARY, "geheim", "iVBORw0KGgo"] {
        assert!(!log.contains(told), "{told} is in the log");
    }
}

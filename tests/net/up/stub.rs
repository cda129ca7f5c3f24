//! A server at the far end that answers at once, or when it is let: what it says depends on the body alone.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use tokio::runtime::Runtime;

use crate::common::free_port;

/// A body that begins with this gets an answer of [`LARGE`] bytes more.
pub const PLEASE: &[u8] = b"large";
const LARGE: usize = 1 << 20;

/// What it says when its [`Desk::status`] is a failure.
pub const REFUSAL: &str = "{\"logId\":\"7\", \"errorCode\":503,\"errorMsg\":\"正忙\"}";

#[derive(Default)]
pub struct Desk {
    /// Requests are not answered while this is set.
    pub hold: AtomicBool,
    /// Requests that have arrived.
    pub arrived: AtomicUsize,
    /// Requests that were given up by whoever asked.
    pub given_up: AtomicUsize,
    /// Times that somebody asked how it is.
    pub checks: AtomicUsize,
    /// The status of its answers; 0 is 200.
    pub status: AtomicU16,
}

pub struct Stub {
    pub port: u16,
    pub desk: Arc<Desk>,
    runtime: Option<Runtime>,
}

impl Stub {
    pub fn start() -> Self {
        let mut stub = Self { port: free_port(), desk: Arc::default(), runtime: None };
        stub.resume();
        stub
    }

    pub fn resume(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("the port of before");
        listener.set_nonblocking(true).expect("a listener for tokio");
        let router = Router::new()
            .route("/healthz", get(health))
            .route("/ocr", post(answer))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&self.desk));
        let runtime = self.runtime.insert(Runtime::new().expect("a runtime"));
        runtime.spawn(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).expect("a listener"), router).await
        });
    }

    pub fn stop(&mut self) {
        self.runtime.take().expect("it runs").shutdown_background();
    }

    pub fn arrived(&self) -> usize {
        self.desk.arrived.load(Ordering::SeqCst)
    }

    pub fn given_up(&self) -> usize {
        self.desk.given_up.load(Ordering::SeqCst)
    }

    #[cfg(target_os = "linux")]
    pub fn checks(&self) -> usize {
        self.desk.checks.load(Ordering::SeqCst)
    }

    pub fn hold(&self, hold: bool) {
        self.desk.hold.store(hold, Ordering::SeqCst);
    }

    pub fn answer_with(&self, status: u16) {
        self.desk.status.store(status, Ordering::SeqCst);
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What the server says to `body`, byte for byte, odd white space included.
pub fn said(body: &[u8]) -> String {
    let sum = body.iter().fold(0u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    let more = " ".repeat(if body.starts_with(PLEASE) { LARGE } else { 0 });
    format!("{{ \"errorCode\":0,\"errorMsg\" : \"Success\", \"length\": {}, \"sum\": {sum} {more}}}\n", body.len())
}

async fn health(State(desk): State<Arc<Desk>>) -> ([(&'static str, &'static str); 2], &'static str) {
    desk.checks.fetch_add(1, Ordering::SeqCst);
    ([("content-type", "application/json"), ("server", "stub/1.0")], r#"{"status":"ok"}"#)
}

/// Counts a request that is dropped before it is answered.
struct Patience<'d>(&'d Desk, bool);

impl Drop for Patience<'_> {
    fn drop(&mut self) {
        self.0.given_up.fetch_add(usize::from(!self.1), Ordering::SeqCst);
    }
}

async fn answer(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    desk.arrived.fetch_add(1, Ordering::SeqCst);
    let mut patience = Patience(&desk, false);
    while desk.hold.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    patience.1 = true;
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json; charset=utf-8".parse().expect("a value"));
    // Nothing of this is for Bob, or for a browser at his address.
    for name in ["set-cookie", "access-control-allow-origin", "clear-site-data", "refresh", "x-own"] {
        headers.insert(name, "*".parse().expect("a value"));
    }
    headers.insert("server-timing", "detect;dur=1.5".parse().expect("a value"));
    match StatusCode::from_u16(desk.status.load(Ordering::SeqCst)) {
        Ok(status) => {
            headers.insert("retry-after", "7".parse().expect("a value"));
            (status, headers, REFUSAL).into_response()
        }
        Err(_) => (headers, said(&body)).into_response(),
    }
}

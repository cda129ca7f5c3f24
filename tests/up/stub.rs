//! A server at the far end that answers at once, or when it is let: what it says depends on the body alone.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use bytes::Bytes;
use tokio::runtime::Runtime;

use crate::sshd::free_port;

#[derive(Default)]
pub struct Desk {
    /// Requests are not answered while this is set.
    pub hold: AtomicBool,
    /// Requests that have arrived.
    pub arrived: AtomicUsize,
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
            .route("/healthz", get(async || ([("content-type", "application/json")], r#"{"status":"ok"}"#)))
            .route("/ocr", post(answer))
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
    format!("{{ \"errorCode\":0,\"errorMsg\" : \"Success\", \"length\": {}, \"sum\": {sum} }}\n", body.len())
}

async fn answer(State(desk): State<Arc<Desk>>, body: Bytes) -> ([(&'static str, &'static str); 1], String) {
    desk.arrived.fetch_add(1, Ordering::SeqCst);
    while desk.hold.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ([("content-type", "application/json")], said(&body))
}

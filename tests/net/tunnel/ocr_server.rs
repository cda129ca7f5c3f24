//! The server at the far end: `/healthz` as asked for, `/echo`, and ways to misbehave.

use std::net::TcpListener;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use hyper::body::Frame;
use tokio::runtime::{Builder, Runtime};

/// How the server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    Loading,
    AnotherService,
    Mute,
}

/// A running server, on a runtime of its own so that it can vanish with all its connections.
pub struct OcrServer {
    port: u16,
    desk: Desk,
    runtime: Option<Runtime>,
}

#[derive(Clone)]
struct Desk {
    mood: Arc<Mutex<Mood>>,
    health_checks: Arc<AtomicU32>,
    mute_requests: Arc<AtomicU32>,
    echoes: Arc<AtomicU32>,
}

impl OcrServer {
    pub fn start() -> Self {
        let mut server = Self::stopped();
        server.resume();
        server
    }

    /// A server that is not there yet, but has its port.
    pub fn stopped() -> Self {
        let desk = Desk {
            mood: Arc::new(Mutex::new(Mood::Well)),
            health_checks: Arc::default(),
            mute_requests: Arc::default(),
            echoes: Arc::default(),
        };
        Self { port: crate::common::free_port(), desk, runtime: None }
    }

    pub fn resume(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).expect("the port of before");
        listener.set_nonblocking(true).expect("a listener for tokio");
        let router = router(self.desk.clone());
        let runtime = self.runtime.insert(runtime());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await
        });
    }

    /// A server on a Unix socket instead.
    pub fn on_socket(path: &Path) -> Self {
        let mut server = Self::stopped();
        let listener = std::os::unix::net::UnixListener::bind(path).expect("a socket");
        listener.set_nonblocking(true).expect("a listener for tokio");
        let router = router(server.desk.clone());
        let runtime = server.runtime.insert(runtime());
        runtime.spawn(async move {
            let listener = tokio::net::UnixListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await
        });
        server
    }

    /// Cuts every connection and listens no more.
    pub fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        crate::sshd::wait_for(
            "the server is gone",
            || std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err(),
            String::new,
        );
    }

    pub fn set(&self, mood: Mood) {
        *self.desk.mood.lock().expect("the mood") = mood;
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// How often `/healthz` was asked for.
    pub fn health_checks(&self) -> u32 {
        self.desk.health_checks.load(Ordering::SeqCst)
    }

    /// How many bodies were echoed.
    pub fn echoes(&self) -> u32 {
        self.desk.echoes.load(Ordering::SeqCst)
    }

    /// How many requests wait for an answer that never comes.
    pub fn mute_requests(&self) -> u32 {
        self.desk.mute_requests.load(Ordering::SeqCst)
    }
}

impl Drop for OcrServer {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

fn router(desk: Desk) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/echo", post(echo))
        .route("/headers", post(headers))
        .route("/endless", post(|| async { Body::new(Beginning { step: 0, then: End::Never }) }))
        .route("/cut", post(|| async { Body::new(Beginning { step: 0, then: End::Cut }) }))
        .route("/mute", post(mute))
        .layer(DefaultBodyLimit::disable())
        .with_state(desk)
}

async fn echo(State(desk): State<Desk>, body: Bytes) -> Bytes {
    desk.echoes.fetch_add(1, Ordering::SeqCst);
    body
}

async fn healthz(State(desk): State<Desk>) -> Response {
    desk.health_checks.fetch_add(1, Ordering::SeqCst);
    let mood = *desk.mood.lock().expect("the mood");
    match mood {
        Mood::Well => ([(header::SERVER, "jkocr/0.0.0")], r#"{"status":"ok"}"#).into_response(),
        Mood::Loading => {
            let envelope = r#"{"logId":"0","errorCode":503,"errorMsg":"模型加载中"}"#;
            (StatusCode::SERVICE_UNAVAILABLE, envelope).into_response()
        }
        Mood::AnotherService => (StatusCode::OK, "<html>a blog</html>").into_response(),
        Mood::Mute => std::future::pending().await,
    }
}

/// The headers that arrived, one a line.
async fn headers(headers: HeaderMap) -> String {
    let lines = headers.iter().map(|(name, value)| format!("{name}: {}\n", value.to_str().expect("text")));
    lines.collect()
}

async fn mute(State(desk): State<Desk>) {
    let _waiting = Waiting::new(desk.mute_requests);
    std::future::pending::<()>().await;
}

/// Counts as long as it lives, which is as long as the client stays.
struct Waiting(Arc<AtomicU32>);

impl Waiting {
    fn new(count: Arc<AtomicU32>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A body that begins and is never whole.
struct Beginning {
    step: u8,
    then: End,
}

#[derive(Clone, Copy)]
enum End {
    Never,
    Cut,
}

impl hyper::body::Body for Beginning {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        self.step += 1;
        match (self.step, self.then) {
            (1, _) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"{\"errorCode\""))))),
            // What there is goes out while there is no more.
            (2, End::Cut) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            (_, End::Cut) => Poll::Ready(Some(Err(std::io::Error::other("cut")))),
            (_, End::Never) => Poll::Pending,
        }
    }
}

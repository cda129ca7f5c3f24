//! Servers at the far end: a stub that can be ill, and the real one.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use rustix::process::Signal;
use tokio::runtime::Runtime;

use crate::common::{self, free_port};
use crate::sshd::{signal, wait_for};

/// What this version calls itself.
pub const OURS: &str = concat!("jkocr/", env!("CARGO_PKG_VERSION"));

/// How a stub is.
#[derive(Debug, Clone, Copy)]
pub enum Mood {
    Well,
    Loading,
    /// It is well, and reads nothing.
    Sick,
    /// It has no `/healthz`.
    Foreign,
}

/// A server that answers as its mood is.
pub struct Stub {
    pub port: u16,
    runtime: Option<Runtime>,
}

impl Stub {
    pub fn start() -> Self {
        Self::on("127.0.0.1", Mood::Well, OURS)
    }

    pub fn on(ip: &str, mood: Mood, server: &'static str) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("a port");
        listener.set_nonblocking(true).expect("a listener for tokio");
        let port = listener.local_addr().expect("its address").port();
        let router = Router::new()
            .route("/healthz", get(async move || health(mood, server)))
            .route("/ocr", post(async move || ocr(mood)));
        let runtime = Runtime::new().expect("a runtime");
        runtime.spawn(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener).expect("a listener"), router).await
        });
        Self { port, runtime: Some(runtime) }
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn health(mood: Mood, server: &'static str) -> Response {
    let head = [("server", server)];
    match mood {
        Mood::Well | Mood::Sick => (head, r#"{"status":"ok"}"#).into_response(),
        Mood::Loading => {
            (StatusCode::SERVICE_UNAVAILABLE, head, r#"{"errorCode":503,"errorMsg":"模型加载中"}"#).into_response()
        }
        Mood::Foreign => (StatusCode::NOT_FOUND, head, "<html>").into_response(),
    }
}

fn ocr(mood: Mood) -> &'static str {
    match mood {
        Mood::Sick => r#"{"logId":"1","errorCode":500,"errorMsg":"识别失败"}"#,
        _ => r#"{"logId":"1","errorCode":0,"errorMsg":"Success","result":{"ocrResults":[]}}"#,
    }
}

/// `jkocr serve` with real models.
pub struct Serve {
    pub port: u16,
    child: Child,
}

impl Serve {
    pub fn start() -> Self {
        let port = free_port();
        let mut command: Command = common::jkocr();
        command.env("JKOCR_HOME", common::home()).args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("serve starts");
        let serve = Self { port, child };
        // It listens before it can serve, and says so.
        wait_for("serve is ready", || is_well(port), String::new);
        serve
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        signal(self.child.id(), Signal::TERM);
        let _ = self.child.wait();
    }
}

fn is_well(port: u16) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let Ok(mut stream) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await else { return false };
        let ask = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let mut answer = String::new();
        stream.write_all(ask).await.is_ok()
            && stream.read_to_string(&mut answer).await.is_ok()
            && answer.starts_with("HTTP/1.1 200")
    })
}

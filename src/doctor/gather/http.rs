//! One HTTP request to an address of this machine, and what the plugin would make of the answer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::doctor::facts::{GoodAnswer, Reply};
use crate::untrusted::Untrusted;

/// The plugin waits 5 to 10 seconds for its validation.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most bytes of an answer that are looked at.
const LONGEST: usize = 1 << 20;

/// The most characters of a server's words that are repeated.
const WORDS: usize = 450;

/// The request of the plugin's "verify" button, as macOS writes it: a white pixel.
const VALIDATION: &str = include_str!("validation.json");

/// Whether `/healthz` says that all is well.
pub(super) async fn health(address: SocketAddr) -> Reply {
    let request = Request::get("/healthz").body(Full::default());
    exchange(address, request, |status, body| {
        let said = body.get("status").and_then(Value::as_str);
        status == StatusCode::OK && said == Some("ok")
    })
    .await
}

/// What the "verify" button of the plugin would be told.
pub(super) async fn validation(address: SocketAddr) -> Reply {
    let request = Request::post("/ocr").header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Full::from(VALIDATION));
    exchange(address, request, |status, body| {
        let code = body.get("errorCode");
        status == StatusCode::OK && body.is_object() && code.is_none_or(|code| code.as_i64() == Some(0))
    })
    .await
}

async fn exchange(
    address: SocketAddr,
    request: hyper::http::Result<Request<Full<Bytes>>>,
    is_well: impl Fn(StatusCode, &Value) -> bool,
) -> Reply {
    let started = Instant::now();
    let answered = match request {
        Ok(request) => timeout(PATIENCE, send(address, request)).await,
        Err(error) => return Reply::Unanswered { problem: error.to_string().into() },
    };
    let (status, headers, body) = match answered {
        Ok(Ok(answer)) => answer,
        Ok(Err(problem)) => return Reply::Unanswered { problem: problem.into() },
        Err(_) => {
            return Reply::Unanswered {
                problem: t!("doctor.silent", seconds = PATIENCE.as_secs()).into_owned().into(),
            };
        }
    };
    let Ok(body) = serde_json::from_slice::<Value>(&body) else { return Reply::Foreign { status: status.as_u16() } };
    let named = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned().into());
    if is_well(status, &body) {
        let millis = started.elapsed().as_millis() as u64;
        return Reply::Well(GoodAnswer { millis, backend: named("x-jkocr-backend"), server: named("server") });
    }
    match body.get("errorMsg").and_then(Value::as_str) {
        Some(words) => Reply::Unwell { status: status.as_u16(), message: Untrusted::up_to(WORDS, words) },
        None => Reply::Foreign { status: status.as_u16() },
    }
}

async fn send(
    address: SocketAddr,
    mut request: Request<Full<Bytes>>,
) -> Result<(StatusCode, HeaderMap, Bytes), String> {
    let host = address.to_string().parse().map_err(|error: header::InvalidHeaderValue| error.to_string())?;
    request.headers_mut().insert(header::HOST, host);
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let talk = async {
        let (parts, body) = sender.send_request(request).await.map_err(|error| chain(&error))?.into_parts();
        let body = Limited::new(body, LONGEST).collect().await.map_err(|error| error.to_string())?;
        Ok((parts.status, parts.headers, body.to_bytes()))
    };
    let drive = async {
        // The talk gets the error; until it ends, this must not.
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! { told = talk => told, () = drive => Err(String::new()) }
}

fn chain(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

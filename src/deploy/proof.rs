//! A picture with a word, read by the server, through a real forward.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hyper::{Method, Request};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::error::{Error, Step};
use super::session::ServerSession;
use crate::tunnel::Remote;
use crate::untrusted::Untrusted;
use crate::upstream::Upstream;

/// The picture.
const PICTURE: &[u8] = include_bytes!("word.png");

/// What it says.
const WORD: &str = "OK";

/// How long the first picture may take on a slow machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Has the picture read by the server at `remote`. Returns how long that took.
///
/// # Errors
/// [`Error::Unproved`] with what came instead of the word.
pub async fn prove(session: &ServerSession, remote: &Remote) -> Result<Duration, Error> {
    let socket = session.folder().join("proof");
    session.forward(&socket, remote).await?;
    let started = Instant::now();
    let unproved = |said: &str| Error::Unproved { expected: WORD, said: Untrusted::new(said) };
    let body = json!({"file": BASE64_STANDARD.encode(PICTURE), "fileType": 1, "visualize": false});
    let request = Request::builder().method(Method::POST).uri("/ocr").header("Content-Type", "application/json");
    let request = request.body(Bytes::from(body.to_string())).map_err(|error| unproved(&error.to_string()))?;
    let upstream = Upstream::new(socket);
    let sent = upstream.send(request, started + PATIENCE);
    let answer = match timeout(PATIENCE, sent).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(unproved(&crate::wording::chain(&error))),
        Err(_) => return Err(Error::Late { step: Step::Prove }),
    };
    let answer: Value = serde_json::from_slice(answer.body()).map_err(|_| unproved(""))?;
    let texts = answer.pointer("/result/ocrResults/0/prunedResult/rec_texts").and_then(Value::as_array);
    let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match texts {
        Some(texts) if texts.iter().any(|text| text.as_str() == Some(WORD)) => Ok(started.elapsed()),
        Some(texts) => Err(unproved(&texts.iter().take(3).map(words).collect::<Vec<_>>().join(" "))),
        None => Err(unproved(answer.get("errorMsg").and_then(Value::as_str).unwrap_or_default())),
    }
}

//! One question to the server, and what its answer means.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{HeaderValue, SERVER};
use hyper::{Request, Response, StatusCode};
use serde_json::Value;
use tokio::time::Instant;

use super::{Answered, Cause};
use crate::language::{LANGUAGE_HEADER, Language};
use crate::untrusted::Untrusted;
use crate::upstream::{Error, Upstream};

/// The longest a probe lasts.
const LIMIT: Duration = Duration::from_mins(10);

/// The most of the server's words that is repeated, in characters.
const WORDS: usize = 200;

/// What came of a probe.
#[derive(Debug)]
pub(super) enum ProbeOutcome {
    /// An OCR server answered that it is well.
    Healthy {
        /// From the question to the answer.
        round_trip: Duration,
        /// What the server calls itself.
        server: Option<Untrusted>,
    },
    /// Something answered that cannot serve: the path is there.
    Unfit(Cause),
    /// No answer at all.
    Silence,
    /// The path did not carry the question.
    Broken(Error),
}

/// Asks `GET /healthz` on a connection of its own, for as long as it takes: whoever asks decides what silence means.
pub(super) async fn ask(upstream: Upstream, remote: String) -> ProbeOutcome {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = "/healthz".parse().expect("a constant path is a URI");
    // What the server says is told to a person.
    let language = HeaderValue::from_static(Language::installed().code());
    request.headers_mut().insert(LANGUAGE_HEADER, language);
    let asked = Instant::now();
    judge(upstream.send(request, asked + LIMIT).await, asked.elapsed(), &remote)
}

fn judge(answer: Result<Response<Bytes>, Error>, round_trip: Duration, remote: &str) -> ProbeOutcome {
    let foreign = |answer| ProbeOutcome::Unfit(Cause::NotOcr { remote: remote.into(), answer });
    let answer = match answer {
        Ok(answer) => answer,
        Err(Error::NotHttp(_)) => return foreign(Answered::NotHttp),
        Err(Error::NoAnswer(status)) => return foreign(Answered::Status(status.as_u16())),
        Err(Error::TooLarge) => return foreign(Answered::Endless),
        Err(Error::Silent | Error::Stalled) => return ProbeOutcome::Silence,
        Err(error @ (Error::Connect(_) | Error::Broken(_) | Error::Cut(_))) => return ProbeOutcome::Broken(error),
    };
    let status = answer.status();
    let body: Option<Value> = serde_json::from_slice(answer.body()).ok();
    let member = |name| body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str);
    let is_gateway =
        matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT);
    match (status, member("status"), member("errorMsg")) {
        (StatusCode::OK, Some("ok"), _) => {
            let server = answer.headers().get(SERVER).map(|value| one_line(&String::from_utf8_lossy(value.as_bytes())));
            ProbeOutcome::Healthy { round_trip, server }
        }
        (StatusCode::OK, ..) => foreign(Answered::OtherBody),
        (_, _, Some(words)) if is_gateway => ProbeOutcome::Unfit(Cause::NotReady { reason: one_line(words) }),
        _ if is_gateway => ProbeOutcome::Unfit(Cause::NotReady { reason: format!("HTTP {}", status.as_u16()).into() }),
        _ => foreign(Answered::Status(status.as_u16())),
    }
}

fn one_line(words: &str) -> Untrusted {
    Untrusted::up_to(WORDS, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> ProbeOutcome {
        let response = Response::builder().status(status).header("server", "jkocr/1.2.3");
        judge(Ok(response.body(Bytes::from(body.to_owned())).unwrap()), Duration::ZERO, "127.0.0.1:8080")
    }

    #[test]
    fn only_an_ok_is_health() {
        assert!(matches!(
            answer(200, r#"{"status":"ok","version":"1"}"#),
            ProbeOutcome::Healthy { server: Some(server), .. } if server == "jkocr/1.2.3"
        ));
        for (status, body) in [
            (200, "ok"),
            (200, r#"["ok"]"#),
            (200, r#"{"status":"starting"}"#),
            (200, "<html>"),
            (404, r#"{"detail":"Not Found"}"#),
            (401, ""),
            (500, r#"{"errorCode":500,"errorMsg":"x"}"#),
        ] {
            assert!(matches!(answer(status, body), ProbeOutcome::Unfit(Cause::NotOcr { .. })), "{status} {body}");
        }
    }

    #[test]
    fn a_server_that_is_loading_says_so_in_its_own_words() {
        let envelope = r#"{"logId":"1","errorCode":503,"errorMsg":"模型加载中。\n请稍候"}"#;
        let ProbeOutcome::Unfit(Cause::NotReady { reason }) = answer(503, envelope) else { panic!("not ready") };
        assert_eq!(reason, "模型加载中。 请稍候");
        let ProbeOutcome::Unfit(Cause::NotReady { reason }) = answer(502, "<html>") else { panic!("not ready") };
        assert_eq!(reason, "HTTP 502");
    }
}

//! A request body on its way into memory: its size, its pace, and its share of the memory for all bodies.

use std::sync::Arc;

use axum::body::Body as Stream;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, TRANSFER_ENCODING};
use tokio::time::{Instant, timeout, timeout_at};

use super::Limits;
use super::body_memory::Lease;
use super::state::ServerState;
use crate::api::{Error, Failure};
use crate::backend::Backend;

/// A whole body, and the memory that is its own as long as this lives.
pub struct Body {
    pub bytes: Bytes,
    pub lease: Lease,
}

impl<B: Backend> FromRequest<Arc<ServerState<B>>> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, shared: &Arc<ServerState<B>>) -> Result<Self, Failure> {
        let limits = &shared.app.limits;
        let (parts, stream) = request.into_parts();
        check_header(&parts.headers)?;
        let declared = stream.size_hint().exact();
        // Without a single byte read: a client that asked `Expect: 100-continue` need not send any.
        if declared.is_some_and(|length| length > limits.max_body) {
            return Err(Error::LongBody { limit: limits.max_body }.into());
        }
        let mut arriving = Arriving { bytes: Vec::new(), declared, lease: shared.body_memory.lease(), limits };
        match timeout(limits.body_time, arriving.fill(stream)).await {
            Ok(Ok(())) => Ok(Self { bytes: arriving.bytes.into(), lease: arriving.lease }),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(Error::SlowBody.into()),
        }
    }
}

/// Only JSON, as it is. A request without a `Content-Type` is believed to mean JSON.
fn check_header(headers: &HeaderMap) -> Result<(), Error> {
    if headers.get(CONTENT_ENCODING).is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Error::NotJsonType);
    }
    if headers.get(CONTENT_TYPE).is_some_and(|kind| !kind.to_str().is_ok_and(is_json)) {
        return Err(Error::NotJsonType);
    }
    if headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING) {
        Ok(())
    } else {
        Err(Error::NoLength)
    }
}

/// A body comes as it is or in chunks; the other codings of a transfer (RFC 9112, section 6.1) are not undone.
pub fn check_coding(headers: &HeaderMap) -> Result<(), Error> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &HeaderValue| coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if is_chunked(coding) => Ok(()),
        _ => Err(Error::TransferCoding),
    }
}

/// `application/json` and `application/…+json`, with any parameters.
fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let subtype = essence.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

struct Arriving<'l> {
    bytes: Vec<u8>,
    declared: Option<u64>,
    lease: Lease,
    limits: &'l Limits,
}

impl Arriving<'_> {
    async fn fill(&mut self, mut stream: Stream) -> Result<(), Error> {
        loop {
            let pause = Instant::now() + self.limits.body_pause;
            let frame = match timeout_at(pause, stream.frame()).await {
                Ok(Some(frame)) => frame.map_err(|error| blame(&error))?,
                Ok(None) => return Ok(()),
                Err(_) => return Err(Error::SlowBody),
            };
            // What is not data is a trailer, which says nothing here.
            if let Ok(data) = frame.into_data() {
                self.take(&data).await?;
            }
        }
    }

    async fn take(&mut self, data: &[u8]) -> Result<(), Error> {
        let length = (self.bytes.len() + data.len()) as u64;
        if length > self.limits.max_body {
            return Err(Error::LongBody { limit: self.limits.max_body });
        }
        self.lease.grow(length, self.limits.memory_time).await?;
        self.make_room(data.len());
        self.bytes.extend_from_slice(data);
        Ok(())
    }

    /// Room for `more`, twice as much as before so that copying stays rare, but not more than was declared.
    fn make_room(&mut self, more: usize) {
        let needed = self.bytes.len() + more;
        if needed > self.bytes.capacity() {
            let most = self.declared.map_or(usize::MAX, |length| length as usize);
            let wanted = (2 * self.bytes.capacity()).min(most).max(needed);
            self.bytes.reserve_exact(wanted - self.bytes.len());
        }
    }
}

fn blame(error: &axum::Error) -> Error {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            // Chunks that are not chunks; everything else is a connection that ended.
            return if error.is_parse() || error.is_user() { Error::NotHttp } else { Error::CutBody };
        }
        cause = error.source();
    }
    Error::CutBody
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn json_has_several_names() {
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
            assert!(is_json(kind), "{kind}");
        }
        for kind in ["", "text/plain", "text/json", "application/jsonx", "multipart/form-data; x=application/json"] {
            assert!(!is_json(kind), "{kind}");
        }
    }
}

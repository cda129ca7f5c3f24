//! One HTTP request over the tunnel's Unix socket. It knows no tunnel: a path, a request, an answer or what went wrong.

mod connection;
mod traffic;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode, Uri, Version};
use tokio::time::{Instant, timeout_at};

use connection::Connection;
pub(crate) use traffic::{RequestProgress, Traffic};

/// The largest answer that is taken, in bytes: twice the largest request, for answers that carry images back.
pub(crate) const MAX_ANSWER: usize = 192 * 1024 * 1024;

/// Idle connections kept for the next request. Bob sends one screenshot at a time, so all but one soon close.
const MAX_IDLE: usize = 4;

/// Headers that belong to one connection and do not travel on (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing listens on the socket.
    #[error("{}", t!("upstream.connect"))]
    Connect(#[source] io::Error),
    /// The connection broke before the answer began.
    #[error("{}", t!("upstream.broken"))]
    Broken(#[source] hyper::Error),
    /// The deadline passed before the answer began.
    #[error("{}", t!("upstream.silent"))]
    Silent,
    /// What came back is not HTTP.
    #[error("{}", t!("upstream.not_http"))]
    NotHttp(#[source] hyper::Error),
    /// What came back says that it is no answer: a switch of protocols, or a status that HTTP does not have.
    #[error("{}", t!("upstream.no_answer", status = .0.as_u16()))]
    NoAnswer(StatusCode),
    /// The connection broke in the middle of the answer.
    #[error("{}", t!("upstream.cut"))]
    Cut(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The deadline passed in the middle of the answer.
    #[error("{}", t!("upstream.stalled"))]
    Stalled,
    /// The answer is larger than [`MAX_ANSWER`].
    #[error("{}", t!("upstream.too_large", limit = MAX_ANSWER / (1024 * 1024)))]
    TooLarge,
}

/// How far a request had come when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// No byte of an answer had come: sending the request again is safe.
    BeforeAnswer,
    /// An answer had begun: the server has done the work.
    MidAnswer,
}

impl Error {
    /// How far the request had come.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self {
            Self::Connect(_) | Self::Broken(_) | Self::Silent => Phase::BeforeAnswer,
            Self::NotHttp(_) | Self::NoAnswer(_) | Self::Cut(_) | Self::Stalled | Self::TooLarge => Phase::MidAnswer,
        }
    }

    fn before_answer(source: hyper::Error) -> Self {
        if source.is_parse() { Self::NotHttp(source) } else { Self::Broken(source) }
    }

    fn mid_answer(source: Box<dyn std::error::Error + Send + Sync>) -> Self {
        if source.is::<LengthLimitError>() { Self::TooLarge } else { Self::Cut(source) }
    }
}

/// The server at the other end of a Unix socket. Clones share its connections.
#[derive(Clone)]
pub(crate) struct Upstream(Arc<Inner>);

struct Inner {
    socket: PathBuf,
    idle: Mutex<Vec<Connection>>,
    traffic: Traffic,
    under_way: AtomicUsize,
}

/// Counts a request that is under way.
struct UnderWay<'a>(&'a AtomicUsize);

impl<'a> UnderWay<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Upstream {
    /// The server behind the Unix socket `socket`, which need not exist yet.
    #[must_use]
    pub fn new(socket: PathBuf) -> Self {
        let (idle, traffic, under_way) = (Mutex::default(), Traffic::default(), AtomicUsize::new(0));
        Self(Arc::new(Inner { socket, idle, traffic, under_way }))
    }

    /// What has moved over all its connections.
    #[must_use]
    pub fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    /// Whether no request waits for its answer.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.0.under_way.load(Ordering::Relaxed) == 0
    }

    /// Closes the idle connections: whoever carried them has gone.
    pub fn forget(&self) {
        self.idle().clear();
    }

    /// Sends `request` and returns the whole answer, as the server gave it save for the headers of the connection.
    ///
    /// Only the path of the URI counts, `Host` is `localhost` if the request names none, and the length is that of the
    /// body. A kept connection that turns out to be closed is replaced by a fresh one, once. If the caller drops the
    /// future, the connection closes with it.
    ///
    /// # Errors
    /// [`Error::phase`] tells whether the request may be sent again.
    pub async fn send(&self, request: Request<Bytes>, deadline: Instant) -> Result<Response<Bytes>, Error> {
        self.send_watched(request, deadline, &RequestProgress::default()).await
    }

    /// The same; `progress` shows what moves meanwhile.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub async fn send_watched(
        &self,
        request: Request<Bytes>,
        deadline: Instant,
        progress: &RequestProgress,
    ) -> Result<Response<Bytes>, Error> {
        let _under_way = UnderWay::begin(&self.0.under_way);
        let request = for_the_wire(request);
        let Some(kept) = self.take_idle() else {
            let connection = self.open(deadline).await?;
            return self.exchange(connection, request, (deadline, progress)).await;
        };
        match self.exchange(kept, request.clone(), (deadline, progress)).await {
            Err(Error::Broken(source)) => {
                tracing::debug!(?source, "a kept connection broke; trying a fresh one");
                let Ok(connection) = self.open(deadline).await else { return Err(Error::Broken(source)) };
                self.exchange(connection, request, (deadline, progress)).await
            }
            done => done,
        }
    }

    async fn open(&self, deadline: Instant) -> Result<Connection, Error> {
        let opening = Connection::open(&self.0.socket, &self.0.traffic);
        timeout_at(deadline, opening).await.map_err(|_| Error::Silent)?.map_err(Error::Connect)
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
        (deadline, progress): (Instant, &RequestProgress),
    ) -> Result<Response<Bytes>, Error> {
        let head = timeout_at(deadline, connection.send(request, progress)).await.map_err(|_| Error::Silent)?;
        let (mut parts, body) = head.map_err(Error::before_answer)?.into_parts();
        if !(200..=599).contains(&parts.status.as_u16()) {
            return Err(Error::NoAnswer(parts.status));
        }
        let body = timeout_at(deadline, whole(body)).await.map_err(|_| Error::Stalled)??;
        strip(&mut parts.headers);
        self.keep(connection);
        Ok(Response::from_parts(parts, body))
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle();
        std::iter::from_fn(|| idle.pop()).find(Connection::is_usable)
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle();
        idle.retain(Connection::is_wanted_too);
        if !connection.is_closed() && idle.len() < MAX_IDLE {
            idle.push(connection);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn whole(body: Incoming) -> Result<Bytes, Error> {
    let collected = Limited::new(body, MAX_ANSWER).collect().await.map_err(Error::mid_answer)?;
    Ok(collected.to_bytes())
}

fn for_the_wire(request: Request<Bytes>) -> Request<Full<Bytes>> {
    let mut request = request.map(Full::new);
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);
    *request.version_mut() = Version::HTTP_11;
    let headers = request.headers_mut();
    strip(headers);
    headers.remove(header::CONTENT_LENGTH);
    headers.entry(header::HOST).or_insert(HeaderValue::from_static("localhost"));
    request
}

/// Removes the headers of the connection, and those that `Connection` names.
fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in HOP_BY_HOP.iter().chain(&named) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests;

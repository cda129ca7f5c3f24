//! One kept-alive HTTP/1.1 connection on the tunnel's socket.

use std::io;
use std::path::Path;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::traffic::{Carried, Counted, RequestProgress, Traffic};

/// An idle connection older than this is not used again.
const IDLE: Duration = Duration::from_secs(90);

/// One of several that is idle for this long is closed: it was for requests at the same time.
const SURPLUS: Duration = Duration::from_secs(10);

/// A connection and the task that drives it. Dropping it closes the socket at once, which tells the server at the
/// other end that nobody waits any more.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    carried: Carried,
    used: Instant,
}

impl Connection {
    /// Connects to the Unix socket `path`.
    ///
    /// # Errors
    /// Nothing listens there.
    pub(super) async fn open(path: &Path, traffic: &Traffic) -> io::Result<Self> {
        let stream = UnixStream::connect(path).await?;
        let carried = Carried::default();
        let counted = TokioIo::new(Counted::new(stream, traffic.clone(), Carried::clone(&carried)));
        let (sender, connection) = http1::handshake(counted).await.map_err(io::Error::other)?;
        let driver = tokio::spawn(async move {
            // The request that was under way gets the error; an idle connection that ends is no news.
            let _ = connection.await;
        });
        Ok(Self { sender, driver, carried, used: Instant::now() })
    }

    /// Sends `request` and returns the head of the answer; `progress` shows what moves.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
        progress: &RequestProgress,
    ) -> hyper::Result<Response<Incoming>> {
        self.used = Instant::now();
        progress.clone_into(&mut self.carried.lock().unwrap_or_else(PoisonError::into_inner));
        self.sender.send_request(request).await
    }

    /// Whether another request can go out on it now.
    pub(super) fn is_usable(&self) -> bool {
        self.sender.is_ready() && self.used.elapsed() < IDLE
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Whether it may stay beside another one that was used just now.
    pub(super) fn is_wanted_too(&self) -> bool {
        !self.is_closed() && self.used.elapsed() < SURPLUS
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

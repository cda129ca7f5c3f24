//! What has moved through the tunnel: how long ago something came back, and how much a request may have on its way out.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

/// Bytes through every connection of one tunnel. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<Mutex<Volume>>);

#[derive(Debug, Default)]
struct Volume {
    received: u64,
    received_at: Option<Instant>,
}

impl Traffic {
    /// Bytes that came back so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.counts().received
    }

    /// When the last byte came back; `None` if none has.
    #[must_use]
    pub fn received_at(&self) -> Option<Instant> {
        self.counts().received_at
    }

    fn counts(&self) -> MutexGuard<'_, Volume> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What has moved for one request. Clones are the same request.
#[derive(Debug, Clone)]
pub struct RequestProgress(Arc<Mutex<Moved>>);

#[derive(Debug, Clone, Copy)]
struct Moved {
    at: Instant,
    sent: u64,
    received: u64,
}

impl Default for RequestProgress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Moved { at: Instant::now(), sent: 0, received: 0 })))
    }
}

impl RequestProgress {
    /// How long nothing has moved: no byte was taken from us, and none came back.
    #[must_use]
    pub fn silent_for(&self) -> Duration {
        self.moved().at.elapsed()
    }

    /// Bytes that were taken from us since the last one came back. A buffer may still hold them.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        let moved = self.moved();
        if moved.received == 0 { moved.sent } else { 0 }
    }

    fn moved(&self) -> MutexGuard<'_, Moved> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The request that a connection carries now.
pub(super) type Carried = Arc<Mutex<RequestProgress>>;

/// A connection whose bytes are counted.
#[derive(Debug)]
pub(super) struct Counted {
    stream: UnixStream,
    traffic: Traffic,
    carried: Carried,
}

impl Counted {
    pub(super) fn new(stream: UnixStream, traffic: Traffic, carried: Carried) -> Self {
        Self { stream, traffic, carried }
    }

    fn count_received(&mut self, bytes: usize) {
        if bytes > 0 {
            let mut counts = self.traffic.counts();
            counts.received += bytes as u64;
            counts.received_at = Some(Instant::now());
            drop(counts);
            self.note(|moved| moved.received += bytes as u64);
        }
    }

    fn count_sent(&mut self, bytes: usize) {
        self.note(|moved| moved.sent += bytes as u64);
    }

    fn note(&self, change: impl FnOnce(&mut Moved)) {
        let progress = self.carried.lock().unwrap_or_else(PoisonError::into_inner);
        let mut moved = progress.moved();
        change(&mut moved);
        moved.at = Instant::now();
    }
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let received = buffer.filled().len() - before;
        self.count_received(received);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(written)) = polled {
            self.count_sent(written);
        }
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        if let Poll::Ready(Ok(written)) = polled {
            self.count_sent(written);
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

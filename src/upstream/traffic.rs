//! What has moved through the tunnel: how long ago something came back, and how much may still be on its way out.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

/// The slowest link that still counts as alive, in bytes per second. A written byte is taken to be on its way for
/// as long as such a link needs: ssh buffers it unseen, so nothing on this side can tell.
const FLOOR: f64 = 32.0 * 1024.0;

/// The most that can be on its way unseen: OpenSSH's channel window (2 MiB, `CHAN_TCP_WINDOW_DEFAULT`) and as much
/// again for the buffers of the kernel and of the network.
const UNSEEN: f64 = 4.0 * 1024.0 * 1024.0;

/// Bytes through every connection of one tunnel. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<Mutex<Volume>>);

#[derive(Debug, Default)]
struct Volume {
    received: u64,
    received_at: Option<Instant>,
    queue: Backlog,
}

/// Written bytes that a slow link may not have carried yet: a bucket that leaks [`FLOOR`] bytes per second.
#[derive(Debug, Default)]
struct Backlog {
    bytes: f64,
    at: Option<Instant>,
}

impl Backlog {
    fn bytes(&self, now: Instant) -> f64 {
        let elapsed = self.at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        (self.bytes - elapsed.as_secs_f64() * FLOOR).max(0.0)
    }

    fn add(&mut self, bytes: usize, now: Instant) {
        self.bytes = (self.bytes(now) + bytes as f64).min(UNSEEN);
        self.at = Some(now);
    }

    fn remove(&mut self, bytes: usize) {
        self.bytes = (self.bytes - bytes as f64).max(0.0);
    }
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

    /// Whether a slow link may still be carrying what was written. Silence means nothing as long as it does.
    #[cfg(test)]
    pub fn is_busy(&self) -> bool {
        // Less than a second's worth is the probe itself, or small talk.
        self.counts().queue.bytes(Instant::now()) >= FLOOR
    }

    /// Nothing is on its way any more.
    pub(super) fn forget(&self) {
        self.counts().queue = Backlog::default();
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
    /// Bytes written since the last one was read.
    unanswered: usize,
}

impl Counted {
    pub(super) fn new(stream: UnixStream, traffic: Traffic, carried: Carried) -> Self {
        Self { stream, traffic, carried, unanswered: 0 }
    }

    /// An answer proves that what was written here before it has arrived.
    fn count_received(&mut self, bytes: usize) {
        if bytes > 0 {
            let mut counts = self.traffic.counts();
            counts.received += bytes as u64;
            counts.received_at = Some(Instant::now());
            counts.queue.remove(std::mem::take(&mut self.unanswered));
            drop(counts);
            self.note(|moved| moved.received += bytes as u64);
        }
    }

    fn count_sent(&mut self, bytes: usize) {
        self.unanswered += bytes;
        self.traffic.counts().queue.add(bytes, Instant::now());
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

#[cfg(test)]
mod tests {
    use super::{Backlog, FLOOR, Traffic, UNSEEN};
    use std::time::{Duration, Instant};

    #[test]
    fn written_bytes_are_on_their_way_for_as_long_as_a_slow_link_needs() {
        let start = Instant::now();
        let mut queue = Backlog::default();
        queue.add(10 * FLOOR as usize, start);
        assert!(queue.bytes(start + Duration::from_secs(9)) > 0.0);
        assert!(queue.bytes(start + Duration::from_secs(10)) <= 0.0);
        queue.add(FLOOR as usize, start + Duration::from_mins(1));
        assert!(queue.bytes(start + Duration::from_secs(61)) <= 0.0, "an idle hour saves nothing up");
    }

    #[test]
    fn what_was_on_its_way_goes_with_whoever_carried_it() {
        let traffic = Traffic::default();
        traffic.counts().queue.add(1 << 20, Instant::now());
        assert!(traffic.is_busy());
        traffic.forget();
        assert!(!traffic.is_busy());
    }

    #[test]
    fn more_than_the_buffers_hold_cannot_be_on_its_way() {
        let start = Instant::now();
        let mut queue = Backlog::default();
        queue.add(1 << 30, start);
        assert!(queue.bytes(start + Duration::from_secs_f64(UNSEEN / FLOOR)) <= 0.0);
    }
}

//! The bytes of one connection: the clocks that hyper does not keep, and the way out when a request was refused.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::Version;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::Limits;
use super::listener::Stream;
use crate::api::Error;

/// A client that was refused and sends nothing for this long has the answer.
const SILENCE: Duration = Duration::from_secs(2);

/// What the exchange on a connection tells the bytes under it.
#[derive(Debug, Default)]
pub struct ExchangeProgress {
    /// Odd while a request is being answered.
    exchanges: watch::Sender<usize>,
    /// A request was answered before all of its body was read.
    unread: AtomicBool,
    /// The client of the request being answered knows interim answers.
    knows_interim: AtomicBool,
    /// Part of an answer could not be sent yet.
    unsent: AtomicBool,
}

impl ExchangeProgress {
    /// A request of HTTP `version` is being answered until what this returns is dropped.
    pub fn begin(self: &Arc<Self>, version: Version) -> Answering {
        self.knows_interim.store(version == Version::HTTP_11, Ordering::Relaxed);
        self.exchanges.send_modify(|exchanges| *exchanges += 1);
        Answering(Arc::clone(self))
    }

    /// Follows the number of exchanges, which is odd while a request is answered.
    pub fn exchanges(&self) -> watch::Receiver<usize> {
        self.exchanges.subscribe()
    }

    /// Ready once a request is being answered.
    pub async fn answering(&self) {
        let _ = self.exchanges().wait_for(|exchanges| !exchanges.is_multiple_of(2)).await;
    }

    /// Whether an interim answer may be sent now: nothing of the answer has been, and all of those before it.
    pub fn may_interrupt(&self) -> bool {
        let is_answering = !self.exchanges.borrow().is_multiple_of(2);
        is_answering && self.knows_interim.load(Ordering::Relaxed) && !self.unsent.load(Ordering::Relaxed)
    }

    /// The client still sends what nobody reads.
    pub fn leave_unread(&self) {
        self.unread.store(true, Ordering::Relaxed);
    }
}

/// See [`ExchangeProgress::begin`].
pub struct Answering(Arc<ExchangeProgress>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.exchanges.send_modify(|exchanges| *exchanges += 1);
    }
}

/// A stream with clocks.
pub struct Wire {
    stream: Stream,
    progress: Arc<ExchangeProgress>,
    header_time: Duration,
    idle_time: Duration,
    write_time: Duration,
    /// The exchange count that `clock` belongs to.
    seen: usize,
    /// Whether the next request's header has begun to arrive.
    begun: bool,
    /// Until when the next header must have begun, or ended.
    clock: Option<Pin<Box<Sleep>>>,
    /// Until when the client must take more of the answer.
    write_clock: Option<Pin<Box<Sleep>>>,
    /// What is to be said at the end, in place of what hyper says without a body.
    last_words: Option<Error>,
}

impl Wire {
    pub fn new(stream: Stream, progress: Arc<ExchangeProgress>, limits: &Limits) -> Self {
        Self {
            stream,
            progress,
            header_time: limits.header_time,
            idle_time: limits.idle_time,
            write_time: limits.write_time,
            seen: 0,
            begun: false,
            clock: None,
            write_clock: None,
            last_words: None,
        }
    }

    /// What kept this connection's last request from being answered, if nobody has said so yet.
    pub fn last_words(&mut self) -> Option<Error> {
        self.last_words.take()
    }

    /// Ends the connection: says `words`, then reads what the client still sends, so that it gets to read them.
    ///
    /// Closing with unread bytes makes the system reset the connection, and the answer is lost on the way. It takes a place
    /// of `lingering`; without one, that is risked.
    pub async fn close(mut self, words: Option<Vec<u8>>, limits: &Limits, lingering: &Semaphore) {
        let refused = words.is_some() || self.progress.unread.load(Ordering::Relaxed);
        if let Some(words) = words {
            let _ = timeout(self.write_time, self.stream.write_all(&words)).await;
        }
        let _ = timeout(self.write_time, self.stream.shutdown()).await;
        if refused && let Ok(_place) = lingering.try_acquire() {
            let _ = timeout(limits.linger_time, self.discard(2 * limits.max_body)).await;
        }
    }

    async fn discard(&mut self, most: u64) {
        let mut bytes = vec![0; 64 * 1024];
        let mut discarded = 0;
        while discarded <= most {
            match timeout(SILENCE, self.stream.read(&mut bytes)).await {
                Ok(Ok(read)) if read > 0 => discarded += read as u64,
                _ => return,
            }
        }
    }

    /// Sets the clock that a read is to beat: none while a request is answered, as its body has its own.
    fn wind(&mut self) {
        let exchanges = *self.progress.exchanges.borrow();
        if exchanges != self.seen {
            (self.seen, self.begun, self.clock) = (exchanges, false, None);
        }
        if exchanges.is_multiple_of(2) && self.clock.is_none() {
            self.clock = Some(Box::pin(sleep_until(Instant::now() + self.idle_time)));
        }
    }

    fn header_begins(&mut self) {
        if let Some(clock) = self.clock.as_mut().filter(|_| !self.begun) {
            self.begun = true;
            clock.as_mut().reset(Instant::now() + self.header_time);
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.wind();
        let before = buffer.filled().len();
        if let Poll::Ready(result) = Pin::new(&mut self.stream).poll_read(cx, buffer) {
            if buffer.filled().len() > before {
                self.header_begins();
            }
            return Poll::Ready(result);
        }
        let Some(clock) = &mut self.clock else { return Poll::Pending };
        ready!(clock.as_mut().poll(cx));
        if self.begun {
            self.last_words = Some(Error::SlowHeader);
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let (ours, bare) = without_bare_answer(bytes);
        if let Some(error) = bare {
            self.last_words = Some(error);
        }
        if ours.is_empty() {
            return Poll::Ready(Ok(bytes.len()));
        }
        let polled = Pin::new(&mut self.stream).poll_write(cx, ours);
        self.progress.unsent.store(!matches!(polled, Poll::Ready(Ok(all)) if all == ours.len()), Ordering::Relaxed);
        if let Poll::Ready(result) = polled {
            self.write_clock = None;
            return Poll::Ready(result.map(|written| if written == ours.len() { bytes.len() } else { written }));
        }
        let write_time = self.write_time;
        let clock = self.write_clock.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + write_time)));
        ready!(clock.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Splits off the answer that hyper gives by itself to what is not HTTP: a status and no body, at the end of `bytes`.
///
/// Bob shows its user nothing but a number for it. No answer of ours is empty, so they cannot be confused.
fn without_bare_answer(bytes: &[u8]) -> (&[u8], Option<Error>) {
    const MARK: &[u8] = b"HTTP/1.1 ";
    let bare = bytes
        .strip_suffix(b"\r\n\r\n")
        .and_then(|head| head.windows(MARK.len()).rposition(|window| window == MARK))
        .and_then(|start| Some((start, std::str::from_utf8(&bytes[start..]).ok()?)))
        .filter(|(_, head)| head.lines().any(|line| line.eq_ignore_ascii_case("content-length: 0")));
    let Some((start, head)) = bare else { return (bytes, None) };
    let error = match head.get(MARK.len()..MARK.len() + 3) {
        Some("414" | "431") => Error::LongHeader,
        _ => Error::NotHttp,
    };
    (&bytes[..start], Some(error))
}

#[cfg(test)]
mod tests {
    use super::{Error, without_bare_answer};

    #[test]
    fn an_answer_without_a_body_is_hypers_own() {
        let bare = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(without_bare_answer(bare.as_bytes()), (b"".as_slice(), Some(Error::LongHeader)));
        let both = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{{}}{bare}");
        let (ours, error) = without_bare_answer(both.as_bytes());
        assert!(ours.ends_with(b"{}") && error == Some(Error::LongHeader));
    }

    #[test]
    fn our_own_answers_pass() {
        for ours in [
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n",
            "\r\n\r\n",
            "{\"x\":\"HTTP/1.1 400\"}",
        ] {
            assert_eq!(without_bare_answer(ours.as_bytes()), (ours.as_bytes(), None), "{ours}");
        }
    }
}

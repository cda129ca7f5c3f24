//! Whether the client of a request under way has gone: nobody waits for the answer, and the engine can stop.
//!
//! A client that says no more may still listen (RFC 9112, section 9.6), and TCP shows no difference to one that has closed
//! the connection, until something is sent to it: an interim answer, which every client passes over, makes the system of
//! one that has gone say so.

use std::future::pending;
use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::time::sleep;

use super::wire::ExchangeProgress;

/// RFC 2518, section 10.1: the whole request is there, and the answer is not.
const PROCESSING: &[u8] = b"HTTP/1.1 102 Processing\r\n\r\n";

/// When it is first looked whether a client that says no more is still there; most answers have gone out by then.
const FIRST: Duration = Duration::from_millis(100);

/// The longest between two looks. What is between here and the client (ssh, a proxy) may take one to notice.
const LONGEST: Duration = Duration::from_secs(1);

/// A second handle on the socket of a connection, to watch its end.
///
/// The type says Unix; what it does with its socket (wait, write) is the same for TCP.
pub(super) struct HangupWatch(Option<UnixStream>);

impl HangupWatch {
    pub(super) fn of(socket: BorrowedFd<'_>) -> Self {
        let socket = socket.try_clone_to_owned();
        Self(socket.and_then(|socket| UnixStream::from_std(socket.into())).ok())
    }

    /// Ready when the client has gone while a request of it is being answered.
    pub(super) async fn hung_up(&self, progress: &ExchangeProgress) {
        // Out of file descriptors: it is seen when the answer cannot be sent.
        let Some(socket) = &self.0 else { return pending().await };
        match silence(socket).await {
            Ok(Silence::Gone) => return progress.answering().await,
            Ok(Silence::SaysNoMore) => {}
            Err(_) => return pending().await,
        }
        let mut pause = FIRST;
        loop {
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST);
            if progress.may_interrupt() && !takes(socket, PROCESSING) {
                return;
            }
        }
    }
}

enum Silence {
    /// It may still listen.
    SaysNoMore,
    /// Both ways are closed.
    Gone,
}

async fn silence(socket: &UnixStream) -> io::Result<Silence> {
    loop {
        let ready = socket.ready(Interest::READABLE).await?;
        if ready.is_read_closed() {
            let is_gone = socket.ready(Interest::WRITABLE).await?.is_write_closed();
            return Ok(if is_gone { Silence::Gone } else { Silence::SaysNoMore });
        }
        // What has arrived is the connection's: wait for the next that does.
        let _ = socket.try_io(Interest::READABLE, || Err::<(), _>(io::ErrorKind::WouldBlock.into()));
    }
}

/// Whether the socket took `bytes`, or will take some another time.
fn takes(socket: &UnixStream, bytes: &[u8]) -> bool {
    match socket.try_write(bytes) {
        Ok(_) => true,
        Err(error) => matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted),
    }
}

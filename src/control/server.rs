//! The answering side, in the running `up`.

use std::convert::Infallible;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Error, HandingOver, Question, Status, Stopping, handover};
use crate::language::Language;
use crate::paths::{SocketAccess, SocketFile, private_folder, private_socket};

/// How long a question may take to arrive.
const QUESTION: Duration = Duration::from_secs(5);

/// The most bytes of a question.
const LONGEST: u64 = 1024;

/// How long a process that was given the sockets may take to serve on them.
const TAKING: Duration = Duration::from_mins(1);

/// How the process is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody has said `down`.
    Down,
    /// The process with this number has its sockets.
    Replaced {
        /// The process.
        by: u32,
    },
}

/// What can be asked for here.
pub struct Desk<S, L> {
    /// How the process is, in a language.
    pub status: S,
    /// Its listening sockets, once more; `None` if they are not its own to give.
    pub sockets: L,
}

/// The control socket. Dropping it removes the socket, unless another process has it.
pub struct Server {
    listener: UnixListener,
    file: SocketFile,
    stop: watch::Sender<Option<Ending>>,
}

impl Server {
    /// Listens on `path`, in the place of a socket that nobody listens on any more.
    ///
    /// # Errors
    /// [`Error::Folder`], [`Error::Unusable`].
    pub fn bind(path: &Path) -> Result<Self, Error> {
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        let (listener, file) = private_socket(path, SocketAccess::Owner)
            .map_err(|source| Error::Unusable { path: path.to_owned(), source })?;
        Ok(Self { listener, file, stop: watch::Sender::new(None) })
    }

    /// Goes on with the socket at `path`, which another process listened on.
    ///
    /// # Errors
    /// [`Error::Unusable`].
    pub(super) fn adopt(listener: std::os::unix::net::UnixListener, path: &Path) -> Result<Self, Error> {
        let adopted = listener.set_nonblocking(true).and_then(|()| UnixListener::from_std(listener));
        let adopted = adopted.and_then(|listener| Ok((listener, SocketFile::at(path)?)));
        let (listener, file) = adopted.map_err(|source| Error::Unusable { path: path.to_owned(), source })?;
        Ok(Self { listener, file, stop: watch::Sender::new(None) })
    }

    /// Ready once the process is to end.
    pub fn stopped(&self) -> impl Future<Output = Ending> + use<> {
        let mut stop = self.stop.subscribe();
        async move {
            let ending = stop.wait_for(Option::is_some).await.map(|ending| *ending);
            match ending {
                Ok(Some(ending)) => ending,
                // The sender lives as long as the server, which outlives whoever waits here.
                _ => std::future::pending().await,
            }
        }
    }

    /// Answers for as long as it is polled. The connections of those who wait for the end end with the [`Farewell`].
    pub async fn serve<S, L>(&self, desk: Desk<S, L>, farewell: &Farewell) -> Infallible
    where
        S: Fn(Option<Language>) -> Status + Send + Sync + 'static,
        L: Fn() -> Option<Vec<OwnedFd>> + Send + Sync + 'static,
    {
        let (desk, mut connections) = (Arc::new(desk), JoinSet::new());
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let own = self.listener.as_fd().try_clone_to_owned();
                        connections.spawn(answer(stream, own, Arc::clone(&desk)));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "control-socket");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(done) = connections.join_next() => if let Ok(Some((stream, ending))) = done {
                    farewell.keep(stream);
                    self.stop.send_replace(Some(ending));
                    if let Ending::Replaced { .. } = ending {
                        // Whoever connects now means the other process.
                        self.file.give_away();
                        return std::future::pending().await;
                    }
                },
            }
        }
    }
}

/// The connections of those who wait for the end of the process.
#[derive(Debug, Default)]
pub struct Farewell(std::sync::Mutex<Vec<UnixStream>>);

impl Farewell {
    fn keep(&self, stream: UnixStream) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(stream);
    }
}

/// Answers one question; returns the stream of somebody who waits for the end. `own` is the control socket once more.
async fn answer<S, L>(
    stream: UnixStream,
    own: io::Result<OwnedFd>,
    desk: Arc<Desk<S, L>>,
) -> Option<(UnixStream, Ending)>
where
    S: Fn(Option<Language>) -> Status,
    L: Fn() -> Option<Vec<OwnedFd>>,
{
    let mut stream = BufReader::new(stream);
    match question(&mut stream, QUESTION).await? {
        Question::Status { language } => {
            let status = (desk.status)(language);
            say(&mut stream, &status).await?;
            None
        }
        Question::Down => {
            let managed = (desk.sockets)().is_none();
            say(&mut stream, &Stopping { stopping: std::process::id(), managed }).await?;
            Some((stream.into_inner(), Ending::Down))
        }
        Question::HandOver => {
            let mut sockets = (desk.sockets)()?;
            sockets.push(own.ok()?);
            let sockets: Vec<_> = sockets.iter().map(AsFd::as_fd).collect();
            let line = serde_json::to_string(&HandingOver { pid: std::process::id() }).ok()? + "\n";
            handover::send(stream.get_ref(), &line, &sockets).await.ok()?;
            match question(&mut stream, TAKING).await? {
                Question::Taken { pid } => Some((stream.into_inner(), Ending::Replaced { by: pid })),
                _ => None,
            }
        }
        Question::Taken { .. } => None,
    }
}

async fn question(stream: &mut BufReader<UnixStream>, patience: Duration) -> Option<Question> {
    let mut line = String::new();
    timeout(patience, stream.take(LONGEST).read_line(&mut line)).await.ok()?.ok()?;
    serde_json::from_str(&line).ok()
}

async fn say(stream: &mut BufReader<UnixStream>, answer: &impl Serialize) -> Option<()> {
    let text = serde_json::to_string(answer).ok()? + "\n";
    timeout(QUESTION, stream.write_all(text.as_bytes())).await.ok()?.ok()
}

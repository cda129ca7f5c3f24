//! The answering side, in the running `up`.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Error, Question, Status, Stopping};
use crate::paths::{SocketAccess, SocketFile, private_folder, private_socket};

/// How long a question may take to arrive.
const QUESTION: Duration = Duration::from_secs(5);

/// The most bytes of a question.
const LONGEST: u64 = 1024;

/// The control socket. Dropping it removes the socket.
pub struct Server {
    listener: UnixListener,
    _file: SocketFile,
    stop: watch::Sender<bool>,
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
        Ok(Self { listener, _file: file, stop: watch::Sender::new(false) })
    }

    /// Ready once somebody has said `down`.
    pub fn stopped(&self) -> impl Future<Output = ()> + use<> {
        let mut stop = self.stop.subscribe();
        async move {
            // The sender lives as long as the server, which outlives whoever waits here.
            if stop.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Answers for as long as it is polled. The connections of those who said `down` end with the [`Farewell`].
    pub async fn serve(&self, status: impl Fn() -> Status + Send + Sync + 'static, farewell: &Farewell) {
        let status = Arc::new(status);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(answer(stream, Arc::clone(&status)));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the control socket");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(done) = connections.join_next() => if let Ok(Some(stream)) = done {
                    farewell.keep(stream);
                    self.stop.send_replace(true);
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

/// Answers one question; returns the stream of somebody who waits for the end.
async fn answer(stream: UnixStream, status: Arc<impl Fn() -> Status>) -> Option<UnixStream> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    timeout(QUESTION, (&mut stream).take(LONGEST).read_line(&mut line)).await.ok()?.ok()?;
    let question = serde_json::from_str(&line).ok()?;
    let text = match question {
        Question::Status => serde_json::to_string(&status()),
        Question::Down => serde_json::to_string(&Stopping { stopping: std::process::id() }),
    };
    let text = text.ok()? + "\n";
    timeout(QUESTION, stream.write_all(text.as_bytes())).await.ok()?.ok()?;
    (question == Question::Down).then(|| stream.into_inner())
}

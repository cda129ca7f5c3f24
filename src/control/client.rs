//! The asking side.

use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{Error, HandingOver, Question, Server, Status, Stopping, handover};
use crate::language::Language;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(5);

/// A connection to the running `up`, good for one question.
pub struct Client {
    stream: BufReader<UnixStream>,
    path: PathBuf,
}

impl Client {
    /// Connects to the `up` behind the socket `path`; `None` if none runs.
    ///
    /// # Errors
    /// [`Error::Unusable`].
    pub async fn connect(path: &Path) -> Result<Option<Self>, Error> {
        match UnixStream::connect(path).await {
            Ok(stream) => Ok(Some(Self { stream: BufReader::new(stream), path: path.to_owned() })),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                Ok(None)
            }
            Err(source) => Err(Error::Unusable { path: path.to_owned(), source }),
        }
    }

    /// How it is, in the language of this process.
    ///
    /// # Errors
    /// [`Error::Silent`], [`Error::Foreign`].
    pub async fn status(mut self) -> Result<Status, Error> {
        self.ask(Question::Status { language: Some(Language::installed()) }).await
    }

    /// Asks it to end; returns its process number, and whether a service manager will start it again.
    ///
    /// # Errors
    /// [`Error::Silent`], [`Error::Foreign`].
    pub async fn stop(&mut self) -> Result<(u32, bool), Error> {
        let Stopping { stopping, managed } = self.ask(Question::Down).await?;
        Ok((stopping, managed))
    }

    /// Asks for its sockets. It goes on until [`Takeover::accept`].
    ///
    /// # Errors
    /// [`Error::Silent`] as well if it is too old to know the question or does not give them away.
    pub async fn hand_over(mut self) -> Result<Takeover, Error> {
        let silent = |_| Error::Silent { path: self.path.clone() };
        let question = line(Question::HandOver);
        let exchange = async {
            self.stream.get_mut().write_all(question.as_bytes()).await?;
            handover::receive(self.stream.get_ref()).await
        };
        let answered = timeout(ANSWER, exchange).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let (answer, mut sockets) = answered.map_err(silent)?;
        let HandingOver { pid } =
            serde_json::from_str(&answer).map_err(|source| Error::Foreign { path: self.path.clone(), source })?;
        let Some(control) = sockets.pop() else { return Err(Error::Silent { path: self.path.clone() }) };
        let sockets = sockets.into_iter().map(TcpListener::from).collect();
        Ok(Takeover { sockets, control: control.into(), predecessor: Predecessor { pid, client: self } })
    }

    /// Waits until it has ended, for `patience` at most; false if it has not.
    pub async fn gone(mut self, patience: Duration) -> bool {
        // The connection ends with the process, and not before.
        let ended = async { while matches!(self.stream.read(&mut [0; 64]).await, Ok(count) if count > 0) {} };
        timeout(patience, ended).await.is_ok()
    }

    async fn ask<T: DeserializeOwned>(&mut self, question: Question) -> Result<T, Error> {
        let silent = || Error::Silent { path: self.path.clone() };
        let text = line(question);
        let mut answer = String::new();
        let exchange = async {
            self.stream.get_mut().write_all(text.as_bytes()).await?;
            self.stream.read_line(&mut answer).await
        };
        match timeout(ANSWER, exchange).await {
            Ok(Ok(length)) if length > 0 => {
                serde_json::from_str(&answer).map_err(|source| Error::Foreign { path: self.path.clone(), source })
            }
            _ => Err(silent()),
        }
    }
}

fn line(question: Question) -> String {
    serde_json::to_string(&question).expect("a question is JSON") + "\n"
}

/// The sockets of the running `up`, for this process to go on with. Dropped, nothing has changed.
pub struct Takeover {
    /// Those that Bob connects to.
    pub sockets: Vec<TcpListener>,
    control: std::os::unix::net::UnixListener,
    predecessor: Predecessor,
}

/// The process that ran before this one, and ends when it has answered what it had begun with.
pub struct Predecessor {
    /// Its number.
    pub pid: u32,
    client: Client,
}

impl Takeover {
    /// Takes its place: from here on it accepts no connection, here or on the control socket.
    ///
    /// # Errors
    /// [`Error::Unusable`] if it has gone meanwhile, or the control socket cannot be used.
    pub async fn accept(self) -> Result<(Server, Predecessor), Error> {
        let Self { control, mut predecessor, .. } = self;
        let path = predecessor.client.path.clone();
        let server = Server::adopt(control, &path)?;
        let taken = line(Question::Taken { pid: std::process::id() });
        let told = predecessor.client.stream.get_mut().write_all(taken.as_bytes()).await;
        told.map_err(|source| Error::Unusable { path, source })?;
        Ok((server, predecessor))
    }
}

impl Predecessor {
    /// Waits until it has ended, for `patience` at most; false if it has not.
    pub async fn gone(self, patience: Duration) -> bool {
        self.client.gone(patience).await
    }
}

//! The asking side.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::{Error, Question, Status, Stopping};

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

    /// How it is.
    ///
    /// # Errors
    /// [`Error::Silent`], [`Error::Foreign`].
    pub async fn status(mut self) -> Result<Status, Error> {
        self.ask(Question::Status).await
    }

    /// Asks it to end; returns its process number.
    ///
    /// # Errors
    /// [`Error::Silent`], [`Error::Foreign`].
    pub async fn stop(&mut self) -> Result<u32, Error> {
        let Stopping { stopping } = self.ask(Question::Down).await?;
        Ok(stopping)
    }

    /// Waits until it has ended, for `patience` at most; false if it has not.
    pub async fn gone(mut self, patience: Duration) -> bool {
        // The connection ends with the process, and not before.
        let ended = async { while matches!(self.stream.read(&mut [0; 64]).await, Ok(count) if count > 0) {} };
        timeout(patience, ended).await.is_ok()
    }

    async fn ask<T: DeserializeOwned>(&mut self, question: Question) -> Result<T, Error> {
        let silent = || Error::Silent { path: self.path.clone() };
        let mut text = serde_json::to_string(&question).expect("a question is JSON");
        text.push('\n');
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

//! How other invocations talk to the running `up`: a Unix socket of the user's own, one JSON object a line.

mod client;
mod handover;
mod server;
mod status;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::paths::FolderError;
pub use client::{Client, Predecessor, Takeover};
pub use server::{Desk, Ending, Farewell, Server};
pub use status::{CauseReport, EngineState, PathState, Status};

/// What the running `up` can be asked, as `{"command": "status"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "lowercase")]
enum Question {
    /// How it is; its own language is spoken if none is named.
    Status {
        #[serde(default)]
        language: Option<Language>,
    },
    Down,
    /// For its sockets, by a process that wants to go on in its place. They come with the answer; nothing has changed
    /// then, until that process says on the same connection that it has [taken](Self::Taken) them.
    HandOver,
    /// The process `pid` serves from here on.
    Taken {
        pid: u32,
    },
}

/// What it says to `down`. The connection then stays open until it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stopping {
    stopping: u32,
    /// Whether a service manager holds its sockets, and starts it again when somebody asks.
    #[serde(default)]
    managed: bool,
}

/// What it says to whoever wants to go on in its place. Its listening sockets come with it, the control socket last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct HandingOver {
    pid: u32,
}

/// Why the running `up` could not be talked to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is there and does not answer.
    #[error("{}", t!("up.control_silent", path = path.display()))]
    Silent {
        /// The socket.
        path: PathBuf,
    },
    /// It answers something else.
    #[error("{}", t!("up.control_foreign", path = path.display()))]
    Foreign {
        /// The socket.
        path: PathBuf,
        /// What is wrong with the answer.
        source: serde_json::Error,
    },
    /// Others could put a socket of their own there.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The socket cannot be used.
    #[error("{}", t!("up.control_unusable", path = path.display()))]
    Unusable {
        /// The socket.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The control socket of the `up` that keeps its state in `folder`.
#[must_use]
pub fn socket(folder: &Path) -> PathBuf {
    folder.join("control.sock")
}

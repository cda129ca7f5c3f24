//! What can go wrong with services, and the one thing to do about it.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;

use super::systemd::RUNNING_SYSTEMD;
use crate::shell::{CommandLine, FilePath};

/// Why a service was not installed, removed or found.
///
/// The texts name what failed; [`Error::hint`] names the one thing to do.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the texts name")]
pub enum Error {
    /// A service of the whole system was asked for by an ordinary user.
    #[error("{}", t!("service.error.not_root"))]
    NotRoot,
    /// A launchd agent belongs to the person who is logged in.
    #[error("{}", t!("service.error.is_root"))]
    IsRoot,
    /// Nothing here would start a unit.
    #[error("{}", t!("service.error.no_systemd", folder = RUNNING_SYSTEMD))]
    NoSystemd,
    /// A sandboxed service sees neither home folders nor `/tmp`.
    #[error("{}", t!("service.error.hidden", file = file))]
    Hidden { file: String },
    /// The full sandbox lets nobody else connect.
    #[error("{}", t!("service.error.remote"))]
    Remote,
    /// systemd refuses such names of programs, however they are quoted.
    #[error("{}", t!("service.error.odd", file = file))]
    Odd { file: String },
    /// Unit files and property lists are UTF-8.
    #[error("{}", t!("service.error.not_utf8", what = what))]
    NotUtf8 { what: String },
    /// A service cannot start what its manager would look for elsewhere.
    #[error("{}", t!("service.error.relative", file = file.display()))]
    Relative { file: PathBuf },
    #[error("{}", t!("service.error.read", path = path.display()))]
    Read { path: PathBuf, source: io::Error },
    #[error("{}", t!("service.error.write", path = path.display()))]
    Write { path: PathBuf, source: io::Error },
    #[error("{}", t!("service.error.remove", path = path.display()))]
    Remove { path: PathBuf, source: io::Error },
    /// A program of the system is missing.
    #[error("{}", t!("service.error.start", program = program))]
    Start { program: String, source: io::Error },
    /// A program of the system refused.
    #[error("{}", t!("service.error.failed", call = call, code = code(*status)))]
    Failed { call: String, status: ExitStatus, remedy: Option<String> },
}

impl Error {
    /// The one thing to do, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotRoot => Some(t!("service.hint.not_root").into_owned()),
            Self::IsRoot => Some(t!("service.hint.is_root").into_owned()),
            Self::Hidden { file } => Some(t!("service.hint.hidden", command = put_elsewhere(file)).into_owned()),
            Self::NoSystemd => Some(t!("service.hint.no_systemd").into_owned()),
            Self::Start { program, .. } if program.starts_with("system") => {
                Some(t!("service.hint.no_systemd").into_owned())
            }
            Self::Remote => Some(t!("service.hint.remote").into_owned()),
            Self::Failed { remedy, .. } => remedy.clone(),
            _ => None,
        }
    }
}

/// What puts `file` where every user of the system finds it.
fn put_elsewhere(file: &str) -> CommandLine {
    let line = CommandLine::new("sudo install -m 755");
    let line = match FilePath::parse(file) {
        Some(file) => line.word(&file),
        None => line.text("…"),
    };
    line.text("/usr/local/bin/")
}

/// The exit code; after the death by a signal, the one that a shell would give.
fn code(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

//! How the running `up` is, as `jkocr status --json` prints it. Fields are added, never changed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::backend::proxy::{MovingAverages, RecentRequest, Requests};
use crate::language::Language;
use crate::tunnel::{Cause, State};
use crate::untrusted::Untrusted;
use crate::wording;

/// Everything that `jkocr status` shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Whether the path is up; without a tunnel, whether the engine is not known to fail.
    pub healthy: bool,
    /// Where the path to the server stands.
    pub state: PathState,
    /// Since when (RFC 3339).
    pub since: String,
    /// Attempts to connect in a row; 0 when it is up.
    pub attempts: u32,
    /// Why the path is not there.
    pub cause: Option<CauseReport>,
    /// Why it was last not there.
    pub last_cause: Option<CauseReport>,
    /// The host, as ssh is told it.
    pub host: Option<String>,
    /// How long the last probe took.
    pub round_trip_ms: Option<f64>,
    /// What the server calls itself.
    pub server: Option<Untrusted>,
    /// The addresses that Bob's requests are answered on.
    pub listen: Vec<String>,
    /// Where the token is that those requests must carry, if they must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_file: Option<PathBuf>,
    /// Requests since the start, by who answered them.
    pub requests: Requests,
    /// Times that this machine read instead of the server, by reason.
    pub fallbacks: BTreeMap<String, u64>,
    /// The last requests, the latest first.
    #[serde(default)]
    pub recent: Vec<RecentRequest>,
    /// What the last requests took, by which the next are judged.
    #[serde(default)]
    pub measured: MovingAverages,
    /// This machine's engine.
    pub engine: EngineState,
    /// What computes its models, and how finely; since it was loaded first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reads_with: Option<String>,
    /// Whether a service manager holds the addresses.
    #[serde(default)]
    pub managed: bool,
    /// The process.
    pub pid: u32,
    pub version: String,
}

impl Status {
    #[must_use]
    pub fn state_in_words(&self) -> String {
        let host = self.host.as_deref().unwrap_or_default();
        match self.state {
            PathState::Local => t!("up.state_local"),
            PathState::Up => t!("up.state_up", host = host),
            PathState::Connecting => t!("up.state_connecting", host = host),
            PathState::Probing => t!("up.state_probing", host = host),
            PathState::Suspect => t!("up.state_suspect", host = host),
            PathState::Blocked => t!("up.state_blocked", host = host),
            PathState::Backoff => t!("up.state_backoff", host = host),
        }
        .into_owned()
    }

    /// The same in a few words, for a line that holds more.
    #[must_use]
    pub fn state_in_short(&self) -> String {
        let host = self.host.as_deref().unwrap_or_default();
        match self.state {
            PathState::Local => t!("up.short_local"),
            PathState::Up => t!("up.short_up", host = host),
            PathState::Connecting | PathState::Probing => t!("up.short_connecting", host = host),
            PathState::Suspect => t!("up.short_suspect", host = host),
            PathState::Blocked => t!("up.short_blocked", host = host),
            PathState::Backoff => t!("up.short_backoff", host = host),
        }
        .into_owned()
    }

    /// How long it has been in this state, in two units at most.
    #[must_use]
    pub fn lasted(&self) -> String {
        let since = humantime::parse_rfc3339(&self.since).unwrap_or_else(|_| SystemTime::now());
        wording::span(since.elapsed().unwrap_or_default())
    }
}

/// Where the path to the server stands, as [`State`] has it but for what it says besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PathState {
    /// There is none: everything is read on this machine.
    Local,
    /// ssh connects and logs in.
    Connecting,
    /// ssh is in, and the server is asked.
    Probing,
    /// The server answers.
    Up,
    /// It did, and the last question went unanswered.
    Suspect,
    /// It is not there, and is tried again soon.
    Backoff,
    /// It is not there, and someone has to do something.
    Blocked,
}

impl From<&State> for PathState {
    fn from(state: &State) -> Self {
        match state {
            State::Connecting { .. } => Self::Connecting,
            State::Probing => Self::Probing,
            State::Up { .. } => Self::Up,
            State::Suspect => Self::Suspect,
            State::Backoff { .. } => Self::Backoff,
            State::Blocked { .. } => Self::Blocked,
        }
    }
}

/// Why the path is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseReport {
    /// A name that never changes.
    pub id: String,
    /// One sentence.
    pub message: String,
    /// The one thing to do.
    pub remedy: String,
}

impl CauseReport {
    /// What is said of `cause` in `language`.
    #[must_use]
    pub fn of(cause: &Cause, language: Language) -> Self {
        let code = language.code();
        Self { id: cause.id().to_owned(), message: cause.sentence(code), remedy: cause.remedy_in(code) }
    }
}

/// This machine's engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineState {
    /// It is never used.
    Off,
    /// Its files are being fetched, or it is being loaded for the first time.
    Loading,
    /// It is in memory.
    Loaded,
    /// It is loaded when it is needed.
    Unloaded,
    /// It cannot be loaded: its files are not here, or do not work.
    Unavailable,
}

//! How the running `up` is, as `jkocr status --json` prints it. Fields are added, never changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::backend::proxy::{Measured, Requests};
use crate::tunnel::Cause;

/// Everything that `jkocr status` shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Whether the path is up; without a tunnel, whether the engine is not known to fail.
    pub healthy: bool,
    /// `connecting`, `probing`, `up`, `suspect`, `backoff`, `blocked`; `local` without a tunnel.
    pub state: String,
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
    pub server: Option<String>,
    /// The addresses that Bob's requests are answered on.
    pub listen: Vec<String>,
    /// Requests since the start, by who answered them.
    pub requests: Requests,
    /// Times that this machine read instead of the server, by reason.
    pub fallbacks: BTreeMap<String, u64>,
    /// What the last requests took, by which the next are judged.
    #[serde(default)]
    pub measured: Measured,
    /// This machine's engine.
    pub engine: EngineState,
    /// The process.
    pub pid: u32,
    /// Its version.
    pub version: String,
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

impl From<&Cause> for CauseReport {
    fn from(cause: &Cause) -> Self {
        Self { id: cause.id().to_owned(), message: cause.to_string(), remedy: cause.remedy().into_owned() }
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

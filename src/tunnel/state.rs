//! What others may know of the tunnel.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::Cause;

/// Where the path to the server stands. The supervisor is its only writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// ssh connects and logs in.
    Connecting {
        /// How many times in a row it has been tried, from 1.
        attempt: u32,
    },
    /// ssh is in; whether an OCR server answers is not known yet.
    Probing,
    /// `/healthz` answered through ssh, lately.
    Up {
        /// Since when without a break.
        since: SystemTime,
        /// How long the last answer took.
        round_trip: Duration,
    },
    /// It was up, and the last probe went unanswered.
    Suspect,
    /// Not there; tried again by itself, soon.
    Backoff {
        /// Why.
        cause: Cause,
        /// When it is tried again.
        retry_at: SystemTime,
    },
    /// Not there, and only the user can mend it; tried again by itself, seldom.
    Blocked {
        /// Why.
        cause: Cause,
        /// When it is tried again.
        retry_at: SystemTime,
    },
}

impl State {
    /// A name for programs; it never changes with the language.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Connecting { .. } => "connecting",
            Self::Probing => "probing",
            Self::Up { .. } => "up",
            Self::Suspect => "suspect",
            Self::Backoff { .. } => "backoff",
            Self::Blocked { .. } => "blocked",
        }
    }

    /// Why the path is not there, if that is known.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Backoff { cause, .. } | Self::Blocked { cause, .. } => Some(cause),
            Self::Connecting { .. } | Self::Probing | Self::Up { .. } | Self::Suspect => None,
        }
    }

    /// Whether requests may be sent.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self, Self::Up { .. })
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Connecting { attempt: 1 } => t!("tunnel.state.connecting"),
            Self::Connecting { attempt } => t!("tunnel.state.connecting_again", attempt = attempt),
            Self::Probing => t!("tunnel.state.probing"),
            Self::Up { round_trip, .. } => t!("tunnel.state.up", round_trip = round_trip.as_millis()),
            Self::Suspect => t!("tunnel.state.suspect"),
            Self::Backoff { cause, .. } => t!("tunnel.state.backoff", cause = cause),
            Self::Blocked { cause, .. } => t!("tunnel.state.blocked", cause = cause),
        };
        formatter.write_str(&text)
    }
}

//! Why the server did not answer a request.

use crate::api::{self, Failure};
use crate::language::Language;
use crate::tunnel::{Cause, State};

/// Why there is no answer of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RemoteFailure {
    /// The path was not there.
    Down(State),
    /// The path broke under the request, again and again.
    Broken,
    /// The server did not answer in time.
    Late,
}

impl RemoteFailure {
    /// A name for programs: that of the tunnel's cause if there is one.
    pub(super) fn id(&self) -> &'static str {
        match self {
            // Up, but the probe that was to prove it was not answered.
            Self::Down(State::Up { .. } | State::Suspect) => "silent",
            Self::Down(state) => state.cause().map_or_else(|| state.id(), Cause::id),
            Self::Broken => "broken",
            Self::Late => "late",
        }
    }

    /// What Bob shows. `last` is the last cause the tunnel knows: an attempt under way has none of its own.
    pub(super) fn failure(&self, last: Option<&Cause>, language: Language) -> Failure {
        let locale = language.code();
        let reason = match self {
            Self::Down(State::Up { .. } | State::Suspect) => t!("up.suspect", locale = locale).into_owned(),
            Self::Down(state) => match state.cause().or(last) {
                Some(cause) => cause.sentence(locale),
                None => t!("up.connecting", locale = locale).into_owned(),
            },
            Self::Broken => t!("up.broken", locale = locale).into_owned(),
            Self::Late => t!("up.late", locale = locale).into_owned(),
        };
        api::Error::NoPath { reason }.into()
    }
}

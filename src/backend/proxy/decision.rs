//! What to do with a request: when this machine reads it beside the server, and how long the server is waited for.
//! Plain functions of what is known; every number that somebody may have to wait is here.

use std::time::Duration;

use crate::tunnel::State;

/// How long the server has for a request. Bob's plugin waits a minute; reading here takes the rest.
pub(super) const SERVER: Duration = Duration::from_secs(45);

/// How long there is for the plugin's validation, which fails after 5 s.
pub(super) const VALIDATION: Duration = Duration::from_millis(2500);

/// How long a request without a fallback waits for a path that is not there and not being opened either.
pub(super) const HOPE: Duration = Duration::from_secs(20);

/// How long a break under a request has to show in the state of the tunnel before it is sent again.
pub(super) const NEWS: Duration = Duration::from_secs(2);

/// A request without a fallback goes to a busy server again after the time that this one names, up to so much.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// How long `/healthz` waits for the tunnel.
pub(super) const HEALTH: Duration = Duration::from_secs(2);

/// How long a request waits while this machine, which alone reads, loads its engine.
pub(super) const LOADING: Duration = Duration::from_secs(20);

/// A server is waited for twice as long as it is expected to take before this machine reads as well, but at least this
/// long: most answers are there by then.
const BRIEF: Duration = Duration::from_secs(1);

/// … and if it usually takes long, at least this long.
const USUAL: Duration = Duration::from_secs(2);

/// … and this long at most.
const LONGEST: Duration = Duration::from_secs(8);

/// A wait longer than this is worth the work of this machine from the start. If it can, this machine begins early enough
/// to be done by then.
const NOTICEABLE: Duration = Duration::from_millis(2700);

/// A reconnect usually takes less than this; the engine is not loaded for it.
const BLINK: Duration = Duration::from_millis(700);

/// Where the path stands, as far as a decision depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    /// Proved lately.
    Up,
    /// It was lost or doubted just now, for the first time in a while: a reconnect may be there in a moment.
    Shaken,
    /// Not there.
    Away,
}

impl Path {
    /// `was_up` says whether it was up when it was last looked at, a moment ago.
    pub(super) fn of(state: &State, was_up: bool) -> Self {
        match state {
            State::Up { .. } => Self::Up,
            State::Connecting { .. } | State::Probing | State::Suspect if was_up => Self::Shaken,
            State::Connecting { attempt: 1 } => Self::Shaken,
            _ => Self::Away,
        }
    }
}

/// What is expected of both machines for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    /// The way to the server, its work, and the way back.
    pub remote: Duration,
    /// This machine, with loading the engine and with what waits before it.
    pub local: Duration,
}

/// When this machine begins to read, and what that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Help {
    /// Since the request came.
    pub after: Duration,
    pub reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The server is late, or will be.
    Slow,
    /// The tunnel's state says why.
    Path,
}

/// When this machine helps with a request that `path` has carried or would carry. `race_after` is the user's own limit.
pub(super) fn help(path: Path, expected: Expected, race_after: Option<Duration>) -> Help {
    let Expected { remote, local } = expected;
    let (after, reason) = match path {
        Path::Up if remote > NOTICEABLE && remote > local => (Duration::ZERO, Reason::Slow),
        Path::Up => (late(remote, local), Reason::Slow),
        Path::Shaken => (BLINK, Reason::Path),
        Path::Away => (Duration::ZERO, Reason::Path),
    };
    Help { after: race_after.map_or(after, |limit| after.min(limit)), reason }
}

/// When an answer that was expected after `remote` is late enough for this machine to begin with its work of `local`.
fn late(remote: Duration, local: Duration) -> Duration {
    let earliest = (2 * remote).clamp(BRIEF, USUAL);
    let latest = (remote + remote / 4).clamp(earliest, LONGEST);
    match NOTICEABLE.checked_sub(local) {
        Some(in_time) => latest.min(in_time).max(earliest),
        None => latest,
    }
}

/// How long a request that is `age` old still waits for a path in `state`, with nothing to fall back on.
pub(super) fn patience(state: &State, age: Duration) -> Duration {
    match state {
        State::Blocked { .. } => Duration::ZERO,
        State::Backoff { .. } => HOPE.saturating_sub(age),
        State::Up { .. } | State::Suspect | State::Probing | State::Connecting { .. } => SERVER.saturating_sub(age),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    use crate::tunnel::Cause;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn expected(there: u64, here: u64) -> Expected {
        Expected { remote: MS(there), local: MS(here) }
    }

    #[test]
    fn this_machine_helps_when_somebody_would_notice() {
        for (path, there, here, race, after, reason) in [
            // The usual case, an image that takes long on both, and one that takes longer than anybody waits.
            (Path::Up, 300, 1_000, None, 1_000, Reason::Slow),
            (Path::Up, 700, 1_000, None, 1_400, Reason::Slow),
            (Path::Up, 2_400, 4_000, None, 3_000, Reason::Slow),
            (Path::Up, 8_000, 9_000, None, 8_000, Reason::Slow),
            // A slow link, and one on which this machine is done in time if it begins a little earlier.
            (Path::Up, 20_000, 1_500, None, 0, Reason::Slow),
            (Path::Up, 2_600, 400, None, 2_300, Reason::Slow),
            // The user's own limit.
            (Path::Up, 300, 1_000, Some(MS(500)), 500, Reason::Slow),
            (Path::Up, 300, 1_000, Some(MS(8_000)), 1_000, Reason::Slow),
            (Path::Shaken, 300, 1_000, None, 700, Reason::Path),
            (Path::Away, 300, 1_000, Some(MS(8_000)), 0, Reason::Path),
        ] {
            let help = help(path, expected(there, here), race);
            assert_eq!(help, Help { after: MS(after), reason }, "{path:?} {there} {here} {race:?}");
        }
    }

    #[test]
    fn only_a_path_that_was_there_just_now_is_waited_for() {
        let state = |cause| State::Backoff { cause, retry_at: SystemTime::now() };
        let up = State::Up { since: SystemTime::now(), round_trip: MS(20) };
        for (state, was_up, path) in [
            (up, false, Path::Up),
            (State::Suspect, true, Path::Shaken),
            (State::Suspect, false, Path::Away),
            (State::Connecting { attempt: 1 }, false, Path::Shaken),
            (State::Connecting { attempt: 2 }, true, Path::Shaken),
            (State::Connecting { attempt: 2 }, false, Path::Away),
            (state(Cause::Silent), true, Path::Away),
        ] {
            assert_eq!(Path::of(&state, was_up), path, "{state:?} {was_up}");
        }
    }

    #[test]
    fn without_a_fallback_a_path_under_way_is_waited_for_longer() {
        let retry_at = SystemTime::now();
        let away = State::Backoff { cause: Cause::Silent, retry_at };
        assert_eq!(patience(&away, MS(5_000)), MS(15_000));
        assert_eq!(patience(&away, MS(30_000)), Duration::ZERO);
        assert_eq!(patience(&State::Suspect, MS(30_000)), MS(15_000));
        assert_eq!(patience(&State::Blocked { cause: Cause::TooManyKeys, retry_at }, Duration::ZERO), Duration::ZERO);
    }
}

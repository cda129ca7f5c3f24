//! What others may know of the tunnel: the state, its cause, and the log.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::watch;

use super::cause::Cause;
use super::clock::Clock;
use super::state::State;
use super::{Facts, lock};

/// The only writer of the state and of what is known besides.
pub(super) struct Publication {
    state: watch::Sender<State>,
    facts: Arc<Mutex<Facts>>,
    clock: Clock,
    /// What was logged since the path was last up: a cause is told once.
    told: Option<Cause>,
    /// The host's name had an address once: if it has none now, the network is away and the name is not wrong.
    is_host_known: bool,
}

impl Publication {
    pub(super) fn new(state: watch::Sender<State>, facts: Arc<Mutex<Facts>>, clock: Clock) -> Self {
        Self { state, facts, clock, told: None, is_host_known: false }
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        lock(&self.facts)
    }

    pub(super) fn publish(&self, state: State) {
        self.state.send_replace(state);
    }

    /// Publishes a state in which the path is up.
    pub(super) fn up(&mut self, state: State) {
        self.told = None;
        self.is_host_known = true;
        self.publish(state);
    }

    /// It was up, and may not be any more.
    pub(super) fn suspect(&self) {
        if self.state().is_up() {
            self.publish(State::Suspect);
        }
    }

    pub(super) fn needs_user(&self, cause: &Cause) -> bool {
        let is_away = self.is_host_known && matches!(cause, Cause::HostUnresolved { .. });
        cause.needs_user() && !is_away
    }

    /// Publishes that the path is not there because of `cause`, and is tried again after `wait`.
    pub(super) fn down(&mut self, cause: Cause, wait: Duration) {
        let now = self.clock.now();
        self.facts().last_cause = Some((cause.clone(), now));
        if self.told.replace(cause.clone()).as_ref() == Some(&cause) {
            tracing::debug!(?cause, ?wait, "still not up");
        } else {
            tracing::warn!(?cause, ?wait, "not up");
        }
        let retry_at = now + wait;
        let blocked = self.needs_user(&cause);
        self.publish(if blocked { State::Blocked { cause, retry_at } } else { State::Backoff { cause, retry_at } });
    }
}

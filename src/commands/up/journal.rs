//! Since when the tunnel is in its state, and how often it has tried.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::control::PathState;
use crate::tunnel::{State, Tunnel};

/// What has been seen of the tunnel. Clones are the same.
#[derive(Debug, Clone)]
pub struct Journal(Arc<Mutex<Entry>>);

/// The last line.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The state.
    pub state: PathState,
    /// Since when.
    pub since: SystemTime,
    /// Attempts in a row; 0 when it is up.
    pub attempts: u32,
}

impl Journal {
    /// Begins now.
    pub fn new(state: PathState) -> Self {
        Self(Arc::new(Mutex::new(Entry { state, since: SystemTime::now(), attempts: 0 })))
    }

    /// The last line.
    pub fn last(&self) -> Entry {
        self.lock().clone()
    }

    /// Follows `tunnel` for as long as somebody looks after it.
    pub async fn follow(&self, tunnel: &Tunnel) {
        let mut states = tunnel.subscribe();
        loop {
            let state = states.borrow_and_update().clone();
            self.note(&state);
            if states.changed().await.is_err() {
                return;
            }
        }
    }

    fn note(&self, state: &State) {
        let mut entry = self.lock();
        match state {
            State::Connecting { attempt } => entry.attempts = *attempt,
            State::Up { .. } => entry.attempts = 0,
            _ => {}
        }
        if entry.state != PathState::from(state) {
            (entry.state, entry.since) = (state.into(), SystemTime::now());
        }
        if let State::Up { since, .. } = state {
            entry.since = *since;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

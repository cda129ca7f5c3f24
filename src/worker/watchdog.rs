//! What systemd wants to be told: ready, alive, stopping. Without systemd nothing happens.

use std::future::pending;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::time::interval;

use super::{Pulse, State};

/// An engine that has been at one image for this long hangs: its caller was answered, and it was told to stop, within
/// a minute, and no batch takes minutes.
const HANGS: Duration = Duration::from_mins(5);

/// Says `READY` once the engine is, and from then on that this process is alive, twice in the time systemd grants, for
/// as long as the engine does not hang.
///
/// It never ends; its being polled is a proof of life, too. Run it beside the server.
pub async fn report(mut engine: watch::Receiver<State>, pulse: Pulse) {
    if engine.wait_for(|state| matches!(state, State::Ready)).await.is_err() {
        return pending().await;
    }
    tell(NotifyState::Ready);
    let Some(granted) = sd_notify::watchdog_enabled() else { return pending().await };
    let mut alive = interval(granted / 2);
    loop {
        alive.tick().await;
        if pulse.busy_for() < HANGS {
            tell(NotifyState::Watchdog);
        } else {
            tracing::error!("engine-hangs");
        }
    }
}

/// Says that the end has begun.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd-silent");
    }
}

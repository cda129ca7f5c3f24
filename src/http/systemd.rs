//! What systemd wants to be told: ready, alive, stopping. Without systemd nothing happens.

use std::future::pending;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::time::interval;

use crate::ocr::worker::State;

/// Says `READY` once the engine is, and from then on that this process is alive, twice in the time systemd grants.
///
/// It never ends; its being polled is the proof of life. Run it beside [`super::serve`].
pub async fn report(mut engine: watch::Receiver<State>) {
    if engine.wait_for(|state| !matches!(state, State::Loading)).await.is_err() {
        return pending().await;
    }
    tell(NotifyState::Ready);
    let Some(granted) = sd_notify::watchdog_enabled() else { return pending().await };
    let mut alive = interval(granted / 2);
    loop {
        alive.tick().await;
        tell(NotifyState::Watchdog);
    }
}

/// Says that the end has begun, so that systemd waits for it.
pub fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "cannot notify systemd");
    }
}

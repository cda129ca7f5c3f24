//! What requests leave in memory: bodies that waited for the tunnel together are freed, and the allocator keeps the room.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use crate::backend::proxy::Counts;
use crate::{memory, worker};

/// How soon after requests their room is given back.
const SOON: Duration = Duration::from_secs(15);

/// Gives back what requests have left, again and again; but not while an engine is loaded, which needs the room for the
/// next image and looks after it itself.
pub async fn give_back(counts: &Counts, engine: Option<watch::Receiver<worker::State>>) -> Infallible {
    let mut before = counts.requests();
    loop {
        sleep(SOON).await;
        let is_loaded = || {
            let state = engine.as_ref().map(|engine| engine.borrow().clone());
            matches!(state, Some(worker::State::Loading | worker::State::Ready))
        };
        let now = counts.requests();
        if now != before && !is_loaded() {
            memory::give_back();
        }
        before = now;
    }
}

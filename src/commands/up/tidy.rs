//! A daemon that is idle most of the day holds no more memory than it needs.

use std::time::Duration;

use tokio::time::sleep;

use crate::backend::proxy::Counts;
use crate::memory;

/// Without an answer for this long, nobody is in a hurry.
const QUIET: Duration = Duration::from_secs(5);

/// Gives the memory of large requests back once it is quiet after them. Never returns.
pub async fn keep(counts: &Counts) {
    let mut tidied = counts.requests();
    let mut seen = tidied.clone();
    loop {
        sleep(QUIET).await;
        let now = counts.requests();
        if now == seen && now != tidied {
            // It fails only if the runtime is about to end.
            let _ = tokio::task::spawn_blocking(memory::give_back).await;
            tidied = now.clone();
        }
        seen = now;
    }
}

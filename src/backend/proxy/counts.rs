//! What became of the requests, for `jkocr status`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::recent::{RecentRequest, RecentRequests, WhoRead};
use crate::api::Failure;
use crate::backend::{Answer, Source};

/// Requests since the start, by who answered them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// By the server behind the tunnel.
    pub remote: u64,
    /// By this machine's engine.
    pub local: u64,
    /// With a message instead of texts.
    pub failed: u64,
}

/// The counts of one proxy.
#[derive(Debug, Default)]
pub struct Counts {
    remote: AtomicU64,
    local: AtomicU64,
    failed: AtomicU64,
    fallbacks: Mutex<Fallbacks>,
    recent: Mutex<RecentRequests>,
}

#[derive(Debug, Default)]
struct Fallbacks {
    by_reason: BTreeMap<&'static str, u64>,
    /// Why the last request fell back, until the server answers again: only another reason is a warning.
    current: Option<&'static str>,
}

impl Counts {
    /// Requests so far.
    #[must_use]
    pub(crate) fn requests(&self) -> Requests {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Requests { remote: read(&self.remote), local: read(&self.local), failed: read(&self.failed) }
    }

    /// Times that this machine read instead of the server, by reason.
    #[must_use]
    pub(crate) fn fallbacks(&self) -> BTreeMap<String, u64> {
        self.lock().by_reason.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect()
    }

    /// The last requests, the latest first.
    #[must_use]
    pub(crate) fn recent(&self) -> Vec<RecentRequest> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).last()
    }

    /// Counts a request of `bytes` that took `took`.
    pub(super) fn count(&self, answer: &Result<Answer, Failure>, bytes: usize, took: Duration) {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).add(answer, bytes, took);
        let count = match WhoRead::of(answer) {
            WhoRead::Remote => &self.remote,
            WhoRead::Local => &self.local,
            WhoRead::Nobody => &self.failed,
        };
        count.fetch_add(1, Ordering::Relaxed);
        if matches!(answer, Ok(Answer { source: Source::Remote, .. })) && self.lock().current.take().is_some() {
            tracing::info!("server-reads-again");
        }
    }

    /// Counts and logs a request that this machine reads in the server's place.
    pub(super) fn fell_back(&self, reason: &'static str) {
        let mut fallbacks = self.lock();
        *fallbacks.by_reason.entry(reason).or_default() += 1;
        if fallbacks.current.replace(reason) == Some(reason) {
            tracing::info!(reason, "fell-back");
        } else {
            tracing::warn!(reason, "fell-back");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Fallbacks> {
        self.fallbacks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! What tells a busy engine from one that hangs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Since when the engine has been at one image.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Mutex<Option<Instant>>>);

impl Pulse {
    /// How long the engine has been at the image it reads now; zero between images, and while it is being loaded.
    #[must_use]
    pub fn busy_for(&self) -> Duration {
        self.since().map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Runs `read`, during which the engine is busy.
    pub(super) fn during<T>(&self, read: impl FnOnce() -> T) -> T {
        let _rest = Rest(self);
        self.set(Some(Instant::now()));
        read()
    }

    fn since(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, since: Option<Instant>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

/// Ends a read, also one that panics.
struct Rest<'p>(&'p Pulse);

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use super::Pulse;

    #[test]
    fn the_engine_is_busy_during_a_read_and_not_after_it() {
        let pulse = Pulse::default();
        let inside = pulse.during(|| {
            std::thread::sleep(Duration::from_millis(2));
            pulse.busy_for()
        });
        assert!(inside > Duration::ZERO);
        assert_eq!(pulse.busy_for(), Duration::ZERO);
        let _ = catch_unwind(AssertUnwindSafe(|| pulse.during(|| panic!("as a reader may"))));
        assert_eq!(pulse.busy_for(), Duration::ZERO);
    }
}

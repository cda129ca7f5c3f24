//! What tells a busy engine from one that hangs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::queue::Lane;

/// Since when each lane has been at one image.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Mutex<[Option<Instant>; 2]>>);

impl Pulse {
    /// How long an engine has been at the image it reads now, of two the longer; zero between images, and while one is
    /// being loaded.
    #[must_use]
    pub fn busy_for(&self) -> Duration {
        let lanes = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.into_iter().flatten().min().map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Runs `read`, during which the engine of `lane` is busy.
    pub(super) fn during<T>(&self, lane: Lane, read: impl FnOnce() -> T) -> T {
        let _rest = Rest(self, lane);
        self.set(lane, Some(Instant::now()));
        read()
    }

    fn set(&self, lane: Lane, since: Option<Instant>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[lane as usize] = since;
    }
}

/// Ends a read, also one that panics.
struct Rest<'p>(&'p Pulse, Lane);

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        self.0.set(self.1, None);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use super::{Lane, Pulse};

    #[test]
    fn the_engine_is_busy_during_a_read_and_not_after_it() {
        let pulse = Pulse::default();
        let inside = pulse.during(Lane::First, || {
            std::thread::sleep(Duration::from_millis(2));
            pulse.busy_for()
        });
        assert!(inside > Duration::ZERO);
        assert_eq!(pulse.busy_for(), Duration::ZERO);
        let _ = catch_unwind(AssertUnwindSafe(|| pulse.during(Lane::First, || panic!("as a reader may"))));
        assert_eq!(pulse.busy_for(), Duration::ZERO);
    }

    #[test]
    fn of_two_reads_the_longer_one_counts() {
        let pulse = Pulse::default();
        pulse.during(Lane::Beside, || {
            std::thread::sleep(Duration::from_millis(2));
            let before = pulse.busy_for();
            pulse.during(Lane::First, || assert!(pulse.busy_for() >= before));
            assert!(pulse.busy_for() >= before, "the end of one read does not end the other");
        });
        assert_eq!(pulse.busy_for(), Duration::ZERO);
    }
}

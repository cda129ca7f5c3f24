//! Two clocks, to notice that the machine has slept: the one on the wall goes on, the monotonic one stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// A jump of the clock on the wall that means the machine has slept.
pub(super) const SLEPT: Duration = Duration::from_secs(10);

/// The clock on the wall. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// The system's time, plus what it was put forward by.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        let shift = Duration::from_millis(ahead.unsigned_abs());
        let now = SystemTime::now();
        if ahead < 0 { now.checked_sub(shift) } else { now.checked_add(shift) }.unwrap_or(now)
    }

    /// Puts the clock forward, as waking from sleep does.
    pub fn put_forward(&self, by: Duration) {
        self.ahead_ms.fetch_add(by.as_millis() as i64, Ordering::Relaxed);
    }

    /// This moment on both clocks.
    pub(super) fn moment(&self) -> Moment {
        Moment { wall: self.now(), monotonic: Instant::now() }
    }
}

/// One moment on both clocks. On Linux and macOS [`Instant`] stands still while the machine sleeps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    wall: SystemTime,
    monotonic: Instant,
}

impl Moment {
    /// The time from `self` to `later`; a sleep in between counts.
    pub(super) fn until(self, later: Self) -> Duration {
        let (awake, wall) = self.spans(later);
        awake.max(wall.unwrap_or_default())
    }

    /// How far the clock on the wall was moved between `self` and `later`, forward or back.
    pub(super) fn jump(self, later: Self) -> Duration {
        match self.spans(later) {
            (awake, Ok(wall)) => awake.abs_diff(wall),
            (awake, Err(back)) => awake + back.duration(),
        }
    }

    fn spans(self, later: Self) -> (Duration, Result<Duration, std::time::SystemTimeError>) {
        (later.monotonic.saturating_duration_since(self.monotonic), later.wall.duration_since(self.wall))
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;
    use std::time::{Duration, Instant, SystemTime};

    #[test]
    fn a_sleep_shows_on_one_clock_only() {
        let before = Moment { wall: SystemTime::now(), monotonic: Instant::now() };
        let minute = Duration::from_mins(1);
        let awake = Moment { wall: before.wall + minute, monotonic: before.monotonic + minute };
        assert_eq!((before.jump(awake), before.until(awake)), (Duration::ZERO, minute));
        let slept = Moment { wall: before.wall + 60 * minute, monotonic: before.monotonic + minute };
        assert_eq!((before.jump(slept), before.until(slept)), (59 * minute, 60 * minute));
        let set_back = Moment { wall: before.wall - minute, monotonic: before.monotonic + minute };
        assert_eq!((before.jump(set_back), before.until(set_back)), (2 * minute, minute));
    }
}

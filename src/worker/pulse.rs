//! What tells busy lanes from one that hangs, and what each lane has done.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Since when each lane has been at one piece, and what it has done before.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Mutex<Vec<Lane>>>);

#[derive(Debug, Clone, Copy, Default)]
struct Lane {
    since: Option<Instant>,
    done: Done,
}

/// What a lane has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Pieces.
    pub pieces: u64,
    /// The time they took.
    pub busy: Duration,
}

impl std::ops::AddAssign for Done {
    fn add_assign(&mut self, other: Self) {
        self.pieces += other.pieces;
        self.busy += other.busy;
    }
}

/// What was done between two looks at a lane, of which the other is the earlier one.
impl std::ops::Sub for Done {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { pieces: self.pieces - other.pieces, busy: self.busy.saturating_sub(other.busy) }
    }
}

impl Pulse {
    /// Of this many lanes.
    pub(super) fn new(lanes: usize) -> Self {
        Self(Arc::new(Mutex::new(vec![Lane::default(); lanes])))
    }

    /// How long a lane has been at the piece it computes now, of several the longest; zero while there is nothing to do.
    // Only a systemd asks, through the watchdog.
    #[cfg(any(target_os = "linux", test))]
    #[must_use]
    pub(crate) fn busy_for(&self) -> Duration {
        let lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.iter().filter_map(|lane| lane.since).min().map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// What each lane has done so far.
    #[must_use]
    pub fn done(&self) -> Vec<Done> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|lane| lane.done).collect()
    }

    /// Runs `compute`, during which `lane` is busy.
    pub(super) fn during<T>(&self, lane: usize, compute: impl FnOnce() -> T) -> T {
        self.with(lane, |lane| lane.since = Some(Instant::now()));
        let _end = End(self, lane);
        compute()
    }

    fn with(&self, lane: usize, change: impl FnOnce(&mut Lane)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)[lane]);
    }
}

/// Ends a piece, also one that panics.
struct End<'p>(&'p Pulse, usize);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.with(self.1, |lane| {
            lane.done.pieces += 1;
            lane.done.busy += lane.since.take().map_or(Duration::ZERO, |since| since.elapsed());
        });
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use super::Pulse;

    #[test]
    fn a_lane_is_busy_during_a_piece_and_not_after_it() {
        let pulse = Pulse::new(1);
        let inside = pulse.during(0, || {
            std::thread::sleep(Duration::from_millis(2));
            pulse.busy_for()
        });
        assert!(inside > Duration::ZERO);
        assert_eq!(pulse.busy_for(), Duration::ZERO);
        let _ = catch_unwind(AssertUnwindSafe(|| pulse.during(0, || panic!("as a piece may"))));
        assert_eq!(pulse.busy_for(), Duration::ZERO);
        assert_eq!(pulse.done()[0].pieces, 2);
        assert!(pulse.done()[0].busy >= inside);
    }

    #[test]
    fn of_two_pieces_the_longer_one_counts() {
        let pulse = Pulse::new(2);
        pulse.during(1, || {
            std::thread::sleep(Duration::from_millis(2));
            let before = pulse.busy_for();
            pulse.during(0, || assert!(pulse.busy_for() >= before));
            assert!(pulse.busy_for() >= before, "the end of one piece does not end the other");
        });
        assert_eq!(pulse.busy_for(), Duration::ZERO);
    }
}

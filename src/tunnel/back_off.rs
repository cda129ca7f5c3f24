//! How long to wait between attempts.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// Waits that grow, and vary so that many clients of one server do not come back together.
#[derive(Debug)]
pub(super) struct BackOff {
    delays: Vec<Duration>,
    jitter: f64,
    used: usize,
}

impl BackOff {
    /// `delays` one after the other, the last one repeating; each varies by up to `jitter` (`0.0..=1.0`) of itself.
    pub(super) fn new(delays: Vec<Duration>, jitter: f64) -> Self {
        Self { delays, jitter: jitter.clamp(0.0, 1.0), used: 0 }
    }

    /// The next wait.
    pub(super) fn next(&mut self) -> Duration {
        let delay = self.delays.get(self.used).or(self.delays.last()).copied().unwrap_or(Duration::from_secs(1));
        self.used = (self.used + 1).min(self.delays.len());
        delay.mul_f64(1.0 + self.jitter * (2.0 * random() - 1.0))
    }

    /// Starts over with the first wait.
    pub(super) fn reset(&mut self) {
        self.used = 0;
    }
}

/// `0.0..=1.0`, as random as a hash map's seed. Nothing secret hangs on it.
fn random() -> f64 {
    RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::BackOff;
    use std::time::Duration;

    const DELAYS: [u64; 7] = [0, 1, 2, 4, 8, 16, 30];

    #[test]
    fn waits_grow_and_the_last_one_repeats_until_it_starts_over() {
        let mut back_off = BackOff::new(DELAYS.map(Duration::from_secs).to_vec(), 0.0);
        let mut waits = || std::iter::repeat_with(|| back_off.next().as_secs()).take(9).collect::<Vec<_>>();
        assert_eq!(waits(), [0, 1, 2, 4, 8, 16, 30, 30, 30]);
        back_off.reset();
        assert_eq!(back_off.next(), Duration::ZERO);
        assert_eq!(back_off.next(), Duration::from_secs(1));
    }

    #[test]
    fn waits_vary_by_no_more_than_their_share() {
        let mut back_off = BackOff::new(vec![Duration::from_secs(10)], 0.2);
        let waits: Vec<_> = std::iter::repeat_with(|| back_off.next().as_secs_f64()).take(200).collect();
        assert!(waits.iter().all(|wait| (8.0..=12.0).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < 9.5) && waits.iter().any(|wait| *wait > 10.5));
    }
}

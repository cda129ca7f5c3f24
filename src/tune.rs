//! Which set of models, on how many threads, suits a machine and the pictures of its user.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::untrusted::Untrusted;

/// Times that differ by less than this share are the same: as much as they differ from run to run.
const NEARLY: f64 = 0.05;

/// A set that was tried on a number of threads.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its name.
    pub set: String,
    /// Its place among the sets, 1 for the most accurate.
    pub rank: usize,
    /// Lanes.
    pub threads: NonZeroUsize,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Every picture was read.
    Measured(Measured),
    /// It was ended after this long.
    TooLong(Duration),
    /// It failed, in its own words.
    Failed(Untrusted),
}

/// What reading the pictures took.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The median time of each picture, in their order; of one at least.
    pub times: Vec<Duration>,
    /// Lines that were read in each.
    pub lines: Vec<usize>,
    /// The most bytes that were resident, where the system tells.
    pub memory: Option<u64>,
}

impl Measured {
    /// The time of the picture that took longest, and its place among them.
    #[must_use]
    pub fn slowest(&self) -> (Duration, usize) {
        self.times.iter().copied().zip(0..).max().unwrap_or_default()
    }
}

impl Trial {
    /// The time of the picture that took longest, if all were read.
    #[must_use]
    pub fn slowest(&self) -> Option<Duration> {
        match &self.outcome {
            Outcome::Measured(measured) => Some(measured.slowest().0),
            Outcome::TooLong(_) | Outcome::Failed(_) => None,
        }
    }
}

/// The most accurate set that reads every picture within a time, on the number of threads that is fastest for it; of those
/// that are as fast, the smallest. None if no set does.
#[must_use]
pub fn choose(trials: &[Trial], within: Duration) -> Option<&Trial> {
    let fit = || trials.iter().filter_map(|trial| Some((trial, trial.slowest().filter(|time| *time <= within)?)));
    let rank = fit().map(|(trial, _)| trial.rank).min()?;
    let of_set = || fit().filter(|(trial, _)| trial.rank == rank);
    let fastest = of_set().map(|(_, time)| time).min()?.mul_f64(1.0 + NEARLY);
    of_set().filter(|(_, time)| *time <= fastest).map(|(trial, _)| trial).min_by_key(|trial| trial.threads)
}

/// The trial that comes nearest to any time, and what it took: that whose slowest picture is the fastest.
#[must_use]
pub fn fastest(trials: &[Trial]) -> Option<(&Trial, Duration)> {
    trials.iter().filter_map(|trial| Some((trial, trial.slowest()?))).min_by_key(|(_, time)| *time)
}

/// The numbers of threads that are worth a try on a machine with so many cores: one, half of them, all.
#[must_use]
pub fn numbers_of_threads(cores: NonZeroUsize) -> Vec<NonZeroUsize> {
    let half = NonZeroUsize::new(cores.get() / 2).unwrap_or(NonZeroUsize::MIN);
    let mut numbers = vec![NonZeroUsize::MIN, half, cores];
    numbers.dedup();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trial with these times in milliseconds; without any, one that failed.
    fn trial(rank: usize, threads: usize, times: &[u64]) -> Trial {
        let measured = Measured {
            times: times.iter().copied().map(Duration::from_millis).collect(),
            lines: vec![1; times.len()],
            memory: None,
        };
        let failed = Outcome::Failed(Untrusted::new("no"));
        Trial {
            set: format!("rank {rank}"),
            rank,
            threads: NonZeroUsize::new(threads).unwrap(),
            outcome: if times.is_empty() { failed } else { Outcome::Measured(measured) },
        }
    }

    fn chosen(trials: &[Trial], within: u64) -> Option<(usize, usize)> {
        choose(trials, Duration::from_millis(within)).map(|trial| (trial.rank, trial.threads.get()))
    }

    #[test]
    fn the_most_accurate_set_that_is_fast_enough_for_every_picture_is_chosen() {
        let trials = [trial(3, 2, &[5, 100]), trial(2, 2, &[10, 300]), trial(1, 2, &[20, 2000])];
        assert_eq!(
            [99, 100, 299, 300, 2000].map(|within| chosen(&trials, within).map(|it| it.0)),
            [None, Some(3), Some(3), Some(2), Some(1)]
        );
        assert_eq!(fastest(&trials).unwrap().1, Duration::from_millis(100));
    }

    #[test]
    fn more_threads_are_taken_only_where_they_help() {
        let trials = [trial(1, 1, &[400]), trial(1, 2, &[204]), trial(1, 4, &[200]), trial(1, 8, &[230])];
        assert_eq!(chosen(&trials, 1000), Some((1, 2)));
        // What would be as fast, but is not fast enough, is not taken.
        assert_eq!(chosen(&trials, 202), Some((1, 4)));
    }

    #[test]
    fn what_failed_or_took_too_long_is_not_chosen() {
        let too_long = Trial { outcome: Outcome::TooLong(Duration::from_millis(1)), ..trial(1, 1, &[]) };
        assert_eq!(chosen(&[trial(1, 1, &[]), too_long.clone(), trial(2, 1, &[10])], 1000), Some((2, 1)));
        assert_eq!(chosen(&[trial(1, 1, &[]), too_long], 1000), None);
    }

    #[test]
    fn one_half_and_all_cores_are_tried() {
        let tried = |cores| numbers_of_threads(NonZeroUsize::new(cores).unwrap()).iter().map(|it| it.get()).collect();
        let tried: [Vec<usize>; 4] = [1, 2, 3, 16].map(tried);
        assert_eq!(tried, [vec![1], vec![1, 2], vec![1, 3], vec![1, 8, 16]]);
    }
}

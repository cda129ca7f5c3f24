//! The places in front of the worker: a bounded line that a job can leave again.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What [`Queue::next`] found.
pub enum Next<T> {
    /// The job that has waited longest.
    Job(T),
    /// Nothing came in the time.
    Idle,
    /// The queue is closed; what was left in it is gone.
    Closed,
}

/// A first-in, first-out line with `places`. Its lock is held for moments only.
pub struct Queue<T> {
    places: usize,
    line: Mutex<Line<T>>,
    news: Condvar,
}

struct Line<T> {
    jobs: VecDeque<(u64, T)>,
    tickets: u64,
    closed: bool,
}

impl<T> Queue<T> {
    pub fn new(places: usize) -> Self {
        let line = Line { jobs: VecDeque::new(), tickets: 0, closed: false };
        Self { places, line: Mutex::new(line), news: Condvar::new() }
    }

    /// Puts `job` at the end; `None` if there is no place or the queue is closed, else the ticket to leave with.
    pub fn push(&self, job: T) -> Option<u64> {
        let mut line = self.lock();
        if line.closed || line.jobs.len() >= self.places {
            return None;
        }
        line.tickets += 1;
        let ticket = line.tickets;
        line.jobs.push_back((ticket, job));
        self.news.notify_one();
        Some(ticket)
    }

    /// Takes the job with `ticket` out, if it still waits.
    pub fn leave(&self, ticket: u64) {
        self.lock().jobs.retain(|(other, _)| *other != ticket);
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Waits for a job, for at most `patience` if there is such a limit.
    pub fn next(&self, patience: Option<Duration>) -> Next<T> {
        let waiting = |line: &mut Line<T>| line.jobs.is_empty() && !line.closed;
        let line = self.lock();
        let mut line = match patience {
            Some(limit) => {
                let waited = self.news.wait_timeout_while(line, limit, waiting);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.news.wait_while(line, waiting).unwrap_or_else(PoisonError::into_inner),
        };
        if line.closed {
            return Next::Closed;
        }
        line.jobs.pop_front().map_or(Next::Idle, |(_, job)| Next::Job(job))
    }

    /// Lets nothing in from here on, and drops what waits.
    pub fn close(&self) {
        let mut line = self.lock();
        line.closed = true;
        line.jobs.clear();
        self.news.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Line<T>> {
        // Every step under the lock leaves the line whole, so a panic elsewhere does not spoil it.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Next, Queue};

    fn take(queue: &Queue<u32>) -> Option<u32> {
        match queue.next(Some(Duration::ZERO)) {
            Next::Job(job) => Some(job),
            Next::Idle | Next::Closed => None,
        }
    }

    #[test]
    fn jobs_come_out_in_the_order_they_went_in() {
        let queue = Queue::new(2);
        assert!(queue.push(1).is_some() && queue.push(2).is_some());
        assert_eq!([take(&queue), take(&queue), take(&queue)], [Some(1), Some(2), None]);
    }

    #[test]
    fn a_full_queue_takes_nothing_until_one_leaves() {
        let queue = Queue::new(1);
        let ticket = queue.push(1).expect("a place");
        assert_eq!(queue.push(2), None);
        queue.leave(ticket);
        assert!(queue.push(3).is_some());
        assert_eq!(take(&queue), Some(3));
    }

    #[test]
    fn a_closed_queue_is_empty() {
        let queue = Queue::new(1);
        queue.push(1);
        queue.close();
        assert!(matches!(queue.next(None), Next::Closed));
        assert_eq!(queue.push(2), None);
    }
}

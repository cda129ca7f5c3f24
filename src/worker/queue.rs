//! The places in front of the engines: a bounded line that a job can leave again, and which lane takes from it when.
//!
//! The first lane takes every job in turn. The lane beside it takes one only while the first is at a small one and the
//! next in line is small, too; so a large job is alone with its memory, and what came first is begun first.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::LoadError;

/// Lanes, and half engines that are needed before two jobs are read side by side.
const LANES: usize = 2;

/// How a half engine is made.
pub type Recipe<E> = Arc<dyn Fn() -> Result<E, Box<LoadError>> + Send + Sync>;

/// Who reads a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// The one that takes every kind.
    First,
    /// The one that helps out.
    Beside,
}

/// Whether a job may be read beside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// It may.
    Small,
    /// It takes its turn alone.
    Large,
}

/// Whether a job needs one of the places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It does, and does not come in without.
    IfThereIsRoom,
    /// It does not: there is a bound on its kind elsewhere.
    Beyond,
}

/// What [`Queue::next`] found.
pub enum Next<T, E> {
    /// The job that has waited longest, and the half engine for it; none if it is to be read with the whole one.
    Job(T, Option<E>),
    /// Nothing came in the time, and the other lane is idle.
    Idle,
    /// The queue is closed; what was left in it is gone.
    Closed,
}

/// What [`Queue::beside`] found.
pub enum Beside<T, E> {
    /// The job that has waited longest, and the half engine for it.
    Job(T, E),
    /// There is a job for this lane, but half engines are missing: one is to be [added](Queue::add). The job is still in
    /// line, so it does not wait for that.
    Load(Recipe<E>),
    /// The queue is closed.
    Closed,
}

/// A first-in, first-out line with `places`. Its lock is held for moments only.
pub struct Queue<T, E> {
    places: usize,
    line: Mutex<Line<T, E>>,
    news: Condvar,
}

struct Line<T, E> {
    jobs: VecDeque<Waiting<T>>,
    tickets: u64,
    closed: bool,
    first: Doing,
    beside: Doing,
    /// None: nothing is read beside anything.
    recipe: Option<Recipe<E>>,
    /// Half engines that no lane uses.
    engines: Vec<E>,
    /// All half engines there are.
    halves: usize,
}

struct Waiting<T> {
    ticket: u64,
    size: Size,
    job: T,
}

/// What a lane is at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doing {
    Nothing,
    Loading,
    Reading(Size),
}

impl<T, E> Queue<T, E> {
    pub fn new(places: usize) -> Self {
        let line = Line {
            jobs: VecDeque::new(),
            tickets: 0,
            closed: false,
            first: Doing::Nothing,
            beside: Doing::Nothing,
            recipe: None,
            engines: Vec::new(),
            halves: 0,
        };
        Self { places, line: Mutex::new(line), news: Condvar::new() }
    }

    /// Puts `job` at the end; `None` if there is no place or the queue is closed, else the ticket to leave with.
    pub fn push(&self, job: T, size: Size, entry: Entry) -> Option<u64> {
        let mut line = self.lock();
        let is_full = entry == Entry::IfThereIsRoom && line.jobs.len() >= self.places;
        if line.closed || is_full {
            return None;
        }
        line.tickets += 1;
        let ticket = line.tickets;
        line.jobs.push_back(Waiting { ticket, size, job });
        self.news.notify_all();
        Some(ticket)
    }

    /// Takes the job with `ticket` out, if it still waits.
    pub fn leave(&self, ticket: u64) {
        let mut line = self.lock();
        line.jobs.retain(|waiting| waiting.ticket != ticket);
        // What was behind it may be for the other lane.
        self.news.notify_all();
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Waits for a job for the first lane, for at most `patience` from when both lanes are idle, if there is such a limit.
    pub fn next(&self, patience: Option<Duration>) -> Next<T, E> {
        let mut line = self.lock();
        line.first = Doing::Nothing;
        let mut since = Instant::now();
        loop {
            if line.closed {
                return Next::Closed;
            }
            if let Some((job, engine)) = line.take() {
                self.news.notify_all();
                return Next::Job(job, engine);
            }
            let Some(patience) = patience.filter(|_| line.beside == Doing::Nothing) else {
                line = self.news.wait(line).unwrap_or_else(PoisonError::into_inner);
                since = Instant::now();
                continue;
            };
            let Some(left) = patience.checked_sub(since.elapsed()) else { return Next::Idle };
            line = self.news.wait_timeout(line, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until there is something to do for the lane beside.
    pub fn beside(&self) -> Beside<T, E> {
        self.finish(Lane::Beside);
        let mut line = self.lock();
        loop {
            if line.closed {
                return Beside::Closed;
            }
            if let Some(found) = line.take_beside() {
                return found;
            }
            line = self.news.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends a lane's work. Said before the job is answered: its caller's next one must not look as if it met another.
    pub fn finish(&self, which: Lane) {
        let mut line = self.lock();
        match which {
            Lane::First => line.first = Doing::Nothing,
            Lane::Beside => line.beside = Doing::Nothing,
        }
        self.news.notify_all();
    }

    /// Has half engines made by `recipe` from here on, or none; those not in use are the caller's to drop.
    pub fn equip(&self, recipe: Option<Recipe<E>>) -> Vec<E> {
        let mut line = self.lock();
        line.recipe = recipe;
        let engines = std::mem::take(&mut line.engines);
        line.halves -= engines.len();
        engines
    }

    /// Takes a new half engine.
    pub fn add(&self, engine: E) {
        let mut line = self.lock();
        line.halves += 1;
        line.engines.push(engine);
    }

    /// Takes a half engine back; none if it is spoilt.
    pub fn give_back(&self, engine: Option<E>) {
        let mut line = self.lock();
        match engine {
            Some(engine) => line.engines.push(engine),
            None => line.halves -= 1,
        }
    }

    /// Whether there are half engines.
    pub fn has_engines(&self) -> bool {
        self.lock().halves > 0
    }

    /// Lets nothing in from here on, and drops what waits.
    pub fn close(&self) {
        let mut line = self.lock();
        line.closed = true;
        line.jobs.clear();
        self.news.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Line<T, E>> {
        // Every step under the lock leaves the line whole, so a panic elsewhere does not spoil it.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T, E> Line<T, E> {
    fn size_at(&self, place: usize) -> Option<Size> {
        self.jobs.get(place).map(|waiting| waiting.size)
    }

    /// The next job of the first lane. A small one has all threads as long as nothing will be read beside it.
    fn take(&mut self) -> Option<(T, Option<E>)> {
        let is_beside = matches!(self.beside, Doing::Reading(_));
        let size = self.size_at(0)?;
        if size == Size::Large && is_beside {
            return None;
        }
        let is_crowded = is_beside || self.size_at(1) == Some(Size::Small);
        let is_halved = size == Size::Small && is_crowded && self.halves == LANES;
        let engine = if is_halved { self.engines.pop() } else { None };
        self.first = Doing::Reading(size);
        Some((self.jobs.pop_front()?.job, engine))
    }

    fn take_beside(&mut self) -> Option<Beside<T, E>> {
        if self.first != Doing::Reading(Size::Small) || self.size_at(0) != Some(Size::Small) {
            return None;
        }
        let recipe = self.recipe.as_ref()?;
        if self.halves < LANES {
            self.beside = Doing::Loading;
            return Some(Beside::Load(Arc::clone(recipe)));
        }
        let engine = self.engines.pop()?;
        self.beside = Doing::Reading(Size::Small);
        Some(Beside::Job(self.jobs.pop_front()?.job, engine))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Entry, Next, Queue, Size};

    fn push(queue: &Queue<u32, ()>, job: u32) -> Option<u64> {
        queue.push(job, Size::Small, Entry::IfThereIsRoom)
    }

    fn take(queue: &Queue<u32, ()>) -> Option<u32> {
        match queue.next(Some(Duration::ZERO)) {
            Next::Job(job, _) => Some(job),
            Next::Idle | Next::Closed => None,
        }
    }

    #[test]
    fn jobs_come_out_in_the_order_they_went_in() {
        let queue = Queue::new(2);
        assert!(push(&queue, 1).is_some() && push(&queue, 2).is_some());
        assert_eq!([take(&queue), take(&queue), take(&queue)], [Some(1), Some(2), None]);
    }

    #[test]
    fn a_full_queue_takes_nothing_until_one_leaves() {
        let queue = Queue::new(1);
        let ticket = push(&queue, 1).expect("a place");
        assert_eq!(push(&queue, 2), None);
        queue.leave(ticket);
        assert!(push(&queue, 3).is_some());
        assert_eq!(take(&queue), Some(3));
    }

    #[test]
    fn a_job_that_needs_no_place_comes_in_and_waits_its_turn() {
        let queue = Queue::new(1);
        push(&queue, 1);
        assert!(queue.push(2, Size::Small, Entry::Beyond).is_some());
        assert_eq!(push(&queue, 3), None);
        assert_eq!([take(&queue), take(&queue)], [Some(1), Some(2)]);
    }

    #[test]
    fn a_closed_queue_is_empty() {
        let queue = Queue::new(1);
        push(&queue, 1);
        queue.close();
        assert!(matches!(queue.next(None), Next::Closed));
        assert_eq!(push(&queue, 2), None);
    }

    #[test]
    fn half_engines_go_to_the_caller_when_the_queue_needs_none() {
        let queue = Queue::<u32, u32>::new(1);
        assert!(queue.equip(Some(Arc::new(|| Ok(7)))).is_empty());
        queue.add(7);
        assert!(queue.has_engines());
        assert_eq!(queue.equip(None), [7]);
        assert!(!queue.has_engines());
    }
}

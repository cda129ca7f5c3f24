//! One thread owns the engine, since a model runs one image at a time and must not run on a thread that serves
//! sockets. A bounded queue is in front; whoever stops waiting leaves it, or ends the read between two batches.
//!
//! An image is ready soonest when all threads work on it, but two threads that share a small one spend much of the time
//! waiting for each other. So when small images meet, a second thread reads one beside the first, each with an engine of
//! half the threads. A large image takes its turn alone, since the memory of two would add up.

mod beside;
mod picture;
mod pulse;
mod queue;
mod seat;
mod size;
mod thread;
#[cfg(target_os = "linux")]
pub mod watchdog;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread as threads};

use image::RgbImage;
use tokio::sync::{oneshot, watch};

use crate::ocr::{self, Page, Params, decode};
use queue::{Entry, Lane, Queue};
use seat::Seat;

pub use picture::Picture;
pub use pulse::Pulse;
pub use queue::Recipe;

/// How long the end of the process waits for a batch under way: the runtime must not be torn down while it computes.
const LAST_BATCH: Duration = Duration::from_secs(10);

/// What reads an image, on the worker's thread: `Engine::read`.
pub type Reader = Box<dyn FnMut(&RgbImage, &Params, &dyn Fn() -> bool) -> Result<Page, ocr::Error> + Send>;

/// What a worker reads with.
pub struct Loaded {
    /// Reads a lone image, and every large one: has all threads.
    pub whole: Reader,
    /// Makes readers of half the threads, to read two small images side by side; none if images are to take turns. It is
    /// called on another thread, twice at most, when small images wait, and again when they do after a rest.
    pub half: Option<Recipe<Reader>>,
}

impl From<Reader> for Loaded {
    /// Images take turns.
    fn from(whole: Reader) -> Self {
        Self { whole, half: None }
    }
}

/// Why there is no engine: whatever stands between a configuration and one.
pub type LoadError = dyn std::error::Error + Send + Sync;

/// When the engine is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// From the start until the end, tried out before it counts as ready: a server.
    AtOnce,
    /// From the first read until nothing was read for `idle`: a fallback that is seldom needed.
    WhenNeeded {
        /// How long it stays without work.
        idle: Duration,
    },
}

/// What a worker may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Images that wait while others are read.
    pub places: usize,
    /// When the engine is loaded.
    pub load: Load,
    /// What one image may cost.
    pub decode: decode::Limits,
    /// What an engine without work may keep.
    pub rest: Rest,
}

/// When an engine without work gives memory back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// Without work for this long, it gives back what it only needs while it reads.
    pub after: Duration,
    /// If the process still has more bytes resident then, the engine is built anew.
    pub max_resident: Option<u64>,
}

impl Default for Rest {
    /// After a minute: fetching the memory again costs a small image a third of its time (measured), and somebody who
    /// takes several screenshots should not notice.
    fn default() -> Self {
        Self { after: Duration::from_mins(1), max_resident: None }
    }
}

/// Whether the engine can be used.
#[derive(Debug, Clone)]
pub enum State {
    /// It is being loaded and tried out, for the first time.
    Loading,
    /// It reads, or will be loaded when it has to.
    Ready,
    /// It could not be loaded, or failed its first image. The next image tries again.
    Failed(Arc<Error>),
}

/// What a read gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The texts.
    pub page: Page,
    /// The image that came, if [`Params::visualize`] is on.
    pub image: Option<RgbImage>,
    /// Time in the queue.
    pub waited: Duration,
    /// Time to decode the image.
    pub decoded: Duration,
}

/// Why an image was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No place in the queue.
    #[error("{}", t!("worker.full"))]
    Full {
        /// When there may be one, by what the last images took.
        retry_after: Duration,
    },
    /// The bytes are no image that can be read.
    #[error(transparent)]
    Decode(#[from] decode::Error),
    /// The engine failed on it.
    #[error(transparent)]
    Read(ocr::Error),
    /// The engine could not be loaded.
    #[error(transparent)]
    Load(Arc<LoadError>),
    /// The engine or a decoder panicked on it; the engine is built anew.
    #[error("{}", t!("worker.panicked"))]
    Panicked,
    /// The worker has ended.
    #[error("{}", t!("worker.stopped"))]
    Stopped,
}

struct Job {
    picture: Picture,
    params: Params,
    queued: Instant,
    cancelled: Arc<AtomicBool>,
    answer: oneshot::Sender<Result<Reading, Error>>,
}

/// The worker and its queue. Dropping it ends the reads under way and the threads.
pub struct Worker {
    queue: Arc<Queue<Job, Reader>>,
    state: watch::Receiver<State>,
    /// Milliseconds from one image to the next of late; a moving average.
    pace: Arc<AtomicU64>,
    rebuilds: Arc<AtomicU64>,
    pulse: Pulse,
    /// Set when the worker is dropped: ends the trial of a new engine, which no caller can.
    ending: Arc<AtomicBool>,
    /// Never carries anything: it is cut when both threads have ended.
    alive: Mutex<mpsc::Receiver<()>>,
}

impl Worker {
    /// Starts the threads. `load` builds the engine on the first one, again after a panic or a time without work.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn spawn<L: Into<Loaded>, E: Into<Box<LoadError>>>(
        options: Options,
        load: impl Fn() -> Result<L, E> + Send + 'static,
    ) -> io::Result<Self> {
        let first = if options.load == Load::AtOnce { State::Loading } else { State::Ready };
        let (state, seen) = watch::channel(first);
        let (alive, ended) = mpsc::channel();
        let seat = Seat {
            lane: Lane::First,
            queue: Arc::new(Queue::new(options.places)),
            state,
            pace: Arc::default(),
            pulse: Pulse::default(),
            decode: options.decode,
        };
        let beside = beside::SecondLane { seat: Seat { lane: Lane::Beside, ..seat.clone() }, _alive: alive.clone() };
        let worker = Self {
            queue: Arc::clone(&seat.queue),
            state: seen,
            pace: Arc::clone(&seat.pace),
            rebuilds: Arc::default(),
            pulse: seat.pulse.clone(),
            ending: Arc::default(),
            alive: Mutex::new(ended),
        };
        let thread = thread::Thread {
            options,
            load: Box::new(move || load().map(Into::into).map_err(Into::into)),
            reader: None,
            half: None,
            rested: true,
            seat,
            rebuilds: Arc::clone(&worker.rebuilds),
            ending: Arc::clone(&worker.ending),
            _alive: alive,
        };
        // If the second one cannot be had, the worker is dropped, which ends the first.
        threads::Builder::new().name("ocr".to_owned()).spawn(move || thread.run())?;
        threads::Builder::new().name("ocr beside".to_owned()).spawn(move || beside.run())?;
        Ok(worker)
    }

    /// Reads `picture`. Dropping the future takes it out of the queue, or ends the read between batches.
    ///
    /// # Errors
    /// [`Error::Full`] at once if a file comes and no place is free; the others once it is this image's turn.
    pub async fn read(&self, picture: impl Into<Picture>, params: Params) -> Result<Reading, Error> {
        let (answer, answered) = oneshot::channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let picture = picture.into();
        let size = size::of(&picture, &params);
        let entry = if matches!(picture, Picture::Page(_)) { Entry::Beyond } else { Entry::IfThereIsRoom };
        let job = Job { picture, params, queued: Instant::now(), cancelled: Arc::clone(&cancelled), answer };
        let Some(ticket) = self.queue.push(job, size, entry) else {
            return Err(Error::Full { retry_after: self.retry_after() });
        };
        let _leave = LeaveOnDrop { queue: &self.queue, ticket, cancelled };
        answered.await.unwrap_or(Err(Error::Stopped))
    }

    /// Images that wait, without those that are read.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// How often the engine was built anew because of [`Rest::max_resident`].
    #[must_use]
    pub fn rebuilds(&self) -> u64 {
        self.rebuilds.load(Ordering::Relaxed)
    }

    /// Whether images are read.
    #[must_use]
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Follows [`Worker::state`].
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Tells a busy engine from one that hangs.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// When a full queue will have a place, about: the time from one image to the next, in whole seconds, 1 to 60.
    fn retry_after(&self) -> Duration {
        let pace = self.pace.load(Ordering::Relaxed);
        Duration::from_secs(pace.div_ceil(1000).clamp(1, 60))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        self.queue.close();
        let alive = self.alive.get_mut().unwrap_or_else(PoisonError::into_inner);
        if alive.recv_timeout(LAST_BATCH) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("the engine is still busy; ending without it");
        }
    }
}

struct LeaveOnDrop<'q> {
    queue: &'q Queue<Job, Reader>,
    ticket: u64,
    cancelled: Arc<AtomicBool>,
}

impl Drop for LeaveOnDrop<'_> {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.queue.leave(self.ticket);
    }
}

#[cfg(test)]
mod tests;

//! One thread owns the engine, since a model runs one image at a time and must not run on a thread that serves
//! sockets. A bounded queue is in front; whoever stops waiting leaves it, or ends the read between two batches.

mod pulse;
mod queue;
mod thread;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{io, thread as threads};

use image::RgbImage;
use rust_i18n::t;
use tokio::sync::{oneshot, watch};

use super::{Page, Params, decode};
use queue::Queue;

pub use pulse::Pulse;

/// How long the end of the process waits for a batch under way: the runtime must not be torn down while it computes.
const LAST_BATCH: Duration = Duration::from_secs(10);

/// What reads an image, on the worker's thread: `Engine::read`.
pub type Reader = Box<dyn FnMut(&RgbImage, &Params, &dyn Fn() -> bool) -> Result<Page, super::Error> + Send>;

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
    /// Images that wait while one is read.
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
    Read(super::Error),
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
    image: Vec<u8>,
    params: Params,
    queued: Instant,
    cancelled: Arc<AtomicBool>,
    answer: oneshot::Sender<Result<Reading, Error>>,
}

/// The worker and its queue. Dropping it ends the read under way and the thread.
pub struct Worker {
    queue: Arc<Queue<Job>>,
    state: watch::Receiver<State>,
    /// Milliseconds an image took of late; a moving average.
    pace: Arc<AtomicU64>,
    rebuilds: Arc<AtomicU64>,
    pulse: Pulse,
    /// Set when the worker is dropped: ends the trial of a new engine, which no caller can.
    ending: Arc<AtomicBool>,
    /// Never carries anything: it is cut when the thread ends.
    alive: Mutex<mpsc::Receiver<()>>,
}

impl Worker {
    /// Starts the thread. `load` builds the engine on it, again after a panic or a time without work.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn spawn<E: Into<Box<LoadError>>>(
        options: Options,
        load: impl Fn() -> Result<Reader, E> + Send + 'static,
    ) -> io::Result<Self> {
        let queue = Arc::new(Queue::new(options.places));
        let first = if options.load == Load::AtOnce { State::Loading } else { State::Ready };
        let (state, seen) = watch::channel(first);
        let (alive, ended) = mpsc::channel();
        let pace = Arc::new(AtomicU64::new(0));
        let rebuilds = Arc::new(AtomicU64::new(0));
        let pulse = Pulse::default();
        let ending = Arc::new(AtomicBool::new(false));
        let thread = thread::Thread {
            options,
            load: Box::new(move || load().map_err(Into::into)),
            reader: None,
            rested: true,
            queue: Arc::clone(&queue),
            state,
            pace: Arc::clone(&pace),
            rebuilds: Arc::clone(&rebuilds),
            pulse: pulse.clone(),
            ending: Arc::clone(&ending),
            _alive: alive,
        };
        threads::Builder::new().name("ocr".to_owned()).spawn(move || thread.run())?;
        Ok(Self { queue, state: seen, pace, rebuilds, pulse, ending, alive: Mutex::new(ended) })
    }

    /// Reads the image file `image`. Dropping the future takes it out of the queue, or ends the read between batches.
    ///
    /// # Errors
    /// [`Error::Full`] at once if no place is free; the others once it is this image's turn.
    pub async fn read(&self, image: Vec<u8>, params: Params) -> Result<Reading, Error> {
        let (answer, answered) = oneshot::channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let job = Job { image, params, queued: Instant::now(), cancelled: Arc::clone(&cancelled), answer };
        let Some(ticket) = self.queue.push(job) else {
            return Err(Error::Full { retry_after: self.retry_after() });
        };
        let _leave = LeaveOnDrop { queue: &self.queue, ticket, cancelled };
        answered.await.unwrap_or(Err(Error::Stopped))
    }

    /// Images that wait, without the one that is read.
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

    /// When a full queue will have a place, about: the time of one image, in whole seconds, 1 to 60.
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
    queue: &'q Queue<Job>,
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

//! The worker's engine: loaded when it has to be, tried out, unloaded or made smaller when there is no work, built anew
//! when it has grown too large.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::queue::Queue;
use super::{Error, Load, LoadError, Options, ReadOnLanes, State};
use crate::memory;
use crate::ocr::session;

/// The most bytes that the runtime's arena keeps from one image to the next: what the lanes need for their pieces is
/// found in place. More is given back before the image is answered that needed it, so that nobody finds the process that
/// large between two requests.
const KEPT: u64 = 64 << 20;

/// The engine, or the way to it.
pub(super) struct EngineSlot {
    load: Box<dyn Fn() -> Result<ReadOnLanes, Box<LoadError>> + Send + Sync>,
    /// Locked while it is loaded.
    reader: Mutex<Option<ReadOnLanes>>,
    state: watch::Sender<State>,
    rebuilds: AtomicU64,
}

impl EngineSlot {
    pub fn new(
        load: impl Fn() -> Result<ReadOnLanes, Box<LoadError>> + Send + Sync + 'static,
        when: Load,
    ) -> (Self, watch::Receiver<State>) {
        let (state, seen) = watch::channel(if when == Load::AtOnce { State::Loading } else { State::Unloaded });
        (Self { load: Box::new(load), reader: Mutex::default(), state, rebuilds: AtomicU64::new(0) }, seen)
    }

    /// The engine, which is loaded if it is not there.
    pub fn reader(&self) -> Result<ReadOnLanes, Error> {
        let mut place = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = &*place {
            return Ok(Arc::clone(reader));
        }
        let reader = (self.load)().map_err(|error| Error::Load(Arc::from(error)))?;
        Ok(Arc::clone(place.insert(reader)))
    }

    /// Has the engine loaded anew by the next image.
    pub fn forget(&self) {
        drop(self.reader.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// How often it was built anew because of [`super::Rest::max_resident`].
    pub fn rebuilds(&self) -> u64 {
        self.rebuilds.load(Ordering::Relaxed)
    }

    /// Tells of what became of an image.
    pub fn tell<T>(&self, outcome: &Result<T, Error>) {
        match outcome {
            Ok(_) => {
                self.state.send_if_modified(|state| !matches!(std::mem::replace(state, State::Ready), State::Ready));
            }
            Err(Error::Load(cause)) => self.fail(Error::Load(Arc::clone(cause))),
            Err(Error::Panicked) => self.forget(),
            Err(Error::Read(crate::ocr::Error::Cancelled | crate::ocr::Error::TooLargeForWhole { .. })) => {}
            Err(Error::Read(error)) => {
                let cause: &dyn std::error::Error = error;
                tracing::warn!(cause, "image-failed");
            }
            Err(_) => {}
        }
    }

    /// Says that it cannot be used.
    pub fn fail(&self, error: Error) {
        let error = Arc::new(error);
        let cause: &dyn std::error::Error = &*error;
        tracing::error!(cause, "engine-unusable");
        self.state.send_replace(State::Failed(error));
    }

    fn is_loaded(&self) -> bool {
        match self.reader.try_lock() {
            Ok(reader) => reader.is_some(),
            Err(TryLockError::Poisoned(reader)) => reader.into_inner().is_some(),
            Err(TryLockError::WouldBlock) => false,
        }
    }

    fn unload(&self) {
        self.forget();
        self.state.send_if_modified(|state| {
            let was_ready = matches!(state, State::Ready);
            if was_ready {
                *state = State::Unloaded;
            }
            was_ready
        });
        give_back();
    }
}

/// Gives back what an image has left that is more than the next ones are likely to need.
pub(super) fn trim() {
    if session::held().is_none_or(|bytes| bytes > KEPT) {
        give_back();
    }
}

/// Gives back what the runtime and the allocator hold and nobody uses.
fn give_back() {
    session::shrink();
    memory::give_back();
}

/// What is done to an engine that has nothing to do.
#[derive(Clone, Copy)]
enum Relief {
    /// It gives memory back that only reading needs.
    Rest,
    /// All of it goes.
    Unload,
}

/// Looks after an engine that has nothing to do.
pub(super) struct Idler<T> {
    pub engine: Arc<EngineSlot>,
    pub queue: Arc<Queue>,
    pub options: Options,
    /// Reads an image, so that the first user does not wait for what comes once.
    pub try_out: T,
}

impl<T: Fn() -> Result<(), Error>> Idler<T> {
    /// Ends when the queue is closed.
    pub fn run(mut self) {
        if self.options.load == Load::AtOnce {
            self.start();
        }
        let steps = self.steps();
        // The idle time that was looked at last, by when it began, and how many steps were taken in it.
        let mut taken: Option<(Instant, usize)> = None;
        let taken_since = |taken: Option<(Instant, usize)>, since| match taken {
            Some((began, count)) if began == since => count,
            _ => 0,
        };
        while let Some(since) = self.queue.rest(|since| Some(steps.get(taken_since(taken, since))?.0)) {
            let count = taken_since(taken, since);
            taken = Some((since, count + 1));
            match steps[count].1 {
                Relief::Rest => self.rest(),
                Relief::Unload => self.engine.unload(),
            }
        }
    }

    /// What happens after how long without work.
    fn steps(&self) -> Vec<(Duration, Relief)> {
        let after = self.options.rest.after;
        match self.options.load {
            Load::AtOnce => vec![(after, Relief::Rest)],
            Load::WhenNeeded { idle } if idle <= after => vec![(idle, Relief::Unload)],
            Load::WhenNeeded { idle } => vec![(after, Relief::Rest), (idle, Relief::Unload)],
        }
    }

    /// Gives memory back that only reading needs; and if that is not enough, all of the engine's.
    fn rest(&mut self) {
        give_back();
        if self.engine.is_loaded() && self.is_too_large() {
            self.rebuild();
        }
    }

    fn is_too_large(&self) -> bool {
        let limit = self.options.rest.max_resident;
        limit.zip(memory::resident()).is_some_and(|(limit, resident)| resident > limit)
    }

    fn rebuild(&mut self) {
        tracing::info!(resident = memory::resident(), limit = self.options.rest.max_resident, "engine-rebuilt");
        self.engine.forget();
        give_back();
        self.engine.rebuilds.fetch_add(1, Ordering::Relaxed);
        if self.options.load == Load::AtOnce {
            self.start();
            give_back();
        }
        if self.is_too_large() {
            // What is left is not the engine's to give; trying again after every image would change nothing.
            let resident = memory::resident();
            let limit = resident.map(|resident| resident + resident / 4);
            tracing::warn!(resident, limit, "memory-limit-raised");
            self.options.rest.max_resident = limit;
        }
    }

    fn start(&self) {
        match (self.try_out)() {
            Ok(()) | Err(Error::Stopped) => {}
            Err(error) => self.engine.fail(error),
        }
    }
}

//! The worker's side of the queue: load, decode, read, answer, and survive what a job does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::queue::{Next, Queue};
use super::{Error, Job, Load, LoadError, Options, Pulse, Reader, Reading, State};
use crate::memory;
use crate::ocr::{self, Params, decode, session};

/// A screenshot of one word: both models run on it.
const FIRST_IMAGE: &[u8] = include_bytes!("first.png");

/// The most bytes that the runtime's arena keeps from one image to the next. Screenshots of a part of the screen stay
/// below it and find their memory in place, which saves them some 8 % of their time; after a larger image it is given
/// back, while nobody waits.
const KEPT: u64 = 192 << 20;

pub(super) struct Thread {
    pub options: Options,
    pub load: Box<dyn Fn() -> Result<Reader, Box<LoadError>> + Send>,
    pub reader: Option<Reader>,
    /// Whether memory was given back since the last read.
    pub rested: bool,
    pub queue: Arc<Queue<Job>>,
    pub state: watch::Sender<State>,
    pub pace: Arc<AtomicU64>,
    pub rebuilds: Arc<AtomicU64>,
    pub pulse: Pulse,
    pub ending: Arc<AtomicBool>,
    pub _alive: mpsc::Sender<()>,
}

impl Thread {
    pub fn run(mut self) {
        if self.options.load == Load::AtOnce {
            self.start();
        }
        loop {
            match (self.queue.next(self.patience()), self.is_unloaded_next()) {
                (Next::Job(job), _) => {
                    self.rested = false;
                    self.answer(job);
                }
                (Next::Idle, true) => self.unload(),
                (Next::Idle, false) => self.rest(),
                (Next::Closed, _) => return,
            }
        }
    }

    /// How long an engine may be idle before something happens to it.
    fn patience(&self) -> Option<Duration> {
        self.reader.as_ref()?;
        match self.options.load {
            Load::WhenNeeded { idle } if self.is_unloaded_next() => Some(idle),
            Load::WhenNeeded { .. } | Load::AtOnce => (!self.rested).then_some(self.options.rest.after),
        }
    }

    /// Whether an idle engine is unloaded before, or after, it would rest.
    fn is_unloaded_next(&self) -> bool {
        match self.options.load {
            Load::WhenNeeded { idle } => self.rested || idle <= self.options.rest.after,
            Load::AtOnce => false,
        }
    }

    fn unload(&mut self) {
        self.reader = None;
        give_back();
    }

    /// Gives memory back that only reading needs; and if that is not enough, all of the engine's.
    fn rest(&mut self) {
        self.rested = true;
        give_back();
        if self.queue.len() == 0 && self.is_too_large() {
            self.rebuild();
        }
    }

    fn is_too_large(&self) -> bool {
        let limit = self.options.rest.max_resident;
        limit.zip(memory::resident()).is_some_and(|(limit, resident)| resident > limit)
    }

    fn rebuild(&mut self) {
        tracing::info!(
            resident = memory::resident(),
            limit = self.options.rest.max_resident,
            "building the engine anew"
        );
        self.unload();
        self.rebuilds.fetch_add(1, Ordering::Relaxed);
        if self.options.load == Load::AtOnce {
            self.start();
            give_back();
        }
        if self.is_too_large() {
            // What is left is not the engine's to give; trying again after every image would change nothing.
            let resident = memory::resident();
            let limit = resident.map(|resident| resident + resident / 4);
            tracing::warn!(resident, limit, "the limit of memory is too low for these models; it is raised");
            self.options.rest.max_resident = limit;
        }
    }

    /// Loads the engine and reads an image with it, so that the first user does not wait for what comes once.
    fn start(&mut self) {
        let ending = Arc::clone(&self.ending);
        let outcome = self.attempt(FIRST_IMAGE, &Params::default(), &|| ending.load(Ordering::Relaxed));
        self.state.send_replace(match outcome {
            Ok(_) => State::Ready,
            Err(error) => failed(error),
        });
    }

    fn answer(&mut self, job: Job) {
        let Job { image, params, queued, cancelled, answer } = job;
        let waited = queued.elapsed();
        let started = Instant::now();
        let outcome = self.attempt(&image, &params, &|| cancelled.load(Ordering::Relaxed));
        drop(image);
        match &outcome {
            Ok(_) => {
                self.keep_pace(started);
                self.state.send_if_modified(|state| !matches!(std::mem::replace(state, State::Ready), State::Ready));
            }
            Err(Error::Load(cause)) => {
                self.state.send_replace(failed(Error::Load(Arc::clone(cause))));
            }
            Err(Error::Read(ocr::Error::Cancelled)) => {}
            Err(Error::Read(error)) => {
                let cause: &dyn std::error::Error = error;
                tracing::warn!(cause, "the engine failed on an image");
            }
            Err(_) => {}
        }
        // An error here means that nobody waits any more.
        let _ = answer.send(outcome.map(|reading| Reading { waited, ..reading }));
        if session::held().is_none_or(|bytes| bytes > KEPT) {
            session::shrink();
        }
    }

    /// Decodes and reads one image. A panic costs this image, and the engine, which may be in any state after it.
    fn attempt(&mut self, image: &[u8], params: &Params, stop: &dyn Fn() -> bool) -> Result<Reading, Error> {
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let started = Instant::now();
            let pixels = decode::decode(image, &self.options.decode)?;
            let decoded = started.elapsed();
            let reader = match &mut self.reader {
                Some(reader) => reader,
                empty => empty.insert((self.load)().map_err(|error| Error::Load(Arc::from(error)))?),
            };
            let mut page = self.pulse.during(|| reader(&pixels, params, stop)).map_err(Error::Read)?;
            let image = params.visualize.then_some(pixels);
            if image.is_none() {
                page.upright = None;
            }
            Ok(Reading { page, image, waited: Duration::ZERO, decoded })
        }));
        attempt.unwrap_or_else(|_| {
            tracing::error!("reading an image panicked; the engine is built anew");
            self.reader = None;
            Err(Error::Panicked)
        })
    }

    /// Remembers how long images take of late: each one counts for a quarter.
    fn keep_pace(&self, started: Instant) {
        let took = started.elapsed().as_millis() as u64;
        let before = self.pace.load(Ordering::Relaxed);
        let pace = if before == 0 { took } else { (3 * before + took) / 4 };
        self.pace.store(pace.max(1), Ordering::Relaxed);
    }
}

/// Gives back what the runtime and the allocator hold and nobody uses.
fn give_back() {
    session::shrink();
    memory::give_back();
}

fn failed(error: Error) -> State {
    let error = Arc::new(error);
    let cause: &dyn std::error::Error = &*error;
    tracing::error!(cause, "the engine cannot be used");
    State::Failed(error)
}

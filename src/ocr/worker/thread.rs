//! The worker's side of the queue: load, decode, read, answer, and survive what a job does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::queue::{Next, Queue};
use super::{Error, Job, Load, LoadError, Options, Pulse, Reader, Reading, State};
use crate::memory;
use crate::ocr::{self, Page, Params, decode};

/// A screenshot of one word: both models run on it.
const FIRST_IMAGE: &[u8] = include_bytes!("first.png");

pub(super) struct Thread {
    pub options: Options,
    pub load: Box<dyn Fn() -> Result<Reader, Box<LoadError>> + Send>,
    pub reader: Option<Reader>,
    pub queue: Arc<Queue<Job>>,
    pub state: watch::Sender<State>,
    pub pace: Arc<AtomicU64>,
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
            match self.queue.next(self.patience()) {
                Next::Job(job) => self.answer(job),
                Next::Idle => {
                    self.reader = None;
                    memory::give_back();
                }
                Next::Closed => return,
            }
        }
    }

    /// How long an engine may be idle; without one there is nothing to unload.
    fn patience(&self) -> Option<Duration> {
        match self.options.load {
            Load::WhenNeeded { idle } if self.reader.is_some() => Some(idle),
            Load::WhenNeeded { .. } | Load::AtOnce => None,
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
        let _ = answer.send(outcome.map(|(page, decoded)| Reading { page, waited, decoded }));
    }

    /// Decodes and reads one image. A panic costs this image, and the engine, which may be in any state after it.
    fn attempt(&mut self, image: &[u8], params: &Params, stop: &dyn Fn() -> bool) -> Result<(Page, Duration), Error> {
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let started = Instant::now();
            let pixels = decode::decode(image, &self.options.decode)?;
            let decoded = started.elapsed();
            let reader = match &mut self.reader {
                Some(reader) => reader,
                empty => empty.insert((self.load)().map_err(|error| Error::Load(Arc::from(error)))?),
            };
            let page = self.pulse.during(|| reader(&pixels, params, stop)).map_err(Error::Read)?;
            Ok((page, decoded))
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

fn failed(error: Error) -> State {
    let error = Arc::new(error);
    let cause: &dyn std::error::Error = &*error;
    tracing::error!(cause, "the engine cannot be used");
    State::Failed(error)
}

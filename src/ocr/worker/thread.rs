//! The worker's side of the queue: load, decode, read, answer, and survive what a job does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use tokio::sync::watch;

use super::queue::{Next, Queue};
use super::{Error, Job, Load, Options, Reader, Reading, State};
use crate::ocr::{self, Params, decode};

/// A screenshot of one word: both models run on it.
const FIRST_IMAGE: &[u8] = include_bytes!("first.png");

pub(super) struct Thread {
    pub options: Options,
    pub load: Box<dyn Fn() -> Result<Reader, ocr::Error> + Send>,
    pub reader: Option<Reader>,
    pub queue: Arc<Queue<Job>>,
    pub state: watch::Sender<State>,
    pub pace: Arc<AtomicU64>,
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
                Next::Idle => self.reader = None,
                Next::Closed => return,
            }
        }
    }

    /// How long an engine may be idle; without one there is nothing to unload.
    fn patience(&self) -> Option<std::time::Duration> {
        match self.options.load {
            Load::WhenNeeded { idle } if self.reader.is_some() => Some(idle),
            Load::WhenNeeded { .. } | Load::AtOnce => None,
        }
    }

    /// Loads the engine and reads an image with it, so that the first user does not wait for what comes once.
    fn start(&mut self) {
        let job = || self.attempt(FIRST_IMAGE, &Params::default(), &AtomicBool::new(false), Instant::now());
        // The borrow checker wants the call apart from the closure's use of `self`.
        let outcome = job();
        let state = match outcome {
            Ok(_) => State::Ready,
            Err(error) => {
                tracing::error!(error = format_args!("{error:#}"), "the engine cannot be used");
                State::Failed
            }
        };
        self.state.send_replace(state);
    }

    fn answer(&mut self, job: Job) {
        let Job { image, params, queued, cancelled, answer } = job;
        let started = Instant::now();
        let outcome = self.attempt(&image, &params, &cancelled, queued);
        if outcome.is_ok() {
            self.keep_pace(started);
            self.state.send_if_modified(|state| std::mem::replace(state, State::Ready) != State::Ready);
        }
        if let Err(Error::Load(error)) = &outcome {
            tracing::error!(error = format_args!("{error:#}"), "the engine cannot be loaded");
            self.state.send_replace(State::Failed);
        }
        // An error here means that nobody waits any more.
        let _ = answer.send(outcome);
    }
}

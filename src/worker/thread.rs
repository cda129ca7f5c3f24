//! The first lane's thread: it loads the engine, reads in turn, rests without work, and gives memory back.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::queue::{Next, Recipe};
use super::seat::{Seat, Stop};
use super::{Error, Job, Load, LoadError, Loaded, Options, Picture, Reader, Reading, State};
use crate::memory;
use crate::ocr::{Params, session};

/// A screenshot of one word: both models run on it.
const FIRST_IMAGE: &[u8] = include_bytes!("first.png");

pub(super) struct Thread {
    pub options: Options,
    pub load: Box<dyn Fn() -> Result<Loaded, Box<LoadError>> + Send>,
    pub reader: Option<Reader>,
    /// How half engines are made, once the whole one is there.
    pub half: Option<Recipe<Reader>>,
    /// Whether memory was given back since the last read.
    pub rested: bool,
    pub seat: Seat,
    pub rebuilds: Arc<AtomicU64>,
    pub ending: Arc<AtomicBool>,
    pub _alive: mpsc::Sender<()>,
}

impl Thread {
    pub fn run(mut self) {
        if self.options.load == Load::AtOnce {
            self.start();
        }
        loop {
            match (self.seat.queue.next(self.patience()), self.is_unloaded_next()) {
                (Next::Job(job, engine), _) => {
                    self.rested = false;
                    self.answer(job, engine);
                }
                (Next::Idle, true) => self.unload(),
                (Next::Idle, false) => self.rest(),
                (Next::Closed, _) => return,
            }
        }
    }

    /// How long engines may be idle before something happens to them.
    fn patience(&self) -> Option<Duration> {
        if self.reader.is_none() && !self.seat.queue.has_engines() {
            return None;
        }
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
        self.half = None;
        drop(self.seat.queue.equip(None));
        give_back();
    }

    /// Gives memory back that only reading needs, the half engines' included; and if that is not enough, all of the
    /// engine's.
    fn rest(&mut self) {
        self.rested = true;
        drop(self.seat.queue.equip(self.half.clone()));
        give_back();
        if self.seat.queue.len() == 0 && self.is_too_large() {
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
        match self.attempt(FIRST_IMAGE.to_vec().into(), &Params::default(), &|| ending.load(Ordering::Relaxed)) {
            Ok(_) => drop(self.seat.state.send_replace(State::Ready)),
            Err(error) => self.seat.fail(error),
        }
    }

    /// With the half `engine`, or the whole one if there is none.
    fn answer(&mut self, job: Job, engine: Option<Reader>) {
        match engine {
            Some(engine) => self.seat.answer_with(job, engine),
            None => self.seat.clone().answer(job, 1, |picture, params, stop| self.attempt(picture, params, stop)),
        }
    }

    /// Reads with the whole engine, which is loaded if it is not there.
    fn attempt(&mut self, picture: Picture, params: &Params, stop: Stop<'_>) -> Result<Reading, Error> {
        let seat = self.seat.clone();
        let outcome = seat.attempt(picture, params, |pixels| seat.read(self.loaded()?, pixels, params, stop));
        if matches!(outcome, Err(Error::Panicked)) {
            self.reader = None;
        }
        outcome
    }

    fn loaded(&mut self) -> Result<&mut Reader, Error> {
        let reader = if let Some(reader) = self.reader.take() {
            reader
        } else {
            let Loaded { whole, half } = (self.load)().map_err(|error| Error::Load(Arc::from(error)))?;
            drop(self.seat.queue.equip(half.clone()));
            self.half = half;
            whole
        };
        Ok(self.reader.insert(reader))
    }
}

/// Gives back what the runtime and the allocator hold and nobody uses.
fn give_back() {
    session::shrink();
    memory::give_back();
}

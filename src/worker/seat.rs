//! What both lanes do with a job: decode, read, tell of it, answer, and survive what it does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use image::RgbImage;
use tokio::sync::watch;

use super::queue::{Lane, Queue};
use super::{Error, Job, Picture, Pulse, Reader, Reading, State};
use crate::ocr::{self, Page, Params, decode, session};

/// The most bytes that the runtime's arena keeps from one image to the next. Screenshots of a part of the screen stay
/// below it and find their memory in place, which saves them some 8 % of their time. A larger image gives it back before
/// it is answered, so that nobody finds the process that large between two requests.
const KEPT: u64 = 192 << 20;

/// A lane's place at the queue, and where it tells of what it reads.
#[derive(Clone)]
pub(super) struct Seat {
    pub lane: Lane,
    pub queue: Arc<Queue<Job, Reader>>,
    pub state: watch::Sender<State>,
    pub pace: Arc<AtomicU64>,
    pub pulse: Pulse,
    pub decode: decode::Limits,
}

/// Whether nobody wants the page any more.
pub(super) type Stop<'s> = &'s dyn Fn() -> bool;

impl Seat {
    /// Answers `job` with what `attempt` makes of it, beside another one if `lanes` is 2.
    pub fn answer(
        &self,
        job: Job,
        lanes: u64,
        attempt: impl FnOnce(Picture, &Params, Stop<'_>) -> Result<Reading, Error>,
    ) {
        let Job { picture, params, queued, cancelled, answer } = job;
        let waited = queued.elapsed();
        let started = Instant::now();
        let outcome = attempt(picture, &params, &|| cancelled.load(Ordering::Relaxed));
        if session::held().is_none_or(|bytes| bytes > KEPT) {
            session::shrink();
        }
        self.queue.finish(self.lane);
        match &outcome {
            Ok(_) => {
                self.keep_pace(started.elapsed().as_millis() as u64 / lanes);
                self.state.send_if_modified(|state| !matches!(std::mem::replace(state, State::Ready), State::Ready));
            }
            Err(Error::Load(cause)) => self.fail(Error::Load(Arc::clone(cause))),
            Err(Error::Read(ocr::Error::Cancelled | ocr::Error::TooLargeForWhole { .. })) => {}
            Err(Error::Read(error)) => {
                let cause: &dyn std::error::Error = error;
                tracing::warn!(cause, "the engine failed on an image");
            }
            Err(_) => {}
        }
        // An error here means that nobody waits any more.
        let _ = answer.send(outcome.map(|reading| Reading { waited, ..reading }));
    }

    /// [`Seat::answer`] with a half engine, which the queue has back then if it is still whole.
    pub fn answer_with(&self, job: Job, mut engine: Reader) {
        self.answer(job, 2, |picture, params, stop| {
            let outcome = self.attempt(picture, params, |pixels| self.read(&mut engine, pixels, params, stop));
            self.queue.give_back((!matches!(outcome, Err(Error::Panicked))).then_some(engine));
            outcome
        });
    }

    /// Decodes a picture and reads it. A panic costs this image, and the engine, which may be in any state after it.
    pub fn attempt(
        &self,
        picture: Picture,
        params: &Params,
        read: impl FnOnce(&RgbImage) -> Result<Page, Error>,
    ) -> Result<Reading, Error> {
        let attempt = catch_unwind(AssertUnwindSafe(|| {
            let started = Instant::now();
            let pixels = picture.pixels(self.decode)?;
            let decoded = started.elapsed();
            let mut page = read(&pixels)?;
            let image = params.visualize.then_some(pixels);
            if image.is_none() {
                page.upright = None;
            }
            Ok(Reading { page, image, waited: Duration::ZERO, decoded })
        }));
        attempt.unwrap_or_else(|_| {
            tracing::error!("reading an image panicked; the engine is built anew");
            Err(Error::Panicked)
        })
    }

    /// Reads with `engine`, while the pulse says so.
    pub fn read(&self, engine: &mut Reader, pixels: &RgbImage, params: &Params, stop: Stop<'_>) -> Result<Page, Error> {
        self.pulse.during(self.lane, || engine(pixels, params, stop)).map_err(Error::Read)
    }

    /// Says that the engine cannot be used.
    pub fn fail(&self, error: Error) {
        let error = Arc::new(error);
        let cause: &dyn std::error::Error = &*error;
        tracing::error!(cause, "the engine cannot be used");
        self.state.send_replace(State::Failed(error));
    }

    /// Remembers after how many milliseconds a place becomes free, of late: each image counts for a quarter.
    fn keep_pace(&self, took: u64) {
        let keep = |before| Some(if before == 0 { took } else { (3 * before + took) / 4 }.max(1));
        // The update always gives a number.
        let _ = self.pace.fetch_update(Ordering::Relaxed, Ordering::Relaxed, keep);
    }
}

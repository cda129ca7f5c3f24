//! The lanes: threads that compute the pieces of pictures, one at a time each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, num::NonZeroUsize, thread};

use image::RgbImage;

use super::Pulse;
use super::queue::{Admission, Queue};
use crate::ocr::{self, Page, Params, piece};

/// How long the end of the process waits for a piece under way: the runtime must not be torn down while it computes.
const LAST_PIECE: Duration = Duration::from_secs(10);

/// Threads and their queue. Dropping them ends the reads under way.
pub struct LanePool {
    count: NonZeroUsize,
    pub(super) queue: Arc<Queue>,
    pulse: Pulse,
    /// What every thread holds, and what is cut when all have ended. Neither ever carries anything.
    alive: Option<mpsc::Sender<()>>,
    ended: Mutex<mpsc::Receiver<()>>,
}

impl LanePool {
    /// Starts `count` threads, in front of which `places` pictures may wait.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(count: NonZeroUsize, places: usize) -> io::Result<Self> {
        let (alive, ended) = mpsc::channel();
        let queue = Arc::new(Queue::new(places, count.get()));
        let lanes = Self { count, queue, pulse: Pulse::new(count.get()), alive: Some(alive), ended: Mutex::new(ended) };
        for lane in 0..count.get() {
            let (queue, pulse) = (Arc::clone(&lanes.queue), lanes.pulse.clone());
            // If one cannot be had, dropping the lanes ends those before it.
            lanes.spawn(format!("lane {lane}"), move || run(lane, &queue, &pulse))?;
        }
        Ok(lanes)
    }

    /// Starts another thread, which has to end when the queue is closed.
    pub(super) fn spawn(&self, name: String, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let alive = self.alive.clone();
        thread::Builder::new().name(name).spawn(move || {
            run();
            drop(alive);
        })?;
        Ok(())
    }

    /// Reads `image` with `engine` on all lanes, and waits for it.
    ///
    /// # Errors
    /// Those of [`ocr::Engine::read_on`].
    pub fn read(&self, engine: &ocr::Engine, image: Arc<RgbImage>, params: &Params) -> Result<Page, ocr::Error> {
        let pixels = u64::from(image.width()) * u64::from(image.height());
        let visit = self.queue.join(pixels, Admission::Beyond).ok_or(ocr::Error::Cancelled)?;
        piece::wait_for(engine.read_on(image, params, &*visit.lanes()))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> NonZeroUsize {
        self.count
    }

    /// Tells busy lanes from one that hangs.
    #[must_use]
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }
}

impl Drop for LanePool {
    fn drop(&mut self) {
        self.queue.close();
        self.alive = None;
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        if ended.recv_timeout(LAST_PIECE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("engine-busy-at-end");
        }
    }
}

fn run(lane: usize, queue: &Queue, pulse: &Pulse) {
    while let Some((piece, cores)) = queue.next(lane) {
        // A panic costs the picture whose piece it is.
        if catch_unwind(AssertUnwindSafe(|| pulse.during(lane, || piece.compute(cores)))).is_err() {
            tracing::error!("reading-panicked");
        }
        queue.done(lane);
    }
}

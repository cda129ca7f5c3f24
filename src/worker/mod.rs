//! The engine as a service: images in, pages out, on as many lanes as there are cores.
//!
//! A read is cut into pieces that are one core's work each; the lanes compute the pieces of all images that are being
//! read, so a lone image has all cores, and several share them. Whoever stops waiting leaves at the next piece.

mod engine;
mod lanes;
mod picture;
mod pulse;
mod queue;
#[cfg(target_os = "linux")]
pub mod watchdog;

use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{io, panic};

use image::RgbImage;
use tokio::sync::watch;

use crate::ocr::piece::{self, Effort};
use crate::ocr::{self, Page, Params, Profile, decode};
use engine::{EngineSlot, Idler};
use queue::{Admission, Queue, Visit};

pub use lanes::LanePool;
pub use picture::Picture;
pub use pulse::{Done, Pulse};

/// A screenshot of one word: both models run on it.
const FIRST_IMAGE: &[u8] = include_bytes!("first.png");

/// As screens are read: what the reference's pipeline needs may be loaded when it is asked for.
fn first_params() -> Params {
    Params { profile: Profile::Screen, ..Params::default() }
}

/// What reads an image on the lanes it is given: [`ocr::Engine::read_on`].
pub type ReadOnLanes = Arc<dyn Fn(Arc<RgbImage>, Params, Arc<dyn ocr::Lanes>) -> Reads + Send + Sync>;

/// A read under way.
pub type Reads = Pin<Box<dyn Future<Output = Result<Page, ocr::Error>> + Send>>;

/// A reader that needs a lane for itself, and asks the third of its arguments whether it is to stop.
pub fn in_one_piece(
    read: impl Fn(&RgbImage, &Params, &dyn Fn() -> bool) -> Result<Page, ocr::Error> + Send + Sync + 'static,
) -> ReadOnLanes {
    let read = Arc::new(read);
    Arc::new(move |image, params, lanes| {
        let read = Arc::clone(&read);
        Box::pin(async move {
            let asked = Arc::clone(&lanes);
            piece::one(&*lanes, Effort::UNKNOWN, move |_| read(&image, &params, &|| asked.is_cancelled())).await?
        })
    })
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
    /// How many pieces are computed at a time.
    pub lanes: NonZeroUsize,
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
    /// It is in memory and reads.
    Ready,
    /// It will be loaded when it has to.
    Unloaded,
    /// It could not be loaded, or failed its first image. The next image tries again.
    Failed(Arc<Error>),
}

/// What a read gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The texts.
    pub page: Page,
    /// The image that came, if [`Params::visualize`] is on.
    pub image: Option<Arc<RgbImage>>,
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

/// The worker and its queue. Dropping it ends the reads under way and the threads.
pub struct Worker {
    // Dropped first: no thread outlives what it uses.
    lanes: LanePool,
    state: watch::Receiver<State>,
    service: Service,
}

impl Worker {
    /// Starts the threads. `load` builds the engine on one of them, again after a panic or a time without work.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn spawn<E: Into<Box<LoadError>>>(
        options: Options,
        load: impl Fn() -> Result<ReadOnLanes, E> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let lanes = LanePool::start(options.lanes, options.places)?;
        let (engine, state) = EngineSlot::new(move || load().map_err(Into::into), options.load);
        let (engine, queue) = (Arc::new(engine), Arc::clone(&lanes.queue));
        let service = Service { queue, engine, decode: options.decode, pace: Arc::default() };
        let tried = service.clone();
        let idler = Idler {
            engine: Arc::clone(&service.engine),
            queue: Arc::clone(&service.queue),
            options,
            try_out: move || piece::wait_for(tried.read(FIRST_IMAGE.to_vec().into(), first_params())).map(drop),
        };
        lanes.spawn("ocr".to_owned(), move || idler.run())?;
        Ok(Self { lanes, state, service })
    }

    /// Reads `picture`. Dropping the future takes it out of the queue, or ends the read at the next piece.
    ///
    /// # Errors
    /// [`Error::Full`] at once if a file comes and no place is free; the others once it is this image's turn.
    pub async fn read(&self, picture: impl Into<Picture>, params: Params) -> Result<Reading, Error> {
        self.service.read(picture.into(), params).await
    }

    /// Images that wait, without those that are read.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.service.queue.waiting()
    }

    /// How often the engine was built anew because of [`Rest::max_resident`].
    #[must_use]
    pub(crate) fn rebuilds(&self) -> u64 {
        self.service.engine.rebuilds()
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
        self.lanes.pulse()
    }
}

/// What a read needs.
#[derive(Clone)]
struct Service {
    queue: Arc<Queue>,
    engine: Arc<EngineSlot>,
    decode: decode::Limits,
    /// Milliseconds from one image to the next of late; a moving average.
    pace: Arc<AtomicU64>,
}

impl Service {
    async fn read(&self, picture: Picture, params: Params) -> Result<Reading, Error> {
        let queued = Instant::now();
        let entry = if matches!(picture, Picture::Page(_)) { Admission::Beyond } else { Admission::IfThereIsRoom };
        let Some(visit) = self.queue.join(pixels_of(&picture), entry) else {
            return Err(if self.queue.is_closed() { Error::Stopped } else { self.full() });
        };
        let outcome = self.read_in(&visit, picture, params, queued).await;
        let outcome = match outcome {
            // Nobody else drops a piece while its image is in the queue.
            Err(Error::Read(ocr::Error::Cancelled)) if self.queue.is_closed() => Err(Error::Stopped),
            Err(Error::Read(ocr::Error::Cancelled)) => Err(Error::Panicked),
            outcome => outcome,
        };
        self.engine.tell(&outcome);
        outcome
    }

    /// Has all that takes time done on the lanes.
    async fn read_in(
        &self,
        visit: &Visit,
        picture: Picture,
        params: Params,
        queued: Instant,
    ) -> Result<Reading, Error> {
        let lanes = visit.lanes();
        let (engine, limits) = (Arc::clone(&self.engine), self.decode);
        let begin = move |_| {
            let waited = queued.elapsed();
            let started = Instant::now();
            let pixels = picture.pixels(limits)?;
            let decoded = started.elapsed();
            Ok::<_, Error>((waited, Arc::new(pixels), decoded, engine.reader()?))
        };
        let (waited, pixels, decoded, reader) =
            piece::one(&*lanes, Effort::UNKNOWN, begin).await.map_err(Error::Read)??;
        let started = Instant::now();
        let image = params.visualize.then(|| Arc::clone(&pixels));
        let mut page = reader(pixels, params, Arc::clone(&lanes)).await.map_err(Error::Read)?;
        if image.is_none() {
            page.upright = None;
        }
        self.keep_pace((decoded + started.elapsed()).as_millis() as u64 / self.queue.reading().max(1) as u64);
        piece::one(&*lanes, Effort::UNKNOWN, |_| engine::trim()).await.map_err(Error::Read)?;
        Ok(Reading { page, image, waited, decoded })
    }

    /// When a full queue will have a place, about: the time from one image to the next, in whole seconds, 1 to 60.
    fn full(&self) -> Error {
        let pace = self.pace.load(Ordering::Relaxed);
        Error::Full { retry_after: Duration::from_secs(pace.div_ceil(1000).clamp(1, 60)) }
    }

    /// Remembers after how many milliseconds a place becomes free, of late: each image counts for a quarter.
    fn keep_pace(&self, took: u64) {
        let keep = |before| Some(if before == 0 { took } else { (3 * before + took) / 4 }.max(1));
        // The update always gives a number.
        let _ = self.pace.fetch_update(Ordering::Relaxed, Ordering::Relaxed, keep);
    }
}

/// The pixels of a picture, of a file by its header; of what cannot be told, one: decoding it fails at once.
fn pixels_of(picture: &Picture) -> u64 {
    // A decoder that panics does so again on a lane, where the caller is told.
    let dimensions = panic::catch_unwind(|| picture.dimensions()).ok().flatten();
    dimensions.map_or(1, |(width, height)| u64::from(width).saturating_mul(u64::from(height)))
}

#[cfg(test)]
mod tests;

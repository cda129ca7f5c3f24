//! Two images at a time. Every read says that it has begun, and with which engine, and waits for a word.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

use super::{LONG, black, options, page, poll_once, until};
use crate::ocr::{self, Params};
use crate::worker::{Error, Load, LoadError, Loaded, Options, Reader, Reading, Rest, State, Worker};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Whole,
    Half,
}
use Engine::{Half, Whole};

enum Word {
    Answer,
    Panic,
}

/// What an image's owner waits for.
type Read<'s> = Pin<Box<dyn Future<Output = Result<Reading, Error>> + 's>>;

/// A read that has begun.
struct Begun {
    engine: Engine,
    /// Tells images apart.
    width: u32,
    say: Sender<Word>,
}

/// What is known of the half engines.
#[derive(Default)]
struct Halves {
    /// Loads that were tried.
    loads: AtomicUsize,
    /// They fail.
    broken: AtomicBool,
    /// Each that is in memory holds this.
    token: Arc<()>,
}

impl Halves {
    fn in_memory(&self) -> usize {
        Arc::strong_count(&self.token) - 1
    }
}

struct Stage {
    worker: Worker,
    begun: Receiver<Begun>,
    halves: Arc<Halves>,
}

fn actor(engine: Engine, begun: &Sender<Begun>, token: Option<Arc<()>>) -> Reader {
    let begun = begun.clone();
    Box::new(move |image, params, cancelled| {
        let _ = &token;
        let (say, words) = channel();
        let _ = begun.send(Begun { engine, width: image.width(), say });
        while !cancelled() {
            match words.recv_timeout(Duration::from_millis(1)) {
                Ok(Word::Answer) => return Ok(page(image, params)),
                Ok(Word::Panic) => panic!("as told"),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Err(ocr::Error::Cancelled)
    })
}

impl Stage {
    fn set() -> Self {
        Self::with(options(8, Load::WhenNeeded { idle: LONG }))
    }

    fn with(options: Options) -> Self {
        let (say_begun, begun) = channel();
        let halves: Arc<Halves> = Arc::default();
        let known = Arc::clone(&halves);
        let load = move || -> Result<Loaded, ocr::Error> {
            let (say_begun, known) = (say_begun.clone(), Arc::clone(&known));
            let whole = actor(Whole, &say_begun, None);
            let half = move || -> Result<Reader, Box<LoadError>> {
                known.loads.fetch_add(1, Ordering::SeqCst);
                if known.broken.load(Ordering::SeqCst) {
                    return Err("no memory is left".into());
                }
                Ok(actor(Half, &say_begun, Some(Arc::clone(&known.token))))
            };
            Ok(Loaded { whole, half: Some(Arc::new(half)) })
        };
        Self { worker: Worker::spawn(options, load).expect("threads"), begun, halves }
    }

    /// Puts an image of this width at the end of the queue.
    async fn ask(&self, width: u32, height: u32) -> Read<'_> {
        let mut read: Read<'_> = Box::pin(self.worker.read(black(width, height), Params::default()));
        assert!(poll_once(&mut read).await.is_none());
        read
    }

    async fn small(&self, width: u32) -> Read<'_> {
        self.ask(width, 10).await
    }

    async fn large(&self, width: u32) -> Read<'_> {
        self.ask(width, (1 << 20) / width + 1).await
    }

    /// Two images that are read at the same time, the first one with the whole engine.
    async fn pair(&self, widths: [u32; 2]) -> [(Read<'_>, Begun); 2] {
        let first = self.small(widths[0]).await;
        let first_begun = self.begins(widths[0], Whole);
        let second = self.small(widths[1]).await;
        let second_begun = self.begins(widths[1], Half);
        [(first, first_begun), (second, second_begun)]
    }

    /// The next two reads that begin, in the order of the images' widths: their threads begin them in any.
    fn begin_both(&self) -> [Begun; 2] {
        let mut both = [(); 2].map(|()| self.begun.recv_timeout(LONG).expect("a read begins"));
        both.sort_by_key(|begun| begun.width);
        both
    }

    /// The next read that begins, which is of the image of this width with this engine.
    #[track_caller]
    fn begins(&self, width: u32, engine: Engine) -> Begun {
        let begun = self.begun.recv_timeout(LONG).expect("a read begins");
        assert_eq!((begun.width, begun.engine), (width, engine));
        begun
    }

    fn nothing_begins(&self) -> bool {
        matches!(self.begun.recv_timeout(Duration::from_millis(20)), Err(RecvTimeoutError::Timeout))
    }
}

impl Begun {
    fn answer(&self) {
        self.say.send(Word::Answer).expect("it is still read");
    }
}

#[tokio::test]
async fn two_small_images_are_read_at_the_same_time() {
    let stage = Stage::set();
    let [(first, first_read), (second, second_read)] = stage.pair([11, 12]).await;
    // Neither has ended; the second may end before the first.
    second_read.answer();
    assert_eq!(second.await.expect("a page").page.width, 12);
    first_read.answer();
    assert_eq!(first.await.expect("a page").page.width, 11);
    assert_eq!(stage.halves.loads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_lone_image_has_all_threads() {
    let stage = Stage::set();
    for width in 11..31 {
        let read = stage.small(width).await;
        stage.begins(width, Whole).answer();
        assert!(read.await.is_ok());
    }
    assert_eq!(stage.halves.loads.load(Ordering::SeqCst), 0);
    // Also after two have met.
    for (read, begun) in stage.pair([41, 42]).await {
        begun.answer();
        assert!(read.await.is_ok());
    }
    let lone = stage.small(51).await;
    stage.begins(51, Whole).answer();
    assert!(lone.await.is_ok());
}

#[tokio::test]
async fn small_images_that_meet_share_the_threads_and_are_begun_in_turn() {
    let stage = Stage::set();
    let mut reads = Vec::new();
    let [(read, first), (beside, second)] = stage.pair([11, 12]).await;
    reads.extend([read, beside]);
    for width in 13..=15 {
        reads.push(stage.small(width).await);
    }
    second.answer();
    let third = stage.begins(13, Half);
    first.answer();
    let fourth = stage.begins(14, Half);
    third.answer();
    let fifth = stage.begins(15, Half);
    for begun in [fourth, fifth] {
        begun.answer();
    }
    for read in reads {
        assert!(read.await.is_ok());
    }
    assert_eq!(stage.worker.waiting(), 0);
}

#[tokio::test]
async fn a_large_image_is_read_alone() {
    let stage = Stage::set();
    let pair = stage.pair([11, 12]).await;
    let (large, next, last) = (stage.large(13).await, stage.small(14).await, stage.small(15).await);
    for (read, begun) in pair {
        // Before the end of both nothing else begins, not even what would fit.
        assert!(stage.nothing_begins());
        assert_eq!(stage.worker.waiting(), 3);
        begun.answer();
        assert!(read.await.is_ok());
    }
    let alone = stage.begins(13, Whole);
    assert!(stage.nothing_begins());
    assert_eq!(stage.worker.waiting(), 2);
    alone.answer();
    for (begun, width) in stage.begin_both().iter().zip([14, 15]) {
        assert_eq!((begun.width, begun.engine), (width, Half));
        begun.answer();
    }
    assert!(large.await.is_ok() && next.await.is_ok() && last.await.is_ok());
}

#[tokio::test]
async fn a_small_image_before_a_large_one_has_all_threads() {
    let stage = Stage::set();
    for (read, begun) in stage.pair([11, 12]).await {
        begun.answer();
        assert!(read.await.is_ok());
    }
    let first = stage.large(13).await;
    let alone = stage.begins(13, Whole);
    let (small, last) = (stage.small(14).await, stage.large(15).await);
    alone.answer();
    for width in [14, 15] {
        stage.begins(width, Whole).answer();
    }
    assert!(first.await.is_ok() && small.await.is_ok() && last.await.is_ok());
}

#[tokio::test]
async fn an_image_that_nobody_waits_for_frees_the_lane_beside() {
    let stage = Stage::set();
    let [(first, first_read), (second, _second_read)] = stage.pair([11, 12]).await;
    drop(second);
    let third = stage.small(13).await;
    stage.begins(13, Half).answer();
    assert!(third.await.is_ok());
    first_read.answer();
    assert!(first.await.is_ok());
}

#[tokio::test]
async fn a_panic_beside_costs_one_image_and_one_engine() {
    let stage = Stage::set();
    let [(first, first_read), (second, second_read)] = stage.pair([11, 12]).await;
    second_read.say.send(Word::Panic).expect("it is still read");
    assert!(matches!(second.await, Err(Error::Panicked)));
    assert_eq!(stage.halves.in_memory(), 1);
    let third = stage.small(13).await;
    stage.begins(13, Half).answer();
    assert!(third.await.is_ok());
    assert_eq!(stage.halves.loads.load(Ordering::SeqCst), 3);
    first_read.answer();
    assert!(first.await.is_ok());
}

#[tokio::test]
async fn a_panic_of_the_whole_engine_leaves_the_lane_beside() {
    let stage = Stage::set();
    let [(first, first_read), (second, second_read)] = stage.pair([11, 12]).await;
    first_read.say.send(Word::Panic).expect("it is still read");
    assert!(matches!(first.await, Err(Error::Panicked)));
    second_read.answer();
    assert!(second.await.is_ok());
    let third = stage.small(13).await;
    stage.begins(13, Whole).answer();
    assert!(third.await.is_ok());
}

#[tokio::test]
async fn without_a_second_engine_images_take_turns_with_the_first() {
    let stage = Stage::set();
    stage.halves.broken.store(true, Ordering::SeqCst);
    let mut reads = Vec::new();
    for width in 11..=13 {
        reads.push(stage.small(width).await);
    }
    let first = stage.begins(11, Whole);
    until(|| stage.halves.loads.load(Ordering::SeqCst) == 1).await;
    first.answer();
    for width in [12, 13] {
        stage.begins(width, Whole).answer();
    }
    for read in reads {
        assert!(read.await.is_ok());
    }
    assert!(matches!(stage.worker.state(), State::Ready));
    assert_eq!(stage.halves.loads.load(Ordering::SeqCst), 1, "it is not tried for every image");
}

#[tokio::test]
async fn a_rest_waits_for_both_lanes_and_drops_the_half_engines() {
    let rest = Rest { after: Duration::ZERO, max_resident: None };
    let stage = Stage::with(Options { rest, ..options(8, Load::WhenNeeded { idle: LONG }) });
    for widths in [[11, 12], [21, 22]] {
        let [(first, first_read), (second, second_read)] = stage.pair(widths).await;
        first_read.answer();
        assert!(first.await.is_ok());
        assert!(stage.nothing_begins());
        assert_eq!(stage.halves.in_memory(), 2, "no rest while the other lane reads");
        second_read.answer();
        assert!(second.await.is_ok());
        until(|| stage.halves.in_memory() == 0).await;
    }
}

#[tokio::test]
async fn dropping_the_worker_ends_both_reads_and_both_threads() {
    let stage = Stage::set();
    let [(first, _begun), (second, _beside)] = stage.pair([11, 12]).await;
    drop((first, second));
    let Stage { worker, begun, halves } = stage;
    drop(worker);
    assert!(matches!(begun.try_recv(), Err(TryRecvError::Disconnected)), "the threads are gone");
    assert_eq!(halves.in_memory(), 0);
}

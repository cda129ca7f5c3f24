use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use image::RgbImage;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{Error, Load, Options, ReadOnLanes, Reading, Rest, State, Worker, in_one_piece};
use crate::ocr::{self, Page, Params, decode};

const DOT: &[u8] = include_bytes!("../first.png");
const LONG: Duration = Duration::from_secs(20);

fn options(places: usize, load: Load) -> Options {
    Options {
        places,
        lanes: NonZeroUsize::MIN,
        load,
        decode: decode::Limits::default(),
        rest: Rest { after: LONG, max_resident: None },
    }
}

fn page(image: &RgbImage, params: &Params) -> Page {
    Page::blank(image.width(), image.height(), *params)
}

/// A worker whose every read says that it has begun and then waits for a word, or for being cancelled.
struct Held {
    worker: Arc<Worker>,
    begun: Receiver<()>,
    go: Sender<()>,
}

fn held(places: usize) -> Held {
    let (say_begun, begun) = channel();
    let (go, wait) = channel();
    let wait = Arc::new(std::sync::Mutex::new(wait));
    let load = move || -> Result<ReadOnLanes, ocr::Error> {
        let (say_begun, wait) = (say_begun.clone(), Arc::clone(&wait));
        Ok(in_one_piece(move |image, params, cancelled| {
            let _ = say_begun.send(());
            let wait = wait.lock().expect("no read panics here");
            while !cancelled() {
                if wait.recv_timeout(Duration::from_millis(1)).is_ok() {
                    return Ok(page(image, params));
                }
            }
            Err(ocr::Error::Cancelled)
        }))
    };
    let worker = Worker::spawn(options(places, Load::WhenNeeded { idle: LONG }), load).expect("a thread");
    Held { worker: Arc::new(worker), begun, go }
}

/// A worker that reads at once, and counts how often it is loaded. Images of one pixel make it panic.
fn plain(load: Load, loads: &Arc<AtomicUsize>) -> Worker {
    counting(options(8, load), loads)
}

fn counting(options: Options, loads: &Arc<AtomicUsize>) -> Worker {
    let loads = Arc::clone(loads);
    let load_engine = move || -> Result<ReadOnLanes, ocr::Error> {
        loads.fetch_add(1, Ordering::SeqCst);
        Ok(in_one_piece(|image, params, _| {
            assert_ne!(image.width(), 1, "one pixel is too narrow for this reader");
            Ok(page(image, params))
        }))
    };
    Worker::spawn(options, load_engine).expect("a thread")
}

/// A PNG of one black pixel.
fn one_pixel() -> Vec<u8> {
    black(1, 1)
}

/// A black PNG.
fn black(width: u32, height: u32) -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    RgbImage::new(width, height).write_to(&mut png, image::ImageFormat::Png).expect("a PNG");
    png.into_inner()
}

async fn until(condition: impl Fn() -> bool) {
    let poll = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(LONG, poll).await.expect("the condition comes true");
}

#[tokio::test]
async fn a_worker_tries_itself_out_before_it_is_ready() {
    let loads = Arc::default();
    let worker = plain(Load::AtOnce, &loads);
    let mut state = worker.watch();
    timeout(LONG, state.wait_for(|state| matches!(state, State::Ready))).await.expect("in time").expect("alive");
    assert_eq!(loads.load(Ordering::SeqCst), 1);
    let reading = worker.read(DOT.to_vec(), Params::default()).await.expect("a page");
    assert!(reading.page.width > 1);
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_engine_that_does_not_load_is_tried_again_by_the_next_image() {
    let loads = AtomicUsize::new(0);
    let load = move || -> Result<ReadOnLanes, ocr::Error> {
        match loads.fetch_add(1, Ordering::SeqCst) {
            0 => Err(ocr::Error::Cancelled),
            _ => Ok(in_one_piece(|image, params, _| Ok(page(image, params)))),
        }
    };
    let worker = Worker::spawn(options(1, Load::AtOnce), load).expect("a thread");
    until(|| matches!(worker.state(), State::Failed(_))).await;
    worker.read(DOT.to_vec(), Params::default()).await.expect("a page");
    until(|| matches!(worker.state(), State::Ready)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_image_too_many_is_refused_at_once() {
    let Held { worker, begun, go } = held(1);
    let first = reading(&worker);
    begun.recv_timeout(LONG).expect("the first is read");
    let second = reading(&worker);
    until(|| worker.waiting() == 1).await;
    let third = worker.read(DOT.to_vec(), Params::default()).await;
    assert!(matches!(third, Err(Error::Full { retry_after }) if retry_after >= Duration::from_secs(1)));
    go.send(()).expect("alive");
    go.send(()).expect("alive");
    assert!(first.await.expect("no panic").is_ok() && second.await.expect("no panic").is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_waiting_frees_the_place() {
    let Held { worker, begun, go } = held(1);
    let first = reading(&worker);
    begun.recv_timeout(LONG).expect("the first is read");
    let second = reading(&worker);
    until(|| worker.waiting() == 1).await;
    second.abort();
    until(|| worker.waiting() == 0).await;
    go.send(()).expect("alive");
    assert!(first.await.expect("no panic").is_ok());
    assert!(begun.try_recv().is_err(), "the second was never begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_nobody_waits_for_ends_between_batches() {
    let Held { worker, begun, go } = held(1);
    let first = reading(&worker);
    begun.recv_timeout(LONG).expect("the first is read");
    first.abort();
    // The next one can only begin once the first has ended.
    let second = reading(&worker);
    begun.recv_timeout(LONG).expect("the second is read");
    go.send(()).expect("alive");
    assert!(second.await.expect("no panic").is_ok());
}

#[tokio::test]
async fn a_panic_costs_one_image_and_the_engine_is_built_anew() {
    let loads = Arc::default();
    let worker = plain(Load::WhenNeeded { idle: LONG }, &loads);
    assert!(matches!(worker.read(one_pixel(), Params::default()).await, Err(Error::Panicked)));
    assert!(worker.read(DOT.to_vec(), Params::default()).await.is_ok());
    assert_eq!(loads.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_is_no_image_does_not_need_the_engine() {
    let loads = Arc::default();
    let worker = plain(Load::WhenNeeded { idle: LONG }, &loads);
    assert!(matches!(worker.read(b"no image".to_vec(), Params::default()).await, Err(Error::Decode(_))));
    assert_eq!(loads.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_idle_engine_is_unloaded_and_comes_back() {
    let loads = Arc::default();
    let worker = plain(Load::WhenNeeded { idle: Duration::ZERO }, &loads);
    assert!(worker.read(DOT.to_vec(), Params::default()).await.is_ok());
    // It is unloaded at once, or the second image comes before that: then it is unloaded after it.
    let again = || loads.load(Ordering::SeqCst) >= 2;
    while !again() {
        assert!(worker.read(DOT.to_vec(), Params::default()).await.is_ok());
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_engine_above_the_limit_is_built_anew_when_it_is_idle() {
    let loads = Arc::default();
    let rest = Rest { after: Duration::ZERO, max_resident: Some(1) };
    let worker = counting(Options { rest, ..options(8, Load::AtOnce) }, &loads);
    assert!(worker.read(DOT.to_vec(), Params::default()).await.is_ok());
    until(|| worker.rebuilds() == 1 && loads.load(Ordering::SeqCst) == 2).await;
    // A limit below what any process needs is given up, and the engine is not built anew after each image.
    for _ in 0..20 {
        assert!(worker.read(DOT.to_vec(), Params::default()).await.is_ok());
    }
    assert_eq!((worker.rebuilds(), loads.load(Ordering::SeqCst)), (1, 2));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_engine_below_the_limit_stays() {
    let loads = Arc::default();
    let rest = Rest { after: Duration::ZERO, max_resident: Some(u64::MAX) };
    let worker = counting(Options { rest, ..options(8, Load::AtOnce) }, &loads);
    for _ in 0..5 {
        assert!(worker.read(DOT.to_vec(), Params::default()).await.is_ok());
    }
    assert_eq!((worker.rebuilds(), loads.load(Ordering::SeqCst)), (0, 1));
}

#[test]
fn dropping_the_worker_ends_the_trial_of_its_engine_and_the_thread() {
    let (say_begun, begun) = channel();
    let load = move || -> Result<ReadOnLanes, ocr::Error> {
        let say_begun = say_begun.clone();
        Ok(in_one_piece(move |_, _, cancelled| {
            let _ = say_begun.send(());
            while !cancelled() {
                std::thread::yield_now();
            }
            Err(ocr::Error::Cancelled)
        }))
    };
    let worker = Worker::spawn(options(1, Load::AtOnce), load).expect("a thread");
    begun.recv_timeout(LONG).expect("the trial has begun");
    drop(worker);
    assert_eq!(begun.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected), "the thread is gone");
}

/// A read that goes on by itself.
fn reading(worker: &Arc<Worker>) -> JoinHandle<Result<Reading, Error>> {
    let worker = Arc::clone(worker);
    tokio::spawn(async move { worker.read(DOT.to_vec(), Params::default()).await })
}

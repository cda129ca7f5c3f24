//! A server in this process, on a free port, with a reader that does what a test needs.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use image::RgbImage;
use jkocr::backend::{Local, Offer};
use jkocr::http::{App, Exposure, Failures, Guards, Limits, Listener, Permitted, Stop, serve};
use jkocr::language::Language;
use jkocr::metrics::Metrics;
use jkocr::ocr::{self, Line, Page, Params, Quad, decode};
use jkocr::worker::{Load, Options, ReadOnLanes, Rest, Worker, in_one_piece};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::client::{Answer, LONG, ask, request};

/// What every image says here; it must not be found anywhere but in answers.
pub const CANARY: &str = "金丝雀-canary-5f1c";

/// Bob's request with an image of text, and with the image it validates with.
pub const TEXT: &[u8] = include_bytes!("../../data/requests/ocr-text-png.apple.json");
pub const VALIDATE: &[u8] = include_bytes!("../../data/requests/validate.apple.json");

/// What the reader does, and has done.
#[derive(Default)]
pub struct Script {
    /// Reads wait until this is false.
    pub hold: AtomicBool,
    /// Reads that have begun.
    pub begun: AtomicUsize,
    /// Reads that have ended because their caller had gone.
    pub cancelled: AtomicUsize,
    /// Loading fails.
    pub broken: AtomicBool,
}

impl Script {
    fn read(&self, image: &RgbImage, params: &Params, cancelled: &dyn Fn() -> bool) -> Result<Page, ocr::Error> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        assert_ne!(image.width(), 2, "an image of two pixels makes this reader panic");
        while self.hold.load(Ordering::SeqCst) {
            if cancelled() {
                self.cancelled.fetch_add(1, Ordering::SeqCst);
                return Err(ocr::Error::Cancelled);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let (width, height) = image.dimensions();
        let quad = Quad([[0, 0], [9, 0], [9, 5], [0, 5]]);
        let lines = vec![Line::new(quad, CANARY, 0.5)];
        Ok(Page { quads: vec![quad], lines, ..Page::blank(width, height, *params) })
    }
}

pub struct Server {
    pub address: SocketAddr,
    pub script: Arc<Script>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// What a test may change about a server.
pub struct Setup {
    pub guards: Guards,
    pub limits: Limits,
    pub language: Language,
    pub failures: Failures,
    pub load: Load,
    pub places: usize,
    pub offer: Offer,
    pub script: Script,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            guards: Guards::default(),
            limits: Limits::default(),
            language: Language::Chinese,
            failures: Failures::WithTheirStatus,
            load: Load::WhenNeeded { idle: LONG },
            places: 8,
            offer: Offer::default(),
            script: Script::default(),
        }
    }
}

impl Setup {
    pub async fn start(self) -> Server {
        LazyLock::force(&LOG);
        let script = Arc::new(self.script);
        let told = Arc::clone(&script);
        let load = move || -> Result<ReadOnLanes, ocr::Error> {
            if told.broken.load(Ordering::SeqCst) {
                return Err(ocr::Error::Cancelled);
            }
            let told = Arc::clone(&told);
            Ok(in_one_piece(move |image, params, cancelled| told.read(image, params, cancelled)))
        };
        let rest = Rest { after: LONG, max_resident: None };
        let options = Options {
            places: self.places,
            lanes: NonZeroUsize::MIN,
            load: self.load,
            decode: decode::Limits::default(),
            rest,
        };
        let app = App {
            backend: Local::new(Worker::spawn(options, load).expect("a thread"), self.offer),
            guards: self.guards,
            limits: self.limits,
            language: self.language,
            failures: self.failures,
            metrics: Metrics::new(),
        };
        let listener = Listener::tcp(loopback(0)).await.expect("a port");
        let address = listener.address().expect("TCP");
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve([listener].into(), app, async {
            drop(stopped.await);
            Stop::Soon
        }));
        Server { address, script, stop: Some(stop), task }
    }
}

impl Server {
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    pub async fn ask(&self, bytes: &[u8]) -> Answer {
        ask(self.address, bytes).await
    }

    /// Tells it to stop, as SIGTERM does.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits for its end.
    pub async fn ended(self) {
        timeout(LONG, self.task).await.expect("in time").expect("no panic");
    }

    /// Waits until `count` reads have begun.
    pub async fn begun(&self, count: usize) {
        until(async || self.script.begun.load(Ordering::SeqCst) >= count).await;
    }

    /// Waits until a line of `/metrics` is `line`.
    pub async fn counts(&self, line: &str) {
        let metrics = request("GET", "/metrics", &[], b"");
        until(async || self.ask(&metrics).await.text().lines().any(|found| found == line)).await;
    }

    pub fn release(&self) {
        self.script.hold.store(false, Ordering::SeqCst);
    }
}

/// A port of this machine, 0 for a free one.
pub fn loopback(port: u16) -> Permitted {
    Permitted::new(([127, 0, 0, 1], port).into(), Exposure::ThisMachine, &Guards::default()).expect("loopback")
}

/// Waits for a condition.
pub async fn until(condition: impl AsyncFn() -> bool) {
    let poll = async {
        while !condition().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LONG, poll).await.expect("the condition comes true");
}

/// The body of a request for a PNG of the given size.
pub fn body_of(width: u32, height: u32) -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    RgbImage::new(width, height).write_to(&mut png, image::ImageFormat::Png).expect("a PNG");
    body_with(&png.into_inner())
}

/// The body of a request for an image file.
pub fn body_with(file: &[u8]) -> Vec<u8> {
    format!("{{\"file\":\"{}\"}}", BASE64_STANDARD.encode(file)).into_bytes()
}

/// Everything that was logged by this process.
pub fn log() -> String {
    String::from_utf8(LOG.lock().expect("no panic while writing").clone()).expect("text")
}

static LOG: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(|| {
    struct Writer;
    impl std::io::Write for Writer {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            LOG.lock().expect("no panic while writing").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let level = tracing_subscriber::filter::LevelFilter::TRACE;
    tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_writer(|| Writer).init();
    Mutex::default()
});

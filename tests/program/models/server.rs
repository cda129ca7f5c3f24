//! A package index and file server that can be as unreliable as a test needs it.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::{io, thread};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame};
use tokio::sync::oneshot;

/// Bytes of an endless body that come at a time.
const NOISE: usize = 64 << 10;

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The connection ends after so many bytes of the body.
    Cut(usize),
    /// After so many bytes nothing comes any more.
    Stall(usize),
    /// After the file noise without an end, and no `Content-Length`.
    Endless,
    /// This status instead of the file.
    Status(u16),
}

/// A file on the server.
#[derive(Debug, Clone)]
pub struct Served {
    pub bytes: Vec<u8>,
    pub content_type: &'static str,
    pub etag: Option<&'static str>,
    /// Does the server send parts of it?
    pub ranges: bool,
    /// `user:password` that must be given.
    pub secret: Option<&'static str>,
    /// For the requests to come, in this order; `None`: nothing goes wrong.
    pub faults: VecDeque<Option<Fault>>,
}

impl Served {
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            content_type: "application/octet-stream",
            etag: Some("\"1\""),
            ranges: true,
            secret: None,
            faults: VecDeque::new(),
        }
    }

    pub fn failing(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.faults.extend(faults.into_iter().map(Some));
        self
    }
}

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// As in the request line: whole addresses are what a proxy gets.
    pub target: String,
    pub range: Option<String>,
    pub if_range: Option<String>,
}

#[derive(Default)]
struct Shelf {
    files: HashMap<String, Served>,
    asked: Vec<Asked>,
    sent: usize,
}

/// Runs until it is dropped.
pub struct Server {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    shelf: Arc<Mutex<Shelf>>,
    _stop: oneshot::Sender<Infallible>,
}

impl Server {
    pub fn start() -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shelf));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<Infallible>();
        thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    served = async { axum::serve(listener, router).await } => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self { url, shelf, _stop: stop }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap()
    }

    /// Serves a file at `path`, from now on.
    pub fn put(&self, path: &str, file: Served) {
        self.shelf().files.insert(path.to_owned(), file);
    }

    /// Requests for `path` so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.shelf().asked.iter().filter(|asked| asked.target.ends_with(path)).cloned().collect()
    }

    /// Requests so far.
    pub fn count(&self) -> usize {
        self.shelf().asked.len()
    }

    /// Bytes of bodies so far.
    pub fn sent(&self) -> usize {
        self.shelf().sent
    }
}

async fn answer(State(shelf): State<Arc<Mutex<Shelf>>>, request: Request) -> Response {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let asked =
        Asked { target: request.uri().to_string(), range: text(header::RANGE), if_range: text(header::IF_RANGE) };
    let endless = Arc::clone(&shelf);
    let mut shelf = shelf.lock().unwrap();
    shelf.asked.push(asked.clone());
    let status = |code| Response::builder().status(code).body(Body::empty()).unwrap();
    let Some(file) = shelf.files.get_mut(request.uri().path()) else { return status(404) };
    if file.secret.is_some_and(|secret| text(header::AUTHORIZATION) != Some(format!("Basic {}", base64(secret)))) {
        return status(401);
    }
    let fault = file.faults.pop_front().flatten();
    if let Some(Fault::Status(code)) = fault {
        return status(code);
    }
    let (response, part) = part(file, &asked);
    let Some(part) = part else { return response.body(Body::empty()).unwrap() };
    let body = match fault {
        Some(Fault::Cut(bytes)) => Broken { start: Some(part.slice(..bytes)), then: Then::End },
        Some(Fault::Stall(bytes)) => Broken { start: Some(part.slice(..bytes)), then: Then::Wait },
        _ => Broken { start: Some(part.clone()), then: Then::Done },
    };
    if let Some(Fault::Endless) = fault {
        let shelf = Arc::clone(&endless);
        let then = Then::More(Box::new(move || {
            shelf.lock().unwrap().sent += NOISE;
            Bytes::from(vec![7; NOISE])
        }));
        return response.body(Body::new(Broken { start: Some(part), then })).unwrap();
    }
    shelf.sent += body.start.as_ref().map_or(0, Bytes::len);
    response.header(header::CONTENT_LENGTH, part.len()).body(Body::new(body)).unwrap()
}

/// The part of a file that is asked for (RFC 9110, 14).
fn part(file: &Served, asked: &Asked) -> (axum::http::response::Builder, Option<Bytes>) {
    let size = file.bytes.len();
    let mut response = Response::builder().header(header::CONTENT_TYPE, file.content_type);
    if let Some(etag) = file.etag {
        response = response.header(header::ETAG, etag);
    }
    let whole = Some(Bytes::from(file.bytes.clone()));
    let changed = asked.if_range.is_some() && asked.if_range.as_deref() != file.etag;
    let Some(range) = asked.range.as_deref().filter(|_| file.ranges && !changed) else {
        return (response, whole);
    };
    let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let (first, end) = match (first, last) {
        ("", last) => (size.saturating_sub(last.parse().unwrap()), size),
        (first, "") => (first.parse().unwrap(), size),
        (first, last) => (first.parse().unwrap(), last.parse::<usize>().unwrap() + 1),
    };
    if first >= size {
        let unsatisfiable = response.status(StatusCode::RANGE_NOT_SATISFIABLE);
        return (unsatisfiable.header(header::CONTENT_RANGE, format!("bytes */{size}")), None);
    }
    let end = end.min(size);
    let response = response
        .status(StatusCode::PARTIAL_CONTENT)
        .header(header::CONTENT_RANGE, format!("bytes {first}-{}/{size}", end - 1));
    (response, whole.map(|whole| whole.slice(first..end)))
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// A body that begins well.
struct Broken {
    start: Option<Bytes>,
    then: Then,
}

/// How it goes on.
enum Then {
    Done,
    /// Once the start has been sent, which is when the server asks for more.
    End,
    Wait,
    /// What comes each time that the server asks for more.
    More(Box<dyn FnMut() -> Bytes + Send>),
}

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(start) = self.start.take() {
            return Poll::Ready(Some(Ok(Frame::data(start))));
        }
        match self.then {
            Then::Done => Poll::Ready(None),
            Then::End => {
                // Pending once, so that what was written is sent before the connection breaks.
                self.then = Then::Done;
                self.start = None;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Then::Wait => Poll::Pending,
            Then::More(ref mut more) => Poll::Ready(Some(Ok(Frame::data(more())))),
        }
    }
}

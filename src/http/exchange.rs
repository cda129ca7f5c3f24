//! One request and its answer: guards, routes, and what every answer carries whatever it says.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use hyper::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER, SERVER, WWW_AUTHENTICATE,
};
use hyper::http::response::Parts;
use hyper::{Request, StatusCode};
use tower::ServiceExt as _;
use tracing::Level;

use super::body::check_coding;
use super::routes::{self, JSON};
use super::state::ServerState;
use super::wire::ExchangeProgress;
use crate::api::{self, Error, Failure};
use crate::backend::read_header::READ;
use crate::backend::{Answer, Backend, Image, ReaderNames, Source};
use crate::language::{LANGUAGE_HEADER, Language};
use crate::metrics::Stages;
use crate::untrusted::Untrusted;

/// What a connection answers with.
pub(super) struct Responder<B> {
    pub(super) shared: Arc<ServerState<B>>,
    pub(super) router: Router,
}

impl<B> Clone for Responder<B> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), router: self.router.clone() }
    }
}

/// Answers one request; never fails.
pub async fn answer<B: Backend>(
    server: &Responder<B>,
    request: Request<Incoming>,
    progress: &ExchangeProgress,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let admitted = server.shared.app.guards.admit(&mut parts).and_then(|()| check_coding(&parts.headers));
    let body = Arrivals::of(body);
    let mut record = RequestRecord::begin(&server.shared, parts.uri.path(), Arc::clone(&body.tally));
    record.language = parts.headers.get(LANGUAGE_HEADER).and_then(|code| Language::of_code(code.to_str().ok()?));
    let request = Request::from_parts(parts, Body::new(body));
    let response = match admitted {
        Ok(()) => catch_panic(server.router.clone().oneshot(request)).await,
        Err(error) => {
            record.is_last = true;
            drop(request);
            Failure::from(error).into_response()
        }
    };
    if !record.tally.complete.load(Ordering::Relaxed) {
        progress.leave_unread();
    }
    record.finish(response)
}

/// Turns a panic while a request is answered into a failure of that request.
async fn catch_panic<E>(answer: impl Future<Output = Result<Response, E>>) -> Response {
    let mut answer = pin!(answer);
    let polled = std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(Ok(response))) => Poll::Ready(response),
        Ok(Poll::Ready(Err(_))) | Err(_) => Poll::Ready(Failure::from(Error::Internal).into_response()),
    });
    polled.await
}

/// What has arrived of a body.
#[derive(Debug, Default)]
struct Tally {
    bytes: AtomicU64,
    complete: AtomicBool,
    /// Microseconds from the header to the end.
    took: AtomicU64,
}

/// A body that keeps count.
struct Arrivals {
    body: Incoming,
    begun: Instant,
    tally: Arc<Tally>,
}

impl Arrivals {
    fn of(body: Incoming) -> Self {
        let tally = Tally { complete: AtomicBool::new(body.is_end_stream()), ..Tally::default() };
        Self { body, begun: Instant::now(), tally: Arc::new(tally) }
    }
}

impl hyper::body::Body for Arrivals {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, Bytes::len) as u64;
            self.tally.bytes.fetch_add(length, Ordering::Relaxed);
        }
        if frame.is_none() || self.body.is_end_stream() {
            self.tally.took.store(self.begun.elapsed().as_micros() as u64, Ordering::Relaxed);
            self.tally.complete.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What an answer leaves for the log.
#[derive(Debug, Clone)]
struct Note {
    source: Source,
    log_id: Option<api::LogId>,
    stages: Stages,
    image: Option<Image>,
    reason: Option<&'static str>,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response.headers_mut().entry(CONTENT_TYPE).or_insert(JSON);
        let Self { source, log_id, stages, image, reason, .. } = self;
        let note = Note { source, log_id, stages, image, reason };
        response.extensions_mut().insert(note);
        response
    }
}

/// The words are put in at the end of the exchange, where the language is known.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What the log says about a request.
struct LogLine<'r> {
    outcome: &'static str,
    status: StatusCode,
    /// That of a failure.
    log_id: Option<&'r api::LogId>,
    note: Option<&'r Note>,
    stages: &'r Stages,
}

/// The event of a request, at one of two levels: `tracing` needs to know the level when it is compiled.
macro_rules! log_at {
    ($level:expr, $($fields:tt)*) => {
        if $level == Level::INFO {
            tracing::info!($($fields)* "request")
        } else {
            tracing::debug!($($fields)* "request")
        }
    };
}

/// The log line and the counts of one request. A request that is dropped before its answer leaves its line, too.
struct RequestRecord<B: Backend> {
    shared: Arc<ServerState<B>>,
    route: &'static str,
    begun: Instant,
    tally: Arc<Tally>,
    finished: bool,
    /// What the asker wants to be spoken to in, if not in the service's language.
    language: Option<Language>,
    /// The connection ends with this answer: who was not admitted does not keep a place.
    is_last: bool,
}

impl<B: Backend> RequestRecord<B> {
    fn begin(shared: &Arc<ServerState<B>>, path: &str, tally: Arc<Tally>) -> Self {
        Self {
            shared: Arc::clone(shared),
            route: routes::name(path),
            begun: Instant::now(),
            tally,
            finished: false,
            language: None,
            is_last: false,
        }
    }

    /// Gives the answer its words and headers, and writes its line.
    fn finish(&mut self, response: Response) -> Response {
        let (mut head, body) = response.into_parts();
        let note = head.extensions.remove::<Note>();
        let failure = head.extensions.remove::<Failure>();
        let (outcome, body) = match &failure {
            Some(failure) => (failure.error.name(), self.tell(failure, &mut head)),
            None if head.status.is_success() => ("ok", body),
            None => ("refused", body),
        };
        let mut stages = self.stages(note.as_ref());
        let log_id = failure.as_ref().map(|failure| &failure.log_id);
        let line = LogLine { outcome, status: head.status, log_id, note: note.as_ref(), stages: &stages };
        self.write(&line);
        stages.add("total", self.begun.elapsed());
        self.add_headers(&mut head, note.as_ref(), &stages);
        Response::from_parts(head, body)
    }

    /// Makes an answer of a failure.
    fn tell(&self, failure: &Failure, head: &mut Parts) -> Body {
        let app = &self.shared.app;
        head.status = app.status(&failure.error, self.route);
        head.headers.insert(CONTENT_TYPE, JSON);
        // The router has measured the answer before it had words.
        head.headers.remove(CONTENT_LENGTH);
        if let Some(after) = failure.error.retry_after() {
            head.headers.insert(RETRY_AFTER, HeaderValue::from(after.as_secs()));
        }
        if failure.error == Error::NoToken {
            head.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Body::from(api::failure(failure, self.language.unwrap_or(app.language)))
    }

    fn stages(&self, note: Option<&Note>) -> Stages {
        let mut stages = Stages::default();
        let took = self.tally.took.load(Ordering::Relaxed);
        if took > 0 {
            stages.add("body", Duration::from_micros(took));
        }
        for (name, took) in note.iter().flat_map(|note| note.stages.iter()) {
            stages.add(name, took);
        }
        stages
    }

    fn add_headers(&self, head: &mut Parts, note: Option<&Note>, stages: &Stages) {
        let headers = &mut head.headers;
        let source = note.map_or(Source::Local, |note| note.source);
        if let Some(image) = note.and_then(|note| note.image.as_ref()).and_then(Image::header) {
            headers.insert(READ, image);
        }
        headers.insert("x-jkocr-backend", HeaderValue::from_static(source.name()));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
        headers.entry(SERVER).or_insert(super::NAME);
        // Those of another server stay beside ours.
        if let Ok(stages) = HeaderValue::try_from(stages.header()) {
            headers.append("server-timing", stages);
        }
        if self.is_last || !self.tally.complete.load(Ordering::Relaxed) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }

    fn write(&mut self, line: &LogLine<'_>) {
        self.finished = true;
        let metrics = &self.shared.app.metrics;
        metrics.count(self.route, line.outcome, line.stages);
        let image = line.note.and_then(|note| note.image.as_ref());
        if let Some(image) = image {
            metrics.count_image(image.width, image.height);
            // What other machines call theirs could be anything.
            if line.note.is_some_and(|note| note.source == Source::Local) {
                metrics.count_engine(image.reader.engine.as_str());
            }
        }
        let log_id = line.log_id.or(line.note.and_then(|note| note.log_id.as_ref()));
        let name = |name: fn(&ReaderNames) -> &Untrusted| {
            image.map(|image| name(&image.reader).as_str()).filter(|name| !name.is_empty())
        };
        // Whoever looks every few seconds whether it is well leaves no line for people.
        let level = if self.route == "ocr" || line.outcome != "ok" { Level::INFO } else { Level::DEBUG };
        log_at!(
            level,
            route = self.route,
            status = line.status.as_u16(),
            outcome = line.outcome,
            log_id = log_id.map(tracing::field::display),
            bytes = self.tally.bytes.load(Ordering::Relaxed),
            width = image.map(|image| image.width),
            height = image.map(|image| image.height),
            lines = image.map(|image| image.lines),
            source = line.note.map(|note| note.source.name()),
            reason = line.note.and_then(|note| note.reason),
            models = name(|reader| &reader.models),
            profile = name(|reader| &reader.profile),
            engine = name(|reader| &reader.engine),
            stages = %line.stages.header(),
            ms = self.begun.elapsed().as_millis() as u64,
        );
    }
}

impl<B: Backend> Drop for RequestRecord<B> {
    fn drop(&mut self) {
        if !self.finished {
            let bytes = self.tally.bytes.load(Ordering::Relaxed);
            self.shared.app.metrics.count(self.route, "abandoned", &Stages::default());
            let ms = self.begun.elapsed().as_millis() as u64;
            tracing::info!(route = self.route, outcome = "abandoned", bytes, ms, "request-abandoned");
        }
    }
}

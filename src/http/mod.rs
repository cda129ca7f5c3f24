//! HTTP/1.1 for Bob: routes, guards, limits and the graceful stop. The same for `up` and `serve`; who reads the image
//! is the [`Backend`]'s business.

mod body;
mod connection;
mod exchange;
mod guards;
mod limits;
mod listener;
mod page;

#[cfg(target_os = "linux")]
pub mod systemd;
mod wire;

use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::api::{Error, Failure};
use crate::backend::{Answer, Backend};
use crate::language::Language;
use crate::metrics::{self, Metrics, Now};
use body::Body;
use wire::Progress;

pub use guards::{Guards, Secret};
pub use limits::Limits;
pub use listener::{Access, Error as ListenError, Exposure, Listener, NotLoopback, Permitted, try_out};

/// What the server calls itself: `jkocr status` shows it as the version at the other end.
const NAME_TEXT: &str = concat!("jkocr/", env!("CARGO_PKG_VERSION"));
const NAME: HeaderValue = HeaderValue::from_static(NAME_TEXT);

/// Clients that are told that there is no room, at a time; more are left unanswered.
const REFUSALS: usize = 32;

/// How long an answer that could not be finished has to reach its client.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A server's parts.
pub struct App<B> {
    /// Who reads the images.
    pub backend: B,
    /// Who may ask.
    pub guards: Guards,
    /// What one client may cost.
    pub limits: Limits,
    /// The language of `errorMsg`.
    pub language: Language,
    /// How failures are told.
    pub failures: Failures,
    /// The counts behind `/metrics`.
    pub metrics: Metrics,
}

/// With which status a failure is told that a user meets in ordinary use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failures {
    /// With its own: for programs.
    WithTheirStatus,
    /// With 200: Bob then shows the message alone, and nothing around it.
    WithStatusOk,
}

impl<B> App<B> {
    /// The HTTP status that `error` is told with on `route`.
    fn status(&self, error: &Error, route: &str) -> StatusCode {
        let status = match self.failures {
            // Whoever asks for the health reads the status, and not the words.
            Failures::WithStatusOk if error.is_ordinary() && route != "healthz" => 200,
            Failures::WithStatusOk | Failures::WithTheirStatus => error.status(),
        };
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

struct Shared<B> {
    app: App<B>,
    /// In KiB; see [`body::memory`].
    memory: Arc<Semaphore>,
    phase: watch::Receiver<Phase>,
}

struct Server<B> {
    shared: Arc<Shared<B>>,
    router: Router,
}

impl<B> Clone for Server<B> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), router: self.router.clone() }
    }
}

/// How far the end of the server has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It has not begun.
    Serving,
    /// Requests under way are finished.
    Draining,
    /// What is not finished is given up.
    GivingUp,
}

/// Serves until `shutdown` is ready; then no connection is taken any more, requests under way are finished within
/// `limits.drain_time`, and the rest is told that the service stops.
pub async fn serve<B: Backend>(listeners: Vec<Listener>, app: App<B>, shutdown: impl Future<Output = ()>) {
    let drain_time = app.limits.drain_time;
    let (phase, seen) = watch::channel(Phase::Serving);
    let memory = Arc::new(Semaphore::new(body::memory(&app.limits)));
    let shared = Arc::new(Shared { app, memory, phase: seen });
    let server = Server { router: router(Arc::clone(&shared)), shared };
    let mut connections = JoinSet::new();
    tokio::select! {
        () = shutdown => {}
        () = accept(&listeners, &server, &mut connections) => {}
    }
    drop(listeners);
    #[cfg(target_os = "linux")]
    systemd::stopping();
    tracing::info!(connections = connections.len(), "stopping");
    for (next, patience) in [(Phase::Draining, drain_time), (Phase::GivingUp, LAST_WORDS)] {
        phase.send_replace(next);
        let _ = timeout(patience, async { while connections.join_next().await.is_some() {} }).await;
    }
    connections.shutdown().await;
}

fn router<B: Backend>(shared: Arc<Shared<B>>) -> Router {
    let ocr = post(ocr::<B>).fallback(async || Failure::from(Error::PostOnly));
    let health = get(healthz::<B>).fallback(async || Failure::from(Error::GetOnly));
    let metrics = get(metrics::<B>).fallback(async || Failure::from(Error::GetOnly));
    Router::new()
        .route("/", get(page::page).fallback(async || Failure::from(Error::NotFound)))
        .route("/ocr", ocr.clone())
        .route("/ocr/", ocr)
        .route("/healthz", health)
        .route("/metrics", metrics)
        .fallback(async || Failure::from(Error::NotFound))
        .with_state(shared)
}

async fn ocr<B: Backend>(
    State(shared): State<Arc<Shared<B>>>,
    Body { bytes, lease: _lease }: Body,
) -> Result<Answer, Failure> {
    shared.in_time(shared.app.backend.answer(bytes)).await
}

async fn healthz<B: Backend>(State(shared): State<Arc<Shared<B>>>) -> Result<impl IntoResponse, Failure> {
    shared.app.backend.health().await?;
    Ok(([(CONTENT_TYPE, exchange::JSON)], r#"{"status":"ok"}"#))
}

async fn metrics<B: Backend>(State(shared): State<Arc<Shared<B>>>) -> impl IntoResponse {
    let now = Now {
        waiting: shared.app.backend.waiting(),
        body_bytes: body::in_use(&shared.memory, &shared.app.limits),
        rebuilds: shared.app.backend.rebuilds(),
    };
    ([(CONTENT_TYPE, metrics::TEXT_TYPE)], shared.app.metrics.text(now))
}

impl<B: Backend> Shared<B> {
    /// Gives an answer as much time as there is: its own limit, or until the server gives up.
    async fn in_time(&self, answer: impl Future<Output = Result<Answer, Failure>>) -> Result<Answer, Failure> {
        let after = self.app.limits.answer_time;
        let mut phase = self.phase.clone();
        tokio::select! {
            answer = answer => answer,
            () = sleep(after) => Err(Error::TimedOut { after }.into()),
            Ok(_) = phase.wait_for(|phase| *phase == Phase::GivingUp) => Err(Error::Stopping.into()),
        }
    }
}

/// Takes connections for as long as it is polled.
async fn accept<B: Backend>(listeners: &[Listener], server: &Server<B>, connections: &mut JoinSet<()>) {
    let limits = &server.shared.app.limits;
    let gauge = server.shared.app.metrics.connections();
    loop {
        tokio::select! {
            stream = next(listeners) => match stream {
                Ok(stream) if connections.len() < limits.connections => {
                    let phase = server.shared.phase.clone();
                    connections.spawn(connection::serve(server.clone(), stream, phase));
                }
                Ok(stream) if connections.len() < limits.connections + REFUSALS => {
                    connections.spawn(connection::refuse(server.clone(), stream));
                }
                Ok(_) => {}
                Err(error) => {
                    // Mostly a lack of file descriptors, which passes when connections end.
                    tracing::warn!(%error, "cannot take a connection");
                    sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
        gauge.set(connections.len() as i64);
    }
}

async fn next(listeners: &[Listener]) -> io::Result<listener::Stream> {
    poll_fn(|cx| {
        let accepted = listeners.iter().find_map(|listener| match listener.poll_accept(cx) {
            Poll::Ready(accepted) => Some(accepted),
            Poll::Pending => None,
        });
        accepted.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

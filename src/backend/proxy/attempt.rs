//! The way to the server: wait until it is there, send, and send again if it broke.

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode, Uri};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::decision::{self, Path};
use super::estimate::Estimates;
use super::headers::passed_on;
use super::{RemoteFailure, recompress};
use crate::backend::{Answer, Image, Source};
use crate::language::{LANGUAGE_HEADER, Language};
use crate::metrics::Stages;
use crate::tunnel::{Cause, State, Tunnel};
use crate::upstream::Error;
use crate::wording;

/// How often a request is sent, at most.
const TRIES: u32 = 5;

/// What a request looks like on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// The caller's own bytes, always.
    AsItIs,
    /// An uncompressed image as PNG, with the same pixels.
    Recompressed,
}

/// The tunnel as one request uses it.
pub(super) struct Attempts {
    tunnel: Tunnel,
    upload: Upload,
    estimates: Estimates,
    /// What Bob's user reads.
    language: Language,
}

/// Who may be asked besides the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Else {
    /// This machine, which is asked as soon as the server says that it is busy.
    Here,
    /// Nobody: a busy server is asked again, and a path that is not there is waited for only so long.
    Nobody,
}

impl Attempts {
    pub(super) fn new(tunnel: Tunnel, upload: Upload, estimates: Estimates, language: Language) -> Self {
        Self { tunnel, upload, estimates, language }
    }

    pub(super) fn last_cause(&self) -> Option<Cause> {
        self.tunnel.last_cause().map(|(cause, _)| cause)
    }

    /// The tunnel's state and every later one.
    pub(super) fn states(&self) -> watch::Receiver<State> {
        self.tunnel.subscribe()
    }

    /// Sends `body` to the server and returns its answer, whatever it says.
    ///
    /// Reading an image twice does no harm, so it is sent again if the path breaks, be it in the middle of the answer.
    pub(super) async fn ask(&self, mut body: Bytes, limit: Duration, other: Else) -> Result<Answer, RemoteFailure> {
        let started = Instant::now();
        let deadline = started + limit;
        let mut tries = 0;
        while tries < TRIES {
            tries += 1;
            self.ready(started, deadline, other).await?;
            if self.upload == Upload::Recompressed && tries == 1 {
                body = recompress::to_png(body).await;
            }
            let (sent, size) = (Instant::now(), body.len());
            match self.tunnel.send(request(body.clone(), self.language), deadline).await {
                Ok(response) => {
                    self.estimates.answered(size, sent.elapsed(), response.headers());
                    match busy(&response).filter(|wait| other == Else::Nobody && Instant::now() + *wait < deadline) {
                        // It may go on for as long as the deadline allows.
                        Some(wait) => tries -= u32::from(wait_out(wait).await),
                        None => return Ok(answer(response, started)),
                    }
                    continue;
                }
                Err(Error::Silent | Error::Stalled) => {
                    self.estimates.late(size, sent.elapsed());
                    return Err(RemoteFailure::Late);
                }
                Err(error @ (Error::NotHttp(_) | Error::NoAnswer(_) | Error::TooLarge)) => {
                    tracing::warn!(error = wording::chain(&error), "answer-unusable");
                    return Err(RemoteFailure::Broken);
                }
                Err(error) => tracing::info!(tries, error = wording::chain(&error), "path-broke"),
            }
            self.settle().await;
        }
        Err(RemoteFailure::Broken)
    }

    /// Waits until a request that came at `started` may go.
    async fn ready(&self, started: Instant, deadline: Instant, other: Else) -> Result<(), RemoteFailure> {
        let left = deadline.saturating_duration_since(Instant::now());
        if other == Else::Here {
            // This machine reads meanwhile, so nothing is lost by waiting.
            return self.tunnel.ready(left).await.map_err(RemoteFailure::Down);
        }
        tokio::select! {
            biased;
            ready = self.tunnel.ready(left) => ready.map_err(RemoteFailure::Down),
            state = self.is_hopeless(started) => Err(RemoteFailure::Down(state)),
        }
    }

    /// Waits until the path is up, for `limit` at most.
    ///
    /// # Errors
    /// [`RemoteFailure::Down`].
    pub(super) async fn until_up(&self, limit: Duration) -> Result<(), RemoteFailure> {
        self.tunnel.ready(limit).await.map_err(RemoteFailure::Down)
    }

    /// Ready once a request that came at `started` has waited long enough for a path like this.
    async fn is_hopeless(&self, started: Instant) -> State {
        let mut states = self.tunnel.subscribe();
        loop {
            let state = states.borrow_and_update().clone();
            let until = Instant::now() + decision::patience(&state, started.elapsed());
            match timeout_at(until, states.changed()).await {
                Ok(Ok(())) => {}
                // Too long, or nobody looks after the tunnel any more.
                Ok(Err(_)) | Err(_) => return state,
            }
        }
    }

    /// After a break: waits until the tunnel has noticed, so that the next attempt does not take the broken path.
    async fn settle(&self) {
        let mut states = self.tunnel.subscribe();
        if states.borrow_and_update().is_up() {
            // Sending asked for a probe, which ends in a new state in any case.
            let _ = timeout(decision::NEWS, states.changed()).await;
        }
    }
}

/// Where the path stands, followed by one request.
pub(super) struct Watched {
    states: watch::Receiver<State>,
    was_up: bool,
}

impl Watched {
    pub(super) fn new(attempts: &Attempts) -> Self {
        let states = attempts.states();
        let was_up = states.borrow().is_up();
        Self { states, was_up }
    }

    /// The path now, and the name of what stands in the way.
    pub(super) fn look(&mut self) -> (Path, &'static str) {
        let state = self.states.borrow_and_update().clone();
        self.was_up |= state.is_up();
        (Path::of(&state, self.was_up), RemoteFailure::Down(state).id())
    }

    pub(super) async fn changed(&mut self) {
        if self.states.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// How long a busy server asks to be spared, if that is short.
fn busy(response: &Response<Bytes>) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    let wait = Duration::from_secs(seconds);
    (response.status() == StatusCode::SERVICE_UNAVAILABLE && wait <= decision::BUSY).then_some(wait)
}

async fn wait_out(wait: Duration) -> bool {
    sleep(wait).await;
    true
}

fn request(body: Bytes, language: Language) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static("/ocr");
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(LANGUAGE_HEADER, HeaderValue::from_static(language.code()));
    request
}

fn answer(response: Response<Bytes>, started: Instant) -> Answer {
    let mut stages = Stages::default();
    stages.add("remote", started.elapsed());
    let (head, body) = response.into_parts();
    let (status, headers) = (head.status, passed_on(&head.headers));
    let image = Image::of(&head.headers);
    Answer { status, headers, body, source: Source::Remote, log_id: None, stages, image, reason: None }
}

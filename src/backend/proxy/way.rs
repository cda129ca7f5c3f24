//! The way to the server: wait until it is there, send, and send again if it broke.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use tokio::time::{Instant, timeout};

use super::headers::passed_on;
use super::{Trouble, diet};
use crate::backend::{Answer, Source};
use crate::metrics::Stages;
use crate::tunnel::{Cause, State, Tunnel};
use crate::upstream::Error;

/// How a request deals with a path that is not there.
#[derive(Debug, Clone, Copy)]
struct Manners {
    /// How long it waits for a reconnect or a probe under way.
    patience: Duration,
    /// A reconnect that begins later than this is not waited for.
    soon: Duration,
    /// How often it is sent, at most.
    tries: u32,
}

/// With this machine to fall back on.
const HASTY: Manners = Manners { patience: Duration::from_secs(3), soon: Duration::from_millis(1500), tries: 2 };

/// With nothing to fall back on, waiting is better than failing.
const PATIENT: Manners = Manners { patience: Duration::from_secs(10), soon: Duration::MAX, tries: 5 };

/// How long a break has to show in the state of the tunnel.
const NEWS: Duration = Duration::from_secs(2);

/// What a request looks like on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// The caller's own bytes, always.
    AsItIs,
    /// An uncompressed image as PNG, with the same pixels.
    Slim,
}

/// The tunnel as one request uses it.
pub(super) struct Way {
    tunnel: Tunnel,
    upload: Upload,
    manners: Manners,
}

impl Way {
    pub(super) fn new(tunnel: Tunnel, upload: Upload, has_fallback: bool) -> Self {
        Self { tunnel, upload, manners: if has_fallback { HASTY } else { PATIENT } }
    }

    pub(super) fn last_cause(&self) -> Option<Cause> {
        self.tunnel.last_cause().map(|(cause, _)| cause)
    }

    /// Sends `body` to the server and returns its answer, whatever it says.
    ///
    /// Reading an image twice does no harm, so it is sent again if the path breaks, be it in the middle of the answer.
    pub(super) async fn ask(&self, mut body: Bytes, deadline: Instant) -> Result<Answer, Trouble> {
        let started = Instant::now();
        for attempt in 1..=self.manners.tries {
            self.ready(deadline.saturating_duration_since(Instant::now())).await?;
            if self.upload == Upload::Slim && attempt == 1 {
                body = diet::slim(body).await;
            }
            match self.tunnel.send(request(body.clone()), deadline).await {
                Ok(response) => return Ok(answer(response, started)),
                Err(Error::Silent | Error::Stalled) => return Err(Trouble::Late),
                Err(error @ (Error::NotHttp(_) | Error::NoAnswer(_) | Error::TooLarge)) => {
                    tracing::warn!(?error, "the server's answer cannot be used");
                    return Err(Trouble::Broken);
                }
                Err(error) => tracing::info!(attempt, ?error, "the path broke under a request"),
            }
            self.settle().await;
        }
        Err(Trouble::Broken)
    }

    /// Waits until a request may go, for `limit` at most.
    pub(super) async fn ready(&self, limit: Duration) -> Result<(), Trouble> {
        let patience = self.manners.patience.min(limit);
        tokio::select! {
            biased;
            ready = self.tunnel.ready(patience) => ready.map_err(Trouble::Down),
            state = self.is_hopeless() => Err(Trouble::Down(state)),
        }
    }

    /// Ready once the next attempt is too far away to wait for.
    async fn is_hopeless(&self) -> State {
        let mut states = self.tunnel.subscribe();
        let soon = self.manners.soon;
        let is_far = |state: &State| match state {
            State::Backoff { retry_at, .. } => retry_at.duration_since(SystemTime::now()).is_ok_and(|wait| wait > soon),
            state => matches!(state, State::Blocked { .. }),
        };
        match states.wait_for(is_far).await {
            Ok(state) => state.clone(),
            // Nobody looks after the tunnel any more.
            Err(_) => self.tunnel.state(),
        }
    }

    /// After a break: waits until the tunnel has noticed, so that the next attempt does not take the broken path.
    async fn settle(&self) {
        let mut states = self.tunnel.subscribe();
        if states.borrow_and_update().is_up() {
            // Sending asked for a probe, which ends in a new state in any case.
            let _ = timeout(NEWS, states.changed()).await;
        }
    }
}

fn request(body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static("/ocr");
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request
}

fn answer(response: Response<Bytes>, started: Instant) -> Answer {
    let mut stages = Stages::default();
    stages.add("remote", started.elapsed());
    let (head, body) = response.into_parts();
    let (status, headers) = (head.status, passed_on(&head.headers));
    Answer { status, headers, body, source: Source::Remote, log_id: None, stages, image: None }
}

//! Bob's side of the tunnel: the server's answer if there is a way to it, this machine's own otherwise.

mod attempt;
mod counts;
mod decision;
mod estimate;
mod failure;
mod headers;
mod recent;
mod recompress;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until, timeout};

use super::{Answer, Backend, Local, Source, local};
use crate::api::{self, Failure};
use crate::language::Language;
use crate::ocr::Params;
use crate::tunnel::Tunnel;
use crate::worker::State as Engine;
pub use attempt::Upload;
use attempt::{Attempts, Else, Watched};
pub use counts::{Counts, Requests};
use decision::{Help, Path, Reason};
pub use estimate::{Estimates, MovingAverages};
use failure::RemoteFailure;
pub use recent::RecentRequest;

/// A body up to this size is looked at for being the plugin's validation.
const LARGEST_VALIDATION: usize = 4 * 1024;

/// Whether the models that the fallback needs are on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelFiles {
    /// They are being fetched.
    Fetching,
    /// They are here.
    Present,
    /// They are not here and cannot be fetched now.
    Missing,
}

/// This machine's engine, for when the server does not answer.
pub struct Standby {
    /// The engine.
    pub local: Local,
    /// How long the server has at most before this machine starts as well; `None` if that is left to [`Proxy`].
    pub race_after: Option<Duration>,
    /// Whether the engine could be loaded.
    pub model_files: watch::Receiver<ModelFiles>,
}

/// Answers through the tunnel, or here.
pub struct Proxy {
    route: Route,
    language: Language,
    counts: Arc<Counts>,
    estimates: Estimates,
}

enum Route {
    Local(Box<Local>),
    Remote { attempts: Box<Attempts>, fallback: Option<Box<Standby>> },
}

impl Proxy {
    /// Answers here, always.
    #[must_use]
    pub(crate) fn local(local: Local) -> Self {
        let (language, counts, estimates) = (Language::Chinese, Arc::default(), Estimates::default());
        Self { route: Route::Local(Box::new(local)), language, counts, estimates }
    }

    /// Answers through `tunnel`; `fallback` reads what does not get through. `language` is that of the reasons why
    /// there is no way.
    #[must_use]
    pub fn remote(tunnel: Tunnel, upload: Upload, fallback: Option<Standby>, language: Language) -> Self {
        let estimates = Estimates::default();
        let attempts = Box::new(Attempts::new(tunnel, upload, estimates.clone(), language));
        Self {
            route: Route::Remote { attempts, fallback: fallback.map(Box::new) },
            language,
            counts: Arc::default(),
            estimates,
        }
    }

    /// What became of the requests.
    #[must_use]
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// What the requests took so far.
    #[must_use]
    pub(crate) fn estimates(&self) -> Estimates {
        self.estimates.clone()
    }

    async fn carry(
        &self,
        attempts: &Attempts,
        fallback: Option<&Standby>,
        body: Bytes,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        match fallback.filter(|fallback| fallback.can_read()) {
            Some(fallback) => self.try_both(attempts, fallback, body, limit).await,
            None => match attempts.ask(body, limit, Else::Nobody).await {
                Ok(answer) => Ok(answer),
                Err(failure) => Err(self.failure(attempts, &failure)),
            },
        }
    }

    /// Asks the server, and reads here as well once that makes sense. The first good answer counts; the other one is
    /// dropped, which ends its work.
    async fn try_both(
        &self,
        attempts: &Attempts,
        fallback: &Standby,
        body: Bytes,
        limit: Duration,
    ) -> Result<Answer, Failure> {
        let (at_once, refused) = oneshot::channel();
        let remote = attempts.ask(body.clone(), limit, Else::Here);
        let here = async {
            let reason = self.until_needed(attempts, fallback, body.len(), refused).await;
            // A page is large, and the future that reads it would be, too.
            Box::pin(self.read_here(fallback, body, reason)).await
        };
        tokio::pin!(remote, here);
        tokio::select! {
            biased;
            answer = &mut remote => match answer {
                Ok(answer) if !answer.status.is_server_error() => Ok(answer),
                other => {
                    let _ = at_once.send(refusal(&other));
                    match (here.await, other) {
                        (Err(failure), _) if is_about_the_image(&failure) => Err(failure),
                        (Ok(answer), _) | (Err(_), Ok(answer)) => Ok(answer),
                        (Err(_), Err(failure)) => Err(self.failure(attempts, &failure)),
                    }
                }
            },
            answer = &mut here => match answer {
                Err(failure) if !is_about_the_image(&failure) => match remote.await {
                    Ok(answer) => Ok(answer),
                    Err(failure) => Err(self.failure(attempts, &failure)),
                },
                answer => answer,
            },
        }
    }

    /// Waits until this machine should read a request of `bytes` that came just now, which is at once when the server
    /// has `refused` it. Returns why.
    async fn until_needed(
        &self,
        attempts: &Attempts,
        fallback: &Standby,
        bytes: usize,
        mut refused: oneshot::Receiver<&'static str>,
    ) -> &'static str {
        let started = Instant::now();
        let mut watched = Watched::new(attempts);
        loop {
            let (path, failure) = watched.look();
            let here = (fallback.local.is_loaded(), fallback.local.waiting());
            let Help { after, reason } = decision::help(path, self.estimates.expect(bytes, here), fallback.race_after);
            tokio::select! {
                () = sleep_until(started + after) => {
                    if path == Path::Up {
                        self.estimates.late(bytes, started.elapsed());
                    }
                    return if reason == Reason::Slow { "slow" } else { failure };
                }
                () = watched.changed() => {}
                Ok(why) = &mut refused => return if path == Path::Up { why } else { failure },
            }
        }
    }

    /// Reads here because of `reason`, which counts only if there is something to read with.
    async fn read_here(&self, fallback: &Standby, body: Bytes, reason: &'static str) -> Result<Answer, Failure> {
        fallback.check_files()?;
        self.counts.fell_back(reason);
        let was_loaded = fallback.local.is_loaded();
        let started = Instant::now();
        let mut answer = fallback.local.answer(body).await?;
        answer.reason = Some(reason);
        let work: Duration = answer.stages.iter().filter(|(name, _)| *name != "queue").map(|(_, took)| took).sum();
        if !work.is_zero() {
            let waited = started.elapsed().saturating_sub(work);
            self.estimates.read_here(work, (!was_loaded).then_some(waited));
        }
        Ok(answer)
    }

    fn failure(&self, attempts: &Attempts, failure: &RemoteFailure) -> Failure {
        failure.failure(attempts.last_cause().as_ref(), self.language)
    }
}

impl Backend for Proxy {
    async fn answer(&self, body: Bytes) -> Result<Answer, Failure> {
        let (started, bytes) = (Instant::now(), body.len());
        // Who asks whether it would be read is no screenshot: Bob's settings, the doctor.
        let is_validation = is_validation(&body).await;
        let answer = match &self.route {
            Route::Local(local) => {
                until_loaded(local, if is_validation { decision::VALIDATION } else { decision::LOADING }).await;
                local.answer(body).await
            }
            Route::Remote { attempts, fallback } => {
                let limit = if is_validation { decision::VALIDATION } else { decision::SERVER };
                self.carry(attempts, fallback.as_deref(), body, limit).await
            }
        };
        if !is_validation {
            self.counts.count(&answer, bytes, started.elapsed());
        }
        answer.map(presentable)
    }

    async fn health(&self) -> Result<(), api::Error> {
        match &self.route {
            Route::Local(local) => local.health().await,
            Route::Remote { fallback: Some(fallback), .. } if fallback.can_read() => Ok(()),
            Route::Remote { attempts, .. } => {
                attempts.until_up(decision::HEALTH).await.map_err(|failure| self.failure(attempts, &failure).error)
            }
        }
    }

    fn waiting(&self) -> usize {
        match &self.route {
            Route::Local(local) => local.waiting(),
            Route::Remote { fallback, .. } => fallback.as_ref().map_or(0, |fallback| fallback.local.waiting()),
        }
    }
}

impl Standby {
    /// A validation, which needs no engine, must not promise one that is not here.
    fn check_files(&self) -> Result<(), api::Error> {
        match *self.model_files.borrow() {
            ModelFiles::Present => Ok(()),
            ModelFiles::Fetching => Err(api::Error::Loading),
            ModelFiles::Missing => Err(api::Error::NoEngine),
        }
    }

    fn can_read(&self) -> bool {
        *self.model_files.borrow() == ModelFiles::Present && !matches!(*self.local.watch().borrow(), Engine::Failed(_))
    }
}

/// Waits while the engine is loaded for the first time: right after a start, somebody asks who asked the process before.
async fn until_loaded(local: &Local, limit: Duration) {
    let mut engine = local.watch();
    if !matches!(*engine.borrow(), Engine::Loading) {
        return;
    }
    let loaded = engine.wait_for(|engine| !matches!(engine, Engine::Loading));
    // Later than that, the answer is that it still loads.
    let _ = timeout(limit, loaded).await;
}

/// Why this machine reads at once what the server gave no good answer to.
fn refusal(answer: &Result<Answer, RemoteFailure>) -> &'static str {
    match answer {
        Ok(Answer { status: StatusCode::SERVICE_UNAVAILABLE, headers, .. }) if headers.contains_key(RETRY_AFTER) => {
            "server-busy"
        }
        Ok(_) => "server-error",
        Err(failure) => failure.id(),
    }
}

/// Whether another machine would fail on it, too.
fn is_about_the_image(failure: &Failure) -> bool {
    use api::Error::{Busy, Internal, Loading, NoEngine, NoMemory, Stopping, Unreadable};
    !matches!(failure.error, Busy { .. } | Internal | Loading | NoEngine | NoMemory | Stopping | Unreadable)
}

/// A failure of the server as Bob shows it best: its own words, without a status that would hide them.
fn presentable(mut answer: Answer) -> Answer {
    if answer.source == Source::Remote && answer.status.is_server_error() && is_message(&answer.body) {
        answer.status = StatusCode::OK;
    }
    answer
}

/// Whether `body` is an envelope with a message.
fn is_message(body: &[u8]) -> bool {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    body["errorCode"].as_i64().is_some_and(|code| code != 0) && body["errorMsg"].is_string()
}

async fn is_validation(body: &Bytes) -> bool {
    body.len() <= LARGEST_VALIDATION
        && local::parse(body.clone(), Params::default()).await.is_ok_and(|request| local::is_dot(&request.image))
}

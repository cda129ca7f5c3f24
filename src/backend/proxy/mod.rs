//! Bob's side of the tunnel: the server's answer if there is a way to it, this machine's own otherwise.

mod counts;
mod diet;
mod trouble;
mod way;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::{Answer, Backend, Local, local};
use crate::api::{self, Failure};
use crate::language::Language;
use crate::ocr::Params;
use crate::tunnel::Tunnel;
use crate::worker::State as Engine;
pub use counts::{Counts, Requests};
use trouble::Trouble;
pub use way::Upload;
use way::Way;

/// How long the server has for a request; Bob's plugin waits 60 s, and reading here takes the rest.
const SERVER_TIME: Duration = Duration::from_secs(45);

/// How long the server has for the plugin's validation, which fails after 5 s.
const VALIDATION_TIME: Duration = Duration::from_millis(2500);

/// A body up to this size is looked at for being the plugin's validation.
const LARGEST_VALIDATION: usize = 4 * 1024;

/// How long `/healthz` waits for the tunnel.
const HEALTH_TIME: Duration = Duration::from_secs(2);

/// Whether the models that the fallback needs are on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// They are being fetched.
    Fetching,
    /// They are here.
    Here,
    /// They are not here and cannot be fetched now.
    Missing,
}

/// This machine's engine, for when the server does not answer.
pub struct Fallback {
    /// The engine.
    pub local: Local,
    /// How long the server has before this machine starts as well; `None` if only a broken path counts.
    pub race_after: Option<Duration>,
    /// Whether the engine could be loaded.
    pub stock: watch::Receiver<Stock>,
}

/// Answers through the tunnel, or here.
pub struct Proxy {
    route: Route,
    language: Language,
    counts: Arc<Counts>,
}

enum Route {
    Here(Local),
    There { way: Way, fallback: Option<Fallback> },
}

impl Proxy {
    /// Answers here, always.
    #[must_use]
    pub fn here(local: Local) -> Self {
        Self { route: Route::Here(local), language: Language::Chinese, counts: Arc::default() }
    }

    /// Answers through `tunnel`; `fallback` reads what does not get through. `language` is that of the reasons why
    /// there is no way.
    #[must_use]
    pub fn there(tunnel: Tunnel, upload: Upload, fallback: Option<Fallback>, language: Language) -> Self {
        let way = Way::new(tunnel, upload, fallback.is_some());
        Self { route: Route::There { way, fallback }, language, counts: Arc::default() }
    }

    /// What became of the requests.
    #[must_use]
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    async fn carry(&self, way: &Way, fallback: Option<&Fallback>, body: Bytes) -> Result<Answer, Failure> {
        let limit = if is_validation(&body).await { VALIDATION_TIME } else { SERVER_TIME };
        let there = way.ask(body.clone(), Instant::now() + limit);
        match fallback {
            None => there.await.map_err(|trouble| self.failure(way, &trouble)),
            Some(fallback) => match fallback.race_after {
                Some(after) => self.race(way, fallback, body, (there, after)).await,
                None => match there.await {
                    Ok(answer) => Ok(answer),
                    Err(trouble) => self.fall_back(way, fallback, body, &trouble).await,
                },
            },
        }
    }

    /// Starts this machine's engine when the server has not answered in time. The first good answer counts; the
    /// other one is dropped, which ends its work.
    async fn race(
        &self,
        way: &Way,
        fallback: &Fallback,
        body: Bytes,
        (there, after): (impl Future<Output = Result<Answer, Trouble>>, Duration),
    ) -> Result<Answer, Failure> {
        tokio::pin!(there);
        match timeout(after, &mut there).await {
            Ok(Ok(answer)) if answer.status.is_server_error() => {
                return self.read_here(fallback, body, "server-error").await.or(Ok(answer));
            }
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(trouble)) => return self.fall_back(way, fallback, body, &trouble).await,
            Err(_) => {}
        }
        let here = self.read_here(fallback, body, "slow");
        tokio::pin!(here);
        tokio::select! {
            answer = &mut there => match answer {
                Ok(answer) if !answer.status.is_server_error() => Ok(answer),
                other => match here.await {
                    Ok(answer) => Ok(answer),
                    Err(_) => other.map_err(|trouble| self.failure(way, &trouble)),
                },
            },
            answer = &mut here => match answer {
                Ok(answer) => Ok(answer),
                Err(_) => there.await.map_err(|trouble| self.failure(way, &trouble)),
            },
        }
    }

    async fn fall_back(
        &self,
        way: &Way,
        fallback: &Fallback,
        body: Bytes,
        trouble: &Trouble,
    ) -> Result<Answer, Failure> {
        match self.read_here(fallback, body, trouble.id()).await {
            // That there are no models here is the lesser news.
            Err(Failure { log_id, error: api::Error::NoEngine | api::Error::Loading }) => {
                Err(Failure { log_id, error: self.failure(way, trouble).error })
            }
            answer => answer,
        }
    }

    /// Reads here because of `reason`, which counts only if there is something to read with.
    async fn read_here(&self, fallback: &Fallback, body: Bytes, reason: &'static str) -> Result<Answer, Failure> {
        fallback.check_stock()?;
        self.counts.fell_back(reason);
        fallback.local.answer(body).await
    }

    fn failure(&self, way: &Way, trouble: &Trouble) -> Failure {
        trouble.failure(way.last_cause().as_ref(), self.language)
    }
}

impl Backend for Proxy {
    async fn answer(&self, body: Bytes) -> Result<Answer, Failure> {
        let answer = match &self.route {
            Route::Here(local) => local.answer(body).await,
            Route::There { way, fallback } => self.carry(way, fallback.as_ref(), body).await,
        };
        self.counts.count(&answer);
        answer
    }

    async fn health(&self) -> Result<(), api::Error> {
        match &self.route {
            Route::Here(local) => local.health().await,
            Route::There { fallback: Some(fallback), .. } if fallback.can_read() => Ok(()),
            Route::There { way, .. } => {
                way.ready(HEALTH_TIME).await.map_err(|trouble| self.failure(way, &trouble).error)
            }
        }
    }

    fn waiting(&self) -> usize {
        match &self.route {
            Route::Here(local) | Route::There { fallback: Some(Fallback { local, .. }), .. } => local.waiting(),
            Route::There { fallback: None, .. } => 0,
        }
    }
}

impl Fallback {
    /// A validation, which needs no engine, must not promise one that is not here.
    fn check_stock(&self) -> Result<(), api::Error> {
        match *self.stock.borrow() {
            Stock::Here => Ok(()),
            Stock::Fetching => Err(api::Error::Loading),
            Stock::Missing => Err(api::Error::NoEngine),
        }
    }

    fn can_read(&self) -> bool {
        *self.stock.borrow() == Stock::Here && !matches!(*self.local.watch().borrow(), Engine::Failed(_))
    }
}

async fn is_validation(body: &Bytes) -> bool {
    body.len() <= LARGEST_VALIDATION
        && local::parse(body.clone(), Params::default()).await.is_ok_and(|request| local::is_dot(&request.image))
}

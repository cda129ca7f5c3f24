//! The loop that keeps the path up: one session in use, and beside it, as soon as that is in doubt, a search for
//! another. A session is not ended because it is silent, which a slow link may be for a long time, but because another
//! one is proved.

use std::convert::Infallible;
use std::future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::cause::Cause;
use super::options::Options;
use super::path_search::{LoggedIn, Nudge, PathSearch, Start};
use super::session::SshSession;
use super::session_watch::{News, SessionWatch};
use super::shared::Shared;
use super::state::State;
use super::surroundings::Surroundings;
use super::{Carrier, Knowledge, Wish, lock};
use crate::untrusted::Untrusted;

/// How often sessions that were replaced are looked at: they end when their requests are answered.
const SWEEP: Duration = Duration::from_millis(500);

/// How long a session that was replaced, and is without requests, may take to end.
const BRIEF: Duration = Duration::from_millis(300);

/// Looks after one tunnel. Dropping it ends everything: ssh is killed, its socket and its record are removed.
/// [`Supervisor::close`] does the same with manners.
pub struct Supervisor {
    // Dropped in this order: every ssh before the record that would name it.
    seeking: Option<Pin<Box<dyn Future<Output = LoggedIn> + Send>>>,
    watch: Option<SessionWatch>,
    replaced: Vec<SshSession>,
    shared: Shared,
    inbox: mpsc::Receiver<Wish>,
    nudges: watch::Sender<Nudge>,
    surroundings: Surroundings,
}

impl Supervisor {
    /// The supervisor of what the other ends of `state`, `carrier` and `inbox` show and ask for.
    pub(super) fn new(
        options: Options,
        (state, carrier): (watch::Sender<State>, watch::Sender<Option<Carrier>>),
        inbox: mpsc::Receiver<Wish>,
        facts: std::sync::Arc<std::sync::Mutex<Knowledge>>,
    ) -> Self {
        let surroundings = Surroundings::new(options.clock.clone(), options.pace.watch);
        let shared = Shared::new(options, state, carrier, facts);
        let (nudges, _) = watch::channel(Nudge::default());
        Self { seeking: None, watch: None, replaced: Vec::new(), shared, inbox, nudges, surroundings }
    }

    /// Keeps the path up, and never returns. Dropping the future stops the work but leaves ssh to the supervisor:
    /// [`close`](Self::close) it, or drop it.
    pub async fn run(&mut self) -> Infallible {
        if self.watch.is_none() {
            self.seek(Start::Fresh);
        }
        loop {
            let has_replaced = !self.replaced.is_empty();
            tokio::select! {
                biased;
                news = news(&mut self.watch) => self.hear(news).await,
                found = found(&mut self.seeking) => self.adopt(found).await,
                Some(wish) = self.inbox.recv() => self.grant(wish),
                change = self.surroundings.change() => {
                    tracing::debug!(?change, "asking whether the path is still there");
                    self.shared.suspect();
                    self.urge();
                }
                () = sleep(SWEEP), if has_replaced => self.sweep().await,
            }
        }
    }

    /// Ends ssh and removes its socket and its record: SIGTERM first, SIGKILL if that is not enough.
    pub async fn close(mut self) {
        // ssh may be in the middle of logging in; it is killed.
        self.seeking = None;
        let grace = self.shared.options.pace.grace;
        for session in self.watch.take().map(SessionWatch::into_session).into_iter().chain(self.replaced.drain(..)) {
            session.end(grace).await;
        }
    }

    async fn hear(&mut self, news: News) {
        match news {
            News::Healthy { round_trip, server } => self.healthy(round_trip, server),
            News::Unfit(cause) => self.unfit(cause),
            News::Silent => {
                tracing::info!("looking-for-another-way");
                self.shared.suspect();
                self.seek(Start::Beside);
            }
            News::Dead(cause) => self.bury(cause).await,
        }
    }

    fn healthy(&mut self, round_trip: Duration, server: Option<Untrusted>) {
        let pace = &self.shared.options.pace;
        if let Some(watch) = &mut self.watch {
            watch.rest(pace.probe_interval, Duration::ZERO);
            self.shared.set_ssh(watch.session().pid());
        }
        self.seeking = None;
        self.shared.proved(round_trip, server);
    }

    /// ssh is well and the server is not: only the server is asked again.
    fn unfit(&mut self, cause: Cause) {
        let pace = &self.shared.options.pace;
        let (wait, eager) = match &cause {
            Cause::NotReady { .. } => (pace.not_ready, pace.eager_after),
            cause => (self.shared.wait_for(cause).0, pace.eager_after),
        };
        if let Some(watch) = &mut self.watch {
            watch.rest(wait, eager);
        }
        self.seeking = None;
        self.shared.announce(cause, wait);
    }

    /// The session in use has ended.
    async fn bury(&mut self, cause: Cause) {
        self.shared.carrier.send_replace(None);
        self.shared.down();
        if let Some(watch) = self.watch.take() {
            watch.into_session().end(BRIEF).await;
        }
        if self.seeking.is_none() {
            self.shared.set_ssh(None);
            self.seek(Start::After(cause));
        }
    }

    /// Another session is there: what comes now goes through it.
    async fn adopt(&mut self, found: LoggedIn) {
        self.seeking = None;
        let LoggedIn { watch, news } = found;
        let session = watch.session();
        let (number, upstream) = (session.number(), session.upstream().clone());
        self.shared.set_ssh(session.pid());
        if let Some(old) = self.watch.replace(watch) {
            let now = self.shared.options.clock.now();
            lock(&self.shared.facts).last_cause = Some((Cause::LinkSilent, now));
            self.replaced.push(old.into_session());
            self.shared.down();
        }
        self.shared.carrier.send_replace(Some(Carrier { number, upstream }));
        if matches!(news, News::Silent) {
            // Logged in, and the server says nothing. It may yet; or the link has died just now.
            self.seek(Start::After(Cause::Silent));
        } else {
            self.hear(news).await;
        }
    }

    fn seek(&mut self, start: Start) {
        if self.seeking.is_none() {
            let search = PathSearch::new(self.shared.clone(), self.nudges.subscribe());
            self.seeking = Some(Box::pin(search.run(start)));
        }
    }

    fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Now => self.urge(),
            Wish::Soon => {
                if let Some(watch) = &mut self.watch {
                    watch.ask_soon();
                }
                self.nudges.send_modify(|nudge| nudge.soon += 1);
            }
        }
    }

    /// Whatever is waited for, it is time.
    fn urge(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.ask_now();
        }
        self.nudges.send_modify(|nudge| nudge.now += 1);
    }

    /// Ends the sessions that were replaced and have answered their requests.
    async fn sweep(&mut self) {
        let (idle, busy): (Vec<_>, Vec<_>) = self.replaced.drain(..).partition(|session| session.upstream().is_idle());
        self.replaced = busy;
        for session in idle {
            tracing::debug!(socket = %session.socket().display(), "ending a session that was replaced");
            session.end(BRIEF).await;
        }
    }
}

async fn news(watch: &mut Option<SessionWatch>) -> News {
    match watch {
        Some(watch) => watch.news().await,
        None => future::pending().await,
    }
}

async fn found(seeking: &mut Option<Pin<Box<dyn Future<Output = LoggedIn> + Send>>>) -> LoggedIn {
    match seeking {
        Some(seeking) => seeking.await,
        None => future::pending().await,
    }
}

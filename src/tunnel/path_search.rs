//! Finds a way to the server: is the host there, does it let us in, does the server answer. Again and again, until it
//! does; whatever stands in the way is told.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::cause::Cause;
use super::milestone::Milestone;
use super::reach::{SshPort, Unreached};
use super::session::SshSession;
use super::session_watch::{News, SessionWatch};
use super::shared::Shared;
use super::state::State;

/// The first exchange of keys with a host that was reached just now may take this long and some round trips; every
/// further one twice as long as the one before, since a link that loses packets needs its time.
const BRISK: Duration = Duration::from_secs(4);

/// Round trips in an exchange of keys, with some to spare.
const ROUND_TRIPS: u32 = 10;

/// The longest an exchange of keys may take, in multiples of the first.
const PATIENT: u32 = 4;

/// Round trips that the first answer of the server may take.
const ANSWER: u32 = 4;

/// What a wait may be cut short by. Each has a number, so that the same one can come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Nudge {
    pub soon: u64,
    pub now: u64,
}

/// A session that is logged in, and what is known of the server there.
pub(super) struct LoggedIn {
    pub watch: SessionWatch,
    pub news: News,
}

/// Where a search begins.
pub(super) enum Start {
    /// With ssh itself: nothing has gone wrong yet.
    Fresh,
    /// With a wait, because of this.
    After(Cause),
    /// At once, beside a session that is silent.
    Beside,
}

/// One search.
pub(super) struct PathSearch {
    shared: Shared,
    nudges: watch::Receiver<Nudge>,
    target: Option<SshPort>,
    /// How long the host took to answer.
    round_trip: Option<Duration>,
    stalls: u32,
}

impl PathSearch {
    pub(super) fn new(shared: Shared, nudges: watch::Receiver<Nudge>) -> Self {
        Self { shared, nudges, target: None, round_trip: None, stalls: 0 }
    }

    /// Searches until it has found. Dropping it ends what it has begun.
    pub(super) async fn run(mut self, start: Start) -> LoggedIn {
        let mut is_fresh = false;
        match start {
            Start::Fresh => is_fresh = true,
            Start::Beside => {}
            Start::After(cause) => self.wait_out(cause).await,
        }
        loop {
            if !is_fresh {
                self.until_reached().await;
            }
            is_fresh = false;
            self.shared.sockets.until_free().await;
            match self.attempt().await {
                Ok(found) => return found,
                Err(cause) => self.wait_out(cause).await,
            }
        }
    }

    async fn attempt(&mut self) -> Result<LoggedIn, Cause> {
        let attempt = self.shared.count_attempt();
        self.shared.publish(State::Connecting { attempt });
        let shared = self.shared.clone();
        shared.sockets.prepare(&shared.options).await?;
        let mut session = SshSession::start(&shared.sockets, &shared.options)?;
        shared.try_ssh(session.pid());
        let brisk = self
            .round_trip
            .map(|round_trip| (BRISK + ROUND_TRIPS * round_trip) * 2_u32.saturating_pow(self.stalls).min(PATIENT));
        if let Err(cause) = session.log_in(&shared.options, brisk).await {
            let cause = self.judge(cause, session.milestone());
            session.end(shared.options.pace.grace).await;
            shared.try_ssh(None);
            return Err(cause);
        }
        self.stalls = 0;
        self.shared.publish(State::Probing);
        self.prove(session).await
    }

    /// Why a login failed that had come as far as `milestone`, if the host was reached before.
    fn judge(&mut self, cause: Cause, milestone: Option<Milestone>) -> Cause {
        let Some(milestone) = milestone else { return cause };
        let is_stalled = matches!(cause, Cause::LoginStalled | Cause::TimedOut { .. });
        let Some(target) = self.target.as_ref().filter(|_| is_stalled && self.round_trip.is_some()) else {
            return cause;
        };
        self.stalls += 1;
        match milestone {
            Milestone::Started | Milestone::Connected => Cause::NoBanner { address: target.address().into() },
            // A link that loses packets may hold up one exchange of keys, but hardly each.
            Milestone::Introduced if self.stalls > 1 => Cause::LargePacketsVanish,
            _ => Cause::LoginStalled,
        }
    }

    /// Asks the server for the first time.
    async fn prove(&mut self, session: SshSession) -> Result<LoggedIn, Cause> {
        let round_trip = ANSWER * self.round_trip.unwrap_or_default();
        let mut watch = SessionWatch::new(session, &self.shared.options, round_trip);
        match watch.news().await {
            News::Dead(cause) => {
                watch.into_session().end(self.shared.options.pace.grace).await;
                self.shared.try_ssh(None);
                Err(cause)
            }
            News::Silent if self.shared.has_session() => {
                watch.into_session().end(self.shared.options.pace.grace).await;
                Err(Cause::Silent)
            }
            news => Ok(LoggedIn { watch, news }),
        }
    }

    /// Waits until the host can be reached, if that can be found out.
    async fn until_reached(&mut self) {
        if self.target.is_none() {
            self.target = SshPort::find(&self.shared.options).await;
        }
        let Some(mut target) = self.target.take() else { return };
        loop {
            let every = self.shared.reach_again();
            let reached = tokio::select! {
                reached = target.reach() => reached,
                () = nudged(self.nudges.clone(), Urgency::Now) => {
                    target.forget_lookups();
                    continue;
                }
            };
            match reached {
                Ok(took) => {
                    self.round_trip = Some(took);
                    break;
                }
                Err(unreached) => self.shared.announce(cause(unreached), every),
            }
            tokio::select! {
                () = sleep(every) => {}
                () = nudged(self.nudges.clone(), Urgency::Now) => target.forget_lookups(),
            }
        }
        self.target = Some(target);
    }

    /// Waits before the next attempt, as long as `cause` asks for.
    async fn wait_out(&mut self, cause: Cause) {
        let started = Instant::now();
        let (wait, eager) = self.shared.wait_for(&cause);
        let mut until = started + wait;
        self.shared.announce(cause.clone(), wait);
        let is_urgent = nudged(self.nudges.clone(), Urgency::Now);
        tokio::pin!(is_urgent);
        let mut is_eager = false;
        loop {
            let nudges = self.nudges.clone();
            tokio::select! {
                () = sleep_until(until) => return,
                () = &mut is_urgent => return self.shared.reset_back_off(),
                () = nudged(nudges, Urgency::Soon), if !is_eager => {
                    is_eager = true;
                    if started + eager < until {
                        until = started + eager;
                        self.shared.announce(cause.clone(), until.saturating_duration_since(Instant::now()));
                    }
                }
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Urgency {
    Soon,
    Now,
}

/// Ready at the next nudge of this urgency.
async fn nudged(mut nudges: watch::Receiver<Nudge>, urgency: Urgency) {
    let count = |nudge: &Nudge| if urgency == Urgency::Soon { nudge.soon } else { nudge.now };
    let before = count(&nudges.borrow());
    if nudges.wait_for(|nudge| count(nudge) != before).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn cause(unreached: Unreached) -> Cause {
    match unreached {
        Unreached::Offline => Cause::NoNetwork,
        Unreached::Unnamed { host, is_answered: true } => Cause::HostUnresolved { host: host.into() },
        Unreached::Unnamed { host, .. } => Cause::ResolverUnavailable { host: host.into() },
        Unreached::Unroutable { address, problem } => {
            Cause::Unreachable { address: address.into(), problem: problem.into() }
        }
        Unreached::Mute { address } => Cause::TimedOut { address: address.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::Arc;

    use tokio::time::timeout;

    use crate::tunnel::{Options, Pace};

    /// Longer than anybody waits for a test.
    const LONG: Duration = Duration::from_hours(9);

    /// What a wait that is cut short may take on a busy machine.
    const SOON: Duration = Duration::from_mins(1);

    /// One that would wait for hours because of any cause, or `eager` if a request is there.
    fn search(eager: Duration) -> (PathSearch, watch::Sender<Nudge>) {
        let options = Options::new("vps", Path::new("/nowhere"));
        let pace = Pace {
            back_off: vec![Duration::ZERO, LONG],
            jitter: 0.0,
            blocked: LONG,
            eager_after: eager,
            eager_blocked_after: eager,
            ..options.pace
        };
        let states = watch::Sender::new(State::Suspect);
        let shared = Shared::new(Options { pace, ..options }, states, watch::Sender::new(None), Arc::default());
        shared.wait_for(&cause());
        let (nudges, seen) = watch::channel(Nudge::default());
        (PathSearch::new(shared, seen), nudges)
    }

    fn cause() -> Cause {
        Cause::Refused { address: "192.0.2.7 port 22".into() }
    }

    #[tokio::test]
    async fn a_wake_or_another_network_ends_a_wait_of_hours_and_forgets_the_failures_before() {
        for cause in [cause(), Cause::TooManyKeys] {
            let (mut search, nudges) = search(LONG);
            let shared = search.shared.clone();
            let waiting = search.wait_out(cause);
            let wake = async {
                while !matches!(shared.state(), State::Backoff { .. } | State::Blocked { .. }) {
                    tokio::task::yield_now().await;
                }
                nudges.send_modify(|nudge| nudge.now += 1);
                std::future::pending::<()>().await;
            };
            tokio::select! {
                ended = timeout(SOON, waiting) => ended.expect("it is cut short"),
                () = wake => {}
            }
            assert_eq!(shared.wait_for(&self::cause()).0, Duration::ZERO);
        }
    }

    #[tokio::test]
    async fn requests_cut_a_wait_of_hours_short_once_and_never_begin_it_anew() {
        let (mut search, nudges) = search(Duration::from_millis(300));
        let shared = search.shared.clone();
        // If each of them began the wait anew, it would not end while they come.
        let requests = async {
            loop {
                nudges.send_modify(|nudge| nudge.soon += 1);
                sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            ended = timeout(SOON, search.wait_out(cause())) => ended.expect("it is cut short"),
            () = requests => {}
        }
        assert_eq!(shared.wait_for(&cause()).0, LONG, "the host is spared as before");
    }

    #[tokio::test]
    async fn without_a_request_it_waits() {
        let (mut search, _nudges) = search(Duration::ZERO);
        assert!(timeout(Duration::from_millis(200), search.wait_out(cause())).await.is_err());
    }
}

//! What all parts of the supervisor write to: the state, the facts, the waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::Instant;

use super::back_off::BackOff;
use super::cause::Cause;
use super::options::Options;
use super::session::Sockets;
use super::state::State;
use super::{Carrier, Knowledge, lock};
use crate::language::Language;
use crate::untrusted::Untrusted;

/// A host out of reach is tried this often at first…
const REACH_OFTEN: Duration = Duration::from_millis(200);

/// … and this often after [`REACH_LONG`]: a laptop may be without a network for hours.
pub(super) const REACH_SELDOM: Duration = Duration::from_secs(3);

/// See [`REACH_SELDOM`].
const REACH_LONG: Duration = Duration::from_mins(2);

/// The longest wait of a host whose name has no address, or that no network leads to: a name server that is back is to be
/// noticed within ten seconds, with a lookup that takes its time.
const UNNAMED: Duration = Duration::from_secs(5);

/// Clones are the same.
#[derive(Clone)]
pub(super) struct Shared {
    pub options: Arc<Options>,
    pub sockets: Sockets,
    pub facts: Arc<Mutex<Knowledge>>,
    pub carrier: Arc<watch::Sender<Option<Carrier>>>,
    state: Arc<watch::Sender<State>>,
    waits: Arc<Mutex<Waits>>,
}

struct Waits {
    back_off: BackOff,
    attempt: u32,
    /// Since when the path is up, and when that was on the wall.
    up_since: Option<(Instant, SystemTime)>,
    down_since: Option<Instant>,
    /// What was logged since the path was last up: a cause is told once.
    logged: Option<Cause>,
}

impl Shared {
    pub(super) fn new(
        options: Options,
        state: watch::Sender<State>,
        carrier: watch::Sender<Option<Carrier>>,
        facts: Arc<Mutex<Knowledge>>,
    ) -> Self {
        let back_off = BackOff::new(options.pace.back_off.clone(), options.pace.jitter);
        let waits = Waits { back_off, attempt: 0, up_since: None, down_since: None, logged: None };
        Self {
            options: Arc::new(options),
            sockets: Sockets::default(),
            facts,
            carrier: Arc::new(carrier),
            state: Arc::new(state),
            waits: Arc::new(Mutex::new(waits)),
        }
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    pub(super) fn publish(&self, state: State) {
        self.state.send_replace(state);
    }

    /// Publishes that the path was proved just now.
    pub(super) fn proved(&self, round_trip: Duration, server: Option<Untrusted>) {
        let mut facts = lock(&self.facts);
        facts.proved = Some(self.options.clock.moment());
        facts.server = server;
        drop(facts);
        let mut waits = self.waits();
        let now = self.options.clock.now();
        let (since, wall) = *waits.up_since.get_or_insert_with(|| {
            tracing::info!(ms = round_trip.as_millis() as u64, "tunnel-up");
            (Instant::now(), now)
        });
        if since.elapsed() >= self.options.pace.healthy_after {
            waits.back_off.reset();
        }
        (waits.attempt, waits.logged, waits.down_since) = (0, None, None);
        drop(waits);
        self.publish(State::Up { since: wall, round_trip });
    }

    /// Publishes that the path may be gone.
    pub(super) fn suspect(&self) {
        if self.state().is_up() {
            self.publish(State::Suspect);
        }
    }

    /// The path is not up any more.
    pub(super) fn down(&self) {
        let mut waits = self.waits();
        waits.up_since = None;
        waits.down_since.get_or_insert_with(Instant::now);
    }

    /// Publishes that the path is not there because of `cause`, and is tried again after `wait`.
    pub(super) fn announce(&self, cause: Cause, wait: Duration) {
        self.down();
        let now = self.options.clock.now();
        lock(&self.facts).last_cause = Some((cause.clone(), now));
        if self.waits().logged.replace(cause.clone()).as_ref() == Some(&cause) {
            tracing::debug!(?cause, ?wait, "still not up");
        } else {
            let (why, remedy) = (cause.sentence(Language::installed().code()), cause.remedy());
            let wait_ms = wait.as_millis() as u64;
            tracing::warn!(cause = cause.id(), why, remedy, wait_ms, "tunnel-down");
        }
        let retry_at = now + wait;
        let blocked = cause.needs_user();
        self.publish(if blocked { State::Blocked { cause, retry_at } } else { State::Backoff { cause, retry_at } });
    }

    /// How long to wait because of `cause`, and how long if a request is there.
    pub(super) fn wait_for(&self, cause: &Cause) -> (Duration, Duration) {
        let pace = &self.options.pace;
        if cause.needs_user() {
            return (pace.blocked, pace.eager_blocked_after);
        }
        let next = self.waits().back_off.next();
        // Nothing was asked of the host yet, so there is nobody to spare.
        let is_local =
            matches!(cause, Cause::NoNetwork | Cause::HostUnresolved { .. } | Cause::ResolverUnavailable { .. });
        (if is_local { next.min(UNNAMED) } else { next }, pace.eager_after)
    }

    pub(super) fn reset_back_off(&self) {
        self.waits().back_off.reset();
    }

    /// How many attempts in a row this one makes.
    pub(super) fn count_attempt(&self) -> u32 {
        let mut waits = self.waits();
        waits.attempt += 1;
        waits.attempt
    }

    /// How long until a host that is out of reach is tried again.
    pub(super) fn reach_again(&self) -> Duration {
        let mut waits = self.waits();
        let since = *waits.down_since.get_or_insert_with(Instant::now);
        pause(since.elapsed())
    }

    /// Notes the ssh that is being tried, where none is in use.
    pub(super) fn try_ssh(&self, pid: Option<u32>) {
        if !self.has_session() {
            self.set_ssh(pid);
        }
    }

    /// Notes the ssh that is in use.
    pub(super) fn set_ssh(&self, pid: Option<u32>) {
        lock(&self.facts).ssh = pid;
    }

    /// Whether there is a session that may still come to life.
    pub(super) fn has_session(&self) -> bool {
        self.carrier.borrow().is_some()
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Between two tries of a host that has been out of reach for as long as `outage`.
fn pause(outage: Duration) -> Duration {
    if outage < REACH_LONG { REACH_OFTEN } else { REACH_SELDOM }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        healthy_after(Duration::from_mins(1))
    }

    fn healthy_after(healthy_after: Duration) -> Shared {
        let options = Options::new("vps", std::path::Path::new("/nowhere"));
        let options = Options { pace: super::super::Pace { jitter: 0.0, healthy_after, ..options.pace }, ..options };
        Shared::new(options, watch::Sender::new(State::Suspect), watch::Sender::new(None), Arc::default())
    }

    fn waits(shared: &Shared, cause: &Cause) -> Vec<u64> {
        (0..8).map(|_| shared.wait_for(cause).0.as_secs()).collect()
    }

    #[test]
    fn a_host_is_spared_and_a_name_server_is_not() {
        let host = || "vps".into();
        let refused = Cause::Refused { address: "192.0.2.7 port 22".into() };
        assert_eq!(waits(&shared(), &refused), [0, 1, 2, 4, 8, 16, 30, 30]);
        for cause in
            [Cause::NoNetwork, Cause::HostUnresolved { host: host() }, Cause::ResolverUnavailable { host: host() }]
        {
            assert_eq!(waits(&shared(), &cause), [0, 1, 2, 4, 5, 5, 5, 5], "{cause:?}");
        }
        assert_eq!(shared().wait_for(&Cause::TooManyKeys), (Duration::from_mins(5), Duration::from_secs(30)));
    }

    #[test]
    fn an_outage_is_one_however_often_somebody_asks() {
        let shared = shared();
        let cause = || Cause::TimedOut { address: "192.0.2.7 port 22".into() };
        for attempt in 1..=50 {
            assert_eq!(shared.count_attempt(), attempt);
            let (wait, eager) = shared.wait_for(&cause());
            assert!(eager <= Duration::from_secs(1), "a request waits no longer for the next attempt");
            shared.announce(cause(), wait);
        }
        assert_eq!(shared.wait_for(&cause()).0, Duration::from_secs(30));
        // A path that is up for a moment only changes nothing of that.
        shared.proved(Duration::from_millis(20), None);
        assert_eq!(shared.count_attempt(), 1);
        shared.down();
        assert_eq!(shared.wait_for(&cause()).0, Duration::from_secs(30));
        shared.reset_back_off();
        assert_eq!(shared.wait_for(&cause()).0, Duration::ZERO);
    }

    #[test]
    fn a_path_that_was_up_for_long_starts_again_with_the_first_wait() {
        let shared = healthy_after(Duration::ZERO);
        let cause = Cause::Refused { address: "192.0.2.7 port 22".into() };
        waits(&shared, &cause);
        shared.proved(Duration::from_millis(20), None);
        shared.down();
        assert_eq!(shared.wait_for(&cause).0, Duration::ZERO);
    }

    #[test]
    fn a_host_that_is_out_of_reach_for_hours_is_tried_less_often() {
        let (short, long) = (Duration::from_secs(119), Duration::from_hours(9));
        assert_eq!((pause(short), pause(REACH_LONG), pause(long)), (REACH_OFTEN, REACH_SELDOM, REACH_SELDOM));
    }
}

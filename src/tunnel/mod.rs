//! The supervised ssh child: a private Unix socket here, the OCR server at its other end.
//!
//! [`open`] gives two things. The [`Supervisor`] runs ssh again and again and proves the path end to end; it is the
//! only writer of the [`State`]. The [`Tunnel`] is everybody else's view: what the state is, whether a request may go
//! now, and the way to send it. Neither knows the configuration file, the proxy or the pipeline.

mod back_off;
mod cause;
mod clock;
mod milestone;
mod options;
mod path_search;
mod probe;
mod process;
mod reach;
mod record;
mod session;
mod session_watch;
mod shared;
mod ssh;
mod state;
mod supervisor;
mod surroundings;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::{Request, Response};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::untrusted::Untrusted;
use crate::upstream::{Error, RequestProgress, Traffic, Upstream};
pub use cause::{Answered, Cause, LastWords, SshStage, Step};
pub use clock::Clock;
use clock::{Moment, SLEPT};
pub(crate) use options::BadRemote;
pub use options::{Options, Pace, Remote};
pub(crate) use process::{Process, signal_group};
pub(crate) use ssh::session_arguments;
pub use state::State;
pub use supervisor::Supervisor;

/// How many wishes may wait; more of them would say the same.
const WISHES: usize = 8;

/// What the supervisor is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// A request is there: prove the path now, or try it again soon.
    Soon,
    /// Something has changed, or the user says so: try again now.
    Now,
}

/// What the supervisor knows besides the state.
#[derive(Debug, Default)]
struct Knowledge {
    /// When the path was proved last.
    proved: Option<Moment>,
    /// What the server calls itself.
    server: Option<Untrusted>,
    ssh: Option<u32>,
    last_cause: Option<(Cause, SystemTime)>,
    /// Bytes per second that the link has carried at least.
    rate: Option<f64>,
}

/// The session that requests go through.
#[derive(Clone)]
struct Carrier {
    number: u64,
    upstream: Upstream,
}

/// A request on its way through the session `number`.
struct Sent {
    number: u64,
    progress: RequestProgress,
    /// Everything that goes through that session.
    traffic: Traffic,
}

/// How long nothing has moved.
#[derive(Debug, Clone, Copy)]
struct RequestSilence {
    /// Of one request.
    request: Duration,
    /// Nothing came back through its whole session.
    session: Duration,
}

impl RequestSilence {
    /// How long until a request will hardly be answered any more where another session took over: a link like this one
    /// needs `on_its_way` for what the request has sent, and nothing at all came back for `doubtful`.
    fn until_lost(self, on_its_way: Duration, doubtful: Duration) -> Duration {
        let all = self.session.max(self.request);
        on_its_way.saturating_sub(self.request).max(doubtful.saturating_sub(all))
    }
}

/// A link slower than this, in bytes per second, is not told from a dead one by a request alone.
const SLOWEST: f64 = 32.0 * 1024.0;

/// The most that may be on its way unseen: OpenSSH's channel window (2 MiB, `CHAN_TCP_WINDOW_DEFAULT`) and as much again
/// for the buffers of the kernel and of the network.
const UNSEEN: u64 = 4 << 20;

/// A request that sent at least this much shows how fast the link is.
const TELLING: u64 = 64 * 1024;

/// A tunnel as everybody else sees it. Clones are the same tunnel.
#[derive(Clone)]
pub struct Tunnel {
    state: watch::Receiver<State>,
    carrier: watch::Receiver<Option<Carrier>>,
    wishes: mpsc::Sender<Wish>,
    facts: Arc<Mutex<Knowledge>>,
    clock: Clock,
    pace: Pace,
}

/// A tunnel that nobody looks after yet: nothing happens until [`Supervisor::run`] is polled.
#[must_use]
pub fn open(options: Options) -> (Tunnel, Supervisor) {
    let (sender, state) = watch::channel(State::Connecting { attempt: 1 });
    let (sender_of_carriers, carrier) = watch::channel(None);
    let (wishes, inbox) = mpsc::channel(WISHES);
    let facts = Arc::default();
    let (clock, pace) = (options.clock.clone(), options.pace.clone());
    let tunnel = Tunnel { state, carrier, wishes, facts: Arc::clone(&facts), clock, pace };
    let supervisor = Supervisor::new(options, (sender, sender_of_carriers), inbox, facts);
    (tunnel, supervisor)
}

impl Tunnel {
    /// The state now.
    #[must_use]
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// The state and every later one. A successful probe is published even if only the round trip differs.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Waits until a request may be sent: the path is up.
    ///
    /// Returns at once if it is, and has it proved again if that was a while ago; waits up to `patience` for a reconnect
    /// under way. A wait that the supervisor is in is cut short where that makes sense.
    ///
    /// # Errors
    /// The state that stood in the way. [`State::Blocked`] comes at once: waiting cannot mend it.
    pub async fn ready(&self, patience: Duration) -> Result<(), State> {
        let mut state = self.state.clone();
        let arrived = async {
            loop {
                let now = state.borrow_and_update().clone();
                let age = self.age();
                if now.is_up() && age.is_some_and(|age| age <= self.pace.fresh) {
                    return Ok(());
                }
                self.wish(Wish::Soon);
                if now.is_up() && age.is_some_and(|age| age <= self.pace.stale()) {
                    return Ok(());
                }
                if matches!(now, State::Blocked { .. }) || state.changed().await.is_err() {
                    return Err(now);
                }
            }
        };
        timeout(patience, arrived).await.unwrap_or_else(|_| Err(self.state()))
    }

    /// Sends `request` through the tunnel, whatever its state; [`Upstream::send`] says how.
    ///
    /// While it is silent the path is asked for; if another session takes over and this one does not look as if it were
    /// only slow, the request goes through that one as well, and the first answer counts.
    ///
    /// # Errors
    /// [`Error::phase`] tells whether the request may be sent again.
    pub async fn send(&self, request: Request<Bytes>, deadline: Instant) -> Result<Response<Bytes>, Error> {
        let mut carriers = self.carrier.clone();
        let mut exchanges = JoinSet::new();
        let mut last: Option<Sent> = None;
        loop {
            let carrier = carriers.borrow_and_update().clone();
            // How long until it goes through this session as well.
            let wait = carrier.as_ref().and_then(|carrier| match &last {
                Some(sent) => (sent.number != carrier.number).then(|| self.until_lost(sent)),
                None => Some(Duration::ZERO),
            });
            if let Some(Carrier { number, upstream }) = carrier.filter(|_| wait == Some(Duration::ZERO)) {
                let progress = RequestProgress::default();
                last = Some(Sent { number, progress: progress.clone(), traffic: upstream.traffic().clone() });
                let (request, started) = (request.clone(), Instant::now());
                exchanges.spawn(async move {
                    let answer = upstream.send_watched(request, deadline, &progress).await;
                    (answer, started.elapsed())
                });
            }
            let Some(Sent { progress, .. }) = &last else {
                return Err(Error::Connect(io::ErrorKind::NotConnected.into()));
            };
            tokio::select! {
                Some(joined) = exchanges.join_next() => match joined {
                    Ok((Ok(answer), took)) => {
                        self.note_rate(request.body().len() as u64, took);
                        return Ok(answer);
                    }
                    Err(panic) if exchanges.is_empty() => return Err(Error::Connect(io::Error::other(panic))),
                    Err(_) => {}
                    Ok((Err(error), _)) => {
                        if matches!(error, Error::Connect(_) | Error::Broken(_) | Error::Cut(_)) {
                            self.wish(Wish::Soon);
                        }
                        if exchanges.is_empty() {
                            return Err(error);
                        }
                    }
                },
                Ok(()) = carriers.changed() => {}
                () = sleep(wait.unwrap_or(Duration::MAX).min(self.pace.ask_after)) => {
                    if progress.silent_for() >= self.pace.ask_after {
                        self.wish(Wish::Soon);
                    }
                }
            }
        }
    }

    /// How long until what was `sent` will hardly be answered any more, if it stays silent.
    fn until_lost(&self, sent: &Sent) -> Duration {
        let rate = self.facts().rate.unwrap_or_default().max(SLOWEST);
        let unseen = sent.progress.unanswered().min(UNSEEN) as f64;
        let silence = RequestSilence {
            request: sent.progress.silent_for(),
            session: sent.traffic.received_at().map(|at| at.elapsed()).unwrap_or_default(),
        };
        silence.until_lost(Duration::from_secs_f64(unseen / rate), self.pace.ask_after)
    }

    /// Remembers that `bytes` were carried and answered in `took`; a slower link makes itself felt soon.
    fn note_rate(&self, bytes: u64, took: Duration) {
        if bytes >= TELLING {
            let seen = bytes as f64 / took.as_secs_f64().max(0.001);
            let mut facts = self.facts();
            facts.rate = Some(facts.rate.map_or(seen, |rate| seen.max(rate / 2.0)));
        }
    }

    /// Tries again now, whatever the supervisor waits for: the user says that it is mended.
    pub fn retry(&self) {
        self.wish(Wish::Now);
    }

    fn wish(&self, wish: Wish) {
        // A full inbox already holds the same wish; a closed one shows in the state, which stays as it is.
        let _ = self.wishes.try_send(wish);
    }

    /// What the server at the other end called itself when it was last well (its `Server` header).
    #[must_use]
    pub fn server(&self) -> Option<Untrusted> {
        self.facts().server.clone()
    }

    /// The process number of ssh, while it runs.
    #[must_use]
    pub fn ssh_pid(&self) -> Option<u32> {
        self.facts().ssh
    }

    /// Why the path was last not there, and when that was; it stays when the path is up again.
    #[must_use]
    pub fn last_cause(&self) -> Option<(Cause, SystemTime)> {
        self.facts().last_cause.clone()
    }

    /// How long ago the path was proved or heard of. `None` if it never was, or the machine has slept since.
    fn age(&self) -> Option<Duration> {
        let now = self.clock.moment();
        let proved = self.facts().proved?;
        let heard = self.carrier.borrow().as_ref().and_then(|carrier| carrier.upstream.traffic().received_at());
        let heard = heard.map_or(Duration::MAX, |at| at.elapsed());
        (proved.jump(now) <= SLEPT).then(|| proved.until(now).min(heard))
    }

    fn facts(&self) -> MutexGuard<'_, Knowledge> {
        lock(&self.facts)
    }
}

fn lock(facts: &Mutex<Knowledge>) -> MutexGuard<'_, Knowledge> {
    facts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::RequestSilence;
    use std::time::Duration;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn a_request_counts_as_lost_once_its_silence_cannot_be_a_slow_link() {
        for (request, session, on_its_way, until_lost) in [
            // Sent into a hole a moment ago, while the session had been silent for a while.
            (50, 1_700, 12, 0),
            (50, 1_700, 1_800, 1_750),
            // Answers come back through the session: it is only slow.
            (50, 100, 12, 600),
            (600, 100, 12, 100),
            (5_000, 100, 64_000, 59_000),
            // The first request of a session.
            (700, 0, 0, 0),
        ] {
            let silence = RequestSilence { request: MS(request), session: MS(session) };
            assert_eq!(silence.until_lost(MS(on_its_way), MS(700)), MS(until_lost), "{silence:?} {on_its_way}");
        }
    }
}

//! The supervised ssh child: a private Unix socket here, the OCR server at its other end.
//!
//! [`open`] gives two things. The [`Supervisor`] runs ssh again and again and proves the path end to end; it is the
//! only writer of the [`State`]. The [`Tunnel`] is everybody else's view: what the state is, whether a request may go
//! now, and the way to send it. Neither knows the configuration file, the proxy or the pipeline.

mod back_off;
mod cause;
mod clock;
mod options;
mod probe;
mod process;
mod publication;
mod record;
mod ssh;
mod state;
mod supervisor;
mod surroundings;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::{Request, Response};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout};

use crate::untrusted::Untrusted;
use crate::upstream::{Error, Upstream};
pub use cause::{Cause, Said, Stage, Step};
pub use clock::Clock;
use clock::{Moment, SLEPT};
pub use options::{BadRemote, Options, Pace, Remote};
pub use ssh::session_arguments;
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
struct Facts {
    /// When the path was proved last.
    proved: Option<Moment>,
    /// What the server calls itself.
    server: Option<Untrusted>,
    ssh: Option<u32>,
    last_cause: Option<(Cause, SystemTime)>,
}

/// A tunnel as everybody else sees it. Clones are the same tunnel.
#[derive(Clone)]
pub struct Tunnel {
    state: watch::Receiver<State>,
    wishes: mpsc::Sender<Wish>,
    facts: Arc<Mutex<Facts>>,
    upstream: Upstream,
    clock: Clock,
    fresh: Duration,
}

/// A tunnel that nobody looks after yet: nothing happens until [`Supervisor::run`] is polled.
#[must_use]
pub fn open(options: Options) -> (Tunnel, Supervisor) {
    let (sender, state) = watch::channel(State::Connecting { attempt: 1 });
    let (wishes, inbox) = mpsc::channel(WISHES);
    let tunnel = Tunnel {
        state,
        wishes,
        facts: Arc::default(),
        upstream: Upstream::new(options.socket.clone()),
        clock: options.clock.clone(),
        fresh: options.pace.fresh,
    };
    let supervisor = Supervisor::new(options, sender, inbox, &tunnel);
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

    /// Waits until a request may be sent: the path is up, and proved lately or at once by a probe.
    ///
    /// Returns at once if it is; waits up to `patience` for a probe or a reconnect under way. A wait that the
    /// supervisor is in is cut short where that makes sense.
    ///
    /// # Errors
    /// The state that stood in the way. [`State::Blocked`] comes at once: waiting cannot mend it.
    pub async fn ready(&self, patience: Duration) -> Result<(), State> {
        let mut state = self.state.clone();
        let arrived = async {
            loop {
                let now = state.borrow_and_update().clone();
                if now.is_up() && self.is_fresh() {
                    return Ok(());
                }
                // A full inbox already holds the same wish; a closed one shows in the state, which stays as it is.
                let _ = self.wishes.try_send(Wish::Soon);
                if matches!(now, State::Blocked { .. }) || state.changed().await.is_err() {
                    return Err(now);
                }
            }
        };
        timeout(patience, arrived).await.unwrap_or_else(|_| Err(self.state()))
    }

    /// Sends `request` through the tunnel, whatever its state; [`Upstream::send`] says how. A connection that breaks
    /// has the path probed at once.
    ///
    /// # Errors
    /// [`Error::phase`] tells whether the request may be sent again.
    pub async fn send(&self, request: Request<Bytes>, deadline: Instant) -> Result<Response<Bytes>, Error> {
        let answer = self.upstream.send(request, deadline).await;
        if matches!(answer, Err(Error::Connect(_) | Error::Broken(_) | Error::Cut(_))) {
            let _ = self.wishes.try_send(Wish::Soon);
        }
        answer
    }

    /// Tries again now, whatever the supervisor waits for: the user says that it is mended.
    pub fn retry(&self) {
        let _ = self.wishes.try_send(Wish::Now);
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

    /// Whether the path was proved or heard of lately, or our own bytes keep the link busy so that silence means
    /// nothing. A sleep in between undoes all of that.
    fn is_fresh(&self) -> bool {
        let now = self.clock.moment();
        let Some(proved) = self.facts().proved else { return false };
        let traffic = self.upstream.traffic();
        let is_heard = || traffic.received_at().is_some_and(|at| at.elapsed() <= self.fresh);
        proved.jump(now) <= SLEPT && (proved.until(now) <= self.fresh || is_heard() || traffic.is_busy())
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        lock(&self.facts)
    }
}

fn lock(facts: &Mutex<Facts>) -> MutexGuard<'_, Facts> {
    facts.lock().unwrap_or_else(PoisonError::into_inner)
}

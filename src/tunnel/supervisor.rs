//! The loop that keeps the path up: start ssh, prove the path again and again, end it, wait, again.

use std::convert::Infallible;
use std::future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::back_off::BackOff;
use super::cause::Cause;
use super::options::Options;
use super::probe::{self, Outcome};
use super::publication::Publication;
use super::record::{self, Record};
use super::ssh::{self, Event, Ssh};
use super::state::State;
use super::surroundings::Surroundings;
use super::{Tunnel, Wish};
use crate::untrusted::Untrusted;
use crate::upstream::Upstream;

/// The most bytes in the path of a socket: `sun_path` of `sockaddr_un` without its final NUL.
const SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// How often to look whether ssh listens yet.
const LOOK: Duration = Duration::from_millis(25);

/// How long ssh may take to say why a channel broke, or to end because of it.
const REASON: Duration = Duration::from_millis(500);

/// Unanswered probes in a row after which the path is dead.
const STRIKES: u32 = 2;

/// When to probe next.
struct Rest {
    /// After this long…
    wait: Duration,
    /// … or, if a request wants to know, already after this long.
    eager: Duration,
}

/// Looks after one tunnel. Dropping it ends everything: ssh is killed, its socket and its record are removed.
/// [`Supervisor::close`] does the same with manners.
pub struct Supervisor {
    // Dropped in this order: ssh first, the record that would name it last.
    ssh: Option<Ssh>,
    socket: Option<Socket>,
    record: Option<Record>,
    options: Options,
    publication: Publication,
    inbox: mpsc::Receiver<Wish>,
    upstream: Upstream,
    surroundings: Surroundings,
    back_off: BackOff,
    attempt: u32,
    /// Since when the path is up, and when that was on the wall.
    up_since: Option<(Instant, SystemTime)>,
}

/// The socket that ssh makes and leaves behind.
struct Socket(PathBuf);

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(error) = record::remove_socket(&self.0) {
            tracing::warn!(?error, "the socket stays behind");
        }
    }
}

impl Supervisor {
    /// The supervisor of what `tunnel` shows.
    pub(super) fn new(
        options: Options,
        state: watch::Sender<State>,
        inbox: mpsc::Receiver<Wish>,
        tunnel: &Tunnel,
    ) -> Self {
        let pace = &options.pace;
        Self {
            ssh: None,
            socket: None,
            record: None,
            publication: Publication::new(state, Arc::clone(&tunnel.facts), options.clock.clone()),
            inbox,
            upstream: tunnel.upstream.clone(),
            surroundings: Surroundings::new(options.clock.clone(), pace.watch),
            back_off: BackOff::new(pace.back_off.clone(), pace.jitter),
            attempt: 0,
            up_since: None,
            options,
        }
    }

    /// Keeps the path up, and never returns. Dropping the future stops the work but leaves ssh to the supervisor:
    /// [`close`](Self::close) it, or drop it.
    pub async fn run(&mut self) -> Infallible {
        loop {
            self.attempt += 1;
            self.publication.publish(State::Connecting { attempt: self.attempt });
            let cause = match self.connect().await {
                Ok(never) => match never {},
                Err(cause) => cause,
            };
            self.up_since = None;
            self.end_ssh().await;
            self.wait_out(cause).await;
        }
    }

    /// Ends ssh and removes its socket and its record: SIGTERM first, SIGKILL if that is not enough.
    pub async fn close(mut self) {
        self.end_ssh().await;
    }

    async fn connect(&mut self) -> Result<Infallible, Cause> {
        self.end_ssh().await;
        self.prepare().await?;
        let limit = self.options.connect_timeout + self.options.pace.login;
        timeout(limit, self.log_in()).await.unwrap_or(Err(Cause::LoginStalled))?;
        self.look_after().await
    }

    /// Everything before ssh starts: folders, the record, an orphan, a stale socket.
    async fn prepare(&mut self) -> Result<(), Cause> {
        let Options { socket, state_dir, .. } = &self.options;
        if socket.as_os_str().len() > SOCKET_PATH {
            return Err(Cause::SocketPathTooLong { path: socket.clone(), limit: SOCKET_PATH });
        }
        for folder in [Some(state_dir.as_path()), socket.parent()].into_iter().flatten() {
            record::private_folder(folder)?;
        }
        if self.record.is_none() {
            let mut record = Record::take(state_dir)?;
            if let Some(orphan) = record.read()
                && orphan.is_running()
                && orphan.was_told(&ssh::listener(socket))
            {
                tracing::warn!(pid = orphan.pid(), "ending the ssh of a jkocr that crashed");
                orphan.end(self.options.pace.grace).await;
            }
            self.record = Some(record);
        }
        record::remove_socket(socket)?;
        self.socket.get_or_insert_with(|| Socket(socket.clone()));
        Ok(())
    }

    /// Starts ssh and waits until it listens on the socket, which it does once it is logged in.
    async fn log_in(&mut self) -> Result<(), Cause> {
        let ssh = self.ssh.insert(Ssh::start(&self.options)?);
        let process = ssh.process();
        if let Some(record) = &mut self.record {
            record.write(process.as_ref())?;
        }
        self.publication.facts().ssh = process.as_ref().map(super::process::Process::pid);
        loop {
            tokio::select! {
                event = ssh.event() => if let Event::Ended(cause) = event { return Err(cause) },
                () = sleep(LOOK) => if self.options.socket.exists() { break },
            }
        }
        ssh.logged_in();
        Ok(())
    }

    async fn end_ssh(&mut self) {
        if let Some(ssh) = self.ssh.take() {
            ssh.end(self.options.pace.grace).await;
        }
        self.upstream.forget();
        self.publication.facts().ssh = None;
        if let Some(record) = &mut self.record
            && let Err(error) = record.write(None)
        {
            tracing::warn!(?error, "the record keeps an ssh that has ended");
        }
    }

    /// Waits before the next attempt, as long as `cause` asks for.
    async fn wait_out(&mut self, cause: Cause) {
        let pace = &self.options.pace;
        let (wait, eager) = if self.publication.needs_user(&cause) {
            (pace.blocked, pace.eager_blocked_after)
        } else {
            (self.back_off.next(), pace.eager_after)
        };
        let started = Instant::now();
        let mut until = started + wait;
        self.publication.down(cause.clone(), wait);
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                Some(wish) = self.inbox.recv() => match wish {
                    Wish::Now => return self.back_off.reset(),
                    Wish::Soon if started + eager < until => {
                        until = started + eager;
                        self.publication.down(cause.clone(), until.saturating_duration_since(Instant::now()));
                    }
                    Wish::Soon => {}
                },
                _ = self.surroundings.change() => return self.back_off.reset(),
            }
        }
    }

    /// Probes until the path is dead, or fit for nothing but a new ssh.
    async fn look_after(&mut self) -> Result<Infallible, Cause> {
        self.publication.publish(State::Probing);
        let mut strikes = 0;
        loop {
            let (outcome, refusal) = self.probe().await?;
            // Whoever asked meanwhile has this answer.
            while self.inbox.try_recv().is_ok() {}
            let rest = match outcome {
                Outcome::Silence => {
                    strikes += 1;
                    self.silence(strikes)?
                }
                Outcome::Healthy { round_trip, server } => self.healthy(round_trip, server),
                Outcome::Unfit(cause) => self.unfit(cause),
                Outcome::Broken(error) => {
                    tracing::debug!(?error, "the probe broke");
                    let cause = self.reason(refusal).await?;
                    if !cause.keeps_ssh() {
                        return Err(cause);
                    }
                    self.unfit(cause)
                }
            };
            if rest.wait > Duration::ZERO {
                strikes = self.rest(&rest).await?;
            }
        }
    }

    /// One probe. Also returns what ssh said meanwhile about a channel that did not open.
    async fn probe(&mut self) -> Result<(Outcome, Option<Cause>), Cause> {
        let remote = self.options.remote.to_string();
        let question = probe::ask(&self.upstream, &remote, self.options.pace.probe_timeout);
        tokio::pin!(question);
        let mut refusal = None;
        loop {
            tokio::select! {
                // What ssh says comes before the break it explains.
                biased;
                event = Self::news(&mut self.ssh) => match event {
                    Event::Ended(cause) => return Err(cause),
                    Event::Said(line) => refusal = Cause::from_channel(&line, &remote).or(refusal),
                },
                outcome = &mut question => return Ok((outcome, refusal)),
            }
        }
    }

    /// Why the question was not carried.
    ///
    /// # Errors
    /// ssh has ended.
    async fn reason(&mut self, refusal: Option<Cause>) -> Result<Cause, Cause> {
        if let Some(refusal) = refusal {
            return Ok(refusal);
        }
        let remote = self.options.remote.to_string();
        let told = async {
            loop {
                match Self::news(&mut self.ssh).await {
                    Event::Ended(cause) => return Err(cause),
                    Event::Said(line) => {
                        if let Some(cause) = Cause::from_channel(&line, &remote) {
                            return Ok(cause);
                        }
                    }
                }
            }
        };
        timeout(REASON, told).await.unwrap_or(Ok(Cause::ClosedWithoutAnswer))
    }

    fn healthy(&mut self, round_trip: Duration, server: Option<Untrusted>) -> Rest {
        let pace = &self.options.pace;
        let rest = Rest { wait: pace.probe_interval, eager: Duration::ZERO };
        let (since, wall) = *self.up_since.get_or_insert_with(|| {
            tracing::info!(?round_trip, "up");
            (Instant::now(), self.options.clock.now())
        });
        if since.elapsed() >= pace.healthy_after {
            self.back_off.reset();
        }
        self.attempt = 0;
        let mut facts = self.publication.facts();
        facts.proved = Some(self.options.clock.moment());
        facts.server = server;
        drop(facts);
        self.publication.up(State::Up { since: wall, round_trip });
        rest
    }

    /// ssh is well and the server is not: only the server is asked again.
    fn unfit(&mut self, cause: Cause) -> Rest {
        self.up_since = None;
        let pace = &self.options.pace;
        let eager = pace.eager_after;
        let wait = match &cause {
            Cause::NotReady { .. } => pace.not_ready,
            cause if cause.needs_user() => pace.blocked,
            _ => self.back_off.next(),
        };
        self.publication.down(cause, wait);
        Rest { wait, eager }
    }

    fn silence(&mut self, strikes: u32) -> Result<Rest, Cause> {
        if strikes >= STRIKES {
            return Err(Cause::Silent);
        }
        tracing::info!("the probe went unanswered");
        self.publication.suspect();
        Ok(Rest { wait: Duration::ZERO, eager: Duration::ZERO })
    }

    /// Waits until the next probe is due. Returns how many strikes it starts with: one if the surroundings changed,
    /// because then the connection is more likely dead than slow.
    async fn rest(&mut self, rest: &Rest) -> Result<u32, Cause> {
        let remote = self.options.remote.to_string();
        let started = Instant::now();
        let mut until = started + rest.wait;
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(0),
                event = Self::news(&mut self.ssh) => match event {
                    Event::Ended(cause) => return Err(cause),
                    // Somebody's request did not get through.
                    Event::Said(line) if Cause::from_channel(&line, &remote).is_some() => {
                        until = until.min(started + rest.eager);
                    }
                    Event::Said(_) => {}
                },
                Some(wish) = self.inbox.recv() => match wish {
                    Wish::Now => return Ok(0),
                    Wish::Soon => until = until.min(started + rest.eager),
                },
                _ = self.surroundings.change() => {
                    self.publication.suspect();
                    return Ok(STRIKES - 1);
                }
            }
        }
    }

    /// The next news of ssh; none ever if it does not run.
    async fn news(ssh: &mut Option<Ssh>) -> Event {
        match ssh {
            Some(ssh) => ssh.event().await,
            None => future::pending().await,
        }
    }
}

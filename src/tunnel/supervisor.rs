//! The loop that keeps the path up: start ssh, look after it, end it, wait, again.

use std::convert::Infallible;
use std::future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::back_off::BackOff;
use super::cause::Cause;
use super::options::Options;
use super::record::{self, Record};
use super::ssh::{self, Event, Ssh};
use super::state::State;
use super::surroundings::Surroundings;
use super::{Facts, Tunnel, Wish, lock};
use crate::upstream::Upstream;

/// The most bytes in the path of a socket: `sun_path` of `sockaddr_un` without its final NUL.
const SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// How often to look whether ssh listens yet.
const LOOK: Duration = Duration::from_millis(25);

/// Looks after one tunnel. Dropping it ends everything: ssh is killed, its socket and its record are removed.
/// [`Supervisor::close`] does the same with manners.
pub struct Supervisor {
    // Dropped in this order: ssh first, the record that would name it last.
    pub(super) ssh: Option<Ssh>,
    socket: Option<Socket>,
    record: Option<Record>,
    pub(super) options: Options,
    state: watch::Sender<State>,
    pub(super) inbox: mpsc::Receiver<Wish>,
    pub(super) facts: Arc<Mutex<Facts>>,
    pub(super) upstream: Upstream,
    pub(super) surroundings: Surroundings,
    pub(super) back_off: BackOff,
    pub(super) attempt: u32,
    /// Since when the path is up, and when that was on the wall.
    pub(super) up_since: Option<(Instant, SystemTime)>,
    /// What was logged since the path was last up: a cause is told once.
    pub(super) told: Option<Cause>,
    /// The host's name had an address once: if it has none now, the network is away and the name is not wrong.
    pub(super) is_host_known: bool,
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
        let (facts, upstream) = (Arc::clone(&tunnel.facts), tunnel.upstream.clone());
        let pace = &options.pace;
        Self {
            ssh: None,
            socket: None,
            record: None,
            state,
            inbox,
            facts,
            upstream,
            surroundings: Surroundings::new(options.clock.clone(), pace.watch),
            back_off: BackOff::new(pace.back_off.clone(), pace.jitter),
            attempt: 0,
            up_since: None,
            told: None,
            is_host_known: false,
            options,
        }
    }

    /// Keeps the path up, and never returns. Dropping the future stops the work but leaves ssh to the supervisor:
    /// [`close`](Self::close) it, or drop it.
    pub async fn run(&mut self) -> Infallible {
        loop {
            self.attempt += 1;
            self.publish(State::Connecting { attempt: self.attempt });
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
        lock(&self.facts).ssh = process.as_ref().map(super::process::Process::pid);
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
        lock(&self.facts).ssh = None;
        if let Some(record) = &mut self.record
            && let Err(error) = record.write(None)
        {
            tracing::warn!(?error, "the record keeps an ssh that has ended");
        }
    }

    /// Waits before the next attempt, as long as `cause` asks for.
    async fn wait_out(&mut self, cause: Cause) {
        let pace = &self.options.pace;
        let (wait, eager) = if self.needs_user(&cause) {
            (pace.blocked, pace.eager_blocked_after)
        } else {
            (self.back_off.next(), pace.eager_after)
        };
        let started = Instant::now();
        let mut until = started + wait;
        self.announce(cause.clone(), wait);
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                Some(wish) = self.inbox.recv() => match wish {
                    Wish::Now => return self.back_off.reset(),
                    Wish::Soon if started + eager < until => {
                        until = started + eager;
                        self.announce(cause.clone(), until.saturating_duration_since(Instant::now()));
                    }
                    Wish::Soon => {}
                },
                _ = self.surroundings.change() => return self.back_off.reset(),
            }
        }
    }

    fn needs_user(&self, cause: &Cause) -> bool {
        let is_away = self.is_host_known && matches!(cause, Cause::HostUnresolved { .. });
        cause.needs_user() && !is_away
    }

    /// Publishes that the path is not there because of `cause`, and is tried again after `wait`.
    pub(super) fn announce(&mut self, cause: Cause, wait: Duration) {
        let now = self.options.clock.now();
        lock(&self.facts).last_cause = Some((cause.clone(), now));
        if self.told.replace(cause.clone()).as_ref() == Some(&cause) {
            tracing::debug!(?cause, ?wait, "still not up");
        } else {
            tracing::warn!(?cause, ?wait, "not up");
        }
        let retry_at = now + wait;
        let blocked = self.needs_user(&cause);
        self.publish(if blocked { State::Blocked { cause, retry_at } } else { State::Backoff { cause, retry_at } });
    }

    pub(super) fn publish(&self, state: State) {
        self.state.send_replace(state);
    }

    pub(super) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// The next news of ssh; none ever if it does not run.
    pub(super) async fn news(ssh: &mut Option<Ssh>) -> Event {
        match ssh {
            Some(ssh) => ssh.event().await,
            None => future::pending().await,
        }
    }
}

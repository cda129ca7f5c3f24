//! A tunnel under test: fast options, its supervisor running, and bounded waits for what it should show.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jkocr::tunnel::{self, Cause, Options, Pace, State, Tunnel};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::ocr_server::OcrServer;
use crate::sshd::{Sshd, processes, wait_for};

/// The longest a state may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// Never, as far as a test is concerned.
pub const NEVER: Duration = Duration::from_hours(1);

/// Waits so short that a test need not wait for them.
pub fn fast() -> Pace {
    let ms = Duration::from_millis;
    Pace {
        back_off: vec![ms(0), ms(50), ms(100), ms(200)],
        jitter: 0.2,
        healthy_after: ms(500),
        blocked: ms(400),
        not_ready: ms(50),
        eager_after: ms(20),
        eager_blocked_after: ms(20),
        probe_interval: ms(100),
        probe_timeout: Duration::from_secs(4),
        ask_after: Duration::from_secs(2),
        fresh: ms(500),
        login: Duration::from_secs(20),
        grace: Duration::from_secs(5),
        watch: ms(20),
    }
}

/// Options for a tunnel through `sshd` to `server`.
pub fn options(sshd: &Sshd, server: &OcrServer, home: &Path) -> Options {
    Options {
        ssh_config: Some(sshd.client("vps", "")),
        remote: format!("127.0.0.1:{}", server.port()).parse().expect("an address"),
        pace: fast(),
        ..Options::new("vps", &home.join("state"))
    }
}

/// A tunnel whose supervisor runs.
pub struct Rig {
    pub tunnel: Tunnel,
    pub socket: PathBuf,
    pub record: PathBuf,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    _home: TempDir,
}

impl Rig {
    /// A tunnel through `sshd` to `server`, with other options where `change` sets them.
    pub fn start(sshd: &Sshd, server: &OcrServer, change: impl FnOnce(&mut Options)) -> Self {
        let home = tempfile::tempdir().expect("a home");
        let mut options = options(sshd, server, home.path());
        change(&mut options);
        Self::with(options, home)
    }

    pub fn with(options: Options, home: TempDir) -> Self {
        let (socket, record) = (options.socket.clone(), options.state_dir.join("tunnel.pid"));
        let (tunnel, mut supervisor) = tunnel::open(options);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            tokio::select! {
                _ = stopped => {}
                never = supervisor.run() => match never {},
            }
            supervisor.close().await;
        });
        Self { tunnel, socket, record, stop, task, _home: home }
    }

    /// Waits for a state.
    pub async fn until(&self, what: &str, is_it: impl Fn(&State) -> bool) -> State {
        let mut states = self.tunnel.subscribe();
        let seen = timeout(PATIENCE, states.wait_for(is_it)).await;
        let Ok(state) = seen else { panic!("in vain: {what}; it is {:?}", self.tunnel.state()) };
        state.expect("the supervisor runs").clone()
    }

    pub async fn until_up(&self) {
        self.until("up", State::is_up).await;
    }

    /// Waits until it is not there because of something, and returns that.
    pub async fn until_down(&self, id: &str) -> Cause {
        let state = self.until(id, |state| state.cause().is_some_and(|cause| cause.id() == id)).await;
        state.cause().expect("a cause").clone()
    }

    /// Waits until it was up and something ended that, which may be over already.
    pub async fn until_recovered_from(&self, id: &str) -> Cause {
        let last = || self.tunnel.last_cause().filter(|(cause, _)| cause.id() == id);
        let is_after = |state: &State| match (state, last()) {
            (State::Up { since, .. }, Some((_, ended))) => *since >= ended,
            _ => false,
        };
        self.until(&format!("recovered from {id}"), is_after).await;
        last().expect("a cause").0
    }

    pub fn ssh_pid(&self) -> u32 {
        self.tunnel.ssh_pid().expect("ssh runs")
    }

    /// Ends it as `jkocr down` does.
    pub async fn close(self) {
        let _ = self.stop.send(());
        self.task.await.expect("the supervisor closes");
    }

    /// Ends it as a panic or a forgotten signal would: by dropping it.
    pub async fn drop_supervisor(self) {
        self.task.abort();
        assert!(self.task.await.expect_err("it was aborted").is_cancelled());
    }
}

/// The processes of an ssh and what it started.
pub fn group(leader: u32) -> Vec<u32> {
    processes().into_iter().filter(|(_, _, group)| *group == leader).map(|(pid, ..)| pid).collect()
}

/// Waits until no process of the group is left.
pub fn until_group_is_gone(leader: u32) {
    wait_for("ssh and what it started have ended", || group(leader).is_empty(), || format!("{:?}", group(leader)));
}

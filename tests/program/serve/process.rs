//! `jkocr serve` as a process of its own, with real models.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::client::{Answer, LONG, ask, request};
use super::server::until;
use crate::common;

/// Two at a time: each takes all cores, and a dozen of them would only wait for one another.
static PROCESSES: Semaphore = Semaphore::const_new(2);

pub struct Process {
    child: Child,
    _place: SemaphorePermit<'static>,
    log: Arc<Mutex<String>>,
}

impl Process {
    /// Starts it with the models of the tests; `arguments` come after `serve`.
    pub async fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[]).await
    }

    /// The same, with variables.
    pub async fn start_with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut process = Self::spawn(arguments, variables, Stdio::piped()).await;
        let stderr = process.child.stderr.take().expect("stderr is piped");
        tokio::spawn(copy(stderr, Arc::clone(&process.log)));
        process
    }

    /// The same, with its log where it is told to write it.
    pub async fn silent(arguments: &[&str], stderr: Stdio) -> Self {
        Self::spawn(arguments, &[], stderr).await
    }

    async fn spawn(arguments: &[&str], variables: &[(&str, &str)], stderr: Stdio) -> Self {
        let place = PROCESSES.acquire().await.expect("never closed");
        let mut command = Command::from(common::jkocr());
        command.env("JKOCR_HOME", common::home()).envs(variables.iter().copied());
        command.arg("serve").args(["--models", "v5-mobile"]).args(arguments);
        let child = command.stderr(stderr).kill_on_drop(true).spawn().expect("the program starts");
        Self { child, _place: place, log: Arc::default() }
    }

    /// Starts it on a free port and waits until it reads images.
    pub async fn ready(arguments: &[&str]) -> (Self, SocketAddr) {
        let process = Self::start(&[&["--port", "0"], arguments].concat()).await;
        let address = process.address().await;
        until(async || healthy(address).await).await;
        (process, address)
    }

    /// The address it says that it listens on.
    pub async fn address(&self) -> SocketAddr {
        let found = || self.log().lines().find_map(|line| line.split("listening on ").nth(1)?.trim().parse().ok());
        until(async || found().is_some()).await;
        found().expect("an address")
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.log.lock().expect("no panic while writing").clone()
    }

    /// The most memory that it had at once, in bytes.
    #[cfg(target_os = "linux")]
    pub fn peak(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id().expect("it runs"));
        let status = std::fs::read_to_string(status).expect("it runs");
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        1024 * kilobytes.expect("a peak").parse::<u64>().expect("a number")
    }

    pub fn signal(&self, signal: Signal) {
        let id = self.child.id().expect("it has not been waited for");
        kill_process(Pid::from_raw(id as i32).expect("an id"), signal).expect("a signal");
    }

    pub async fn ended(&mut self) -> ExitStatus {
        timeout(LONG, self.child.wait()).await.expect("in time").expect("a status")
    }
}

async fn copy(stderr: ChildStderr, log: Arc<Mutex<String>>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let mut log = log.lock().expect("no panic while writing");
        log.push_str(&line);
        log.push('\n');
    }
}

pub async fn health(address: SocketAddr) -> Answer {
    ask(address, &request("GET", "/healthz", &[], b"")).await
}

async fn healthy(address: SocketAddr) -> bool {
    health(address).await.status == 200
}

/// Every file below `folder`.
pub fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

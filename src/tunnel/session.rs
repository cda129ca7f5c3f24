//! One ssh that is logged in, its socket, and the requests that go through it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::cause::Cause;
use super::milestone::Milestone;
use super::options::Options;
use super::process::Process;
use super::record::{self, Record};
use super::ssh::{self, Remarks, Ssh, SshEvent};
use crate::upstream::Upstream;
use crate::wording;

/// The most bytes in the path of a socket: `sun_path` of `sockaddr_un` without its final NUL.
const SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// How long keys may take to be exchanged on a link that nothing is known of; on one with round trips of two seconds it is
/// about this.
const KEYS: Duration = Duration::from_secs(8);

/// How often to look whether ssh listens yet.
const LOOK: Duration = Duration::from_millis(25);

/// How often to look whether there is a place for another ssh.
const FULL: Duration = Duration::from_millis(200);

/// How many ssh there may be at a time: the one in use, the one that is to replace it, and those that still have a
/// request to answer.
const SLOTS: usize = 4;

/// The files that all sessions of a tunnel share, and the numbers they have. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Sockets(Arc<Mutex<SocketsInner>>);

#[derive(Default)]
struct SocketsInner {
    record: Option<Record>,
    processes: Vec<Process>,
    slots: BTreeSet<usize>,
    remarks: Remarks,
    number: u64,
}

impl Sockets {
    /// Gets ready for an ssh: folders, the record, orphans of a crash, stale sockets.
    ///
    /// # Errors
    /// [`Cause::SocketPathTooLong`], [`Cause::StateFolder`], [`Cause::StateFolderShared`], [`Cause::InUse`].
    pub(super) async fn prepare(&self, options: &Options) -> Result<(), Cause> {
        let Options { socket, state_dir, .. } = options;
        let longest = socket_of(options, SLOTS - 1);
        if longest.as_os_str().len() > SOCKET_PATH {
            return Err(Cause::SocketPathTooLong { path: longest, limit: SOCKET_PATH });
        }
        for folder in [Some(state_dir.as_path()), socket.parent()].into_iter().flatten() {
            record::private_folder(folder)?;
        }
        if self.lock().record.is_some() {
            return Ok(());
        }
        let mut record = Record::take(state_dir)?;
        for orphan in record.read() {
            if orphan.is_running() && orphan.was_told(&ssh::listener(socket)) {
                tracing::warn!(pid = orphan.pid(), "orphan-ended");
                orphan.end(options.pace.grace).await;
            }
        }
        for slot in 0..SLOTS {
            record::remove_socket(&socket_of(options, slot))?;
        }
        self.lock().record = Some(record);
        Ok(())
    }

    /// Waits until there is a place for another ssh: each that was replaced has requests of its own to answer.
    pub(super) async fn until_free(&self) {
        while self.lock().slots.len() >= SLOTS {
            sleep(FULL).await;
        }
    }

    /// A place for another ssh; `None` if there are too many.
    fn slot(&self, options: &Options) -> Option<SocketSlot> {
        let mut inner = self.lock();
        let slot = (0..SLOTS).find(|slot| !inner.slots.contains(slot))?;
        inner.slots.insert(slot);
        inner.number += 1;
        Some(SocketSlot {
            sockets: self.clone(),
            place: slot,
            number: inner.number,
            socket: socket_of(options, slot),
            process: None,
        })
    }

    /// What the ssh of this tunnel can be asked to tell.
    fn remarks(&self) -> Remarks {
        self.lock().remarks
    }

    fn write(inner: &mut SocketsInner) -> Result<(), Cause> {
        let SocketsInner { record: Some(record), processes, .. } = inner else { return Ok(()) };
        record.write(processes)
    }

    fn lock(&self) -> MutexGuard<'_, SocketsInner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `tunnel.sock`, `tunnel1.sock` and so on.
fn socket_of(options: &Options, slot: usize) -> PathBuf {
    if slot == 0 {
        return options.socket.clone();
    }
    let mut name = options.socket.file_stem().unwrap_or_default().to_owned();
    name.push(slot.to_string());
    if let Some(extension) = options.socket.extension() {
        name.push(".");
        name.push(extension);
    }
    options.socket.with_file_name(name)
}

/// A socket's path and a line in the record, for as long as it lives.
struct SocketSlot {
    sockets: Sockets,
    place: usize,
    number: u64,
    socket: PathBuf,
    process: Option<Process>,
}

impl SocketSlot {
    fn record(&mut self, process: Option<Process>) -> Result<(), Cause> {
        let before = std::mem::replace(&mut self.process, process.clone());
        let mut inner = self.sockets.lock();
        inner.processes.retain(|recorded| Some(recorded) != before.as_ref());
        inner.processes.extend(process);
        Sockets::write(&mut inner)
    }
}

impl Drop for SocketSlot {
    fn drop(&mut self) {
        if let Err(error) = record::remove_socket(&self.socket) {
            tracing::warn!(error = wording::chain(&error), "socket-left");
        }
        let mut inner = self.sockets.lock();
        inner.slots.remove(&self.place);
        let process = self.process.take();
        inner.processes.retain(|recorded| Some(recorded) != process.as_ref());
        if let Err(error) = Sockets::write(&mut inner) {
            tracing::warn!(error = wording::chain(&error), "record-kept");
        }
    }
}

/// A running ssh. Dropping it kills ssh and removes what it leaves; [`end`](Self::end) does the same with manners.
pub(super) struct SshSession {
    // Dropped in this order.
    ssh: Ssh,
    slot: SocketSlot,
    upstream: Upstream,
}

impl SshSession {
    /// Starts ssh.
    ///
    /// # Errors
    /// Those of [`Ssh::start`]; [`Cause::StateFolder`].
    pub(super) fn start(sockets: &Sockets, options: &Options) -> Result<Self, Cause> {
        let too_many = || Cause::Other { problem: "ssh".into() };
        let mut slot = sockets.slot(options).ok_or_else(too_many)?;
        record::remove_socket(&slot.socket)?;
        let ssh = Ssh::start(options, &slot.socket, sockets.remarks())?;
        slot.record(ssh.process())?;
        let upstream = Upstream::new(slot.socket.clone());
        Ok(Self { ssh, slot, upstream })
    }

    /// Waits until ssh listens on the socket, which it does once it is logged in. Keys have to be exchanged within
    /// `brisk`, if it is given: the host was reached just now.
    ///
    /// # Errors
    /// Why ssh ended; [`Cause::LoginStalled`].
    pub(super) async fn log_in(&mut self, options: &Options, brisk: Option<Duration>) -> Result<(), Cause> {
        let started = Instant::now();
        let limit = options.connect_timeout + options.pace.login;
        loop {
            tokio::select! {
                event = self.ssh.event() => match event {
                    SshEvent::Ended(_) if self.ssh.refused_remarks() => self.start_without_remarks(options)?,
                    SshEvent::Ended(cause) => return Err(cause),
                    SshEvent::LastWords(_) => {}
                },
                () = sleep(LOOK) => {
                    if self.slot.socket.exists() {
                        break;
                    }
                    // An agent may be asking its user, but not before keys are exchanged.
                    let limit = match (brisk, self.ssh.milestone()) {
                        (_, None | Some(Milestone::Secured | Milestone::LoggedIn))
                        | (None, Some(Milestone::Started)) => limit,
                        (Some(brisk), Some(_)) => brisk,
                        (None, Some(Milestone::Connected | Milestone::Introduced)) => options.connect_timeout + KEYS,
                    };
                    if started.elapsed() >= limit {
                        return Err(Cause::LoginStalled);
                    }
                }
            }
        }
        self.ssh.logged_in();
        Ok(())
    }

    /// Starts ssh once more: it is older than what it was asked to tell.
    fn start_without_remarks(&mut self, options: &Options) -> Result<(), Cause> {
        self.slot.sockets.lock().remarks = Remarks::Unknown;
        self.ssh = Ssh::start(options, &self.slot.socket, Remarks::Unknown)?;
        self.slot.record(self.ssh.process())
    }

    /// The next news of ssh. Loses nothing when dropped half-way.
    pub(super) async fn event(&mut self) -> SshEvent {
        self.ssh.event().await
    }

    /// How far the login has come; `None` if ssh does not tell.
    pub(super) fn milestone(&self) -> Option<Milestone> {
        self.ssh.milestone()
    }

    /// What goes through it.
    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// No other session of the tunnel has this number.
    pub(super) fn number(&self) -> u64 {
        self.slot.number
    }

    /// ssh's process number, while it runs.
    pub(super) fn pid(&self) -> Option<u32> {
        self.slot.process.as_ref().map(Process::pid)
    }

    /// Ends ssh: SIGTERM first, SIGKILL if it is still there after `grace`.
    pub(super) async fn end(self, grace: Duration) {
        let Self { ssh, slot, upstream } = self;
        ssh.end(grace).await;
        upstream.forget();
        drop(slot);
    }

    /// The path of its socket.
    pub(super) fn socket(&self) -> &Path {
        &self.slot.socket
    }
}

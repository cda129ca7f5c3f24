//! The ssh process: its arguments, its words, its end.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::mem;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use super::cause::{Cause, Stage};
use super::milestone::Milestone;
use super::options::{Options, Remote};
use super::process::{Process, signal_group};

/// Lines kept: the longest complaint, about a changed host key, has fourteen.
const KEPT: usize = 40;

/// Bytes kept of a line; no message of ssh comes near.
const LINE: usize = 512;

/// How long an ended ssh's last words may take to arrive. A proxy command that outlives it holds the pipe open.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A running ssh, the leader of a process group of its own: a proxy command ends with it, and the terminal's Ctrl-C
/// does not reach it before us. Dropping it kills the group.
#[derive(Debug)]
pub(super) struct Ssh {
    child: Child,
    /// `None` once the process has been waited for: the number may belong to another one.
    pid: Option<u32>,
    stderr: Option<BufReader<ChildStderr>>,
    line: Vec<u8>,
    words: VecDeque<String>,
    stage: Stage,
    milestone: Milestone,
}

/// News of a running ssh.
#[derive(Debug)]
pub(super) enum Event {
    /// A line on stderr.
    Said(String),
    /// It ended, for this reason.
    Ended(Cause),
}

impl Ssh {
    /// Starts ssh as `options` ask, to listen on `socket`.
    ///
    /// # Errors
    /// [`Cause::SshNotFound`], [`Cause::SshNotRunnable`].
    pub(super) fn start(options: &Options, socket: &Path) -> Result<Self, Cause> {
        let mut command = Command::new(&options.ssh);
        command
            .args(arguments(options, socket))
            // The words are matched; they must not be translated.
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let program = options.ssh.clone();
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Cause::SshNotFound { program },
            _ => Cause::SshNotRunnable { program, problem: error.to_string() },
        })?;
        let stderr = child.stderr.take().map(BufReader::new);
        let pid = child.id();
        let (line, words, stage, milestone) = (Vec::new(), VecDeque::new(), Stage::LoggingIn, Milestone::default());
        Ok(Self { child, pid, stderr, line, words, stage, milestone })
    }

    /// The process, for the record; `None` if it has ended already.
    pub(super) fn process(&self) -> Option<Process> {
        Process::find(self.pid?)
    }

    /// How far it has come.
    pub(super) fn milestone(&self) -> Milestone {
        self.milestone
    }

    /// The forward is there: what ssh said on the way is of no interest any more.
    pub(super) fn logged_in(&mut self) {
        self.stage = Stage::LoggedIn;
        self.words.clear();
    }

    /// Waits for the next news. Loses nothing when dropped half-way.
    pub(super) async fn event(&mut self) -> Event {
        let status = loop {
            tokio::select! {
                biased;
                Some(line) = read_line(&mut self.stderr, &mut self.line) => {
                    if self.remember(&line) {
                        return Event::Said(line);
                    }
                }
                status = self.child.wait() => break status,
            }
        };
        self.close_group();
        while let Ok(Some(line)) = timeout(LAST_WORDS, read_line(&mut self.stderr, &mut self.line)).await {
            self.remember(&line);
        }
        Event::Ended(self.cause(status))
    }

    /// Ends it: SIGTERM to its group, and SIGKILL if it is still there after `grace`.
    pub(super) async fn end(mut self, grace: Duration) {
        if let Some(pid) = self.pid {
            signal_group(pid, Signal::TERM);
            // A stopped process takes SIGTERM only when it goes on.
            signal_group(pid, Signal::CONT);
        }
        let ended = timeout(grace, self.child.wait()).await;
        self.close_group();
        if ended.is_err() {
            // Killed now; this only collects it.
            let _ = timeout(grace, self.child.wait()).await;
        }
    }

    fn cause(&self, status: io::Result<ExitStatus>) -> Cause {
        let words: Vec<&String> = self.words.iter().collect();
        match status {
            Ok(status) => Cause::from_last_words(&words, status, self.stage),
            Err(error) => Cause::Other { problem: error.to_string() },
        }
    }

    /// Kills what is left of the group.
    fn close_group(&mut self) {
        if let Some(pid) = self.pid.take() {
            signal_group(pid, Signal::KILL);
        }
    }

    /// Keeps what ssh says of itself; its remarks on how far it has come are only looked at. Whether it was kept.
    fn remember(&mut self, line: &str) -> bool {
        if let Some(remark) = line.strip_prefix("debug1: ") {
            self.milestone.pass(remark);
            return false;
        }
        tracing::debug!(line, "ssh says");
        if self.words.len() == KEPT {
            self.words.pop_front();
        }
        self.words.push_back(line.to_owned());
        true
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        self.close_group();
    }
}

/// The next line without its end; `None` for ever once there is no more. What was read of a line stays in `partial`
/// when this is dropped half-way.
async fn read_line(stderr: &mut Option<BufReader<ChildStderr>>, partial: &mut Vec<u8>) -> Option<String> {
    let read = stderr.as_mut()?.read_until(b'\n', partial).await;
    let mut bytes = mem::take(partial);
    if bytes.is_empty() || read.is_err() {
        *stderr = None;
        return None;
    }
    bytes.truncate(LINE);
    Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// ssh's arguments. Its options come first and ssh takes the first value it is given, so nothing can undo them.
fn arguments(options: &Options, socket: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["-N", "-T", "-S", "none"].map(OsString::from).into();
    // Its remarks tell how far a login has come.
    arguments.extend(settings(options, &[], "DEBUG1"));
    let forward = forward(options, socket);
    arguments.extend(["-L".into(), forward.into(), "--".into(), options.host.as_str().into()]);
    arguments
}

/// The arguments of an ssh that goes the tunnel's way (same options, same configuration file, no prompt, no master) and
/// has a session instead of a forward. A command for the far end may follow them.
#[must_use]
pub fn session_arguments(options: &Options) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["-T", "-S", "none"].map(OsString::from).into();
    // What the user's own configuration asks for besides would get in the way.
    arguments.extend(settings(options, &["ClearAllForwardings=yes", "RemoteCommand=none"], "INFO"));
    arguments.extend(["--".into(), options.host.as_str().into()]);
    arguments
}

/// The `-o` values of every ssh of ours, those of `more` among the first, and the configuration file.
fn settings(options: &Options, more: &[&str], level: &str) -> Vec<OsString> {
    let fixed = [
        // A master is a process we do not own; it would keep our forward, or refuse it.
        "ControlMaster=no".to_owned(),
        "ControlPath=none".to_owned(),
        // Never a prompt: nobody is there to answer.
        "BatchMode=yes".to_owned(),
        "ExitOnForwardFailure=yes".to_owned(),
        "StreamLocalBindUnlink=yes".to_owned(),
        format!("ServerAliveInterval={}", seconds(options.keepalive_interval)),
        format!("ServerAliveCountMax={}", options.keepalive_count.max(1)),
        format!("ConnectTimeout={}", seconds(options.connect_timeout)),
        "StrictHostKeyChecking=yes".to_owned(),
    ];
    let more: Vec<_> = more.iter().map(|setting| (*setting).to_owned()).collect();
    // Last, so that an extra option can still ask for more: without ssh's words there are no causes.
    let level = format!("LogLevel={level}");
    let all = fixed.iter().chain(&more).chain(&options.ssh_options).chain([&level]);
    let mut settings: Vec<OsString> = all.flat_map(|setting| ["-o".into(), setting.into()]).collect();
    if let Some(file) = &options.ssh_config {
        settings.extend(["-F".into(), file.into()]);
    }
    settings
}

/// The argument that says where ssh listens and where that leads.
fn forward(options: &Options, socket: &Path) -> String {
    let remote = match &options.remote {
        Remote::Unix(path) => escaped(path),
        tcp @ Remote::Tcp { .. } => tcp.to_string(),
    };
    format!("{}:{remote}", escaped(socket))
}

/// The part of the command line by which an ssh of ours can be known: nobody else forwards such sockets.
pub(super) fn listener(socket: &Path) -> String {
    escaped(&socket.with_extension(""))
}

/// A path inside a forward: `:` would end it (`parse_fwd_field`), `%` begins a token.
fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "\\\\").replace(':', "\\:").replace('%', "%%")
}

fn seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).max(1) as u64
}

#[cfg(test)]
mod tests {
    use super::{Options, arguments};
    use std::path::Path;
    use std::time::Duration;

    fn line(options: &Options) -> String {
        let words: Vec<_> =
            arguments(options, &options.socket).iter().map(|word| word.to_str().unwrap().to_owned()).collect();
        words.join(" ")
    }

    #[test]
    fn ssh_is_told_all_it_must_and_nothing_of_the_user_can_undo_it() {
        let mut options = Options::new("-oProxyCommand=evil", Path::new("/s"));
        options.ssh_options = vec!["BatchMode=no".to_owned(), "Compression=yes".to_owned()];
        options.ssh_config = Some("/etc/my config".into());
        options.keepalive_interval = Duration::from_millis(1200);
        assert_eq!(
            line(&options),
            "-N -T -S none -o ControlMaster=no -o ControlPath=none -o BatchMode=yes -o ExitOnForwardFailure=yes \
             -o StreamLocalBindUnlink=yes -o ServerAliveInterval=2 -o ServerAliveCountMax=12 -o ConnectTimeout=10 \
             -o StrictHostKeyChecking=yes -o BatchMode=no -o Compression=yes -o LogLevel=DEBUG1 -F /etc/my config \
             -L /s/tunnel.sock:127.0.0.1:8080 -- -oProxyCommand=evil"
        );
    }

    #[test]
    fn a_path_cannot_be_taken_for_something_else() {
        let mut options = Options::new("vps", Path::new("/a:b/50%"));
        options.remote = "/run/jk:ocr.sock".parse().unwrap();
        assert!(line(&options).contains("-L /a\\:b/50%%/tunnel.sock:/run/jk\\:ocr.sock --"));
    }
}

//! The ssh process: its arguments, its words, its end.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use std::{io, mem};

use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::timeout;

use super::cause::{Cause, LastWords, SshStage};
use super::milestone::{Milestone, NO_REMARKS, REMARKS};
use super::options::{Options, Remote};
use super::process::{Process, signal_group};
use crate::untrusted::Untrusted;

/// Lines kept: the longest complaint, about a changed host key, has fourteen.
const KEPT: usize = 40;

/// Bytes kept of a line; no message of ssh comes near.
const LINE: usize = 512;

/// Where ssh writes its log (`-E`): to its standard output, which `-N` leaves free. Its standard error is no place to
/// look for its words: a host's banner comes out there, and what a proxy command writes.
const LOG: &str = "/dev/stdout";

/// How long an ended ssh's last words may take to arrive. A proxy command that outlives it holds the pipe open.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// A running ssh, the leader of a process group of its own: a proxy command ends with it, and the terminal's Ctrl-C
/// does not reach it before us. Dropping it kills the group.
#[derive(Debug)]
pub(super) struct Ssh {
    child: Child,
    /// `None` once the process has been waited for: the number may belong to another one.
    pid: Option<u32>,
    log: Lines<ChildStdout>,
    stderr: Lines<ChildStderr>,
    stage: SshStage,
    /// `None` if it does not tell.
    milestone: Option<Milestone>,
}

/// Whether an ssh is asked to tell how far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Remarks {
    /// It is.
    #[default]
    Wanted,
    /// It would not understand.
    Unknown,
}

/// News of a running ssh.
#[derive(Debug)]
pub(super) enum SshEvent {
    /// A line of its log, as it came.
    LastWords(String),
    /// It ended, for this reason.
    Ended(Cause),
}

impl Ssh {
    /// Starts ssh as `options` ask, to listen on `socket`.
    ///
    /// # Errors
    /// [`Cause::SshNotFound`], [`Cause::SshNotRunnable`].
    pub(super) fn start(options: &Options, socket: &Path, remarks: Remarks) -> Result<Self, Cause> {
        let mut command = Command::new(&options.ssh);
        command
            .args(arguments(options, socket, remarks))
            // The words are matched; they must not be translated.
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| Cause::not_started(&options.ssh, &error))?;
        let (log, stderr) = (Lines::of(child.stdout.take()), Lines::of(child.stderr.take()));
        let pid = child.id();
        let milestone = (remarks == Remarks::Wanted).then(Milestone::default);
        Ok(Self { child, pid, log, stderr, stage: SshStage::LoggingIn, milestone })
    }

    /// The process, for the record; `None` if it has ended already.
    pub(super) fn process(&self) -> Option<Process> {
        Process::find(self.pid?)
    }

    /// How far it has come; `None` if it does not tell.
    pub(super) fn milestone(&self) -> Option<Milestone> {
        self.milestone
    }

    /// Whether it has ended because it does not know what it was asked to tell.
    pub(super) fn refused_remarks(&self) -> bool {
        // Before it opens its log, nobody else can have spoken.
        self.log.kept.is_empty() && self.stderr.kept.iter().any(|line| line.contains(NO_REMARKS))
    }

    /// The forward is there: what ssh said on the way is of no interest any more.
    pub(super) fn logged_in(&mut self) {
        self.stage = SshStage::LoggedIn;
        self.log.kept.clear();
        self.stderr.kept.clear();
    }

    /// Waits for the next news. Loses nothing when dropped half-way.
    pub(super) async fn event(&mut self) -> SshEvent {
        let status = loop {
            tokio::select! {
                biased;
                Some(line) = self.log.next() => {
                    if let Some(line) = self.heed(&line) {
                        return SshEvent::LastWords(line);
                    }
                }
                Some(line) = self.stderr.next() => self.stderr.keep(line),
                status = self.child.wait() => break status,
            }
        };
        self.close_group();
        let rest = async {
            while let Some(line) = self.log.next().await {
                self.heed(&line);
            }
            while let Some(line) = self.stderr.next().await {
                self.stderr.keep(line);
            }
        };
        // What came until then counts.
        let _ = timeout(LAST_WORDS, rest).await;
        SshEvent::Ended(self.cause(status))
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
        let lines = |kept: &VecDeque<String>| kept.iter().cloned().collect();
        let said = LastWords { ssh: lines(&self.log.kept), others: lines(&self.stderr.kept) };
        match status {
            Ok(status) => Cause::from_last_words(&said, status, self.stage),
            Err(error) => Cause::Other { problem: error.to_string().into() },
        }
    }

    /// Kills what is left of the group.
    fn close_group(&mut self) {
        if let Some(pid) = self.pid.take() {
            signal_group(pid, Signal::KILL);
        }
    }

    /// Takes note of a line of the log, and returns it if it is more than a remark on how far ssh has come.
    fn heed(&mut self, line: &str) -> Option<String> {
        let line = match &mut self.milestone {
            Some(milestone) => milestone.pass(line)?,
            None => line,
        };
        self.log.keep(line.to_owned());
        Some(line.to_owned())
    }
}

impl Drop for Ssh {
    fn drop(&mut self) {
        self.close_group();
    }
}

/// The lines of a pipe, and the last of them.
#[derive(Debug)]
struct Lines<R> {
    /// `None` once there is no more.
    pipe: Option<BufReader<R>>,
    /// What was read of the next line.
    partial: Vec<u8>,
    kept: VecDeque<String>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn of(pipe: Option<R>) -> Self {
        Self { pipe: pipe.map(BufReader::new), partial: Vec::new(), kept: VecDeque::new() }
    }

    /// The next line without its end; `None` for ever once there is no more. Loses nothing when dropped half-way.
    async fn next(&mut self) -> Option<String> {
        let is_whole = loop {
            let pipe = self.pipe.as_mut()?;
            let Ok(bytes @ [_, ..]) = pipe.fill_buf().await else { break false };
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let room = LINE - self.partial.len();
            let (line, used) = end.map_or((bytes, bytes.len()), |end| (&bytes[..end], end + 1));
            self.partial.extend_from_slice(&line[..line.len().min(room)]);
            pipe.consume(used);
            if end.is_some() {
                break true;
            }
        };
        if !is_whole {
            self.pipe = None;
        }
        let bytes = mem::take(&mut self.partial);
        (is_whole || !bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).trim_end().to_owned())
    }

    fn keep(&mut self, line: String) {
        tracing::debug!(line = %Untrusted::new(&line), "ssh says");
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(line);
    }
}

/// ssh's arguments. Its options come first and ssh takes the first value it is given, so nothing can undo them.
fn arguments(options: &Options, socket: &Path, remarks: Remarks) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["-N", "-T", "-S", "none", "-E", LOG].map(OsString::from).into();
    let more: &[&str] = if remarks == Remarks::Wanted { &[REMARKS] } else { &[] };
    arguments.extend(settings(options, more));
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
    arguments.extend(settings(options, &["ClearAllForwardings=yes", "RemoteCommand=none"]));
    arguments.extend(["--".into(), options.host.as_str().into()]);
    arguments
}

/// The `-o` values of every ssh of ours, those of `more` among the first, and the configuration file.
fn settings(options: &Options, more: &[&str]) -> Vec<OsString> {
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
        // With less there are no causes, and with more a server's words are among ssh's.
        "LogLevel=INFO".to_owned(),
    ];
    let more: Vec<_> = more.iter().map(|setting| (*setting).to_owned()).collect();
    let all = fixed.iter().chain(&more).chain(&options.ssh_options);
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
    use super::{Options, Remarks, arguments};
    use std::path::Path;
    use std::time::Duration;

    fn line(options: &Options) -> String {
        let words: Vec<_> = arguments(options, &options.socket, Remarks::Wanted)
            .iter()
            .map(|word| word.to_str().unwrap().to_owned())
            .collect();
        words.join(" ")
    }

    #[test]
    fn ssh_is_told_all_it_must_and_nothing_of_the_user_can_undo_it() {
        let mut options = Options::new("-oProxyCommand=evil", Path::new("/s"));
        options.ssh_options = ["BatchMode=no", "LogLevel=DEBUG3", "Compression=yes"].map(str::to_owned).into();
        options.ssh_config = Some("/etc/my config".into());
        options.keepalive_interval = Duration::from_millis(1200);
        assert_eq!(
            line(&options),
            "-N -T -S none -E /dev/stdout -o ControlMaster=no -o ControlPath=none -o BatchMode=yes \
             -o ExitOnForwardFailure=yes -o StreamLocalBindUnlink=yes -o ServerAliveInterval=2 -o ServerAliveCountMax=12 \
             -o ConnectTimeout=10 -o StrictHostKeyChecking=yes -o LogLevel=INFO \
             -o LogVerbose=*:ssh_connect_direct():*,*:ssh_login():*,*:kex_input_newkeys():*,*:ssh_userauth2():* \
             -o BatchMode=no -o LogLevel=DEBUG3 -o Compression=yes -F /etc/my config \
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

//! The ssh that logs in and stays: a master with a private configuration, like the tunnel's ssh in all else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::process::Command;
use tokio::time::timeout;

use super::error::Error;
use crate::tunnel::{Cause, LastWords, Options, Process, SshStage};

/// How long a person may take for passwords and passphrases.
const AT_THE_TERMINAL: Duration = Duration::from_mins(5);

/// How long a master that nobody uses lives on: while somebody reads what will be done, or models are fetched here. Only
/// one whose program was killed lives that long.
const IDLE: &str = "ControlPersist 900";

/// How long the end of one may take that nobody waits for.
const HASTE: Duration = Duration::from_secs(2);

/// Whom ssh may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Questions {
    /// A person at the terminal.
    Terminal,
    /// Nobody.
    Nobody,
}

/// An ssh that is logged in, for as long as this lives: whatever comes in between, it is not left behind.
pub(super) struct Master {
    ssh: PathBuf,
    host: String,
    socket: PathBuf,
}

impl Master {
    /// Logs in to the host of `options`. Socket, configuration and log are in `folder`.
    ///
    /// # Errors
    /// [`Error::Login`] with why not; [`Error::Here`] if our own files cannot be written.
    pub(super) async fn start(
        options: &Options,
        user_config: &Path,
        questions: Questions,
        folder: &Path,
    ) -> Result<Self, Error> {
        let [config, log, stderr, socket] = ["config", "log", "stderr", "ctl"].map(|name| folder.join(name));
        fs::write(&config, configuration(options, user_config, questions)?).map_err(Error::Here)?;
        // Before ssh runs: it may be a master already when nobody waits for its login any more.
        let master = Self { ssh: options.ssh.clone(), host: options.host.clone(), socket };
        let mut command = Command::new(&options.ssh);
        command.args(["-M", "-N", "-f", "-T", "-S"]).arg(&master.socket).arg("-E").arg(&log).arg("-F").arg(&config);
        command.args(["--", &options.host]).env("LC_ALL", "C").kill_on_drop(true);
        // No pipe: the master keeps what it was given.
        let errors = fs::File::create(&stderr).map_err(Error::Here)?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        let patience = match questions {
            Questions::Terminal => AT_THE_TERMINAL,
            Questions::Nobody => options.connect_timeout + options.pace.login,
        };
        let status = match timeout(patience, command.status()).await {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => return Err(Error::Login(Cause::not_started(&options.ssh, &error))),
            Err(_) => return Err(Error::Login(Cause::LoginStalled)),
        };
        if !status.success() {
            return Err(Error::Login(cause(&log, &stderr, status)));
        }
        Ok(master)
    }

    /// Where it listens.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Its process, if it runs.
    pub(super) async fn process(&self) -> Option<Process> {
        let mut command = Command::from(self.control("check"));
        let said = command.stderr(Stdio::piped()).kill_on_drop(true).output().await.ok()?;
        Process::find(number(&said.stderr)?)
    }

    /// Has it end, with all that still runs over it here.
    pub(super) async fn exit(&self) {
        // What it says against that shows in its process.
        let _ = Command::from(self.control("exit")).kill_on_drop(true).status().await;
    }

    fn control(&self, verb: &str) -> process::Command {
        let mut command = process::Command::new(&self.ssh);
        command.args(["-F", "none", "-O", verb, "-S"]).arg(&self.socket).args(["--", &self.host]).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for Master {
    /// One that has ended has taken its socket with it.
    fn drop(&mut self) {
        if !self.socket.exists() {
            return;
        }
        let Ok(mut exit) = self.control("exit").spawn() else { return };
        let started = Instant::now();
        while matches!(exit.try_wait(), Ok(None)) && started.elapsed() < HASTE {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Without effect on one that is done.
        let _ = exit.kill();
        let _ = exit.wait();
    }
}

/// Our options first, since ssh takes the first value it meets, then the user's own and the system's.
fn configuration(options: &Options, user_config: &Path, questions: Questions) -> Result<String, Error> {
    let batch = if questions == Questions::Terminal { "BatchMode no" } else { "BatchMode yes" };
    let fixed = [
        batch,
        IDLE,
        "StrictHostKeyChecking yes",
        "RemoteCommand none",
        "ClearAllForwardings yes",
        "ForwardAgent no",
        "ForwardX11 no",
        "PermitLocalCommand no",
        "LogLevel INFO",
    ];
    let mut lines: Vec<_> = fixed.map(str::to_owned).to_vec();
    lines.push(format!("ConnectTimeout {}", options.connect_timeout.as_secs().max(1)));
    lines.push(format!("ServerAliveInterval {}", options.keepalive_interval.as_secs().max(1)));
    lines.push(format!("ServerAliveCountMax {}", options.keepalive_count.max(1)));
    lines.extend(options.ssh_options.iter().cloned());
    for file in [user_config, Path::new("/etc/ssh/ssh_config")] {
        let file = file.to_str().ok_or(Error::Unspeakable { name: "HOME" })?;
        lines.push(format!("Include \"{}\"", file.replace('\\', "\\\\").replace('"', "\\\"")));
    }
    if lines.iter().any(|line| line.contains(['\n', '\r'])) {
        return Err(Error::Unspeakable { name: "tunnel.ssh_options" });
    }
    Ok(lines.join("\n") + "\n")
}

/// Why ssh ended before it was a master.
fn cause(log: &Path, stderr: &Path, status: ExitStatus) -> Cause {
    let lines = |file: &Path| {
        let text = fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let mut last: Vec<_> = text.lines().rev().take(40).map(str::to_owned).collect();
        last.reverse();
        last
    };
    let said = LastWords { ssh: lines(log), others: lines(stderr) };
    Cause::from_last_words(&said, status, SshStage::LoggingIn)
}

/// The number in ssh's `Master running (pid=123)`.
fn number(said: &[u8]) -> Option<u32> {
    let text = String::from_utf8_lossy(said);
    text.split_once("pid=")?.1.split(')').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_configuration_comes_after_ours() {
        let mut options = Options::new("vps", Path::new("/s"));
        options.ssh_options = vec!["Port=2222".to_owned()];
        let text = configuration(&options, Path::new("/home/my me/.ssh/config"), Questions::Nobody).unwrap();
        assert!(text.starts_with("BatchMode yes\nControlPersist 900\nStrictHostKeyChecking yes\n"), "{text}");
        let end = "Port=2222\nInclude \"/home/my me/.ssh/config\"\nInclude \"/etc/ssh/ssh_config\"\n";
        assert!(text.ends_with(end), "{text}");
        options.ssh_options = vec!["Port=1\nProxyCommand touch PWNED".to_owned()];
        assert!(configuration(&options, Path::new("/c"), Questions::Nobody).is_err());
    }

    #[test]
    fn a_master_is_known_by_what_ssh_says() {
        assert_eq!(number(b"Master running (pid=4711)\r\n"), Some(4711));
        assert_eq!(number(b"Control socket connect(/x): No such file"), None);
    }
}

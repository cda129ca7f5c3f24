//! A process as the system shows it, so that it can be told from another one that got its number later.
//!
//! The only file that differs between Linux and macOS.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

/// How often to look whether a process is gone.
const LOOK: Duration = Duration::from_millis(20);

/// A process that leads a process group. Its number alone may mean another process tomorrow; with its start it cannot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pid: u32,
    /// When it started, in the words of the system.
    started: String,
}

impl Process {
    /// The running process `pid`; `None` if there is none.
    pub(crate) fn find(pid: u32) -> Option<Self> {
        system::started(pid).map(|started| Self { pid, started })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether this very process still runs.
    pub(crate) fn is_running(&self) -> bool {
        system::started(self.pid).as_ref() == Some(&self.started)
    }

    /// Whether `argument` is part of its command line.
    pub(super) fn was_told(&self, argument: &str) -> bool {
        system::command_line(self.pid).is_some_and(|line| line.contains(argument))
    }

    /// Ends it and its group: SIGTERM, and SIGKILL if it is still there after `grace`.
    pub(crate) async fn end(&self, grace: Duration) {
        for signal in [Signal::TERM, Signal::KILL] {
            if self.is_running() {
                signal_group(self.pid, signal);
            }
            let deadline = Instant::now() + grace;
            while self.is_running() && Instant::now() < deadline {
                sleep(LOOK).await;
            }
        }
    }
}

/// Signals every process of the group that `pid` leads; one that is gone is fine.
pub(crate) fn signal_group(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // ESRCH: nobody left, which is the aim.
        let _ = kill_process_group(pid, signal);
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;

    /// Boot and ticks since then; the same ticks can come again after a reboot.
    pub(super) fn started(pid: u32) -> Option<String> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field is the name in brackets, with any characters in it; `state` is field 3, `starttime` 22.
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        let state = fields.next()?;
        let ticks = fields.nth(18)?;
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        (state != "Z").then(|| format!("{} {ticks}", boot.trim()))
    }

    /// Arguments, each followed by a NUL.
    pub(super) fn command_line(pid: u32) -> Option<String> {
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::process::Command;

    /// The time of its start, to the second.
    pub(super) fn started(pid: u32) -> Option<String> {
        let line = ps(pid, "stat=,lstart=")?;
        (!line.starts_with('Z')).then(|| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" "))
    }

    pub(super) fn command_line(pid: u32) -> Option<String> {
        ps(pid, "command=")
    }

    fn ps(pid: u32, columns: &str) -> Option<String> {
        let mut ps = Command::new("/bin/ps");
        ps.args(["-ww", "-o", columns, "-p", &pid.to_string()]);
        // The same words whatever the language and the time zone of whoever asks. The characters are to stay, though: in
        // the locale C, ps writes those of a path that are not ASCII in another way. macOS has one called `UTF-8`.
        ps.env_remove("LC_ALL").env("LANG", "C").env("LC_TIME", "C").env("LC_CTYPE", "UTF-8").env("TZ", "UTC");
        let output = ps.output().ok()?;
        let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        (!line.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::Process;
    use std::os::unix::process::CommandExt as _;
    use std::process::{Child, Command};
    use std::time::Duration;

    fn sleeper() -> (Child, Process) {
        let child = Command::new("sleep").arg("61.7").process_group(0).spawn().unwrap();
        let process = Process::find(child.id()).unwrap();
        (child, process)
    }

    #[tokio::test]
    async fn only_the_very_same_process_is_ended() {
        let (mut child, process) = sleeper();
        // The system shows the command line a moment after it shows the process.
        tokio::time::timeout(Duration::from_secs(5), async {
            while !process.was_told("61.7") {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
        assert!(process.is_running() && !process.was_told("61.8"));
        let earlier = Process { started: "long ago".to_owned(), ..process.clone() };
        assert!(!earlier.is_running());
        earlier.end(Duration::from_millis(50)).await;
        assert!(process.is_running());
        process.end(Duration::from_secs(5)).await;
        assert!(!process.is_running(), "a zombie does not run");
        child.wait().unwrap();
    }
}

//! A systemd that really runs: booted in namespaces of its own (`machine.sh`), on a copy of this system that is thrown away.
//!
//! That takes root. The network is that of the machine around it.

use std::path::Path;
use std::process::{Child, Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};

use super::home_with_openvino;

/// A booted system, as its own systemd sees it.
pub struct Machine {
    unshare: Child,
    systemd: Pid,
    group: String,
    _folder: tempfile::TempDir,
}

impl Machine {
    /// `None`, after a word about it, where namespaces cannot be made.
    pub fn boot() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mut trial = Command::new("unshare");
        if !trial
            .args(["--mount", "--pid", "--fork", "--cgroup", "true"])
            .output()
            .is_ok_and(|ended| ended.status.success())
        {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "not checked: a systemd of its own needs root and namespaces");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let group = format!("jkocr-test-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/machine.sh");
        let mut command = Command::new("sh");
        command.arg(script).arg(folder.path()).arg(env!("CARGO_BIN_EXE_jkocr")).arg(home_with_openvino()).arg(&group);
        let unshare = command.spawn().unwrap();
        let children = format!("/proc/{0}/task/{0}/children", unshare.id());
        let systemd = until("systemd is started", || {
            let pids = fs::read_to_string(&children).unwrap();
            let pid: i32 = pids.split_whitespace().next()?.parse().ok()?;
            // Before it, programs of the script.
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
            if name == "systemd\n" { Pid::from_raw(pid) } else { None }
        });
        let machine = Self { unshare, systemd, group, _folder: folder };
        until("systemd has booted", || {
            let state = machine.run(&["systemctl", "is-system-running"]).stdout;
            state.starts_with(b"running").then_some(())
        });
        Some(machine)
    }

    /// A command inside.
    pub fn run(&self, command: &[&str]) -> Output {
        let mut nsenter = Command::new("nsenter");
        nsenter.args(["-t", &self.systemd.as_raw_nonzero().to_string(), "-m", "-p", "-u", "-i", "-C"]);
        let variables = ["env", "-i", "LANG=C", "HOME=/root", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
        nsenter.args(variables).args(command).output().unwrap()
    }

    /// A property of a unit.
    pub fn property(&self, unit: &str, name: &str) -> String {
        let shown = self.run(&["systemctl", "show", "--value", "-p", name, unit]);
        String::from_utf8_lossy(&shown.stdout).trim().to_owned()
    }

    /// Whether there is such a file.
    pub fn exists(&self, path: &str) -> bool {
        self.run(&["ls", "-d", path]).status.success()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The first process of its namespace takes all others along.
        let _ = kill_process(self.systemd, Signal::KILL);
        let _ = self.unshare.kill();
        let _ = self.unshare.wait();
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        let hierarchies = mounts.lines().filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            let (path, kind) = (fields.next()?, fields.next()?);
            kind.starts_with("cgroup").then(|| Path::new(path).join(&self.group))
        });
        hierarchies.for_each(|group| remove_group(&group));
    }
}

/// Removes a control group and those below it, as soon as the dead have left them.
fn remove_group(group: &Path) {
    let children = fs::read_dir(group).into_iter().flatten().flatten();
    children.filter(|entry| entry.path().is_dir()).for_each(|entry| remove_group(&entry.path()));
    let deadline = Instant::now() + Duration::from_secs(5);
    while group.exists() && fs::remove_dir(group).is_err() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
}

/// Asks until there is an answer.
#[track_caller]
fn until<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

//! The system's own service, on a systemd that really runs: the installation, the sandbox, restarts, the removal.
//!
//! That takes root, since it boots a systemd in namespaces of its own (`machine.sh`).

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::path::Path;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};

use super::fake::{Ended, ended};
use super::http::{ask, body_of, is_healthy, until};
use crate::common::{data, free_port, home};

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
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/service/machine.sh");
        let mut command = Command::new("sh");
        command.arg(script).arg(folder.path()).arg(env!("CARGO_BIN_EXE_jkocr")).arg(home()).arg(&group);
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
            state.starts_with("running").then_some(())
        });
        Some(machine)
    }

    /// A command inside.
    pub fn run(&self, command: &[&str]) -> Ended {
        let mut nsenter = Command::new("nsenter");
        nsenter.args(["-t", &self.systemd.as_raw_nonzero().to_string(), "-m", "-p", "-u", "-i", "-C"]);
        let variables = ["env", "-i", "LANG=C", "HOME=/root", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
        ended(nsenter.args(variables).args(command))
    }

    /// `jkocr --offline service ARGUMENTS` inside.
    fn service(&self, arguments: &[&str]) -> Ended {
        self.run(&[&["jkocr", "--offline", "service"], arguments].concat())
    }

    /// A property of a unit.
    pub fn property(&self, unit: &str, name: &str) -> String {
        self.run(&["systemctl", "show", "--value", "-p", name, unit]).exits(0).stdout.trim().to_owned()
    }

    fn exists(&self, path: &str) -> bool {
        self.run(&["ls", "-d", path]).code == Some(0)
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

#[test]
fn the_systems_service_reads_in_its_sandbox_returns_after_a_crash_and_goes_without_a_trace() {
    let Some(machine) = Machine::boot() else { return };
    let port = free_port().to_string();

    let refused = machine.service(&["install", "--", "--port", &port]).exits(1);
    assert!(refused.stderr.contains("models import FILE"), "{}", refused.stderr);
    machine.service(&["status"]).exits(3);
    machine.service(&["uninstall"]).exits(0);
    machine.run(&["env", "JKOCR_HOME=/var/lib/jkocr", "jkocr", "models", "import", "/opt/models"]).exits(0);
    machine.service(&["install", "--", "--port", &port]).exits(0);
    let status = machine.service(&["status"]).exits(0);
    assert!(status.stdout.starts_with("jkocr.service: starts by itself, active (running)"), "{}", status.stdout);

    let number = port.parse().unwrap();
    assert!(is_healthy(number), "systemd is told that the service is ready when it is");
    let answer = ask(number, "POST /ocr", &body_of(&data("chat_zh.png"), 0)).unwrap();
    assert!(answer.contains("明天上午九点半开会"), "{answer}");
    let journal = machine.run(&["journalctl", "--no-pager", "-u", "jkocr"]).exits(0).stdout;
    assert!(journal.contains("6 lines"), "{journal}");
    assert!(!journal.contains("明天上午"), "the journal has what was read");

    let process = machine.property("jkocr", "MainPID");
    let credentials = machine.run(&["cat", &format!("/proc/{process}/status")]).exits(0).stdout;
    let value = |key: &str| credentials.lines().find_map(|line| line.strip_prefix(key)).unwrap().trim().to_owned();
    assert!(value("Uid:").split_whitespace().all(|uid| uid.parse::<u32>().unwrap() > 60_000), "{credentials}");
    assert_eq!((value("CapBnd:"), value("NoNewPrivs:"), value("Seccomp:")), ("0".repeat(16), "1".into(), "2".into()));

    machine.run(&["kill", "-KILL", &process]).exits(0);
    until("the service is back after its death", || is_healthy(number).then_some(()));
    assert_ne!(machine.property("jkocr", "MainPID"), process);

    let ports = [free_port().to_string(), free_port().to_string()];
    machine.service(&["install", "--port", &ports[0], "--port", &ports[1]]).exits(0);
    assert!(ports.iter().all(|port| is_healthy(port.parse().unwrap())));
    assert!(!is_healthy(number), "the single service is gone");
    assert_eq!(machine.service(&["status"]).exits(0).stdout.lines().count(), 2);

    machine.service(&["uninstall"]).exits(0);
    machine.service(&["status"]).exits(3);
    assert!(!ports.iter().any(|port| is_healthy(port.parse().unwrap())));
    assert_eq!(machine.run(&["systemctl", "list-units", "--all", "--no-legend", "jkocr*"]).exits(0).stdout, "");
    for path in ["/var/lib/jkocr", "/var/lib/private/jkocr", "/etc/systemd/system/jkocr@.service"] {
        assert!(!machine.exists(path), "{path}");
    }
    let left = machine.run(&["find", "/etc/systemd", "/var/lib/private", "/run/systemd/system", "-name", "*jkocr*"]);
    assert_eq!(left.stdout, "");
}

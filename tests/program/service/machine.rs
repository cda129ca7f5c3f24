//! The system's own service, on a systemd that really runs: the installation, the sandbox, restarts, the removal.
//!
//! That takes root, since it boots a systemd in namespaces of its own.

use super::fake::Ended;
use super::http::{ask, body_of, is_healthy, until};
use crate::common::machine::Machine;
use crate::common::{data, free_port};

/// What the tests of services look at.
pub trait Serviced {
    /// A command inside.
    fn ended(&self, command: &[&str]) -> Ended;

    /// `jkocr --offline service ARGUMENTS` inside.
    fn service(&self, arguments: &[&str]) -> Ended {
        self.ended(&[&["jkocr", "--offline", "service"], arguments].concat())
    }
}

impl Serviced for Machine {
    fn ended(&self, command: &[&str]) -> Ended {
        Ended::of(self.run(command))
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
    machine.ended(&["env", "JKOCR_HOME=/var/lib/jkocr", "jkocr", "models", "import", "/opt/models"]).exits(0);
    machine.service(&["install", "--", "--port", &port]).exits(0);
    let status = machine.service(&["status"]).exits(0);
    assert!(status.stdout.starts_with("jkocr.service: starts by itself, active (running)"), "{}", status.stdout);

    let number = port.parse().unwrap();
    assert!(is_healthy(number), "systemd is told that the service is ready when it is");
    let answer = ask(number, "POST /ocr", &body_of(&data("chat_zh.png"), 0)).unwrap();
    assert!(answer.contains("明天上午九点半开会"), "{answer}");
    let journal = machine.ended(&["journalctl", "--no-pager", "-u", "jkocr"]).exits(0).stdout;
    assert!(journal.contains("6 lines"), "{journal}");
    assert!(!journal.contains("明天上午"), "the journal has what was read");

    let process = machine.property("jkocr", "MainPID");
    let credentials = machine.ended(&["cat", &format!("/proc/{process}/status")]).exits(0).stdout;
    let value = |key: &str| credentials.lines().find_map(|line| line.strip_prefix(key)).unwrap().trim().to_owned();
    assert!(value("Uid:").split_whitespace().all(|uid| uid.parse::<u32>().unwrap() > 60_000), "{credentials}");
    assert_eq!((value("CapBnd:"), value("NoNewPrivs:"), value("Seccomp:")), ("0".repeat(16), "1".into(), "2".into()));

    machine.ended(&["kill", "-KILL", &process]).exits(0);
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
    assert_eq!(machine.ended(&["systemctl", "list-units", "--all", "--no-legend", "jkocr*"]).exits(0).stdout, "");
    for path in ["/var/lib/jkocr", "/var/lib/private/jkocr", "/etc/systemd/system/jkocr@.service"] {
        assert!(!machine.exists(path), "{path}");
    }
    let left = machine.ended(&["find", "/etc/systemd", "/var/lib/private", "/run/systemd/system", "-name", "*jkocr*"]);
    assert_eq!(left.stdout, "");
}

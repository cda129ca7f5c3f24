//! A real `jkocr serve` with real models.

use std::fs::File;
use std::process::{Child, Stdio};

use rustix::process::Signal;
use tempfile::TempDir;

use super::client::health;
use super::rig::link_models;
use crate::common::{self, free_port};
use crate::sshd::{signal, wait_for};

/// The server on a free port, with a home of its own.
pub struct Serve {
    pub port: u16,
    pub folder: TempDir,
    child: Child,
}

impl Serve {
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// With more arguments. What it says is in the file `stderr` of its folder.
    pub fn with(arguments: &[&str]) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().expect("a home"));
        link_models(folder.path());
        let log = File::create(folder.path().join("stderr")).expect("a log");
        let child = common::jkocr()
            .env("JKOCR_HOME", folder.path())
            .env("TMPDIR", folder.path())
            .args(["serve", "--models", "v5-mobile", "--port", &port.to_string()])
            .args(arguments)
            .stderr(log)
            .stdout(Stdio::null())
            .spawn()
            .expect("serve starts");
        let serve = Self { port, folder, child };
        wait_for("serve listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), String::new);
        wait_for("serve is ready", || health(port).status == 200, String::new);
        serve
    }

    #[cfg(target_os = "linux")]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn stop(&mut self) {
        signal(self.child.id(), Signal::TERM);
        let _ = self.child.wait();
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.stop();
        }
    }
}

//! A real `jkocr serve` with real models.

use std::fs::File;
use std::path::Path;
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
        let child = spawn(port, folder.path(), arguments);
        let serve = Self { port, folder, child };
        serve.until_ready();
        serve
    }

    fn until_ready(&self) {
        let port = self.port;
        wait_for("serve listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), String::new);
        wait_for("serve is ready", || health(port).status == 200, String::new);
    }

    /// Ends it as a crash would.
    #[cfg(target_os = "linux")]
    pub fn kill(&mut self) {
        signal(self.child.id(), Signal::KILL);
        let _ = self.child.wait();
    }

    /// Starts it again on its port, without arguments.
    #[cfg(target_os = "linux")]
    pub fn resume(&mut self) {
        self.child = spawn(self.port, self.folder.path(), &[]);
        self.until_ready();
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

fn spawn(port: u16, folder: &Path, arguments: &[&str]) -> Child {
    let log = File::create(folder.join("stderr")).expect("a log");
    common::jkocr()
        .env("JKOCR_HOME", folder)
        .env("TMPDIR", folder)
        .args(["serve", "--models", "v5-mobile", "--port", &port.to_string()])
        .args(arguments)
        .stderr(log)
        .stdout(Stdio::null())
        .spawn()
        .expect("serve starts")
}

impl Drop for Serve {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.stop();
        }
    }
}

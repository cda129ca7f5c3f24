//! A running `jkocr up` with a home of its own, and bounded waits for what it should show.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::{self, JoinHandle};

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::client::{Answer, TEXT, ocr};
use super::stub::Stub;
use crate::common::{self, free_port};
use crate::sshd::{Sshd, processes, signal, wait_for};

/// A folder with a configuration, and perhaps models.
pub struct Home {
    pub folder: TempDir,
    pub port: u16,
}

impl Home {
    /// `tunnel` goes into `[tunnel]`, `fallback` is the mode.
    pub fn new(tunnel: &str, fallback: &str) -> Self {
        let home = Self { folder: tempfile::tempdir().expect("a home"), port: free_port() };
        home.configure(&format!("listen = ['127.0.0.1:{}']", home.port), tunnel, fallback);
        home
    }

    /// A tunnel through `sshd` to the port `remote` of its machine.
    pub fn through(sshd: &Sshd, remote: u16, fallback: &str) -> Self {
        Self::new(&tunnel(sshd, remote), fallback)
    }

    /// The same with more lines at the end of its configuration: they belong to `[fallback]`.
    pub fn and(self, lines: &str) -> Self {
        let file = self.folder.path().join("config.toml");
        let before = fs::read_to_string(&file).expect("config.toml");
        fs::write(&file, before + lines + "\n").expect("config.toml");
        self
    }

    pub fn configure(&self, listen: &str, tunnel: &str, fallback: &str) {
        let text = format!("{listen}\n[tunnel]\n{tunnel}\n[fallback]\nmode = '{fallback}'\n");
        fs::write(self.folder.path().join("config.toml"), text).expect("config.toml");
    }

    /// Puts the shared models into it.
    pub fn with_models(self) -> Self {
        link_models(self.folder.path());
        self
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = common::jkocr();
        command.env("JKOCR_HOME", self.folder.path()).env("JKOCR_OFFLINE", "1").args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("jkocr runs")
    }

    pub fn status(&self) -> Value {
        serde_json::from_slice(&self.run(&["status", "--json"]).stdout).unwrap_or(Value::Null)
    }

    /// Whatever is left in the state folder besides logs.
    pub fn left(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.state()) else { return Vec::new() };
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        names.filter(|name| !name.starts_with("up.log")).collect()
    }
}

/// Puts the shared models into `folder`.
pub fn link_models(folder: &Path) {
    for name in ["models", "runtime"] {
        symlink(common::home().join(name), folder.join(name)).expect("a link");
    }
}

/// The lines of `[tunnel]` that lead to `host` of the user's own configuration `file` of ssh, and there to `remote`.
///
/// ssh finds a user's configuration by the account and not by `HOME`, so it is told by a script in its place.
pub fn tunnel_by(file: &Path, host: &str, remote: u16) -> String {
    let script = file.with_extension("ssh");
    fs::write(&script, format!("#!/bin/sh\nexec ssh -F '{}' \"$@\"\n", file.display())).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a program");
    format!("host = '{host}'\nremote = '127.0.0.1:{remote}'\nssh = '{}'", script.display())
}

/// The lines of `[tunnel]` that lead through `sshd` to the port `remote`.
pub fn tunnel(sshd: &Sshd, remote: u16) -> String {
    tunnel_at(sshd, sshd.port(), remote)
}

/// The same, where `sshd` is reached at another port than its own.
pub fn tunnel_at(sshd: &Sshd, at: u16, remote: u16) -> String {
    let file = |name| path(&sshd.file(name));
    let port = sshd.port();
    format!(
        "host = '127.0.0.1'\nremote = '127.0.0.1:{remote}'\nkeepalive_interval = '1s'\nconnect_timeout = '2s'\n\
         ssh_options = ['Port={at}', 'HostKeyAlias=host-{port}', 'IdentityFile={}', 'IdentitiesOnly=yes', \
         'IdentityAgent=none', 'UserKnownHostsFile={}', 'GlobalKnownHostsFile=/dev/null']",
        file("user"),
        file("known_hosts"),
    )
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

/// The program in the foreground.
pub struct Up {
    pub home: Home,
    child: Child,
}

impl Up {
    /// Starts it, and waits until it answers.
    pub fn start(home: Home) -> Self {
        Self::with(home, &["up"])
    }

    pub fn with(home: Home, arguments: &[&str]) -> Self {
        Self::by(home, arguments, |_| {})
    }

    /// The same, with what `change` does to the command.
    pub fn by(home: Home, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let log = File::create(home.folder.path().join("stderr")).expect("a log");
        let mut command = home.command(arguments);
        change(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log));
        let up = Self { home, child: command.spawn().expect("jkocr starts") };
        up.until("it answers", |status| status["pid"] == up.child.id());
        up
    }

    pub fn port(&self) -> u16 {
        self.home.port
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a status.
    pub fn until(&self, what: &str, is_it: impl Fn(&Value) -> bool) {
        wait_for(what, || is_it(&self.home.status()), || format!("{}\n{}", self.home.status(), self.log()));
    }

    /// A request that the server has and does not answer until [`Stub::hold`] ends.
    pub fn request_under_way(&self, stub: &Stub) -> JoinHandle<Answer> {
        stub.hold(true);
        let port = self.port();
        let asking = thread::spawn(move || ocr(port, TEXT));
        wait_for("the request is with the server", || stub.arrived() == 1, || self.log());
        asking
    }

    pub fn until_up(&self) {
        self.until("up", |status| status["state"] == "up");
    }

    /// Waits until the models for reading here have been found.
    pub fn until_stocked(&self) {
        self.until("the models are here", |status| status["engine"] == "unloaded");
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.home.folder.path().join("stderr")).unwrap_or_default()
    }

    /// Bytes that are in memory for it.
    #[cfg(target_os = "linux")]
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it runs");
        let (_, rest) = status.split_once("VmRSS:").expect("its size");
        rest.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).expect("a number") << 10
    }

    /// How many files it has open.
    pub fn files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("it runs").count()
    }

    /// Its ssh processes.
    pub fn ssh(&self) -> Vec<u32> {
        children(self.pid())
    }

    /// Kills its ssh.
    pub fn kill_ssh(&self) {
        for pid in self.ssh() {
            signal(pid, Signal::KILL);
        }
    }

    /// Ends it as a crash would.
    pub fn crash(mut self) -> Home {
        signal(self.pid(), Signal::KILL);
        self.child.wait().expect("it ends");
        let placeholder = Home { folder: tempfile::tempdir().expect("a folder"), port: 0 };
        std::mem::replace(&mut self.home, placeholder)
    }

    /// Waits until it has ended by itself.
    pub fn ended(&mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }

    /// Ends it, and checks that nothing is left.
    pub fn end(&mut self, with: Signal) {
        let ssh = self.ssh();
        signal(self.pid(), with);
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}\n{}", self.log());
        assert_eq!(self.home.left(), Vec::<String>::new());
        assert!(ssh.iter().all(|pid| !is_alive(*pid)), "ssh is left");
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            signal(self.pid(), Signal::TERM);
            let _ = self.child.wait();
        } else if self.home.state().join("control.sock").exists() {
            // Another one went on in its place.
            self.home.run(&["down"]);
        }
    }
}

pub fn children(pid: u32) -> Vec<u32> {
    processes().into_iter().filter(|(_, parent, _)| *parent == pid).map(|(child, ..)| child).collect()
}

pub fn is_alive(pid: u32) -> bool {
    processes().iter().any(|(found, ..)| *found == pid)
}

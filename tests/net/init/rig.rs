//! A user of the test's own: a home folder with an ssh configuration, and an sshd that lets its key in.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::common::{self, free_port};
use crate::sshd::Sshd;

/// What the user's ssh configuration says before anything is set up.
pub const OTHERS: &str = "# the office\nHost office\n    User somebody\n    Port 2200\n\n";

pub struct User {
    pub sshd: Sshd,
    home: TempDir,
}

impl User {
    /// Whose ssh knows the host.
    pub fn new() -> Self {
        let user = Self::stranger();
        let key = fs::read_to_string(user.sshd.file("host.pub")).expect("the host's key");
        fs::write(user.known_hosts(), format!("{} {key}", user.host_in_known_hosts())).expect("known_hosts");
        user
    }

    /// Whose ssh does not know the host.
    pub fn stranger() -> Self {
        let user = Self { sshd: Sshd::start(), home: tempfile::tempdir().expect("a home") };
        fs::create_dir(user.path(".ssh")).expect("a folder for ssh");
        fs::set_permissions(user.path(".ssh"), Permissions::from_mode(0o700)).expect("its permissions");
        user.write_ssh_config(&format!("{OTHERS}{}", user.defaults()));
        // ssh finds its files by the account and not by `HOME`; this leads it to those of the test.
        let script = format!("#!/bin/sh\nexec ssh -F '{}' \"$@\"\n", user.ssh_config().display());
        fs::write(user.path("ssh"), script).expect("a script");
        fs::set_permissions(user.path("ssh"), Permissions::from_mode(0o755)).expect("its permissions");
        user
    }

    /// The end of the user's ssh configuration, which is for every host.
    pub fn defaults(&self) -> String {
        let known_hosts = self.known_hosts();
        format!(
            "Host *\n    UserKnownHostsFile {}\n    GlobalKnownHostsFile /dev/null\n    IdentityAgent none\n",
            known_hosts.display()
        )
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn ssh_config(&self) -> PathBuf {
        self.path(".ssh/config")
    }

    pub fn known_hosts(&self) -> PathBuf {
        self.path(".ssh/known_hosts")
    }

    pub fn config(&self) -> PathBuf {
        self.path("jkocr/config.toml")
    }

    pub fn write_ssh_config(&self, text: &str) {
        fs::write(self.ssh_config(), text).expect("the ssh configuration");
        fs::set_permissions(self.ssh_config(), Permissions::from_mode(0o600)).expect("its permissions");
    }

    pub fn write_config(&self, text: &str) {
        fs::create_dir_all(self.path("jkocr")).expect("a folder");
        fs::write(self.config(), text).expect("config.toml");
    }

    fn host_in_known_hosts(&self) -> String {
        format!("[127.0.0.1]:{}", self.sshd.port())
    }

    /// The fingerprint of the host's key, as ssh-keygen prints it.
    pub fn fingerprint(&self) -> String {
        let printed = Command::new("ssh-keygen").arg("-lf").arg(self.sshd.file("host.pub")).output();
        let printed = String::from_utf8(printed.expect("ssh-keygen runs").stdout).expect("words");
        printed.split(' ').nth(1).expect("a fingerprint").to_owned()
    }

    /// The flags that answer every question, `more` among them.
    pub fn answers(&self, more: &[&str]) -> Vec<String> {
        let (port, key) = (self.sshd.port().to_string(), self.sshd.file("user"));
        let remote = free_port().to_string();
        let key = key.to_str().expect("a path").to_owned();
        let account = account();
        let flags = ["init", "127.0.0.1", "--user", &account, "--port", &port, "--key", &key, "--remote-port", &remote];
        flags.iter().chain(more).map(|&flag| flag.to_owned()).collect()
    }

    /// What gives the key of [`User::answers`] to the host.
    pub fn ssh_copy_id(&self) -> String {
        let (key, port) = (self.sshd.file("user"), self.sshd.port());
        format!("`ssh-copy-id -i {} -p {port} {}@127.0.0.1`", key.display(), account())
    }

    pub fn command(&self, arguments: &[impl AsRef<str>]) -> Command {
        let mut command = common::jkocr();
        command
            .env("HOME", self.home.path())
            .env("JKOCR_HOME", self.path("jkocr"))
            .env("JKOCR_TUNNEL_SSH", self.path("ssh"))
            .env("JKOCR_OFFLINE", "1")
            .args(arguments.iter().map(AsRef::as_ref));
        command
    }

    pub fn run(&self, arguments: &[impl AsRef<str>]) -> Ended {
        let output = self.command(arguments).stdin(Stdio::null()).output().expect("jkocr runs");
        Ended(output)
    }

    /// What the ssh of this user prints for a command on `host`.
    pub fn ssh(&self, host: &str, command: &str) -> String {
        let run = Command::new(self.path("ssh")).args(["-o", "BatchMode=yes", host, command]).output();
        let run = run.expect("ssh runs");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8_lossy(&run.stdout).into_owned()
    }

    /// Every file below `.ssh` and the folder of jkocr that a set-up may have written.
    pub fn written(&self) -> Vec<String> {
        let mut names = Vec::new();
        for folder in [".ssh", "jkocr"] {
            let Ok(entries) = fs::read_dir(self.path(folder)) else { continue };
            names.extend(entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()));
        }
        names.sort();
        names
    }
}

pub fn account() -> String {
    let output = Command::new("id").arg("-un").output().expect("id runs");
    String::from_utf8(output.stdout).expect("a name").trim().to_owned()
}

pub fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

pub fn mode(file: &Path) -> u32 {
    fs::metadata(file).expect("a file").permissions().mode() & 0o777
}

/// How a run of jkocr ended.
pub struct Ended(pub Output);

impl Ended {
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.0.status.code(), Some(code), "{}", self.stderr());
        self
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.stderr().contains(words), "`{words}` is not in:\n{}", self.stderr());
        self
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }
}

//! A real sshd of the test's own: its own keys, configuration and port on the loopback, started and ended by the test.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::common::free_port;

/// The longest anything of sshd may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running sshd, and everything a client needs to log in to it. Ends with all its sessions when dropped.
pub struct Sshd {
    folder: TempDir,
    port: u16,
    extra: String,
    listener: Option<Child>,
    log: Arc<Mutex<String>>,
}

impl Sshd {
    /// An sshd that lets the test's key in.
    pub fn start() -> Self {
        Self::with("")
    }

    /// An sshd whose configuration begins with the lines of `extra`; the first value of a setting counts.
    pub fn with(extra: &str) -> Self {
        let mut sshd = Self::stopped();
        sshd.configure(extra);
        sshd.resume();
        sshd
    }

    /// An sshd that shows everybody, before the login, whatever ssh itself would say of each fault.
    pub fn with_forged_banner() -> Self {
        let mut sshd = Self::stopped();
        sshd.forge_banner();
        sshd.resume();
        sshd
    }

    /// Has it show such a banner from the next start on.
    pub fn forge_banner(&mut self) {
        let banner = self.file("banner");
        fs::write(&banner, include_str!("../../data/forged_words.txt")).expect("a banner");
        self.configure(&format!("Banner {}", banner.display()));
    }

    /// An sshd that is ready to be [resumed](Self::resume); nothing listens on its port.
    pub fn stopped() -> Self {
        let folder = tempfile::tempdir().expect("a folder for sshd");
        for key in ["host", "user"] {
            make_key(&folder.path().join(key));
        }
        let sshd = Self { folder, port: free_port(), extra: String::new(), listener: None, log: Arc::default() };
        sshd.authorize();
        sshd.know_host_key();
        sshd
    }

    /// Replaces the lines the configuration begins with, from the next start on.
    pub fn configure(&mut self, extra: &str) {
        extra.clone_into(&mut self.extra);
    }

    /// Starts it on its port.
    pub fn resume(&mut self) {
        assert!(self.listener.is_none(), "sshd runs already");
        let program = program();
        // The folder of privilege separation, without which a root's sshd does not start.
        let _ = fs::create_dir_all("/run/sshd");
        let mut arguments = vec!["-D".into(), "-e".into(), "-f".into(), self.write_configuration(&program)];
        let mut listener = Command::new(&program)
            .args(arguments.drain(..))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("sshd starts");
        let stderr = BufReader::new(listener.stderr.take().expect("stderr is piped"));
        let log = Arc::clone(&self.log);
        log.lock().expect("the log").clear();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = writeln!(log.lock().expect("the log"), "{line}");
            }
        });
        self.listener = Some(listener);
        wait_for("sshd listens", || self.log().contains("Server listening on"), || self.log());
    }

    /// Ends it and all its sessions.
    pub fn stop(&mut self) {
        let sessions = self.sessions();
        if let Some(mut listener) = self.listener.take() {
            // A stopped process takes no other signal.
            signal(listener.id(), Signal::KILL);
            let _ = listener.wait();
        }
        for session in sessions {
            signal(session, Signal::KILL);
        }
    }

    /// The processes of the sessions: one each when root runs sshd, else two.
    pub fn sessions(&self) -> Vec<u32> {
        self.listener.as_ref().map(|listener| descendants(listener.id())).unwrap_or_default()
    }

    /// Sends `signal` to the processes of every session.
    pub fn signal_sessions(&self, signal_: Signal) {
        let sessions = self.sessions();
        assert!(!sessions.is_empty(), "nobody is logged in");
        for session in sessions {
            signal(session, signal_);
        }
    }

    /// Sends `signal` to the listening process.
    pub fn signal_listener(&self, signal_: Signal) {
        signal(self.listener.as_ref().expect("sshd runs").id(), signal_);
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it wrote to its log since it started.
    pub fn log(&self) -> String {
        self.log.lock().expect("the log").clone()
    }

    /// Lets the test's key in.
    pub fn authorize(&self) {
        fs::copy(self.file("user.pub"), self.file("authorized_keys")).expect("authorized_keys");
    }

    /// Lets nobody in.
    pub fn authorize_nobody(&self) {
        fs::write(self.file("authorized_keys"), "").expect("authorized_keys");
    }

    /// Makes a new host key, which the client does not know; in force from the next start on.
    pub fn change_host_key(&self) {
        make_key(&self.file("host"));
    }

    /// Writes the host key into the client's `known_hosts`.
    pub fn know_host_key(&self) {
        let key = fs::read_to_string(self.file("host.pub")).expect("the host key");
        fs::write(self.file("known_hosts"), format!("{} {key}", self.alias())).expect("known_hosts");
    }

    /// Empties the client's `known_hosts`.
    pub fn forget_host_key(&self) {
        fs::write(self.file("known_hosts"), "").expect("known_hosts");
    }

    /// A file in its folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A configuration file for the client in which `name` is this sshd, with the lines of `extra` for it.
    pub fn client(&self, name: &str, extra: &str) -> PathBuf {
        let file = self.file("ssh_config");
        fs::write(&file, self.client_block(name, extra)).expect("ssh_config");
        file
    }

    /// The part of such a file that is about this sshd. The lines of `extra` come first, so they count.
    pub fn client_block(&self, name: &str, extra: &str) -> String {
        let folder = self.folder.path().display();
        format!(
            "Host {name}\n{extra}\nHostName 127.0.0.1\nPort {port}\nHostKeyAlias {alias}\nIdentityFile {folder}/user\n\
             IdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile {folder}/known_hosts\n\
             GlobalKnownHostsFile /dev/null\n",
            port = self.port,
            alias = self.alias(),
        )
    }

    fn alias(&self) -> String {
        format!("host-{}", self.port)
    }

    fn write_configuration(&self, program: &Path) -> PathBuf {
        let folder = self.folder.path().display();
        let lines = format!(
            "{}\nListenAddress 127.0.0.1:{}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n\
             PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nLogLevel VERBOSE\n",
            self.extra, self.port
        );
        let file = self.file("sshd_config");
        // Since 9.8 sshd turns away clients that failed, which these tests do on purpose; before, it knew no such line.
        fs::write(&file, format!("{lines}PerSourcePenalties no\n")).expect("sshd_config");
        let test = Command::new(program).arg("-t").arg("-f").arg(&file).output().expect("sshd tests its configuration");
        if !test.status.success() {
            fs::write(&file, lines).expect("sshd_config");
        }
        file
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits until `condition` holds; a failure shows `details`.
pub fn wait_for(what: &str, condition: impl FnMut() -> bool, details: impl Fn() -> String) {
    wait_long_for(what, PATIENCE, condition, details);
}

/// Waits until `condition` holds, for `patience` at most.
pub fn wait_long_for(
    what: &str,
    patience: Duration,
    mut condition: impl FnMut() -> bool,
    details: impl Fn() -> String,
) {
    let deadline = Instant::now() + patience;
    while !condition() {
        assert!(Instant::now() < deadline, "in vain: {what}\n{}", details());
        thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a signal to one process; one that is gone is fine.
pub fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a process number")).expect("not zero");
    let _ = kill_process(pid, signal);
}

/// Every process as `(pid, parent, group)`, zombies left out.
pub fn processes() -> Vec<(u32, u32, u32)> {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid=,pgid=,stat="]).output().expect("ps runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let rows = text.lines().filter_map(|line| {
        let mut columns = line.split_whitespace();
        let mut number = || columns.next()?.parse().ok();
        let row = (number()?, number()?, number()?);
        (!columns.next()?.starts_with('Z')).then_some(row)
    });
    rows.collect()
}

fn descendants(pid: u32) -> Vec<u32> {
    let processes = processes();
    let mut found = vec![pid];
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        found.extend(processes.iter().filter(|(_, its, _)| *its == parent).map(|(child, ..)| *child));
        next += 1;
    }
    found.split_off(1)
}

fn make_key(file: &Path) {
    let _ = fs::remove_file(file);
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).status();
    assert!(made.expect("ssh-keygen runs: install openssh-client").success());
}

/// sshd insists on being started by its full path.
fn program() -> PathBuf {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder: PathBuf| folder.join("sshd"))
        .find(|program| program.is_file());
    found.expect("these tests need a real sshd: apt-get install openssh-server")
}

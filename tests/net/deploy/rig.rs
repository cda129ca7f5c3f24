//! A server that is thrown away, with a real systemd and a real sshd, and a person at another machine who deploys to it.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use rexpect::session::{PtySession, spawn_command};
use tempfile::TempDir;

use crate::common::machine::Machine;
use crate::common::{self, free_port};
pub use crate::init::rig::Ended;
use crate::sshd::wait_for;

/// What a deployment without a person and without an index needs; OpenVINO is left out, which would have to be fetched.
const ALL: [&str; 4] = ["--yes", "--upload-models", "--engine", "onnxruntime"];

/// The password of the account `me`.
pub const PASSWORD: &str = "geheim-4711";

pub struct Vps {
    pub machine: Machine,
    home: TempDir,
    sshd: u16,
    /// Where the OCR server is to listen.
    pub port: u16,
}

impl Vps {
    /// `None`, after a word about it, where no machine can be booted.
    pub fn boot() -> Option<Self> {
        let machine = Machine::boot()?;
        let vps = Self { machine, home: tempfile::tempdir().expect("a home"), sshd: free_port(), port: free_port() };
        for folder in ["tmp", ".ssh", "jkocr"] {
            fs::create_dir(vps.path(folder)).expect("a folder");
        }
        for folder in ["models", "runtime"] {
            common::link_files(&common::home().join(folder), &vps.path("jkocr").join(folder));
        }
        let made =
            Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(vps.path("key")).status();
        assert!(made.expect("ssh-keygen runs").success());
        let key = fs::read_to_string(vps.path("key.pub")).expect("a key");
        vps.write(
            "/etc/test-sshd/config",
            &format!(
                "ListenAddress 127.0.0.1:{}\nHostKey /etc/test-sshd/host\nPidFile none\nUsePAM no\nPermitRootLogin yes\n\
                 PasswordAuthentication no\nSubsystem sftp /usr/lib/openssh/sftp-server\nLogLevel VERBOSE\n",
                vps.sshd
            ),
        );
        vps.sh(&format!(
            "rm -f /usr/local/bin/jkocr; mkdir -p /run/sshd
             ssh-keygen -q -t ed25519 -N '' -f /etc/test-sshd/host
             useradd -m -s /bin/sh me && echo 'me:{PASSWORD}' | chpasswd && echo 'me ALL=(ALL) ALL' > /etc/sudoers.d/me
             mkdir -p /root/.ssh /home/me/.ssh && chmod 700 /root/.ssh /home/me/.ssh"
        ));
        vps.write("/root/.ssh/authorized_keys", &key);
        vps.write("/home/me/.ssh/authorized_keys", &key);
        vps.sh("chown -R me /home/me; chmod 600 /root/.ssh/authorized_keys /home/me/.ssh/authorized_keys");
        vps.restart_sshd();
        vps.know_host_key();
        Some(vps)
    }

    /// Something of the person's.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs `script` on the server as root, and returns what it prints.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        let output = self.machine.run(&["sh", "-c", script]);
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Writes a file on the server.
    pub fn write(&self, file: &str, text: &str) {
        let folder = Path::new(file).parent().and_then(Path::to_str).expect("a folder");
        self.sh(&format!("mkdir -p {folder}; cat > {file} <<'THE END'\n{text}\nTHE END"));
    }

    pub fn restart_sshd(&self) {
        self.sh("systemctl stop test-sshd 2>/dev/null; systemd-run -q --unit=test-sshd /usr/sbin/sshd -D -e -f /etc/test-sshd/config");
        let listens = || std::net::TcpStream::connect(("127.0.0.1", self.sshd)).is_ok();
        wait_for("sshd listens", listens, || self.sh("journalctl --no-pager -n 20 -u test-sshd"));
    }

    /// Lets the person's ssh know the server.
    pub fn know_host_key(&self) {
        let host = self.sh("cat /etc/test-sshd/host.pub");
        fs::write(self.path(".ssh/known_hosts"), format!("[127.0.0.1]:{} {host}", self.sshd)).expect("known_hosts");
        let config = format!(
            "Host *\n  UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null\n  IdentityAgent none\n  IdentityFile {}\n",
            self.path(".ssh/known_hosts").display(),
            self.path("key").display()
        );
        fs::write(self.path(".ssh/config"), config).expect("ssh_config");
        // ssh finds its files by the account and not by `HOME`; this leads it to those of the test.
        let script = format!("#!/bin/sh\nexec ssh -F '{}' \"$@\"\n", self.path(".ssh/config").display());
        fs::write(self.path("ssh"), script).expect("a script");
        fs::set_permissions(self.path("ssh"), Permissions::from_mode(0o755)).expect("its permissions");
    }

    /// `jkocr deploy` as `account`, with `more`.
    pub fn command(&self, account: &str, more: &[&str]) -> Command {
        self.command_at(self.sshd, account, more)
    }

    /// The same to another port than that of sshd.
    pub fn command_at(&self, port: u16, account: &str, more: &[&str]) -> Command {
        let mut command = common::jkocr();
        command
            .env("HOME", self.home.path())
            .env("TMPDIR", self.path("tmp"))
            .env("JKOCR_HOME", self.path("jkocr"))
            .env("JKOCR_TUNNEL_SSH", self.path("ssh"))
            .args(["deploy", &format!("{account}@127.0.0.1"), "--port", &port.to_string()])
            .args(["--remote-port", &self.port.to_string()])
            .args(more);
        command
    }

    /// Deploys to the end, without a person.
    #[track_caller]
    pub fn deploy(&self, account: &str, more: &[&str]) -> Ended {
        self.to_the_end(self.command(account, more))
    }

    /// Runs it to the end, without a person.
    #[track_caller]
    pub fn to_the_end(&self, mut command: Command) -> Ended {
        let ended = command.stdin(Stdio::null()).output().expect("jkocr runs");
        self.nothing_left_here();
        Ended(ended)
    }

    /// The whole thing: the program, with the models of this machine.
    pub fn deploy_all(&self, more: &[&str]) -> Ended {
        self.deploy_program(program().to_str().expect("a path"), more)
    }

    /// The same with another `program`.
    pub fn deploy_program(&self, program: &str, more: &[&str]) -> Ended {
        self.deploy("root", &[["--program", program].as_slice(), &ALL, more].concat())
    }

    /// Starts it and leaves it alone.
    pub fn begin(&self, more: &[&str]) -> Child {
        self.begin_at(self.sshd, more)
    }

    /// The same to another port than that of sshd.
    pub fn begin_at(&self, port: u16, more: &[&str]) -> Child {
        let program = program().to_str().expect("a path");
        let mut command = self.command_at(port, "root", &["--program", program]);
        command
            .args(ALL)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    }

    /// A person at a terminal, who waits as long for anything as packing a program takes on a busy machine.
    pub fn sit_down(&self, account: &str, more: &[&str]) -> PtySession {
        spawn_command(self.command(account, more), Some(300_000)).expect("a terminal")
    }

    /// Waits until something well listens where the OCR server is to.
    #[track_caller]
    pub fn wait_until_healthy(&self) {
        wait_for("a server answers", || self.is_healthy(), || self.sh("journalctl --no-pager -n 20"));
    }

    /// That no ssh of ours runs, and none of its files is there.
    #[track_caller]
    pub fn nothing_left_here(&self) {
        let folder = self.path("tmp");
        let files: Vec<_> = fs::read_dir(&folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
        assert!(files.is_empty(), "left: {files:?}");
        let processes = Command::new("ps").args(["-A", "-ww", "-o", "stat=,args="]).output().expect("ps runs");
        let processes = String::from_utf8_lossy(&processes.stdout).into_owned();
        let ours =
            processes.lines().filter(|line| !line.starts_with('Z') && line.contains(folder.to_str().expect("a path")));
        assert_eq!(ours.collect::<Vec<_>>(), Vec::<&str>::new());
    }

    /// Whether the OCR server reads.
    pub fn is_healthy(&self) -> bool {
        let ask = || {
            use std::io::Read as _;
            let mut server = std::net::TcpStream::connect(("127.0.0.1", self.port))?;
            server.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            server.read_to_string(&mut answer).map(|_| answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.") && answer.contains(" 200 "))
    }

    /// Whether it is known to read faster with OpenVINO: only with AMX was that measured.
    pub fn gains_by_openvino(&self) -> bool {
        self.sh("cat /proc/cpuinfo").contains("amx_bf16")
    }

    /// Every file of the server that a deployment could leave, by name.
    pub fn files(&self) -> Vec<String> {
        let list = self.sh(
            "find /etc /opt /root/.ssh /root/.config /home /usr/local /var/lib /var/opt -xdev -path /opt/models -prune -o -print 2>/dev/null | sort",
        );
        let backups = ["/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-"];
        // systemd's own, made by the first service with a user of its own; and what `userdel` keeps for itself.
        let others = ["/var/lib/private", "/var/lib/systemd"];
        let keep = |line: &&str| !backups.contains(line) && !others.iter().any(|other| line.starts_with(other));
        list.lines().filter(keep).map(str::to_owned).collect()
    }

    /// What the person's `config.toml` says.
    pub fn config(&self) -> String {
        fs::read_to_string(self.path("jkocr/config.toml")).unwrap_or_default()
    }
}

/// The program without what only a debugger reads: a third of the bytes to send.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("jkocr-to-deploy-{}", std::process::id()));
        let stripped = Command::new("strip").args(["-s", "-o"]).arg(&file).arg(env!("CARGO_BIN_EXE_jkocr")).status();
        assert!(stripped.expect("strip runs: install binutils").success());
        file
    })
}

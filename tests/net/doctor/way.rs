//! The way to the server, broken at each of its steps.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use super::diagnosis::{Diagnosis, doctor, text};
use super::server::{Mood, OURS, Stub};
use crate::common::free_port;
use crate::sshd::{Sshd, signal, wait_for};
use crate::up::rig::{Home, children, is_alive, tunnel};

const AFTER_LOGIN: [&str; 2] = ["forward", "service"];
const OF_SERVER: [&str; 9] = [
    "server-address",
    "server-unit",
    "server-health",
    "server-version",
    "server-memory",
    "server-oom",
    "server-cpu",
    "server-steal",
    "server-glibc",
];

/// Nothing runs here, so `up` fails as well.
fn home(sshd: &Sshd, remote: u16) -> Home {
    Home::through(sshd, remote, "off")
}

#[test]
fn an_ssh_that_does_not_exist() {
    let home = Home::new("host = 'vps'\nssh = '/nonexistent/ssh'", "off");
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("ssh", "failure", "ssh-not-found");
    assert!(text(finding, "saw").contains("/nonexistent/ssh") && text(finding, "remedy").contains("tunnel.ssh"));
    diagnosis.are_skipped(&["host", "reach", "host-key", "keys", "login"], "ssh");
    diagnosis.are_skipped(&AFTER_LOGIN, "ssh");
    diagnosis.are_skipped(&OF_SERVER, "ssh");
    diagnosis.fails_only(&["up", "ssh"]);
}

#[test]
fn an_option_that_ssh_does_not_know() {
    let home = Home::new("host = 'vps'\nssh_options = ['Nonsense=yes']", "off");
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("ssh", "failure", "bad-configuration");
    assert!(text(finding, "remedy").contains("ssh_options"), "{finding}");
}

#[test]
fn a_host_without_an_address() {
    let diagnosis = Diagnosis::of(&Home::new("host = 'nowhere.invalid'", "off"));
    let finding = diagnosis.of_check("host");
    let cause = text(finding, "cause");
    assert!(["host-unresolved", "resolver-unavailable"].contains(&cause), "{finding}");
    assert!(text(finding, "saw").contains("nowhere.invalid") && finding["remedy"].is_string(), "{finding}");
    diagnosis.are_well(&["ssh"]);
    diagnosis.are_skipped(&["reach", "host-key", "keys", "login"], "host");
    diagnosis.fails_only(&["up", "host"]);
}

#[test]
fn a_port_that_refuses() {
    let sshd = Sshd::stopped();
    let diagnosis = Diagnosis::of(&home(&sshd, free_port()));
    let finding = diagnosis.is("reach", "failure", "refused");
    assert!(text(finding, "saw").contains(&sshd.port().to_string()) && text(finding, "remedy").contains("sshd"));
    diagnosis.are_well(&["ssh", "host"]);
    diagnosis.are_skipped(&["host-key", "keys", "login"], "reach");
}

#[test]
fn a_host_that_does_not_answer() {
    let sshd = Sshd::start();
    sshd.signal_listener(Signal::STOP);
    let diagnosis = Diagnosis::of(&home(&sshd, free_port()));
    sshd.signal_listener(Signal::CONT);
    let finding = diagnosis.is("reach", "failure", "timed-out");
    assert!(text(finding, "remedy").contains("firewall"), "{finding}");
}

#[test]
fn a_host_key_that_is_not_known() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    sshd.forget_host_key();
    let home = home(&sshd, stub.port);
    let diagnosis = Diagnosis::of(&home);
    let finding = diagnosis.is("host-key", "failure", "host-key-unknown");
    let command = text(finding, "command");
    assert!(command.starts_with("ssh -o Port=") && command.ends_with("127.0.0.1 exit"), "{command}");
    assert!(text(finding, "remedy").contains("fingerprint"), "{finding}");
    diagnosis.are_well(&["ssh", "host", "reach"]);
    diagnosis.are_skipped(&["keys", "login"], "host-key");
    assert_eq!(fs::read_to_string(sshd.file("known_hosts")).expect("known_hosts"), "", "nothing is accepted unseen");
}

#[test]
fn a_host_key_that_has_changed() {
    let (mut sshd, stub) = (Sshd::stopped(), Stub::start());
    sshd.change_host_key();
    sshd.resume();
    let diagnosis = Diagnosis::of(&home(&sshd, stub.port));
    let finding = diagnosis.is("host-key", "failure", "host-key-changed");
    let known = sshd.file("known_hosts");
    let command = format!("ssh-keygen -R host-{} -f {}", sshd.port(), known.display());
    assert_eq!(text(finding, "command"), command);
    // The command does what it says.
    let words = shlex::split(&command).expect("words");
    assert!(Command::new(&words[0]).args(&words[1..]).output().expect("ssh-keygen").status.success());
    let again = Diagnosis::of(&home(&sshd, stub.port));
    again.is("host-key", "failure", "host-key-unknown");
}

#[test]
fn a_key_that_is_refused() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    sshd.authorize_nobody();
    let diagnosis = Diagnosis::of(&home(&sshd, stub.port));
    let finding = diagnosis.is("login", "failure", "login-refused");
    assert!(text(finding, "command").starts_with("ssh-copy-id -o Port="), "{finding}");
    diagnosis.are_well(&["ssh", "host", "reach", "host-key", "keys"]);
    diagnosis.are_skipped(&AFTER_LOGIN, "login");
    diagnosis.are_skipped(&OF_SERVER, "login");
    diagnosis.fails_only(&["up", "login"]);
}

#[test]
fn no_key_at_all() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let lines =
        tunnel(&sshd, stub.port).replace(&format!("IdentityFile={}", sshd.file("user").display()), "IdentityFile=none");
    let diagnosis = Diagnosis::of(&Home::new(&lines, "off"));
    let finding = diagnosis.is("keys", "failure", "no-key");
    assert!(text(finding, "command").starts_with("ssh-keygen -t ed25519 && ssh-copy-id "), "{finding}");
    diagnosis.are_skipped(&["login"], "keys");
}

#[test]
fn a_key_file_that_others_can_read() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    fs::set_permissions(sshd.file("user"), Permissions::from_mode(0o644)).expect("a mode");
    let diagnosis = Diagnosis::of(&home(&sshd, stub.port));
    let finding = diagnosis.is("keys", "failure", "key-exposed");
    assert_eq!(text(finding, "command"), format!("chmod 600 {}", sshd.file("user").display()));
}

#[test]
fn a_key_file_with_a_passphrase_and_one_that_is_not_there() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let key = sshd.file("user");
    let change = Command::new("ssh-keygen").args(["-q", "-p", "-P", "", "-N", "geheim", "-f"]).arg(&key).status();
    assert!(change.expect("ssh-keygen").success());
    let diagnosis = Diagnosis::of(&home(&sshd, stub.port));
    let finding = diagnosis.is("keys", "failure", "key-locked");
    assert_eq!(text(finding, "command"), format!("ssh-add {}", key.display()));
    fs::remove_file(&key).expect("a key");
    let diagnosis = Diagnosis::of(&home(&sshd, stub.port));
    let finding = diagnosis.is("keys", "failure", "key-missing");
    assert_eq!(text(finding, "command"), format!("ssh-keygen -t ed25519 -f {}", key.display()));
}

#[test]
fn a_server_that_never_answers() {
    let sshd = Sshd::start();
    // It takes connections, and that is all.
    let hole = TcpListener::bind("127.0.0.1:0").expect("a port");
    let diagnosis = Diagnosis::of(&home(&sshd, hole.local_addr().expect("its address").port()));
    let finding = diagnosis.is("service", "failure", "silent");
    assert!(text(finding, "command").ends_with("'sudo journalctl -u jkocr -n 50'"), "{finding}");
    diagnosis.are_well(&["login", "forward", "server-address"]);
}

#[test]
fn a_forward_that_is_forbidden_while_the_service_is_well() {
    let (sshd, stub) = (Sshd::with("AllowTcpForwarding no"), Stub::start());
    let diagnosis = Diagnosis::of(&home(&sshd, stub.port));
    let finding = diagnosis.is("forward", "failure", "forward-refused");
    assert!(text(finding, "remedy").contains("AllowTcpForwarding"), "{finding}");
    diagnosis.are_well(&["login", "server-address", "server-health", "server-version"]);
    diagnosis.are_skipped(&["service"], "forward");
    diagnosis.fails_only(&["up", "forward"]);
}

#[test]
fn a_service_that_does_not_listen() {
    let sshd = Sshd::start();
    let port = free_port();
    let diagnosis = Diagnosis::of(&home(&sshd, port));
    let finding = diagnosis.is("service", "failure", "service-down");
    assert!(text(finding, "saw").contains(&format!("127.0.0.1:{port}")) && finding["remedy"].is_string(), "{finding}");
    diagnosis.are_well(&["login", "forward", "clock"]);
    diagnosis.are_skipped(&["server-address", "server-health"], "service");
    diagnosis.fails_only(&["up", "service"]);
}

#[test]
fn another_server_in_its_place() {
    let (sshd, stub) = (Sshd::start(), Stub::on("127.0.0.1", Mood::Foreign, "nginx"));
    let diagnosis = Diagnosis::of(&home(&sshd, stub.port));
    let finding = diagnosis.is("service", "failure", "not-ocr");
    assert!(text(finding, "remedy").contains("tunnel.remote"), "{finding}");
}

#[test]
fn a_server_that_is_loading_is_only_warned_about() {
    let (sshd, stub) = (Sshd::start(), Stub::on("127.0.0.1", Mood::Loading, OURS));
    let diagnosis = Diagnosis::of(&home(&sshd, stub.port));
    let finding = diagnosis.is("service", "warning", "not-ready");
    // The server says so in Chinese, which is not repeated in an English sentence.
    assert_eq!(text(finding, "saw"), "the OCR server is not ready yet");
    diagnosis.fails_only(&["up"]);
}

#[test]
fn whoever_does_not_want_to_wait_leaves_nothing_behind() {
    let sshd = Sshd::start();
    sshd.signal_listener(Signal::STOP);
    let lines = tunnel(&sshd, free_port()).replace("connect_timeout = '2s'", "connect_timeout = '1m'");
    let home = Home::new(&lines, "off");
    let mut child = doctor(&home, &[]).stdout(Stdio::null()).spawn().expect("jkocr runs");
    let started = || children(child.id());
    wait_for("ssh connects", || started().iter().any(|pid| is_ssh(*pid)), || format!("{:?}", started()));
    let all = started();
    signal(child.id(), Signal::INT);
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    sshd.signal_listener(Signal::CONT);
    wait_for("nothing is left", || !all.iter().any(|pid| is_alive(*pid)), || format!("{all:?}"));
}

/// Whether a process is the ssh of the tunnel.
fn is_ssh(pid: u32) -> bool {
    let output = Command::new("ps").args(["-o", "args=", "-p", &pid.to_string()]).output().expect("ps runs");
    String::from_utf8_lossy(&output.stdout).contains(" -L ")
}

#[test]
fn a_jump_host_is_gone_through_and_nothing_is_left_behind() {
    let (jump, sshd, stub) = (Sshd::start(), Sshd::start(), Stub::start());
    let file = jump.client("jump", "");
    let lines = tunnel(&sshd, stub.port).replace(
        "ssh_options = [",
        &format!("ssh_options = ['ProxyCommand=ssh -F {} -W %h:%p jump', ", file.display()),
    );
    let diagnosis = Diagnosis::of(&Home::new(&lines, "off"));
    diagnosis.are_well(&["ssh", "host", "reach", "host-key", "keys", "login", "forward", "service", "server-health"]);
    diagnosis.fails_only(&["up"]);
    for sshd in [&jump, &sshd] {
        wait_for("no session is left", || sshd.sessions().is_empty(), || sshd.log());
    }
}

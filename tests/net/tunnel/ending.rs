//! However it ends, nothing stays behind; and what a crash leaves behind is found, and only that.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

use jkocr::tunnel::{self, Options, State};
use rustix::process::Signal;
use tempfile::TempDir;

use super::ocr_server::OcrServer;
use super::rig::{NEVER, Rig, fast, group, options, until_group_is_gone};
use crate::sshd::{Sshd, processes, signal, wait_for};

fn assert_nothing_stays(leader: u32, socket: &Path, record: &Path) {
    until_group_is_gone(leader);
    assert!(!socket.exists() && !record.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_leaves_no_process_no_socket_and_no_record() {
    let (jump, sshd, server) = (Sshd::start(), Sshd::start(), OcrServer::start());
    let config = sshd.file("jump_config");
    fs::write(&config, sshd.client_block("vps", "ProxyJump jump") + &jump.client_block("jump", "")).unwrap();
    for manners in [true, false] {
        let rig = Rig::start(&sshd, &server, |options| options.ssh_config = Some(config.clone()));
        rig.until_up().await;
        let (leader, socket, record) = (rig.ssh_pid(), rig.socket.clone(), rig.record.clone());
        assert!(group(leader).len() > 1 && socket.exists() && record.exists());
        if manners {
            rig.close().await;
        } else {
            rig.drop_supervisor().await;
        }
        assert_nothing_stays(leader, &socket, &record);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ssh_that_hangs_ends_as_well() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    // Stopped, it takes no SIGTERM.
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until_up().await;
    let (leader, socket, record) = (rig.ssh_pid(), rig.socket.clone(), rig.record.clone());
    signal(leader, Signal::STOP);
    rig.close().await;
    assert_nothing_stays(leader, &socket, &record);

    // Connected to a host that says nothing.
    sshd.signal_listener(Signal::STOP);
    let rig = Rig::start(&sshd, &server, |options| options.connect_timeout = NEVER);
    wait_for("ssh runs", || rig.tunnel.ssh_pid().is_some(), String::new);
    let (leader, socket, record) = (rig.ssh_pid(), rig.socket.clone(), rig.record.clone());
    rig.close().await;
    assert_nothing_stays(leader, &socket, &record);
    sshd.signal_listener(Signal::CONT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_never_ends_is_ended() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let home = tempfile::tempdir().unwrap();
    let mut options = options(&sshd, &server, home.path());
    options.ssh = script(&home, "exec sleep 1000");
    options.connect_timeout = Duration::from_millis(100);
    options.pace.login = Duration::from_millis(100);
    options.pace.back_off = vec![NEVER];
    let rig = Rig::with(options, home);
    rig.until_down("login-stalled").await;
    assert_eq!(rig.tunnel.ssh_pid(), None);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tunnel_has_one_supervisor() {
    let (sshd, server, home) = (Sshd::start(), OcrServer::start(), tempfile::tempdir().unwrap());
    let options = options(&sshd, &server, home.path());
    let first = Rig::with(options.clone(), home);
    first.until_up().await;
    let pid = first.ssh_pid();
    let second = Rig::with(options, tempfile::tempdir().unwrap());
    second.until_down("in-use").await;
    assert!(first.tunnel.state().is_up() && first.ssh_pid() == pid);
    // The folder goes with the first, so the second has to make its own.
    first.close().await;
    second.until_up().await;
    second.close().await;
}

/// A tunnel in a process of its own, so that it can crash. It runs only where the variables ask for it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the tests about crashes"]
async fn supervisor_that_will_crash() {
    let variable = |name| env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let mut options = Options::new("vps", Path::new(&variable("TEST_STATE")));
    options.ssh_config = Some(variable("TEST_CONFIG").into());
    options.ssh = variable("TEST_SSH").into();
    options.remote = variable("TEST_REMOTE").parse().unwrap();
    options.pace = fast();
    let (_tunnel, mut supervisor) = tunnel::open(options);
    match supervisor.run().await {}
}

/// Starts [`supervisor_that_will_crash`] with `options`.
fn crashing(options: &Options) -> Child {
    Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "tunnel::ending::supervisor_that_will_crash", "--ignored"])
        .env("TEST_STATE", &options.state_dir)
        .env("TEST_CONFIG", options.ssh_config.as_ref().expect("a configuration"))
        .env("TEST_SSH", &options.ssh)
        .env("TEST_REMOTE", options.remote.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("this program starts")
}

/// Kills the supervisor once its ssh is in the record, and returns the number of that ssh.
fn crash(mut supervisor: Child, options: &Options, is_time: impl Fn() -> bool) -> u32 {
    let record = options.state_dir.join("tunnel.pid");
    let recorded = || {
        let text = fs::read_to_string(&record).ok()?;
        let value: serde_json::Value = serde_json::from_str(&text).ok()?;
        value["pid"].as_u64()
    };
    wait_for("the ssh is recorded", || recorded().is_some() && is_time(), String::new);
    supervisor.kill().expect("it runs");
    supervisor.wait().expect("it ends");
    let pid = recorded().expect("a record") as u32;
    assert!(is_running(pid), "ssh has outlived its supervisor");
    pid
}

fn is_running(pid: u32) -> bool {
    processes().iter().any(|(its, ..)| *its == pid)
}

fn script(home: &TempDir, text: &str) -> std::path::PathBuf {
    let file = home.path().join("ssh");
    fs::write(&file, format!("#!/bin/sh\n{text}\n")).expect("a script");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("a program");
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn the_orphan_of_a_crash_is_ended_by_the_next_start() {
    let (sshd, server, home) = (Sshd::start(), OcrServer::start(), tempfile::tempdir().unwrap());
    let options = options(&sshd, &server, home.path());
    let orphan = crash(crashing(&options), &options, || server.health_checks() > 0);
    let rig = Rig::with(options, home);
    rig.until_up().await;
    assert!(!is_running(orphan));
    assert_ne!(rig.ssh_pid(), orphan);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_the_number_of_an_orphan_but_is_another_is_left_alone() {
    let (sshd, server, home) = (Sshd::start(), OcrServer::start(), tempfile::tempdir().unwrap());
    // The number of our ssh, but it started at another time.
    let mut options = options(&sshd, &server, home.path());
    let orphan = crash(crashing(&options), &options, || server.health_checks() > 0);
    let record = options.state_dir.join("tunnel.pid");
    let mut value: serde_json::Value = serde_json::from_str(&fs::read_to_string(&record).unwrap()).unwrap();
    value["started"] = format!("{}1", value["started"].as_str().unwrap()).into();
    fs::write(&record, value.to_string()).unwrap();
    let rig = Rig::with(options.clone(), tempfile::tempdir().unwrap());
    rig.until_up().await;
    assert!(is_running(orphan));
    signal(orphan, Signal::KILL);
    rig.close().await;

    // Number and start are right, but it is no ssh of ours.
    options.ssh = script(&home, "exec sleep 1000");
    let bystander = crash(crashing(&options), &options, || true);
    options.ssh = "ssh".into();
    let rig = Rig::with(options, tempfile::tempdir().unwrap());
    rig.until("up", State::is_up).await;
    assert!(is_running(bystander));
    signal(bystander, Signal::KILL);
    rig.close().await;
}

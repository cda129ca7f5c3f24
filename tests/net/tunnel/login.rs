//! From nothing to up: logging in, what stands in the way, and how it mends itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use jkocr::tunnel::{Cause, Options, State};

use super::ocr_server::OcrServer;
use super::rig::{NEVER, Rig, group, options};
use crate::sshd::{Sshd, wait_for};

#[tokio::test(flavor = "multi_thread")]
async fn up_means_that_the_server_answers_through_ssh() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until_up().await;
    assert!(server.health_checks() > 0);
    assert_eq!(rig.tunnel.server().as_deref(), Some("jkocr/0.0.0"));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&rig.socket), 0o600);
    assert_eq!(mode(&rig.record), 0o600);
    assert_eq!(mode(rig.socket.parent().unwrap()), 0o700);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unix_socket_at_the_far_end_and_an_odd_path_at_this_one() {
    let (sshd, home) = (Sshd::start(), tempfile::tempdir().unwrap());
    let far = home.path().join("far: 100%.sock");
    let server = OcrServer::on_socket(&far);
    let mut options = options(&sshd, &server, home.path());
    options.remote = far.to_str().unwrap().parse().unwrap();
    options.state_dir = home.path().join("Application Support: 100%h");
    options.socket = options.state_dir.join("tunnel.sock");
    let rig = Rig::with(options, home);
    rig.until_up().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_that_a_crash_left_behind_is_no_obstacle() {
    let (sshd, server, home) = (Sshd::start(), OcrServer::start(), tempfile::tempdir().unwrap());
    let options = options(&sshd, &server, home.path());
    fs::create_dir(&options.state_dir).unwrap();
    drop(UnixListener::bind(&options.socket).unwrap());
    let rig = Rig::with(options, home);
    rig.until_up().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sshd_that_is_down_at_first_is_found_later() {
    let (mut sshd, server) = (Sshd::stopped(), OcrServer::start());
    let rig = Rig::start(&sshd, &server, |_| {});
    let cause = rig.until_down("refused").await;
    assert_eq!(cause, Cause::Refused { address: format!("127.0.0.1 port {}", sshd.port()).into() });
    sshd.resume();
    rig.until_up().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_blocks_and_a_key_added_later_mends_it() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    sshd.authorize_nobody();
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until("blocked", |state| matches!(state, State::Blocked { cause: Cause::LoginRefused { .. }, .. })).await;
    assert!(!rig.socket.exists());
    sshd.authorize();
    rig.until_up().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_user_can_mend_is_tried_again_when_the_user_says_so_or_a_request_comes() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    sshd.authorize_nobody();
    let rig = Rig::start(&sshd, &server, |options| options.pace.blocked = NEVER);
    rig.until_down("login-refused").await;
    sshd.authorize();
    rig.tunnel.retry();
    rig.until_up().await;
    rig.close().await;

    sshd.authorize_nobody();
    let rig = Rig::start(&sshd, &server, |options| options.pace.blocked = NEVER);
    rig.until_down("login-refused").await;
    sshd.authorize();
    let refused = rig.tunnel.ready(NEVER).await.unwrap_err();
    assert_eq!(refused.id(), "blocked", "a request is not kept waiting for the user");
    rig.until_up().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_key_is_never_accepted_unseen() {
    let (mut sshd, server) = (Sshd::start(), OcrServer::start());
    sshd.forget_host_key();
    let rig = Rig::start(&sshd, &server, |_| {});
    let cause = rig.until_down("host-key-unknown").await;
    assert_eq!(cause, Cause::HostKeyUnknown { host: format!("host-{}", sshd.port()).into() });
    assert_eq!(fs::read_to_string(sshd.file("known_hosts")).unwrap(), "");
    sshd.know_host_key();
    rig.until_up().await;

    let before = fs::read_to_string(sshd.file("known_hosts")).unwrap();
    sshd.change_host_key();
    sshd.stop();
    sshd.resume();
    let cause = rig.until_down("host-key-changed").await;
    let entry = format!("{}:1", sshd.file("known_hosts").display());
    assert_eq!(cause, Cause::HostKeyChanged { host: format!("host-{}", sshd.port()).into(), entry: entry.into() });
    assert_eq!(fs::read_to_string(sshd.file("known_hosts")).unwrap(), before);
    sshd.know_host_key();
    rig.until_up().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbidden_forward_is_told_from_a_server_that_is_down() {
    let server = OcrServer::start();
    for rule in ["AllowTcpForwarding no", "PermitOpen 127.0.0.1:9", "DisableForwarding yes"] {
        let mut sshd = Sshd::with(rule);
        let rig = Rig::start(&sshd, &server, |_| {});
        let cause = rig.until_down("forward-refused").await;
        assert_eq!(cause, Cause::ForwardRefused { remote: format!("127.0.0.1:{}", server.port()).into() }, "{rule}");
        sshd.stop();
        sshd.configure("");
        sshd.resume();
        rig.until_up().await;
        rig.close().await;
    }
}

type Change = fn(&mut Options);

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_this_machine_have_their_own_names() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let cases: [(&str, Change); 5] = [
        ("ssh-not-found", |options| options.ssh = "/nonexistent/ssh".into()),
        ("ssh-not-runnable", |options| options.ssh = "/etc/passwd".into()),
        ("bad-configuration", |options| options.ssh_options = vec!["Nonsense=yes".into()]),
        ("socket-path-too-long", |options| options.socket = options.state_dir.join("x".repeat(100))),
        ("state-folder", |options| options.state_dir = "/dev/null/state".into()),
    ];
    for (id, change) in cases {
        let rig = Rig::start(&sshd, &server, change);
        let state = rig.until(id, |state| state.cause().is_some()).await;
        assert_eq!((state.id(), state.cause().unwrap().id()), ("blocked", id));
        rig.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jump_host_of_the_users_configuration_is_used() {
    let (jump, sshd, server) = (Sshd::start(), Sshd::start(), OcrServer::start());
    let config = sshd.file("jump_config");
    let blocks = sshd.client_block("vps", "ProxyJump jump") + &jump.client_block("jump", "");
    fs::write(&config, blocks).unwrap();
    let rig = Rig::start(&sshd, &server, |options| options.ssh_config = Some(config));
    rig.until_up().await;
    assert!(!jump.sessions().is_empty(), "the path goes through the jump host");
    assert!(group(rig.ssh_pid()).len() > 1, "ssh has an ssh of its own for the jump");
    jump.authorize_nobody();
    jump.signal_sessions(rustix::process::Signal::KILL);
    let Cause::LoginRefused { account, .. } = rig.until_down("login-refused").await else { panic!("another cause") };
    assert!(account.contains("127.0.0.1"), "{account}");
    jump.authorize();
    rig.until_up().await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_of_the_user_is_neither_used_nor_made() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let (socket, log) = (sshd.file("master"), || String::from("the user's master"));
    let extra = format!("ControlMaster auto\nControlPath {}\nControlPersist yes", socket.display());
    let config = sshd.client("vps", &extra);
    let mut master = Command::new("ssh");
    let mut master = master.arg("-F").arg(&config).args(["-N", "-o", "ControlPersist=no", "vps"]);
    master = master.stdin(Stdio::null()).stderr(Stdio::null());
    let mut master = master.spawn().unwrap();
    wait_for("the user's master is there", || socket.exists(), log);

    let rig = Rig::start(&sshd, &server, |options| options.ssh_config = Some(config));
    rig.until_up().await;
    let pid = rig.ssh_pid();
    master.kill().unwrap();
    master.wait().unwrap();
    let _ = fs::remove_file(&socket);
    rig.tunnel.ready(Duration::from_secs(30)).await.unwrap();
    let checks = server.health_checks();
    rig.until("another probe", |_| server.health_checks() > checks + 1).await;
    assert_eq!(rig.ssh_pid(), pid, "the tunnel never hung on the master");
    assert!(!socket.exists(), "and makes none");
    rig.close().await;
}

//! A host may show a banner before the login. Whatever it says, it is not ssh that says it.

use std::fs;

use jkocr::tunnel::Cause;

use super::ocr_server::OcrServer;
use super::rig::Rig;
use crate::sshd::Sshd;

#[tokio::test(flavor = "multi_thread")]
async fn a_banner_is_not_taken_for_ssh() {
    let (sshd, server) = (Sshd::with_forged_banner(), OcrServer::start());
    sshd.authorize_nobody();
    let rig = Rig::start(&sshd, &server, |_| {});
    let Cause::LoginRefused { account, methods } = rig.until_down("login-refused").await else { panic!("another") };
    assert!(!account.contains("mallory") && &*methods == "publickey", "{account} {methods}");
    sshd.authorize();
    rig.until_up().await;
    sshd.signal_sessions(rustix::process::Signal::KILL);
    rig.until_recovered_from("connection-lost").await;
    rig.close().await;

    sshd.forget_host_key();
    let rig = Rig::start(&sshd, &server, |_| {});
    rig.until_down("host-key-unknown").await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_is_that_of_a_jump_host_or_of_a_host_behind_one() {
    let (jump, sshd, server) = (Sshd::with_forged_banner(), Sshd::with_forged_banner(), OcrServer::start());
    let config = sshd.file("jump_config");
    let blocks = sshd.client_block("vps", "ProxyJump jump") + &jump.client_block("jump", "");
    fs::write(&config, blocks).expect("ssh_config");
    sshd.authorize_nobody();
    let rig = Rig::start(&sshd, &server, |options| options.ssh_config = Some(config.clone()));
    rig.until_down("login-refused").await;
    sshd.authorize();
    rig.until_up().await;
    jump.authorize_nobody();
    jump.signal_sessions(rustix::process::Signal::KILL);
    let Cause::LoginRefused { account, .. } = rig.until_down("login-refused").await else { panic!("another") };
    assert!(!account.contains("mallory"), "{account}");
    rig.close().await;

    // The jump host lets in, and cannot reach the host.
    jump.authorize();
    let mut sshd = sshd;
    sshd.stop();
    let rig = Rig::start(&sshd, &server, |options| options.ssh_config = Some(config));
    rig.until_down("jump-failed").await;
    rig.close().await;
}

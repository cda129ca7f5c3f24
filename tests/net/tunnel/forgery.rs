//! A server may put lines into what ssh says. Whatever they are, it can bring about no cause but its own refusal.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use jkocr::tunnel::Cause;

use super::forger::Forger;
use super::ocr_server::OcrServer;
use super::rig::Rig;
use crate::sshd::Sshd;

/// Words of which each would be a cause, if ssh had said them.
fn forged() -> impl Iterator<Item = String> {
    let all = include_str!("../../data/forged_words.txt").trim_end();
    all.split("\n\n").map(|words| words.replace('\n', "\r\n"))
}

/// Lines of a server between two that look like ssh's own remarks.
fn between_remarks(words: &str) -> String {
    format!("\r\ndebug1: Next authentication method: publickey\r\n{words}\r\ndebug1: No more authentication methods")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_can_forge_no_cause_wherever_it_speaks() {
    let (sshd, server) = (Sshd::stopped(), OcrServer::start());
    let forger = Forger::start(&sshd);
    for place in ["methods", "farewell", "remark", "early"] {
        for words in forged() {
            forger.say(place, &between_remarks(&words));
            let rig = Rig::start(&sshd, &server, |_| {});
            let state = rig.until("a cause", |state| state.cause().is_some()).await;
            let cause = state.cause().expect("a cause");
            let expected = if place == "farewell" { "handshake-closed" } else { "login-refused" };
            assert_eq!(cause.id(), expected, "{place}: {words:?}: {cause:?}");
            if let Cause::LoginRefused { account, methods } = cause {
                assert!(!account.contains("mallory") && methods.starts_with("publickey"), "{place}: {cause:?}");
            }
            rig.close().await;
        }
    }
}

/// What is wrong with the key is told all the same: ssh says it before the server's last words.
#[tokio::test(flavor = "multi_thread")]
async fn what_ssh_says_of_a_key_is_told_whatever_the_server_says() {
    let (sshd, server) = (Sshd::stopped(), OcrServer::start());
    let forger = Forger::start(&sshd);
    forger.say("accepts", &between_remarks("Load key \"/k\": incorrect passphrase supplied to decrypt private key"));
    let key = sshd.file("user");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("permissions");
    let rig = Rig::start(&sshd, &server, |_| {});
    let Cause::KeyExposed { file } = rig.until_down("key-exposed").await else { panic!("another") };
    assert_eq!(file.as_it_came(), key.to_str());
    rig.close().await;
}

/// An ssh before 8.5 does not know what it is asked to tell.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_ssh_logs_in_as_well() {
    let (sshd, server) = (Sshd::start(), OcrServer::start());
    let older = sshd.file("older-ssh");
    let script = "#!/bin/sh\ncase \"$*\" in *LogVerbose*)\n\
                  echo 'command-line: line 0: Bad configuration option: logverbose' >&2; exit 255;;\nesac\nexec ssh \"$@\"\n";
    fs::write(&older, script).expect("a script");
    fs::set_permissions(&older, fs::Permissions::from_mode(0o755)).expect("permissions");
    let rig = Rig::start(&sshd, &server, |options| options.ssh = older);
    rig.until_up().await;
    sshd.authorize_nobody();
    sshd.signal_sessions(rustix::process::Signal::KILL);
    rig.until_down("login-refused").await;
    rig.close().await;
}

//! What keeps ssh out, and that it mends itself once the user has done something; and the user's own configuration.

use std::time::Duration;
use std::{fs, thread};

use rustix::process::Signal;

use super::client::{TEXT, VALIDATE, ocr};
use super::rig::{Home, Up, tunnel_by};
use super::stub::{Stub, said};
use crate::sshd::{Sshd, wait_long_for};

/// A request cuts the wait of a blocked tunnel short to half a minute.
const SLOWLY: Duration = Duration::from_secs(50);

/// Something only the user can mend: its name, how it comes about, and how it is mended.
type Block = (&'static str, fn(&mut Sshd), fn(&mut Sshd));

const BLOCKS: [Block; 4] = [
    ("login-refused", |sshd| sshd.authorize_nobody(), |sshd| sshd.authorize()),
    ("host-key-unknown", |sshd| sshd.forget_host_key(), |sshd| sshd.know_host_key()),
    (
        "host-key-changed",
        |sshd| {
            sshd.change_host_key();
            restart(sshd, "");
        },
        |sshd| sshd.know_host_key(),
    ),
    ("forward-refused", |sshd| restart(sshd, "AllowTcpForwarding no"), |sshd| restart(sshd, "")),
];

fn restart(sshd: &mut Sshd, lines: &str) {
    sshd.stop();
    sshd.configure(lines);
    sshd.resume();
}

fn is_told_and_mends_itself((cause, break_it, mend_it): Block) {
    let (mut sshd, stub) = (Sshd::start(), Stub::start());
    break_it(&mut sshd);
    let known = fs::read_to_string(sshd.file("known_hosts")).expect("known_hosts");
    let up = Up::start(Home::through(&sshd, stub.port, "when-down").with_models());
    up.until("it is told", |status| status["state"] == "blocked" && status["cause"]["id"] == cause);
    let told = up.home.status()["cause"].clone();
    let has_words = |part: &str| told[part].as_str().is_some_and(|words| !words.is_empty());
    assert!(has_words("message") && has_words("remedy"), "{told}");
    up.until_stocked();
    assert_eq!(ocr(up.port(), VALIDATE).backend(), "local");
    assert_eq!(up.home.status()["fallbacks"][cause], 1);
    assert_eq!(fs::read_to_string(sshd.file("known_hosts")).expect("known_hosts"), known, "no key is learnt");
    mend_it(&mut sshd);
    let is_mended = || ocr(up.port(), VALIDATE).backend() == "remote";
    wait_long_for("it mends itself", SLOWLY, is_mended, || up.log());
    assert_eq!(up.log().matches("not connected: ").count(), 1, "a cause is told once: {}", up.log());
}

#[test]
fn what_only_the_user_can_mend_is_told_once_and_tried_again_slowly() {
    thread::scope(|scope| {
        for block in BLOCKS {
            scope.spawn(move || is_told_and_mends_itself(block));
        }
    });
}

#[test]
fn the_users_own_configuration_leads_there_and_no_master_is_made() {
    let (jump, sshd, stub) = (Sshd::start(), Sshd::start(), Stub::start());
    let (config, master) = (sshd.file("config"), sshd.file("master"));
    let extra = format!("ProxyJump jump\nControlMaster auto\nControlPath {}\nControlPersist yes", master.display());
    fs::write(&config, sshd.client_block("vps", &extra) + &jump.client_block("jump", "")).expect("ssh_config");
    let mut up = Up::start(Home::new(&tunnel_by(&config, "vps", stub.port), "off"));
    up.until_up();
    assert!(!jump.sessions().is_empty() && !sshd.sessions().is_empty(), "the path leads through both");
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), TEXT).body), said(TEXT));
    assert!(!master.exists());
    jump.signal_sessions(Signal::KILL);
    up.until("it is up again", |status| status["state"] == "up" && !status["last_cause"].is_null());
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), TEXT).body), said(TEXT));
    up.end(Signal::TERM);
    assert!(!master.exists());
}

//! The link is cut while it works, or the person is: the same command again goes on, and the server has what works.

use std::net::TcpListener;
use std::time::Duration;

use rustix::process::Signal;

use super::rig::{Ended, Vps, program};
use crate::sshd::{signal, wait_long_for};

/// To pack a program that was not built to be fast takes a while.
const PATIENCE: Duration = Duration::from_mins(5);

#[test]
fn wherever_it_is_cut_the_same_command_again_comes_to_the_end() {
    let Some(vps) = Vps::boot() else { return };
    // By what can be seen of each step on the server.
    for sign in [
        "ls /opt/jkocr/incoming/*.part",
        "ls /opt/jkocr/versions/*/jkocr",
        "ls /opt/jkocr/models/v5-mobile-det",
        "ls /opt/jkocr/.unproved",
    ] {
        let run = vps.begin(&[]);
        wait_long_for(
            sign,
            PATIENCE,
            || vps.machine.run(&["sh", "-c", sign]).status.success(),
            || vps.sh("ls -laR /opt/jkocr"),
        );
        // The sessions of sshd die, as with the link.
        vps.sh("pkill -KILL -f '^sshd: root' || true");
        Ended(run.wait_with_output().expect("it ends")).exits(1);
        vps.nothing_left_here();
        assert!(vps.config().is_empty(), "this side knows of no server that was not proved");
    }
    vps.deploy_all(&[]).exits(0).says("The server has read a picture");
    assert!(vps.is_healthy());
    assert_eq!(vps.sh("ls -A /opt/jkocr").split_whitespace().collect::<Vec<_>>(), ["current", "settings", "versions"]);
}

#[test]
fn ctrl_c_leaves_no_master_and_the_next_run_takes_over() {
    let Some(vps) = Vps::boot() else { return };
    let run = vps.begin(&[]);
    let sign = ["sh", "-c", "ls /opt/jkocr/incoming/*.part"];
    wait_long_for("it sends", PATIENCE, || vps.machine.run(&sign).status.success(), String::new);
    signal(run.id(), Signal::INT);
    Ended(run.wait_with_output().expect("it ends")).exits(130);
    vps.nothing_left_here();
    at_a_terminal(&vps);
    login(&vps);
    vps.deploy_all(&[]).exits(0).says("The server has read a picture");
}

/// The same by a person, whose Ctrl-C every program at the terminal gets.
fn at_a_terminal(vps: &Vps) {
    let program = program().to_str().expect("a path");
    let mut person = vps.sit_down("root", &["--upload-models", "--program", program]);
    person.exp_string("Go ahead?").expect("the question");
    person.send_line("y").expect("an answer");
    person.exp_string("B/s").expect("it sends");
    person.send_control('c').expect("Ctrl-C");
    person.exp_eof().expect("it ends");
    let status = person.process().wait().expect("it has ended");
    assert!(format!("{status:?}").ends_with(", 130)"), "{status:?}");
    vps.nothing_left_here();
}

/// The same while it logs in to who accepts and says nothing.
fn login(vps: &Vps) {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let run = vps.begin_at(silent.local_addr().expect("its address").port(), &[]);
    let connection = silent.accept().expect("ssh comes");
    signal(run.id(), Signal::INT);
    Ended(run.wait_with_output().expect("it ends")).exits(130);
    vps.nothing_left_here();
    drop(connection);
}

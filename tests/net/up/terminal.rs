//! What a person sees in a real terminal.

use rexpect::session::{PtySession, spawn_command};
use rustix::process::Signal;

use super::client::{TEXT, ocr};
use super::rig::Home;
use super::stub::Stub;
use crate::doctor::server;
use crate::sshd::{Sshd, signal, wait_for};

/// The longest a line may take to come, in milliseconds.
const PATIENCE: u64 = 20_000;

fn open(home: &Home) -> PtySession {
    spawn_command(home.command(&["up"]), Some(PATIENCE)).expect("a terminal")
}

#[test]
fn a_line_shows_the_state_and_a_fault_is_told_once_with_what_to_do() {
    let (mut sshd, stub) = (Sshd::stopped(), Stub::start());
    let home = Home::through(&sshd, stub.port, "off");
    let mut terminal = open(&home);
    terminal.exp_string(&format!("answering Bob at http://127.0.0.1:{}/ocr", home.port)).expect("where");
    terminal.exp_string("nothing accepts ssh connections").expect("what is wrong");
    terminal.exp_string("away: 127.0.0.1").expect("the state");
    sshd.resume();
    let between = terminal.exp_string("connected: 127.0.0.1").expect("the state");
    assert!(!between.contains("not connected"), "no log beside the line: {between}");
    // What is no ASCII does not come whole through this terminal.
    for part in [" ms ", " server 0 ", " here 0"] {
        terminal.exp_string(part).expect("how fast, and who has read how many");
    }
    assert_eq!(ocr(home.port, TEXT).status, 200);
    terminal.exp_string("  server  ").expect("a line for the request, with who read it");
    terminal.exp_string(" server 1 ").expect("the counts");
    terminal.send_control('c').expect("Ctrl-C");
    let rest = terminal.exp_eof().expect("the end");
    assert!(rest.ends_with("\r\u{1b}[2K"), "the line is cleared: {rest:?}");
    assert_eq!(home.left(), Vec::<String>::new());
}

#[test]
fn a_server_of_another_version_is_told_with_the_command() {
    let (sshd, stub) = (Sshd::start(), server::Stub::on("127.0.0.1", server::Mood::Well, "jkocr/0.0.1"));
    let home = Home::through(&sshd, stub.port, "off");
    let ours = env!("CARGO_PKG_VERSION");
    let words =
        format!("The server runs jkocr/0.0.1, and this is jkocr/{ours}: `jkocr deploy` brings it to this version");
    let mut terminal = open(&home);
    terminal.exp_string(&words).expect("what to do about it");
    let status = home.run(&["status"]);
    let status = String::from_utf8_lossy(&status.stdout);
    assert!(status.contains(&words), "{status}");
    terminal.send_control('c').expect("Ctrl-C");
    terminal.exp_eof().expect("the end");
}

#[test]
fn it_ends_with_its_terminal() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let home = Home::through(&sshd, stub.port, "off");
    let mut terminal = open(&home);
    terminal.exp_string("connected: ").expect("the state");
    let status = home.status();
    signal(u32::try_from(status["pid"].as_u64().expect("a pid")).expect("a pid"), Signal::HUP);
    terminal.exp_eof().expect("the end");
    wait_for("nothing is left", || home.left().is_empty(), || format!("{:?}", home.left()));
}

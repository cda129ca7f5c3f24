//! Ports, a second one, `--detach`, `status`, `logs`, `down`.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use super::rig::{Home, Up, is_alive};
use crate::common::free_port;

const NOWHERE: &str = "host = 'nowhere.invalid'";

fn words(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_port_that_is_taken_is_told_with_its_holder_and_what_to_do() {
    let home = Home::new(NOWHERE, "off");
    let _taken = TcpListener::bind(("127.0.0.1", home.port)).expect("the port");
    let output = home.run(&["up"]);
    assert_eq!(output.status.code(), Some(1));
    let words = words(&output);
    assert!(words.starts_with("error: cannot listen on 127.0.0.1:"), "the cause comes first: {words}");
    assert!(words.contains(&std::process::id().to_string()) && words.contains("\nhint: port "), "{words}");
    assert_eq!(home.left(), Vec::<String>::new());
}

#[test]
fn an_address_of_other_machines_needs_permission_and_a_token() {
    let home = Home::new(NOWHERE, "off");
    home.configure(&format!("listen = ['0.0.0.0:{}']", home.port), NOWHERE, "off");
    let token = home.folder.path().join("token");
    std::fs::write(&token, "t0ken-4711").expect("written");
    let token = token.to_str().expect("text");
    for arguments in
        [["up"].as_slice(), &["local"], &["up", "--detach"], &["up", "--allow-remote"], &["up", "--token-file", token]]
    {
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", words(&output));
        assert!(words(&output).contains("--token-file"), "{}", words(&output));
        assert_eq!(home.left(), Vec::<String>::new());
    }
    let up = Up::with(home, &["up", "--allow-remote", "--token-file", token]);
    assert_eq!(super::client::ocr(up.port(), super::client::TEXT).status, 401);
}

#[test]
fn an_optional_port_that_is_taken_is_only_warned_about() {
    let home = Home::new(NOWHERE, "off");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let _taken = TcpListener::bind(taken).expect("the port");
    home.configure(&format!("listen = ['127.0.0.1:{}', '{taken}?']", home.port), NOWHERE, "off");
    let up = Up::start(home);
    assert_eq!(up.home.status()["listen"].as_array().expect("addresses").len(), 1);
    assert!(up.log().contains("warning"), "{}", up.log());
}

#[test]
fn flags_say_where_bob_asks_in_the_place_of_the_configuration() {
    for verb in ["up", "local"] {
        let home = Home::new(NOWHERE, "off");
        let configured = home.port;
        let (one, other) = (free_port(), free_port());
        let mut home = home;
        home.port = one;
        let (one, other) = (format!("127.0.0.1:{one}"), format!("127.0.0.1:{other}?"));
        let up = Up::with(home, &[verb, "--listen", &one, "--listen", &other]);
        let listens = up.home.status()["listen"].clone();
        assert_eq!(listens, serde_json::json!([one, other.trim_end_matches('?')]), "{verb}");
        assert!(TcpListener::bind(("127.0.0.1", configured)).is_ok(), "{verb}");
    }
}

#[test]
fn status_says_what_to_do_in_the_language_of_who_asks() {
    let up = Up::start(Home::new(NOWHERE, "off"));
    up.until("a cause", |status| !status["cause"].is_null());
    let is_chinese = |text: &str| text.chars().any(|char| ('一'..='鿿').contains(&char));
    for (language, chinese) in [("en", false), ("zh", true)] {
        let ask = |json: &[&str]| {
            let output = up.home.run(&[&["status", "--lang", language], json].concat());
            String::from_utf8(output.stdout).expect("text")
        };
        let status: serde_json::Value = serde_json::from_str(&ask(&["--json"])).expect("JSON");
        let last = &status["last_cause"];
        let remedy = last["remedy"].as_str().expect("a remedy");
        assert_eq!((is_chinese(remedy), is_chinese(last["message"].as_str().expect("words"))), (chinese, chinese));
        // Whatever it is doing at this moment, it is not up.
        let shown = ask(&[]);
        assert_eq!(is_chinese(&shown), chinese, "{shown}");
        assert!(shown.contains(remedy), "{shown}");
    }
}

#[test]
fn it_runs_in_the_background_until_down() {
    let home = Home::new(NOWHERE, "off");
    let stopped = home.run(&["down"]);
    assert!(stopped.status.success() && words(&stopped).contains("not running"));
    assert_eq!(home.run(&["status"]).status.code(), Some(3));
    assert_eq!(home.run(&["logs"]).status.code(), Some(1));

    let started = home.run(&["up", "--detach"]);
    assert!(started.status.success(), "{}", words(&started));
    let status = home.status();
    let pid = u32::try_from(status["pid"].as_u64().expect("a pid")).expect("a pid");
    assert!(is_alive(pid));
    for name in ["control.sock", "up.log"] {
        let mode = home.state().join(name).metadata().expect(name).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let shown = String::from_utf8(home.run(&["status"]).stdout).expect("text");
    assert!(shown.contains("nowhere.invalid") && shown.contains(&pid.to_string()), "{shown}");
    assert!(String::from_utf8_lossy(&home.run(&["logs"]).stdout).contains("listening"));

    assert!(home.run(&["down"]).status.success());
    crate::sshd::wait_for("it is gone", || !is_alive(pid), String::new);
    assert_eq!(home.left(), Vec::<String>::new());
}

#[test]
fn in_the_background_it_says_why_it_did_not_start() {
    let home = Home::new(NOWHERE, "off");
    let _taken = TcpListener::bind(("127.0.0.1", home.port)).expect("the port");
    let output = home.run(&["up", "--detach"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains(&home.port.to_string()), "{}", words(&output));
}

//! `jkocr ocr --via`: a server reads, through the tunnel or at an address, and this machine has no models at all.

use std::process::Output;

use super::rig::{Home, Up};
use super::serve::Serve;
use super::stub::Stub;
use crate::common::{data, free_port};
use crate::sshd::Sshd;

const LINES: &str = "Hello Bob OCR 2024\nThe quick brown fox I jumps\nline three: 3.14159\n";

fn read(home: &Home, flags: &[&str]) -> Output {
    let picture = data("formats/text.png");
    home.run(&[&["ocr"], flags, &[picture.to_str().expect("a path")]].concat())
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains(words), "`{words}` is not in: {said}");
    assert!(output.stdout.is_empty());
}

#[test]
fn the_server_reads_through_the_running_up() {
    let (sshd, mut serve) = (Sshd::start(), Serve::start());
    let up = Up::start(Home::through(&sshd, serve.port, "off"));
    up.until_up();
    assert_eq!(text(&read(&up.home, &["--via"])), LINES);
    let json: serde_json::Value =
        serde_json::from_str(&text(&read(&up.home, &["--via", "--format", "json"]))).expect("JSON");
    assert_eq!((&json["backend"], &json["models"]), (&"remote".into(), &"v5-mobile".into()), "{json}");
    assert!(json["rec_boxes"].as_array().is_some_and(|boxes| boxes.len() == 3), "{json}");
    let status = up.home.status();
    assert_eq!((&status["requests"]["remote"], &status["requests"]["local"]), (&2.into(), &0.into()), "{status}");
    serve.stop();
    refused(&read(&up.home, &["--via"]), "OCR");
}

#[test]
fn the_token_of_the_running_up_is_shown_and_not_told() {
    let home = Home::new("", "when-down").with_models();
    let token = home.folder.path().join("token");
    std::fs::write(&token, "t0ken-4711").expect("written");
    let up = Up::with(home, &["local", "--token-file", token.to_str().expect("a path")]);
    up.until("it can read", |status| status["engine"] == "loaded");
    let output = read(&up.home, &["--via"]);
    assert!(text(&output).starts_with("Hello Bob OCR 2024\n"));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("4711"));
}

#[test]
fn a_server_reads_at_any_address() {
    let serve = Serve::start();
    let home = Home::new("", "off");
    for address in [format!("127.0.0.1:{}", serve.port), format!("http://127.0.0.1:{}/ocr", serve.port)] {
        assert_eq!(text(&read(&home, &[&format!("--via={address}")])), LINES);
    }
    let visible = home.folder.path().join("boxes.png");
    let flags = [&format!("--via=127.0.0.1:{}", serve.port), "--visualize", visible.to_str().expect("a path")];
    assert_eq!(text(&read(&home, &flags)), LINES);
    assert!(image::open(&visible).is_ok_and(|picture| picture.width() > 100));
}

#[test]
fn whoever_does_not_read_is_told_with_what_it_says() {
    let home = Home::new("", "off");
    refused(&read(&home, &["--via"]), "`jkocr up`");
    refused(&read(&home, &["--via=not an address"]), "not an address");
    let nobody = free_port();
    refused(&read(&home, &[&format!("--via=127.0.0.1:{nobody}")]), &nobody.to_string());
    // It is HTTP, and no OCR server.
    let stub = Stub::start();
    let output = read(&home, &[&format!("--via=http://127.0.0.1:{}/healthz", stub.port)]);
    refused(&output, &stub.port.to_string());
}

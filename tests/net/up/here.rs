//! Reading on this machine: real models, in the process that Bob talks to.

use rustix::process::Signal;

use super::client::{TEXT, VALIDATE, health, ocr};
use super::rig::{Home, Up};
use crate::sshd::Sshd;

#[test]
fn without_a_way_this_machine_reads() {
    let sshd = Sshd::stopped();
    let mut up = Up::start(Home::through(&sshd, 1, "when-down").with_models());
    up.until_stocked();
    assert_eq!(ocr(up.port(), VALIDATE).texts(), serde_json::json!([]));
    assert_eq!(up.home.status()["engine"], "unloaded", "one pixel needs no engine");
    let answer = ocr(up.port(), TEXT);
    assert_eq!(answer.backend(), "local");
    assert!(!answer.texts().as_array().expect("lines").is_empty());
    assert_eq!(health(up.port()).status, 200);
    let status = up.home.status();
    assert_eq!((&status["engine"], &status["requests"]["local"]), (&"loaded".into(), &1.into()), "{status}");
    assert!(!status["fallbacks"].as_object().expect("reasons").is_empty(), "{status}");
    up.end(Signal::TERM);
}

#[test]
fn without_models_and_without_a_way_bob_is_told_about_the_way() {
    let sshd = Sshd::stopped();
    let up = Up::start(Home::through(&sshd, 1, "when-down"));
    up.until("the models are missing", |status| status["engine"] == "unavailable");
    assert!(ocr(up.port(), VALIDATE).failure().contains("OCR 服务器"));
    assert_eq!(health(up.port()).status, 503);
}

#[test]
fn without_any_host_this_machine_reads_and_says_how_to_add_one() {
    for verb in ["up", "local"] {
        let mut up = Up::with(Home::new("", "when-down").with_models(), &[verb]);
        up.until("it is ready", |status| status["state"] == "local" && status["engine"] == "loaded");
        assert_eq!(ocr(up.port(), TEXT).backend(), "local");
        assert!(up.log().contains("jkocr up HOST"), "{}", up.log());
        up.end(Signal::TERM);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_costs_no_request() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let full = || std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    for stderr in [std::process::Stdio::from(full()), writer.into()] {
        let home = Home::new("", "when-down").with_models();
        let mut up = Up::by(home, &["local"], |command| _ = command.stderr(stderr));
        up.until("it reads", |status| status["engine"] == "loaded");
        assert!(!ocr(up.port(), TEXT).texts().as_array().expect("lines").is_empty());
        up.end(Signal::TERM);
    }
}

//! Whoever looks sees which machine read a screenshot, and why.

use rustix::process::Signal;

use super::client::{TEXT, VALIDATE, ocr};
use super::rig::{Home, Up};
use super::serve::Serve;
use crate::sshd::Sshd;

#[test]
fn each_request_is_told_with_who_read_it_and_why() {
    let (sshd, mut serve) = (Sshd::start(), Serve::start());
    let mut up = Up::start(Home::through(&sshd, serve.port, "when-down").with_models());
    up.until_up();
    up.until_stocked();
    assert_eq!(ocr(up.port(), VALIDATE).status, 200);
    let answer = ocr(up.port(), TEXT);
    let read = answer.header("x-jkocr-read").expect("the server says who read it").to_owned();
    assert!(read.contains("lines=3; models=v") && read.contains("profile=screen; engine=onnxruntime"), "{read}");
    serve.stop();
    assert_eq!(ocr(up.port(), TEXT).backend(), "local");

    let status = up.home.status();
    let recent = status["recent"].as_array().expect("the last requests");
    assert_eq!(recent.len(), 2, "one pixel that asks whether it works is no screenshot: {status}");
    for (request, number, by) in [(&recent[0], 2, "local"), (&recent[1], 1, "remote")] {
        assert_eq!((&request["number"], &request["by"]), (&number.into(), &by.into()), "{request}");
        assert_eq!((&request["lines"], &request["profile"]), (&3.into(), &"screen".into()), "{request}");
        assert!(
            request["bytes"].as_u64() == Some(TEXT.len() as u64) && request["width"].as_u64() > Some(0),
            "{request}"
        );
    }
    assert!(recent[0]["reason"].is_string() && recent[1]["reason"].is_null(), "{status}");

    for (language, server, here) in [("en", "  server  ", "  here    "), ("zh", "  服务器  ", "  本机    ")] {
        let shown = String::from_utf8(up.home.run(&["status", "--lang", language]).stdout).expect("text");
        assert!(shown.contains(server) && shown.contains(here), "{shown}");
    }
    let log = up.log();
    assert!(log.contains("read by the server with v") && log.contains("read by this machine with v"), "{log}");
    assert!(log.contains(" because ") && log.contains(", 3 lines, "), "{log}");
    up.end(Signal::TERM);
}

#[test]
fn its_log_can_be_for_programs() {
    let up = Up::with(Home::new("", "when-down").with_models(), &["local", "--log-format", "json"]);
    up.until("it reads", |status| status["engine"] == "loaded");
    assert_eq!(ocr(up.port(), TEXT).status, 200);
    let log = up.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let request = lines.into_iter().find(|line| line["event"] == "request").expect("a line for the request");
    assert_eq!(
        (&request["source"], &request["outcome"], &request["lines"]),
        (&"local".into(), &"ok".into(), &3.into())
    );
}

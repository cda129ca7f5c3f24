//! The way there and back: a real `jkocr serve` with real models behind a real sshd.

use std::process::{Child, Stdio};

use rustix::process::Signal;

use crate::client::{TEXT, VALIDATE, health, ocr};
use crate::rig::{Home, Up};
use crate::sshd::{Sshd, free_port, signal, wait_for};
use crate::{common, stub};

/// `jkocr serve` on a free port.
struct Serve {
    port: u16,
    child: Child,
}

impl Serve {
    fn start() -> Self {
        let port = free_port();
        let child = common::jkocr()
            .env("JKOCR_HOME", common::home())
            .args(["serve", "--models", "v5-mobile", "--port", &port.to_string()])
            .stderr(Stdio::null())
            .spawn()
            .expect("serve starts");
        let serve = Self { port, child };
        wait_for("serve is ready", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), String::new);
        wait_for("serve is ready", || health(port).status == 200, String::new);
        serve
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        signal(self.child.id(), Signal::TERM);
        let _ = self.child.wait();
    }
}

#[test]
fn a_screenshot_is_read_by_the_server_and_its_answer_comes_back_as_it_is() {
    let (sshd, serve) = (Sshd::start(), Serve::start());
    let mut up = Up::start(Home::through(&sshd, serve.port, "when-down"));
    up.until_up();
    let (direct, carried) = (ocr(serve.port, TEXT), ocr(up.port(), TEXT));
    assert_eq!(carried.backend(), "remote");
    assert_eq!(carried.texts(), direct.texts());
    assert!(!carried.texts().as_array().expect("lines").is_empty());
    assert_eq!(ocr(up.port(), VALIDATE).texts(), serde_json::json!([]));
    assert_eq!(health(up.port()).body, br#"{"status":"ok"}"#);
    let status = up.home.status();
    assert_eq!(status["requests"]["remote"], 2, "{status}");
    assert!(status["server"].as_str().is_none_or(|server| server.starts_with("jkocr")), "{status}");
    assert_ne!(status["engine"], "loaded", "{status}");
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", up.pid())).unwrap_or_default();
    assert!(!maps.contains("onnxruntime"), "the runtime is not loaded while the tunnel is well");
    up.end(Signal::TERM);
}

#[test]
fn what_the_server_says_passes_byte_for_byte() {
    let (sshd, stub) = (Sshd::start(), stub::Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    for body in [TEXT, VALIDATE, &[b'x'; 3 << 20]] {
        let answer = ocr(up.port(), body);
        assert_eq!(String::from_utf8_lossy(&answer.body), stub::said(body));
        assert_eq!(answer.backend(), "remote");
    }
}

//! The way there and back: a real `jkocr serve` with real models behind a real sshd.

use std::fs;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rustix::process::Signal;

use super::client::{TEXT, VALIDATE, exchange, health, ocr};
use super::rig::{Home, Up, tunnel};
use super::serve::Serve;
use super::stub::{REFUSAL, Stub, said};
use crate::common;
use crate::sshd::Sshd;

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
    assert_eq!(status["requests"]["remote"], 1, "Bob's check of his settings is no request: {status}");
    assert_eq!(status["server"], concat!("jkocr/", env!("CARGO_PKG_VERSION")), "{status}");
    assert!(status["round_trip_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{status}");
    assert_eq!((&status["fallbacks"], &status["cause"]), (&serde_json::json!({}), &serde_json::Value::Null));
    assert_ne!(status["engine"], "loaded", "{status}");
    let maps = fs::read_to_string(format!("/proc/{}/maps", up.pid())).unwrap_or_default();
    assert!(!maps.contains("onnxruntime"), "the runtime is not loaded while the tunnel is well");
    up.end(Signal::TERM);
}

#[test]
fn what_the_server_says_passes_byte_for_byte() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let large = vec![b'x'; 12 << 20];
    for body in [TEXT, VALIDATE, &large] {
        let answer = ocr(up.port(), body);
        assert_eq!(String::from_utf8_lossy(&answer.body), said(body));
        assert_eq!((answer.status, answer.backend()), (200, "remote"));
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        for name in ["set-cookie", "access-control-allow-origin", "clear-site-data", "refresh", "x-own"] {
            assert_eq!(answer.header(name), None, "{name}");
        }
    }
    #[cfg(target_os = "linux")]
    assert!(up.memory() < 25 << 20, "nothing of a large request stays: {} bytes", up.memory());
    for status in [503, 500, 400] {
        stub.answer_with(status);
        let answer = ocr(up.port(), TEXT);
        assert_eq!(String::from_utf8_lossy(&answer.body), REFUSAL);
        // Bob shows a message best when it comes with 200; what is the request's own fault keeps its status.
        let shown = if status < 500 { status } else { 200 };
        assert_eq!((answer.status, answer.backend(), answer.header("retry-after")), (shown, "remote", Some("7")));
        let timings = answer.headers("server-timing").join(", ");
        assert!(timings.contains("detect;dur=1.5") && timings.contains("remote;dur="), "{timings}");
    }
    let status = up.home.status();
    assert_eq!(status["requests"], serde_json::json!({ "remote": 3, "local": 0, "failed": 2 }), "{status}");
    assert_eq!(status["server"], "stub/1.0", "{status}");
}

#[test]
fn web_pages_are_refused_before_the_tunnel() {
    let (sshd, stub) = (Sshd::start(), Stub::start());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let port = up.port();
    for (host, more, status) in [
        (format!("127.0.0.1:{port}"), "origin: https://evil.example\r\n", 403),
        ("evil.example".to_owned(), "", 421),
        (format!("localhost:{port}"), "", 200),
        ("[::1]:1".to_owned(), "", 200),
    ] {
        let answer = exchange(port, "POST /ocr", &format!("host: {host}\r\n{more}"), VALIDATE);
        assert_eq!(answer.status, status, "{host} {more}");
    }
    assert_eq!(stub.arrived(), 2);
}

/// Bob's request with a full screen as BMP, as raw as it gets.
fn bitmap() -> Vec<u8> {
    let pixels = image::open(common::data("fullhd_dense.png")).expect("an image").to_rgb8();
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, image::ImageFormat::Bmp).expect("a BMP");
    let file = BASE64_STANDARD.encode(bytes.into_inner());
    serde_json::json!({ "file": file, "fileType": 1, "visualize": false }).to_string().into_bytes()
}

#[test]
fn an_uncompressed_screenshot_travels_small_unless_that_is_off() {
    let (sshd, stub, body) = (Sshd::start(), Stub::start(), bitmap());
    let up = Up::start(Home::through(&sshd, stub.port, "off"));
    up.until_up();
    let length = ocr(up.port(), &body).json()["length"].as_u64().expect("a length");
    assert!(length < body.len() as u64 / 4, "{length} of {}", body.len());
    assert!(up.log().contains("an uncompressed image travels as PNG: "), "{}", up.log());
    drop(up);

    let off = tunnel(&sshd, stub.port) + "\nrecompress = 'off'";
    let up = Up::start(Home::new(&off, "off"));
    up.until_up();
    assert_eq!(String::from_utf8_lossy(&ocr(up.port(), &body).body), said(&body));
}

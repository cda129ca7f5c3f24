//! Bob: one request, one connection, and the bytes that come back.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Longer than Bob's plugin waits.
const LONG: Duration = Duration::from_mins(2);

/// Bob's request with an image of text, and with the image it validates with.
pub const TEXT: &[u8] = include_bytes!("../../data/requests/ocr-text-png.apple.json");
pub const VALIDATE: &[u8] = include_bytes!("../../data/requests/validate.apple.json");

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).first().copied()
    }

    /// Every value, in the order they came.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    pub fn backend(&self) -> &str {
        self.header("x-jkocr-backend").expect("every answer names its backend")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// The body without the exchange's name, which differs each time.
    pub fn texts(&self) -> Value {
        let body = self.json();
        assert_eq!((self.status, &body["errorCode"]), (200, &Value::from(0)), "{body}");
        body["result"]["ocrResults"][0]["prunedResult"]["rec_texts"].clone()
    }

    /// A failure as Bob shows it best; returns its words.
    pub fn failure(&self) -> String {
        let body = self.json();
        assert_eq!(self.status, 200, "{body}");
        assert_ne!(body["errorCode"], 0, "{body}");
        body["errorMsg"].as_str().expect("words").to_owned()
    }
}

pub fn ocr(port: u16, body: &[u8]) -> Answer {
    exchange(port, "POST /ocr", &host(port), body)
}

pub fn health(port: u16) -> Answer {
    exchange(port, "GET /healthz", &host(port), b"")
}

fn host(port: u16) -> String {
    format!("host: 127.0.0.1:{port}\r\n")
}

/// Fails on anything but a whole answer: refused, reset, cut.
pub fn exchange(port: u16, what: &str, headers: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("not refused");
    stream.set_read_timeout(Some(LONG)).expect("a limit");
    let head = format!(
        "{what} HTTP/1.1\r\n{headers}connection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("not reset");
    stream.write_all(body).expect("not reset");
    let mut received = Vec::new();
    stream.read_to_end(&mut received).expect("not reset");
    let end = received.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head") + 4;
    let head = String::from_utf8(received[..end].to_vec()).expect("text");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let answer = Answer { status, head, body: received[end..].to_vec() };
    let length = answer.header("content-length").and_then(|length| length.parse().ok());
    assert_eq!(length, Some(answer.body.len()), "a whole body");
    answer
}

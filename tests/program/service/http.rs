//! Requests to servers that run as processes.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

/// More than anything here takes, even with models loaded by a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// Asks until there is an answer.
#[track_caller]
pub fn until<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

/// The whole answer, header included; `None` where nobody answers.
pub fn ask(port: u16, request: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let header = format!("{request} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {length}\r\n");
    write!(stream, "{header}Content-Type: application/json\r\n\r\n{body}").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// Whether a server answers that it can read.
pub fn is_healthy(port: u16) -> bool {
    ask(port, "GET /healthz", "").is_some_and(|answer| answer.contains(" 200 "))
}

/// A request to read `image`, made longer by `padding` bytes that mean nothing.
pub fn body_of(image: &Path, padding: usize) -> String {
    let file = BASE64_STANDARD.encode(fs::read(image).unwrap());
    format!("{{\"file\": \"{file}\", \"fileType\": 1, \"padding\": \"{}\"}}", "x".repeat(padding))
}

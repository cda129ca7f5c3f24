//! An HTTP client that can be rude: it sends what it is told, and reads what comes back.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything takes here; a test that waits for it has failed.
pub const LONG: Duration = Duration::from_mins(2);

/// Bytes both ways, over TCP or a Unix socket.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

pub struct Client {
    stream: Box<dyn Duplex>,
    received: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Checks that this is a failure as Bob can show it; returns its words.
    pub fn failure(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/json"));
        self.failure_in_envelope(status)
    }

    /// The same, whatever the HTTP status is.
    pub fn failure_in_envelope(&self, code: u16) -> String {
        let body = self.json();
        let fields: Vec<_> = body.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(fields, ["logId", "errorCode", "errorMsg"]);
        assert!(!body["logId"].as_str().expect("a string").is_empty());
        assert_eq!(body["errorCode"], code);
        assert!(self.header("x-jkocr-backend").is_some() && self.header("server-timing").is_some());
        body["errorMsg"].as_str().expect("a string").to_owned()
    }

    /// Checks that this is a success; returns the texts.
    pub fn texts(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.text());
        let body = self.json();
        assert_eq!(body["errorCode"], 0);
        serde_json::from_value(body["result"]["ocrResults"][0]["prunedResult"]["rec_texts"].clone()).expect("strings")
    }
}

/// A request with `Host: localhost`.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str("host: localhost\r\n");
    }
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").expect("a String takes all text");
    }
    if !body.is_empty() {
        write!(head, "content-length: {}\r\n", body.len()).expect("a String takes all text");
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// Bob's request.
pub fn ocr(body: &[u8]) -> Vec<u8> {
    request("POST", "/ocr", &[("content-type", "application/json")], body)
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = timeout(LONG, TcpStream::connect(address)).await.expect("in time").expect("a connection");
        Self::over(stream)
    }

    pub fn over(stream: impl Duplex + 'static) -> Self {
        Self { stream: Box::new(stream), received: Vec::new() }
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        timeout(LONG, self.stream.write_all(bytes)).await.expect("in time").expect("the server reads");
    }

    /// Sends as much as the server takes.
    pub async fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        timeout(LONG, self.stream.write_all(bytes)).await.expect("in time")
    }

    /// The next answer; anything else is a failure.
    pub async fn answer(&mut self) -> Answer {
        self.answer_to("").await
    }

    /// The next answer to `method`: one to `HEAD` has no body.
    pub async fn answer_to(&mut self, method: &str) -> Answer {
        let head_length = loop {
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.receive().await > 0, "closed within a header: {:?}", String::from_utf8_lossy(&self.received));
        };
        let head = String::from_utf8(self.received.drain(..head_length).collect()).expect("text");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status").parse().expect("a number");
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().expect("a number"));
        let length = if method == "HEAD" || status < 200 { 0 } else { length };
        while self.received.len() < length {
            assert!(self.receive().await > 0, "closed within a body");
        }
        answer.body = self.received.drain(..length).collect();
        answer
    }

    /// Closes its half of the connection.
    pub async fn says_no_more(&mut self) {
        timeout(LONG, self.stream.shutdown()).await.expect("in time").expect("the connection is open");
    }

    /// Waits for the server to end the connection; false if it resets it or sends anything.
    pub async fn is_ended(&mut self) -> bool {
        matches!(timeout(LONG, self.stream.read(&mut [0])).await.expect("in time"), Ok(0))
    }

    async fn receive(&mut self) -> usize {
        timeout(LONG, self.stream.read_buf(&mut self.received)).await.expect("in time").expect("no reset")
    }
}

/// Sends one request on a connection of its own.
pub async fn ask(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut client = Client::connect(address).await;
    client.send(bytes).await;
    client.answer().await
}

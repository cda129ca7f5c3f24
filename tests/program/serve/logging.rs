//! A log that cannot be written costs the log line, and nothing else.

use std::io::{PipeReader, Read as _};
use std::net::SocketAddr;
use std::process::Stdio;

use rustix::process::Signal;

use super::client::{Client, ask, ocr, request};
use super::process::Process;
use super::server::{TEXT, until};

/// A server whose log goes to `stderr`, once it reads images.
async fn logging_to(stderr: impl Into<Stdio>) -> (Process, SocketAddr) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let process = Process::silent(&["--port", &port.port().to_string()], stderr.into()).await;
    // Nobody can read where it listens.
    let answers = async || match tokio::net::TcpStream::connect(port).await {
        Ok(stream) => {
            let mut client = Client::over(stream);
            client.send(&request("GET", "/healthz", &[], b"")).await;
            client.answer().await.status == 200
        }
        Err(_) => false,
    };
    until(answers).await;
    (process, port)
}

/// Reads, and ends when told to.
async fn works(mut process: Process, address: SocketAddr) {
    for _ in 0..3 {
        assert!(!ask(address, &ocr(TEXT)).await.texts().is_empty());
    }
    ask(address, &ocr(b"no JSON")).await.failure(400);
    process.signal(Signal::TERM);
    assert_eq!(process.ended().await.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_under_the_log_costs_no_request() {
    let (process, address) =
        logging_to(std::fs::File::options().write(true).open("/dev/full").expect("Linux has it")).await;
    works(process, address).await;
}

#[tokio::test]
async fn a_log_that_nobody_reads_any_more_costs_no_request() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let (process, address) = logging_to(writer).await;
    works(process, address).await;
}

#[tokio::test]
async fn a_reader_of_the_log_that_pauses_costs_lines_and_is_told_how_many() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let (process, address) = logging_to(writer).await;
    // More than a pipe holds.
    let mut client = Client::connect(address).await;
    for _ in 0..3000 {
        client.send(&ocr(b"no JSON")).await;
        client.answer().await.failure(400);
    }
    let log = tokio::task::spawn_blocking(move || read_until(reader, "could not be written"));
    let is_told = async || {
        // The loss is told with the next line that can be written.
        ask(address, &ocr(b"no JSON")).await.failure(400);
        log.is_finished()
    };
    until(is_told).await;
    assert!(log.await.expect("no panic"), "the loss is told");
    drop(process);
}

/// Whether `reader` says `words` before it ends.
fn read_until(mut reader: PipeReader, words: &str) -> bool {
    let (mut text, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = reader.read(&mut part) {
        text.extend_from_slice(&part[..length]);
        if String::from_utf8_lossy(&text).contains(words) {
            return true;
        }
    }
    false
}

//! `jkocr serve` or `jkocr local` as a process of its own, with real models.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, Response};
use rustix::process::{Pid, Signal, kill_process};

use super::browser::LONG;
use crate::common;

pub struct Server {
    child: Child,
    pub port: u16,
    client: Client,
}

impl Server {
    /// `jkocr serve` on a free port, once it reads images.
    pub fn start(arguments: &[&str]) -> Self {
        let mut command = common::jkocr();
        command.env("JKOCR_HOME", common::home());
        command.args(["serve", "--port", "0", "--models", "v6-small"]).args(arguments);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the program starts");
        let log = Arc::new(Mutex::new(String::new()));
        let lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().expect("no panic while writing").push_str(&(line + "\n"));
            }
        });
        let said = || log.lock().expect("no panic while writing").clone();
        let port = || said().lines().find_map(|line| line.split("listening on 127.0.0.1:").nth(1)?.trim().parse().ok());
        wait("it listens", &said, || port().is_some());
        Self::ready(child, port().expect("a port"), &said)
    }

    fn ready(child: Child, port: u16, said: &dyn Fn() -> String) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().timeout(LONG).build().expect("a client");
        let server = Self { child, port, client };
        wait("it reads", said, || server.get("/healthz").is_some_and(|answer| answer.status().is_success()));
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn get(&self, path: &str) -> Option<Response> {
        self.client.get(self.url(path)).send().ok()
    }

    /// Requests of `route` that ended in `outcome`.
    pub fn counted(&self, route: &str, outcome: &str) -> u64 {
        let metrics = self.get("/metrics").expect("an answer").text().expect("text");
        let labels = [format!("route=\"{route}\""), format!("outcome=\"{outcome}\"")];
        let line = metrics
            .lines()
            .find(|line| line.starts_with("jkocr_requests_total{") && labels.iter().all(|label| line.contains(label)));
        line.and_then(|line| line.rsplit(' ').next()).map_or(0, |count| count.parse().expect("a number"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

fn wait(what: &str, said: &dyn Fn() -> String, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < LONG, "{what}: {}", said());
        std::thread::sleep(Duration::from_millis(20));
    }
}

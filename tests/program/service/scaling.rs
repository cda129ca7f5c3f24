//! `docs/scaling.md`, as it is written: its nginx configuration in front of two servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{fs, thread};

use serde_json::Value;

use super::http::{ask, body_of, is_healthy, until};
use crate::common::{data, free_port, home, jkocr};

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn server(port: u16) -> Process {
    let mut command = jkocr();
    command.env("JKOCR_HOME", home()).args(["--offline", "serve", "--threads", "1", "--port", &port.to_string()]);
    Process(command.stderr(Stdio::null()).spawn().unwrap())
}

/// nginx in the foreground, its files below `folder`, with the configuration of the page on other ports.
fn nginx(folder: &Path, ports: [(&str, u16); 3]) -> Process {
    let page = include_str!("../../../docs/scaling.md");
    let (_, block) = page.split_once("```nginx\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let site = ports.iter().fold(block.to_owned(), |site, (old, new)| {
        assert!(site.contains(&format!("127.0.0.1:{old}")));
        site.replace(&format!("127.0.0.1:{old}"), &format!("127.0.0.1:{new}"))
    });
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = temporary.map(|kind| format!("{kind}_temp_path {kind};")).join(" ");
    // Without a user that nginx would change to when root starts it.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let frame = format!(
        "{user} pid nginx.pid; daemon off; error_log error.log warn; events {{}} http {{ {temporary}\n{site} }}"
    );
    fs::write(folder.join("nginx.conf"), frame).unwrap();
    let mut command = Command::new("nginx");
    command.env("PATH", "/usr/sbin:/usr/bin").arg("-p").arg(folder).args(["-c", "nginx.conf", "-e", "error.log"]);
    // Its master ends its workers only when it is told to.
    command.args(["-g", "master_process off;"]);
    Process(command.spawn().expect("the nginx package is installed"))
}

/// The texts that an answer gives; `None` when it is no success.
fn texts(answer: &str) -> Option<Vec<Value>> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let answer: Value = serde_json::from_str(body).ok().filter(|_| head.contains(" 200 "))?;
    answer["result"]["ocrResults"][0]["prunedResult"]["rec_texts"].as_array().cloned()
}

/// Images that an instance has read.
fn read_by(port: u16) -> f64 {
    let metrics = ask(port, "GET /metrics", "").unwrap();
    let counts =
        metrics.lines().filter(|line| line.starts_with("jkocr_requests_total{") && line.contains("route=\"ocr\""));
    counts.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[test]
fn two_servers_behind_nginx_share_the_work_and_one_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let (front, first, second) = (free_port(), free_port(), free_port());
    let mut servers = vec![server(first), server(second)];
    let _nginx = nginx(folder.path(), [("8080", front), ("8081", first), ("8082", second)]);
    until("both servers are ready", || (is_healthy(first) && is_healthy(second)).then_some(()));
    until("nginx listens", || is_healthy(front).then_some(()));

    let body = body_of(&data("chat_zh.png"), 0);
    let together = |number| -> Vec<Vec<Value>> {
        let ask = || texts(&ask(front, "POST /ocr", &body).unwrap()).unwrap();
        thread::scope(|scope| {
            let asked: Vec<_> = (0..number).map(|_| scope.spawn(ask)).collect();
            asked.into_iter().map(|asked| asked.join().unwrap()).collect()
        })
    };
    assert!(together(6).iter().all(|texts| texts[0] == "明天上午九点半开会，记得带上季度报表。"));
    assert!(read_by(first) > 0.0 && read_by(second) > 0.0, "both have worked");

    let large = ask(front, "POST /ocr", &body_of(&data("chat_zh.png"), 40 << 20)).unwrap();
    assert_eq!(texts(&large).map(|texts| texts.len()), Some(6), "{}", &large[..large.len().min(500)]);
    let log = fs::read_to_string(folder.path().join("error.log")).unwrap();
    assert!(!log.contains("temporary file"), "an image or a text was on disk: {log}");

    servers.pop();
    until("the second server has gone", || (!is_healthy(second)).then_some(()));
    assert_eq!(together(4).len(), 4);

    servers.clear();
    let answer = ask(front, "POST /ocr", &body).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert!(head.contains(" 503 ") && head.contains("Retry-After: 5"), "{head}");
    assert_eq!(body["errorCode"], 503);
    assert!(body["errorMsg"].as_str().unwrap().contains("暂时不可用"), "{body}");
}

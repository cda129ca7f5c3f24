//! PDFs over HTTP.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::blocking::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::hostile::{Case, Outcome, cases, endless};
use super::maker::{leaf, pdf};
use super::reading::file;
use crate::common;

/// Longer than anything may take; a test that waits for it has failed.
const LONG: Duration = Duration::from_mins(2);

/// `jkocr serve`, in English.
struct Server {
    child: Child,
    client: Client,
    url: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().timeout(LONG).build().expect("a client");
        let mut command = common::jkocr();
        command
            .env("JKOCR_HOME", common::home())
            .args(["--lang", "en", "serve", "--port", "0", "--models", "v6-small"]);
        let mut child = command.args(arguments).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("stderr is piped")).lines().map_while(Result::ok);
        let port = lines.find_map(|line| line.split("listening on 127.0.0.1:").nth(1)?.trim().parse::<u16>().ok());
        std::thread::spawn(move || lines.for_each(drop));
        let server = Self { child, client, url: format!("http://127.0.0.1:{}", port.expect("a port")) };
        let begun = Instant::now();
        while !server.is_well() {
            assert!(begun.elapsed() < LONG, "it never reads");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    fn is_well(&self) -> bool {
        self.client.get(format!("{}/healthz", self.url)).send().is_ok_and(|answer| answer.status().is_success())
    }

    fn ask(&self, file: &[u8], kind: &Value) -> Value {
        let body = json!({ "file": BASE64_STANDARD.encode(file), "fileType": kind });
        let answer = self.client.post(format!("{}/ocr", self.url)).json(&body).send().expect("an answer");
        answer.json().expect("JSON")
    }

    /// Processes that this one has started and that still run.
    fn children(&self) -> usize {
        let pid = self.child.id();
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the server runs");
        tasks
            .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("children")).ok())
            .map(|children| children.split_whitespace().count())
            .sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let _ = self.child.wait();
    }
}

fn texts(answer: &Value) -> Vec<Vec<String>> {
    assert_eq!(answer["errorCode"], 0, "{answer}");
    let pages = answer["result"]["ocrResults"].as_array().expect("pages").iter();
    pages.map(|page| serde_json::from_value(page["prunedResult"]["rec_texts"].clone()).expect("strings")).collect()
}

#[test]
fn a_pdf_gets_a_result_for_each_page() {
    let server = Server::start(&[]);
    let leaves: Vec<_> = (0..12).map(|index| leaf(&[["Even page", "Odd page"][index % 2]])).collect();
    let file = pdf(&leaves);
    for kind in [json!(0), Value::Null] {
        let answer = server.ask(&file, &kind);
        let pages = texts(&answer);
        assert_eq!(pages.len(), 10, "the first ten");
        assert_eq!((&pages[0][..], &pages[9][..]), (&["Even page".to_owned()][..], &["Odd page".to_owned()][..]));
        let size = json!({ "width": 800, "height": 400 });
        assert_eq!(answer["result"]["dataInfo"], json!({ "numPages": 10, "pages": vec![size; 10], "type": "pdf" }));
    }
    assert!(server.ask(&file, &json!(1))["errorMsg"].as_str().expect("words").contains("fileType to 0"));
    let image = std::fs::read(common::data("word_ok.png")).expect("an image");
    assert!(server.ask(&image, &json!(0))["errorMsg"].as_str().expect("words").contains("not a PDF"));
    assert_eq!(texts(&server.ask(&image, &Value::Null)), [["OK"]]);
}

#[test]
fn the_number_of_pages_is_a_setting() {
    let (_folder, config) = file("config.toml", b"[serve]\nmax_pages = 2\n");
    let server = Server::start(&["--config", config.to_str().expect("text")]);
    let leaves: Vec<_> = (0..3).map(|_| leaf(&["Page"])).collect();
    assert_eq!(texts(&server.ask(&pdf(&leaves), &json!(0))).len(), 2);
}

#[test]
fn no_pdf_brings_the_service_down_or_keeps_it() {
    let server = Server::start(&[]);
    for Case { name, file, outcome } in cases() {
        let answer = server.ask(&file, &json!(0));
        let words = answer["errorMsg"].as_str().expect("words");
        match outcome {
            Outcome::Pages(pages) => assert_eq!(texts(&answer).len(), pages, "{name}"),
            Outcome::Words(expected) => assert!(words.contains(expected), "{name}: {words}"),
            Outcome::Any => {
                assert!([0, 400].contains(&answer["errorCode"].as_i64().expect("a code")), "{name}: {answer}");
            }
        }
        assert!(!words.contains('\n') && !words.contains('/'), "{name}: {words}");
        assert!(server.is_well(), "{name}");
    }
    let image = std::fs::read(common::data("word_ok.png")).expect("an image");
    assert_eq!(texts(&server.ask(&image, &json!(1))), [["OK"]]);
    assert_eq!(server.children(), 0, "every process that drew has ended");
}

#[test]
fn a_page_without_an_end_is_given_up() {
    let (_folder, config) = file("config.toml", b"[serve]\nrequest_timeout = '2s'\n");
    let server = Server::start(&["--config", config.to_str().expect("text")]);
    let answer = server.ask(&endless(), &json!(0));
    assert_eq!(answer["errorCode"], 504, "{answer}");
    let begun = Instant::now();
    while server.children() > 0 {
        assert!(begun.elapsed() < LONG, "the process that draws goes on");
        std::thread::sleep(Duration::from_millis(5));
    }
    let image = std::fs::read(common::data("word_ok.png")).expect("an image");
    assert_eq!(texts(&server.ask(&image, &json!(1))), [["OK"]]);
}

/// A request that nobody reads the answer of yet.
struct Request(TcpStream);

impl Request {
    fn send(server: &Server, file: &[u8]) -> Self {
        let body = json!({ "file": BASE64_STANDARD.encode(file), "fileType": 0 }).to_string();
        let address = server.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("a connection");
        let head = format!("POST /ocr HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).expect("sent");
        stream.set_nonblocking(true).expect("a socket");
        Self(stream)
    }

    /// The beginning of the answer, if there is one.
    fn answer(&self) -> Option<String> {
        let mut head = [0; 1024];
        let length = self.0.peek(&mut head).ok()?;
        Some(String::from_utf8_lossy(&head[..length]).to_ascii_lowercase())
    }
}

/// Waits until `condition`, for a bounded time.
fn until(what: &str, condition: &mut dyn FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < LONG, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn slow_pdfs_wait_in_a_bounded_line_and_a_small_one_does_not_wait_for_their_ends() {
    let server = Server::start(&["--queue", "2"]);
    let slow: Vec<_> = (0..30).map(|_| Request::send(&server, &endless())).collect();
    // One is drawn, two wait; on a slow machine one or two may have moved on before all of them came.
    let refused = || slow.iter().filter_map(Request::answer).filter(|head| head.starts_with("http/1.1 503")).count();
    until("most are refused", &mut || refused() >= 24);
    let heads: Vec<_> = slow.iter().filter_map(Request::answer).collect();
    assert!(heads.iter().all(|head| head.contains("\r\nretry-after: ")), "{heads:?}");
    let image = std::fs::read(common::data("word_ok.png")).expect("an image");
    assert_eq!(texts(&server.ask(&image, &json!(1))), [["OK"]], "images do not wait for PDFs");
    // There is a place when the first of the three has turned out to be slow, long before it is given up.
    let small = pdf(&[leaf(&["Small"])]);
    let mut answer = Value::Null;
    until("a small one is read", &mut || {
        answer = server.ask(&small, &json!(0));
        assert!([0, 503].contains(&answer["errorCode"].as_i64().expect("a code")), "{answer}");
        answer["errorCode"] == 0
    });
    assert_eq!(texts(&answer), [["Small"]]);
    assert!(server.children() > 0, "a slow one is still drawn");
}

#[test]
fn the_process_that_draws_ends_with_the_one_that_asked() {
    let (_folder, path) = file("endless.pdf", &endless());
    let mut command = common::jkocr();
    command.env("JKOCR_HOME", common::home()).args(["ocr", "--models", "v6-small"]).arg(path);
    let mut reader = command.stdout(Stdio::null()).spawn().expect("the program starts");
    let threads = format!("/proc/{}/task", reader.id());
    let mut painter = String::new();
    until("it draws", &mut || {
        // Any of its threads may have started it.
        let tasks = std::fs::read_dir(&threads).into_iter().flatten().flatten();
        let of = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        let children: String = tasks.map(of).collect();
        let draws = |pid: &str| {
            let words = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            words.contains("draw-pdf")
        };
        painter = children.split_whitespace().find(|pid| draws(pid)).unwrap_or_default().to_owned();
        !painter.is_empty()
    });
    // As the system does when memory is short: it cannot end its child any more.
    reader.kill().expect("killed");
    reader.wait().expect("ended");
    until("it ends, too", &mut || {
        let status = std::fs::read_to_string(format!("/proc/{painter}/stat")).unwrap_or_default();
        status.is_empty() || status.contains(") Z ")
    });
}

#[test]
fn another_build_in_the_place_of_the_one_that_asks_draws_nothing_and_says_so() {
    let mut command = common::jkocr();
    command.args(["draw-pdf", "--build", "0.0.1 (old)", "--first", "1", "--last", "1", "--pixels", "1000000"]);
    let output = command.stdin(Stdio::null()).output().expect("the program starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"failed\":\"replaced\"}\n");
}

#[test]
fn the_process_that_draws_ends_when_nobody_listens() {
    let pdf = endless();
    let mut command = common::jkocr();
    command.args(["draw-pdf", "--build", env!("BUILD_VERSION"), "--first", "1", "--last", "1", "--pixels", "1000000"]);
    let mut painter = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut input = painter.stdin.take().expect("stdin is piped");
    input.write_all(&(pdf.len() as u64).to_le_bytes()).and_then(|()| input.write_all(&pdf)).expect("sent");
    let mut line = String::new();
    BufReader::new(painter.stdout.as_mut().expect("stdout is piped")).read_line(&mut line).expect("a line");
    assert!(line.contains("opened"), "{line}");
    assert!(painter.try_wait().expect("a child").is_none(), "it draws");
    drop(input);
    until("it ends", &mut || painter.try_wait().expect("a child").is_some());
}

#[test]
fn a_caller_who_leaves_takes_the_drawing_along() {
    let server = Server::start(&[]);
    let leaves: Vec<_> = (0..10).map(|_| leaf(&["A page that takes its time", "and another line of it"])).collect();
    let request = Request::send(&server, &pdf(&leaves));
    until("a process draws", &mut || server.children() == 1);
    drop(request);
    until("it ends", &mut || server.children() == 0);
}

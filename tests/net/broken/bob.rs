//! A client that posts as the plugin does, at a steady rate, and what became of its requests.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;

use super::namespace::Namespace;

/// The plugin's patience.
const PATIENCE: Duration = Duration::from_mins(1);

/// What became of a request.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub asked: Instant,
    pub took: Duration,
    pub fate: Fate,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// These texts, from `remote` or `local`.
    Read { texts: Value, by: String },
    /// A message instead.
    Failed(String),
    /// No whole answer.
    Cut(String),
}

/// Bob's request with an image of text, `size` bytes long; 0 is as short as it gets.
pub fn screenshot(size: usize) -> Vec<u8> {
    let file = BASE64_STANDARD.encode(include_bytes!("../../data/formats/text-1bit.png"));
    let mut body = serde_json::json!({ "file": file, "fileType": 1, "visualize": false }).to_string().into_bytes();
    // White space after a JSON value is part of it.
    body.resize(size.max(body.len()), b' ');
    body
}

/// Posts `body` to `port` of this thread's namespace.
pub fn post(port: u16, body: &[u8]) -> Outcome {
    let asked = Instant::now();
    let fate = exchange(port, body).map_or_else(|error| Fate::Cut(error.to_string()), |answer| judge(&answer));
    Outcome { asked, took: asked.elapsed(), fate }
}

fn exchange(port: u16, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let length = body.len();
    write!(
        stream,
        "POST /ocr HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

fn judge(answer: &[u8]) -> Fate {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Fate::Cut("no head".to_owned());
    };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let Ok(body) = serde_json::from_slice::<Value>(&answer[end + 4..]) else {
        return Fate::Cut("no JSON".to_owned());
    };
    let by = head.lines().find_map(|line| line.strip_prefix("x-jkocr-backend: ")).unwrap_or_default();
    if head.starts_with("http/1.1 200") && body["errorCode"] == 0 {
        let texts = body["result"]["ocrResults"][0]["prunedResult"]["rec_texts"].clone();
        Fate::Read { texts, by: by.to_owned() }
    } else {
        Fate::Failed(format!("{} {}", head.lines().next().unwrap_or_default(), body["errorMsg"]))
    }
}

/// Somebody who may be asleep, and may ask for more than usual.
#[derive(Default)]
pub struct Bob {
    is_asleep: AtomicBool,
    more: Mutex<Vec<Outcome>>,
}

/// He is, for as long as this lives.
pub struct Asleep<'b>(&'b Bob);

impl Bob {
    pub fn rest(&self) -> Asleep<'_> {
        self.is_asleep.store(true, Ordering::SeqCst);
        Asleep(self)
    }

    /// Counts `outcomes` with the others.
    pub fn note(&self, outcomes: Vec<Outcome>) {
        self.more.lock().expect("outcomes").extend(outcomes);
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.0.is_asleep.store(false, Ordering::SeqCst);
    }
}

/// Posts every `every`, each request on a connection of its own whatever became of the last one,
/// while `work` runs on this thread; then waits for all answers.
pub fn steady(
    mac: &Namespace,
    (bob, port): (&Bob, u16),
    (every, sizes): (Duration, &[usize]),
    work: impl FnOnce(),
) -> Vec<Outcome> {
    let (stop, stopped) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let posting = scope.spawn(move || {
            mac.inside(move || {
                thread::scope(|scope| {
                    let mut asking = Vec::new();
                    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(every) {
                        if bob.is_asleep.load(Ordering::SeqCst) {
                            continue;
                        }
                        let size = sizes[asking.len() % sizes.len()];
                        // Threads inherit the namespace of the one that starts them.
                        asking.push(scope.spawn(move || post(port, &screenshot(size))));
                    }
                    asking.into_iter().map(|asked| asked.join().expect("an outcome")).collect()
                })
            })
        });
        work();
        drop(stop);
        let mut outcomes: Vec<Outcome> = posting.join().expect("outcomes");
        outcomes.append(&mut bob.more.lock().expect("outcomes"));
        outcomes
    })
}

/// Posts until the server reads again, two at a time at most; when the first such answer came, `None` after a minute.
pub fn until_remote(mac: &Namespace, port: u16) -> Option<Duration> {
    let started = Instant::now();
    let asking = || {
        loop {
            let outcome = mac.inside(|| post(port, &screenshot(60_000)));
            if matches!(&outcome.fate, Fate::Read { by, .. } if by == "remote") {
                return Some(outcome.asked + outcome.took - started);
            }
            if started.elapsed() > PATIENCE {
                return None;
            }
            thread::sleep(Duration::from_millis(250));
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(asking);
        let own = asking();
        let other = other.join().expect("an outcome");
        own.into_iter().chain(other).min()
    })
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct Tally {
    pub requests: usize,
    pub wrong: usize,
    pub failed: usize,
    pub cut: usize,
    pub local: usize,
    pub longest: f64,
    pub p95: f64,
    /// The messages.
    pub messages: Vec<String>,
}

impl Tally {
    /// Counts `outcomes`, of which every read should have given `texts`.
    pub fn of(outcomes: &[Outcome], texts: &Value) -> Self {
        let count = |is_it: &dyn Fn(&Fate) -> bool| outcomes.iter().filter(|outcome| is_it(&outcome.fate)).count();
        let mut times: Vec<f64> = outcomes.iter().map(|outcome| outcome.took.as_secs_f64()).collect();
        times.sort_by(f64::total_cmp);
        let mut messages: Vec<String> = outcomes.iter().filter_map(|outcome| message(&outcome.fate)).collect();
        messages.sort();
        messages.dedup();
        Self {
            requests: outcomes.len(),
            wrong: count(&|fate| matches!(fate, Fate::Read { texts: read, .. } if read != texts)),
            failed: count(&|fate| matches!(fate, Fate::Failed(_))),
            cut: count(&|fate| matches!(fate, Fate::Cut(_))),
            local: count(&|fate| matches!(fate, Fate::Read { by, .. } if by == "local")),
            longest: times.last().copied().unwrap_or_default(),
            p95: times.get((times.len() * 95).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default(),
            messages,
        }
    }
}

fn message(fate: &Fate) -> Option<String> {
    match fate {
        Fate::Read { .. } => None,
        Fate::Failed(words) | Fate::Cut(words) => Some(words.clone()),
    }
}

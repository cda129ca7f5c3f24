//! `up` on the sockets of a systemd that really runs, with the units of the documentation.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::http::{ask, body_of, until};
use super::machine::Serviced as _;
use crate::common::machine::Machine;
use crate::common::{data, free_port};

/// Where the program has its home in the machine.
const HOME: &str = "JKOCR_HOME=/opt/bob";

/// The text of the unit `name` in the documentation.
fn documented(name: &str) -> String {
    let document = include_str!("../../../docs/service.md");
    let start = format!("```ini\n# ~/.config/systemd/user/{name}\n");
    let (_, rest) = document.split_once(&start).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

trait Bobs {
    fn write(&self, file: &str, text: &str);
    fn jkocr(&self, arguments: &[&str]) -> super::fake::Ended;
}

impl Bobs for Machine {
    fn write(&self, file: &str, text: &str) {
        self.ended(&["sh", "-c", "mkdir -p \"${2%/*}\" && printf %s \"$1\" > \"$2\"", "sh", text, file]).exits(0);
    }

    fn jkocr(&self, arguments: &[&str]) -> super::fake::Ended {
        self.ended(&[&["env", HOME, "JKOCR_OFFLINE=1", "jkocr"], arguments].concat())
    }
}

#[test]
fn restarts_crashes_and_down_refuse_nobody() {
    let Some(machine) = Machine::boot() else { return };
    let port = free_port();
    machine.write("/etc/systemd/system/bob.socket", &documented("bob.socket").replace("8080", &port.to_string()));
    machine.write("/etc/systemd/system/bob.service", &documented("bob.service"));
    let environment = format!("[Service]\nEnvironment={HOME} JKOCR_OFFLINE=1\n");
    machine.write("/etc/systemd/system/bob.service.d/home.conf", &environment);
    machine.write("/opt/bob/config.toml", &format!("listen = ['127.0.0.1:{port}']\n"));
    machine.jkocr(&["models", "import", "/opt/models"]).exits(0);
    // Folds the models: a start has 20 seconds for the rest, also on a machine that is busy with other tests.
    machine.jkocr(&["ocr", data("word_ok.png").to_str().unwrap()]).exits(0);
    machine.ended(&["systemctl", "daemon-reload"]).exits(0);
    machine.ended(&["systemctl", "start", "bob.socket"]).exits(0);

    let (stop, asked, turn) = (AtomicBool::new(false), AtomicUsize::new(0), Mutex::new(()));
    let body = body_of(&data("chat_zh.png"), 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                let under_way = turn.lock().unwrap();
                let answer = ask(port, "POST /ocr", &body).expect("not refused");
                assert!(answer.contains("明天上午九点半开会"), "cut or failed: {answer:?}");
                drop(under_way);
                asked.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(50));
            }
        });
        let some_more = || {
            let before = asked.load(Ordering::SeqCst);
            until("requests are answered", || (asked.load(Ordering::SeqCst) > before + 2).then_some(()));
            machine.property("bob", "MainPID")
        };
        // The first one has started it.
        let first = some_more();
        machine.ended(&["systemctl", "restart", "bob.service"]).exits(0);
        let second = some_more();
        assert_ne!(first, second);
        let none_under_way = turn.lock().unwrap();
        machine.ended(&["kill", "-KILL", &second]).exits(0);
        drop(none_under_way);
        let third = some_more();
        assert_ne!(second, third);
        let second_one = machine.jkocr(&["up"]).exits(1);
        assert!(second_one.stderr.contains(&third), "{}", second_one.stderr);
        assert!(second_one.stderr.contains("service manager"), "{}", second_one.stderr);
        let down = machine.jkocr(&["down"]).exits(0);
        assert!(down.stderr.contains("at the next request"), "{}", down.stderr);
        let fourth = some_more();
        assert_ne!(third, fourth);
        stop.store(true, Ordering::SeqCst);
    });
    machine.ended(&["systemctl", "stop", "bob.socket", "bob.service"]).exits(0);
    assert!(ask(port, "GET /healthz", "").is_none(), "nobody listens any more");
}

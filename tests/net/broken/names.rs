//! A name server on the Mac that knows one name, or does not, or does not answer.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::namespace::Namespace;

/// The server's name.
pub const HOST: &str = "vps.example";

/// What it does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Names {
    /// Answers with the address of the server.
    Known,
    /// Answers that there is no such name.
    Unknown,
    /// Does not answer.
    Mute,
}

/// The name server. It ends when dropped.
pub struct NameServer {
    mood: Arc<AtomicU8>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    pub fn on(mac: &Namespace, names: Names) -> Self {
        let socket = mac.inside(|| UdpSocket::bind("127.0.0.1:53").expect("the port of names"));
        socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a limit");
        let (mood, stop) = (Arc::new(AtomicU8::new(names as u8)), Arc::new(AtomicBool::new(false)));
        let server = (Arc::clone(&mood), Arc::clone(&stop));
        let thread = thread::spawn(move || serve(&socket, &server.0, &server.1));
        Self { mood, stop, thread: Some(thread) }
    }

    pub fn set(&self, names: Names) {
        self.mood.store(names as u8, Ordering::SeqCst);
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(socket: &UdpSocket, mood: &AtomicU8, stop: &AtomicBool) {
    let mut packet = [0; 512];
    while !stop.load(Ordering::SeqCst) {
        let Ok((length, from)) = socket.recv_from(&mut packet) else { continue };
        let mood = mood.load(Ordering::SeqCst);
        if mood == Names::Mute as u8 {
            continue;
        }
        if let Some(answer) = answer(&packet[..length], mood == Names::Known as u8) {
            let _ = socket.send_to(&answer, from);
        }
    }
}

/// The answer to a question of one name (RFC 1035, section 4): an address for IPv4, none for anything else.
fn answer(question: &[u8], is_known: bool) -> Option<Vec<u8>> {
    let name = question.get(12..)?.iter().position(|byte| *byte == 0)?;
    let end = 12 + name + 5;
    let is_v4 = question.get(end - 4..end - 2)? == [0, 1];
    let mut answer = question[..2].to_vec();
    answer.extend(if is_known { [0x81, 0x80] } else { [0x81, 0x83] });
    let count = u8::from(is_known && is_v4);
    answer.extend([0, 1, 0, count, 0, 0, 0, 0]);
    answer.extend(&question[12..end]);
    if count == 1 {
        // The name of the question, of the Internet, good for a second.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 10, 77, 0, 1]);
    }
    Some(answer)
}

/// Has the program and all it starts ask the name server of its own machine. It sees a `resolv.conf` of its own for that.
pub fn own_names(command: &mut Command) {
    let folder = command.get_envs().find(|(name, _)| *name == "JKOCR_HOME").and_then(|(_, value)| value);
    let folder = PathBuf::from(folder.expect("a home"));
    let (names, script) = (folder.join("resolv.conf"), folder.join("with-names"));
    fs::write(&names, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n").expect("a file");
    let text =
        format!("#!/bin/sh\nmount --bind '{}' \"$(readlink -f /etc/resolv.conf)\" && exec \"$@\"\n", names.display());
    fs::write(&script, text).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a program");
    let program = command.get_program().to_owned();
    let mut wrapped = Command::new("unshare");
    wrapped.arg("-m").arg(script).arg(program).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    let log = fs::File::create(folder.join("stderr")).expect("a log");
    wrapped.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    *command = wrapped;
}

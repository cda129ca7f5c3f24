//! An ssh server that puts words of its own wherever the protocol lets a server say something.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::common::python;
use crate::sshd::Sshd;

/// <https://pypi.org/project/paramiko/>
const VERSION: &str = "5.1.0";

/// It stands where `sshd` would listen, and has its host key. It ends when dropped.
pub struct Forger {
    server: Child,
    words: PathBuf,
}

impl Forger {
    pub fn start(sshd: &Sshd) -> Self {
        let (script, words) = (sshd.file("forger.py"), sshd.file("words"));
        fs::write(&script, include_str!("forger.py")).expect("a script");
        fs::write(&words, "methods\n").expect("words");
        let mut server = Command::new(python::environment("paramiko", VERSION).join("python"))
            .args([&script, &sshd.port().to_string().into(), &sshd.file("host"), &words])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("python runs");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("it is piped")).read_line(&mut line).expect("a line");
        assert_eq!(line, "listens\n");
        Self { server, words }
    }

    /// What it says from the next connection on, and where; see `forger.py`.
    pub fn say(&self, place: &str, words: &str) {
        let draft = self.words.with_extension("draft");
        fs::write(&draft, format!("{place}\n{words}")).expect("words");
        fs::rename(draft, &self.words).expect("words");
    }
}

impl Drop for Forger {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

//! A person at a terminal.

use rexpect::session::{PtySession, spawn_command};

use super::rig::{User, account, read};
use crate::common::free_port;

/// The longest a question may take to come, in milliseconds.
const PATIENCE: u64 = 30_000;

impl User {
    fn sits_down(&self, arguments: &[&str]) -> Dialog {
        let command = self.command(arguments);
        Dialog(spawn_command(command, Some(PATIENCE)).expect("a terminal"))
    }

    /// Answers the questions about the login.
    fn logs_in(&self, dialog: &mut Dialog) {
        let port = self.sshd.port().to_string();
        dialog.answer("Host of the OCR server", "127.0.0.1");
        dialog.answer(&format!("User on the host [{}]", account()), "");
        dialog.answer("Port of its ssh service [22]", &port);
        dialog.answer(
            "Key file to log in with (auto: what ssh tries by itself) [auto]",
            self.sshd.file("user").to_str().expect("a path"),
        );
        dialog.answer("Port of the OCR server on the host [8080]", &free_port().to_string());
    }
}

struct Dialog(PtySession);

impl Dialog {
    fn answer(&mut self, question: &str, answer: &str) {
        self.hear(question);
        self.0.send_line(answer).expect("the answer is taken");
    }

    fn hear(&mut self, words: &str) {
        // A byte is a character to it.
        let bytes: String = words.bytes().map(char::from).collect();
        if let Err(error) = self.0.exp_string(&bytes) {
            panic!("`{words}` was not said: {error}");
        }
    }

    /// How the process ended, as `Debug` shows it, and what it said until then.
    fn end(mut self) -> (String, String) {
        let bytes: Vec<_> = self.0.exp_eof().expect("it ends").chars().map(|char| char as u8).collect();
        let rest = String::from_utf8_lossy(&bytes).into_owned();
        (format!("{:?}", self.0.process().wait().expect("it has ended")), rest)
    }
}

#[test]
fn an_unknown_host_is_accepted_after_a_look_at_its_fingerprint() {
    let user = User::stranger();
    let mut dialog = user.sits_down(&["init"]);
    user.logs_in(&mut dialog);
    dialog.answer("so that `ssh jk-ocr-vps` works as well (a copy is kept)? [y]", "");
    dialog.hear(&user.fingerprint());
    dialog.answer("should it be remembered? [n]", "y");
    dialog.hear("The login works");
    dialog.answer("Have it set up there now (it says first what it will do)? [y]", "n");
    let (status, rest) = dialog.end();
    assert!(status.starts_with("Exited") && status.ends_with(", 0)"), "{status}\n{rest}");
    assert!(rest.contains("jkocr up"), "{rest}");
    assert!(read(&user.config()).contains("host = \"jk-ocr-vps\""));
    assert!(read(&user.known_hosts()).contains("ssh-ed25519"));
    assert_eq!(user.ssh("jk-ocr-vps", "echo in").trim(), "in");
}

#[test]
fn a_declined_host_leaves_everything_as_it_was() {
    let user = User::stranger();
    let mut dialog = user.sits_down(&["init", "--no-ssh-config"]);
    user.logs_in(&mut dialog);
    dialog.hear(&user.fingerprint());
    // Enter alone is a no.
    dialog.answer("should it be remembered? [n]", "");
    let (status, rest) = dialog.end();
    assert!(status.ends_with(", 1)") && rest.contains("was not accepted; nothing was written"), "{status}\n{rest}");
    assert_eq!(user.written(), ["config"]);
}

#[test]
fn a_wrong_answer_is_told_and_asked_for_again() {
    let user = User::new();
    let key = user.sshd.file("user").to_str().expect("a path").to_owned();
    let closed = free_port().to_string();
    let mut dialog = user.sits_down(&["init"]);
    dialog.answer("Host of the OCR server", "no host");
    dialog.hear("`no host` is not a host that ssh can log in to");
    dialog.answer("Host of the OCR server", "127.0.0.1");
    dialog.answer("User on the host", "");
    dialog.answer("Port of its ssh service", &closed);
    // A key that cannot be one is told before anything is tried.
    dialog.answer("Key file", "/nonexistent/key");
    dialog.hear("the key file `/nonexistent/key` does not exist");
    dialog.hear("`ssh-keygen -t ed25519 -f /nonexistent/key` makes a key there");
    dialog.answer("Key file", &format!("{key}.pub"));
    dialog.hear(&format!("the key is `{key}`"));
    dialog.answer("Key file", &key);
    dialog.answer("Port of the OCR server on the host", "");
    dialog.answer("so that `ssh jk-ocr-vps` works as well (a copy is kept)? [y]", "n");
    dialog.hear("nothing accepts ssh connections");
    dialog.hear("give the port that it listens on");
    dialog.answer("Try again with other answers? [y]", "");
    // The second round begins with the answers of the first.
    dialog.answer("[127.0.0.1]", "");
    dialog.answer(&format!("[{}]", account()), "");
    dialog.answer(&format!("[{closed}]"), &user.sshd.port().to_string());
    dialog.answer(&format!("[{key}]"), "");
    dialog.answer("[8080]", "");
    dialog.answer("so that `ssh jk-ocr-vps` works as well (a copy is kept)? [n]", "");
    dialog.hear("The login works");
    dialog.answer("Have it set up there now (it says first what it will do)? [y]", "n");
    let (status, rest) = dialog.end();
    assert!(status.ends_with(", 0)"), "{status}\n{rest}");
    assert!(read(&user.config()).contains("IdentityFile="));
    assert!(!read(&user.ssh_config()).contains("jk-ocr-vps"));
}

#[test]
fn a_refused_key_is_answered_with_the_command_that_lets_it_in() {
    let user = User::new();
    user.sshd.authorize_nobody();
    let mut dialog = user.sits_down(&["init", "--no-ssh-config"]);
    user.logs_in(&mut dialog);
    dialog.hear(&user.ssh_copy_id());
    dialog.answer("Try again with other answers? [y]", "n");
    dialog.end();
}

#[test]
fn giving_up_writes_nothing() {
    let user = User::new();
    user.sshd.authorize_nobody();
    let mut dialog = user.sits_down(&["init", "--no-ssh-config"]);
    user.logs_in(&mut dialog);
    dialog.answer("Try again with other answers? [y]", "no");
    let (status, rest) = dialog.end();
    assert!(status.ends_with(", 1)") && rest.contains("nothing was written"), "{status}\n{rest}");
    assert_eq!(user.written(), ["config", "known_hosts"]);
}

#[test]
fn ctrl_c_at_a_question_ends_it() {
    let user = User::new();
    let mut dialog = user.sits_down(&["init"]);
    dialog.answer("Host of the OCR server", "127.0.0.1");
    dialog.hear("User on the host");
    dialog.0.send_control('c').expect("it is sent");
    let (status, rest) = dialog.end();
    assert!(status.contains("SIGINT") || status.ends_with(", 130)"), "{status}\n{rest}");
    assert_eq!(user.written(), ["config", "known_hosts"]);
}

#[test]
fn the_questions_are_asked_in_chinese_to_those_who_read_it() {
    let user = User::new();
    let command = ["init", "--lang", "zh", "127.0.0.1", "--port", &user.sshd.port().to_string()];
    let mut dialog = user.sits_down(&command);
    dialog.answer("主机上的用户名", "");
    dialog.answer("登录用的密钥文件", user.sshd.file("user").to_str().expect("a path"));
    dialog.answer("OCR 服务在主机上的端口", "");
    dialog.answer("使 `ssh jk-ocr-vps` 也可用", "否");
    dialog.hear("登录成功");
    dialog.answer("现在就在那里部署吗", "否");
    let (status, rest) = dialog.end();
    assert!(status.ends_with(", 0)") && rest.contains("下一步"), "{status}\n{rest}");
}

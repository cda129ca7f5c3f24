//! Every question answered by a flag.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::process::{Child, Stdio};

use super::rig::{User, account, mode, read};
use crate::common::{self, free_port};
use crate::sshd::wait_for;

#[test]
fn the_answers_are_tried_and_written_down() {
    let user = User::new();
    let answers = user.answers(&["--no-ssh-config"]);
    user.run(&answers).exits(0).says("The login works, but not the OCR server yet");
    let (port, remote, key) = (user.sshd.port(), answers[9].clone(), user.sshd.file("user"));
    let expected = format!(
        "[tunnel]\nhost = \"{}@127.0.0.1\"\nremote = \"127.0.0.1:{remote}\"\nssh_options = [\"Port={port}\", \
         \"IdentityFile={}\", \"IdentitiesOnly=yes\"]\n",
        account(),
        key.display()
    );
    assert_eq!(read(&user.config()), expected);
    assert_eq!((mode(&user.config()), mode(&user.path("jkocr"))), (0o600, 0o700));
    assert_eq!(user.written(), ["config", "config.toml", "known_hosts"]);
    user.run(&answers).exits(0).says("says so already");
    assert_eq!(read(&user.config()), expected);
}

/// `jkocr serve`, ended with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_healthy(port: &str) -> bool {
    let ask = || {
        let mut server = TcpStream::connect(format!("127.0.0.1:{port}"))?;
        server.write_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        server.read_to_string(&mut answer).map(|_| answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

#[test]
fn a_server_that_answers_is_noticed() {
    let port = free_port().to_string();
    let mut serve = common::jkocr();
    serve.env("JKOCR_HOME", common::home()).args(["serve", "--models", "v5-mobile", "--port", &port]);
    let _server = Server(serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"));
    wait_for("the server answers", || is_healthy(&port), String::new);
    let user = User::new();
    let mut answers = user.answers(&["--no-ssh-config"]);
    answers[9] = port;
    user.run(&answers).exits(0).says("the OCR server at 127.0.0.1:").says("answers");
}

#[test]
fn comments_and_other_keys_of_an_existing_configuration_stay() {
    let user = User::new();
    let text = "# mine\nlanguage = 'en' # the screen's\n\n[tunnel]\nhost = 'old' # the VPS\nssh_options = \
                ['Compression=yes', 'port 22']\n\n[ocr] # last\nthreads = 2\n";
    user.write_config(text);
    user.run(&user.answers(&["--no-ssh-config"])).exits(0);
    let written = read(&user.config());
    for kept in [
        "# mine\nlanguage = 'en' # the screen's\n\n",
        " # the VPS\n",
        "'Compression=yes'",
        "[ocr] # last\nthreads = 2\n",
    ] {
        assert!(written.contains(kept), "`{kept}` is not in:\n{written}");
    }
    assert!(!written.contains("port 22") && !written.contains("'old'"), "{written}");
}

#[test]
fn a_refused_key_is_told_with_its_remedy_and_nothing_is_written() {
    let user = User::new();
    user.sshd.authorize_nobody();
    let run = user.run(&user.answers(&["--ssh-config"]));
    run.exits(1).says("error: the server refuses the login of").says(&user.ssh_copy_id());
    assert_eq!(user.written(), ["config", "known_hosts"]);
    let mut answers = user.answers(&["--no-ssh-config"]);
    answers[7] = "/nonexistent/key".to_owned();
    let run = user.run(&answers);
    run.exits(1)
        .says("the key file `/nonexistent/key` does not exist")
        .says("`ssh-keygen -t ed25519 -f /nonexistent/key`");
    assert!(!run.stderr().contains("Logging in"), "{}", run.stderr());
}

#[test]
fn a_question_that_nobody_can_answer_is_named_with_its_flag() {
    let user = User::new();
    let run = user.run(&["init", "me@127.0.0.1", "--key", "auto"]);
    run.exits(2).says("say --port, --remote-port, --ssh-config|--no-ssh-config, or `--defaults`");
    user.run(&["init"]).exits(2).says("say HOST, --user, --port, --key, --remote-port,");
    user.run(&["init", "--defaults"]).exits(2).says("which host?");
    assert_eq!(user.written(), ["config", "known_hosts"]);
    user.run(&["init", "-oProxyCommand=touch x"]).exits(2);
    user.run(&["init", "me@vps", "--accept-host-key", "SHA256:short"]).exits(2).says("43 characters");
}

#[test]
fn a_login_that_cannot_be_tried_yet_can_be_written_all_the_same() {
    let user = User::new();
    user.run(&["init", "me@vps.invalid", "--defaults", "--skip-login"]).exits(0);
    assert_eq!(read(&user.config()), "[tunnel]\nhost = \"me@vps.invalid\"\nremote = \"127.0.0.1:8080\"\n");
}

#[test]
fn an_alias_of_the_user_is_taken_as_it_is() {
    let user = User::new();
    let block = user.sshd.client_block("my-vps", "");
    user.sshd.know_host_key();
    user.write_ssh_config(&format!("{block}{}", user.defaults()));
    let before = read(&user.ssh_config());
    user.run(&["init", "my-vps", "--defaults", "--ssh-config"])
        .exits(0)
        .says("ssh knows `my-vps` already")
        .says("works");
    assert_eq!(read(&user.config()), "[tunnel]\nhost = \"my-vps\"\nremote = \"127.0.0.1:8080\"\n");
    assert_eq!(read(&user.ssh_config()), before);
    user.run(&["init", "nobody-here@my-vps", "--defaults"]).exits(1).says("nobody-here@127.0.0.1");
}

#[test]
fn a_configuration_named_by_the_user_is_made() {
    let user = User::new();
    let file = user.path("elsewhere/jkocr.toml");
    let mut answers = user.answers(&["--no-ssh-config", "--config", file.to_str().expect("a path")]);
    user.run(&answers).exits(0);
    assert!(read(&file).starts_with("[tunnel]\n"));
    fs::write(&file, "[tunnel]\nhosst = 'x'\n").expect("config.toml");
    user.run(&answers).exits(2).says("`tunnel.hosst`");
    answers.push("--quiet".to_owned());
    fs::write(&file, "").expect("config.toml");
    assert_eq!(user.run(&answers).exits(0).stderr(), "");
}

#[test]
fn a_key_whose_path_would_be_more_than_one_line_is_refused() {
    let user = User::new();
    let before = read(&user.ssh_config());
    for key in ["/x\nHost *\n  ProxyCommand touch PWNED", "/x\u{1b}]0;title\u{7}"] {
        let mut answers = user.answers(&["--ssh-config", "--skip-login"]);
        answers[7] = key.to_owned();
        user.run(&answers).exits(2).says("cannot be the path of a key");
    }
    assert_eq!(read(&user.ssh_config()), before);
    assert_eq!(user.written(), ["config", "known_hosts"]);
}

#[test]
fn a_configuration_that_is_a_link_to_nothing_yet_stays_a_link() {
    let user = User::new();
    fs::create_dir(user.path("jkocr")).expect("a folder");
    symlink("../dotfiles.toml", user.config()).expect("a link");
    user.run(&user.answers(&["--no-ssh-config"])).exits(0);
    assert!(user.config().is_symlink());
    assert!(read(&user.path("dotfiles.toml")).starts_with("[tunnel]\n"));
}

#[test]
fn a_banner_is_not_taken_for_ssh() {
    let mut user = User::new();
    user.sshd.stop();
    user.sshd.forge_banner();
    user.sshd.resume();
    user.run(&user.answers(&["--no-ssh-config"])).exits(0).says("The login works");
    user.sshd.authorize_nobody();
    let run = user.run(&user.answers(&["--no-ssh-config"]));
    run.exits(1).says("error: the server refuses the login of").says(&user.ssh_copy_id());
}

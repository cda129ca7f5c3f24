//! A host that is not known yet is never accepted silently.

use super::rig::{User, read};

#[test]
fn without_a_word_about_it_the_fingerprint_is_shown_and_nothing_is_written() {
    let user = User::stranger();
    let run = user.run(&user.answers(&["--no-ssh-config"]));
    let fingerprint = user.fingerprint();
    run.exits(2).says(&format!("ssh-ed25519  {fingerprint}")).says(&format!("add `--accept-host-key {fingerprint}`"));
    assert_eq!(user.written(), ["config"]);
}

#[test]
fn with_the_right_fingerprint_it_is_remembered_for_good() {
    let user = User::stranger();
    let accept = ["--no-ssh-config", "--accept-host-key", &user.fingerprint()];
    user.run(&user.answers(&accept)).exits(0).says("Remembered the host's key");
    let known = read(&user.known_hosts());
    assert!(known.starts_with(&format!("[127.0.0.1]:{} ssh-ed25519 ", user.sshd.port())), "{known}");
    user.run(&user.answers(&["--no-ssh-config"])).exits(0);
    assert_eq!(read(&user.known_hosts()), known);
}

#[test]
fn with_another_fingerprint_it_is_refused() {
    let user = User::stranger();
    let other = format!("SHA256:{}", "A".repeat(43));
    let run = user.run(&user.answers(&["--no-ssh-config", "--accept-host-key", &other]));
    run.exits(1).says(&format!("shows the key `{}`, not `{other}`", user.fingerprint()));
    assert_eq!(user.written(), ["config"]);
}

#[test]
fn a_key_that_has_changed_is_refused_whatever_is_said() {
    let mut user = User::new();
    user.sshd.stop();
    user.sshd.change_host_key();
    user.sshd.resume();
    let accept = ["--no-ssh-config", "--accept-host-key", &user.fingerprint()];
    let before = read(&user.known_hosts());
    user.run(&user.answers(&accept)).exits(1).says("the server was reinstalled, or someone is in between");
    assert_eq!(read(&user.known_hosts()), before);
    assert_eq!(user.written(), ["config", "known_hosts"]);
}

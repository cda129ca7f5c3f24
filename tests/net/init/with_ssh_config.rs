//! The block in the ssh configuration.

use std::fs;

use super::rig::{OTHERS, User, account, mode, read};

/// The names of the backups.
fn backups(user: &User) -> Vec<String> {
    user.written().into_iter().filter(|name| name.contains(".bak")).collect()
}

#[test]
fn the_block_takes_effect_and_the_others_stay_as_they_are() {
    let user = User::new();
    let before = read(&user.ssh_config());
    user.run(&user.answers(&["--ssh-config"])).exits(0).says("The old one is kept as");
    let after = read(&user.ssh_config());
    assert!(after.starts_with("# >>> jkocr init\nHost jk-ocr-vps\n") && after.ends_with(&before), "{after}");
    assert_eq!(mode(&user.ssh_config()), 0o600);
    let names = backups(&user);
    assert_eq!((names.len(), read(&user.path(&format!(".ssh/{}", names[0])))), (1, before));
    assert!(read(&user.config()).starts_with("[tunnel]\nhost = \"jk-ocr-vps\"\nremote = "));
    assert!(!read(&user.config()).contains("ssh_options"));
    assert_eq!(user.ssh("jk-ocr-vps", "echo in").trim(), "in");
}

#[test]
fn a_second_time_changes_nothing_and_other_answers_replace_the_block() {
    let user = User::new();
    user.run(&user.answers(&["--ssh-config"])).exits(0);
    let first = read(&user.ssh_config());
    user.run(&user.answers(&["--ssh-config"])).exits(0).says("says so already");
    assert_eq!(read(&user.ssh_config()), first);
    assert_eq!(backups(&user).len(), 1);
    // The answers of the first time are the defaults of the next.
    user.run(&["init", "--defaults"]).exits(0).says(&format!("Logging in to `{}@127.0.0.1`", account()));
    assert_eq!(read(&user.ssh_config()), first);
    let mut answers = user.answers(&["--ssh-config", "--skip-login"]);
    answers[1] = "192.0.2.7".to_owned();
    user.run(&answers).exits(0);
    let last = read(&user.ssh_config());
    assert!(last.contains("HostName 192.0.2.7\n") && !last.contains("HostName 127.0.0.1"), "{last}");
    assert_eq!((last.matches("Host jk-ocr-vps").count(), last.contains(OTHERS)), (1, true));
    assert_eq!(backups(&user).len(), 2);
}

#[test]
fn a_block_that_something_else_overrules_is_taken_back() {
    let user = User::new();
    user.write_ssh_config(&format!("User somebody-else\n{OTHERS}{}", user.defaults()));
    let before = read(&user.ssh_config());
    let run = user.run(&user.answers(&["--ssh-config"]));
    run.exits(1).says("says `User somebody-else` for `jk-ocr-vps`").says("hint: remove `User`");
    assert_eq!(read(&user.ssh_config()), before);
    assert_eq!(user.written(), ["config", "known_hosts"]);
}

#[test]
fn a_block_of_the_users_own_with_the_same_name_stays_and_yields() {
    let user = User::new();
    let own = "Host jk-ocr-vps\n    HostName 198.51.100.1\n    User nobody\n    Compression yes\n";
    user.write_ssh_config(&format!("{own}{}", user.defaults()));
    user.run(&user.answers(&["--ssh-config"])).exits(0);
    assert!(read(&user.ssh_config()).contains(own));
    assert_eq!(user.ssh("jk-ocr-vps", "echo in").trim(), "in");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let user = User::new();
    fs::write(user.path("in-the-way"), "").expect("a file");
    let file = user.path("in-the-way/config.toml");
    let run = user.run(&user.answers(&["--no-ssh-config", "--config", file.to_str().expect("a path")]));
    run.exits(2).says("in-the-way/config.toml");
}

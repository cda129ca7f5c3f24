//! What a person sees in a terminal of 60 and of 80 columns, in both languages, in a real tmux.
//!
//! `INSTA_UPDATE=always cargo test --test program -- screens` takes the pictures anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::common::screen::Screen;
use crate::common::{self, data};

/// What differs from run to run.
fn filters(folder: &Path) -> Vec<(String, &'static str)> {
    let folder = folder.to_str().expect("text");
    [
        (regex_quoted(folder), "[folder]"),
        (r"\d+(\.\d+)? (ms|s|毫秒|秒)\b".to_owned(), "[time]"),
        (r"\d+(\.\d+)? (毫秒|秒)".to_owned(), "[time]"),
        (r"(127\.0\.0\.1):\d{4,5}".to_owned(), "$1:[port]"),
        (r"os error \d+".to_owned(), "os error"),
    ]
    .into()
}

fn regex_quoted(text: &str) -> String {
    text.chars().flat_map(|char| if char.is_alphanumeric() { vec![char] } else { vec!['\\', char] }).collect()
}

/// Runs the same at both widths and in both languages, and holds what is seen against the picture `name`.
fn hold(name: &str, folder: &Path, variables: &[(&str, &str)], arguments: &[&str]) {
    let mut seen = String::new();
    for columns in [60, 80] {
        for language in ["en", "zh"] {
            let all = [&["--lang", language], arguments].concat();
            let screen = Screen::run(columns, folder, variables, &all);
            let _ = write!(seen, "──── {columns} {language}\n{}", screen.at_the_end());
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, shown) in filters(folder) {
        settings.add_filter(&pattern, shown);
    }
    settings.bind(|| insta::assert_snapshot!(format!("screen-{name}"), seen));
}

/// A home with the models of the tests.
fn home() -> TempDir {
    let home = tempfile::tempdir().expect("a home");
    for name in ["models", "runtime"] {
        std::os::unix::fs::symlink(common::home().join(name), home.path().join(name)).expect("a link");
    }
    fs::write(home.path().join("config.toml"), "[ocr]\nmodels = \"v5-mobile\"\n").expect("written");
    home
}

fn pictures(home: &Path) -> PathBuf {
    let folder = home.join("pictures");
    fs::create_dir(&folder).expect("a folder");
    fs::copy(data("word_ok.png"), folder.join("word.png")).expect("a copy");
    fs::write(folder.join("broken.png"), b"\x89PNG\r\n\x1a\nnothing more").expect("written");
    folder
}

#[test]
fn a_folder_is_read() {
    let home = home();
    let folder = pictures(home.path());
    hold("ocr-folder", home.path(), &[], &["ocr", folder.to_str().expect("text")]);
}

#[test]
fn an_index_that_is_not_there_takes_two_lines() {
    let home = tempfile::tempdir().expect("a home");
    let nowhere = [
        ("PIP_INDEX_URL", "http://127.0.0.1:9/simple"),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        ("NO_PROXY", "127.0.0.1"),
    ];
    hold("models-pull", home.path(), &nowhere, &["models", "pull", "v5-mobile"]);
}

#[test]
fn init_says_what_to_do_when_there_is_no_such_host() {
    let home = tempfile::tempdir().expect("a home");
    let arguments = ["init", "me@nowhere.invalid", "--defaults", "--no-ssh-config"];
    hold("init", home.path(), &[], &arguments);
}

#[test]
fn doctor_fits_the_terminal_in_every_broken_state() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    for config in [
        "[serve]\nqueue = 'many'\n",
        "[tunnel]\nhost = 'nowhere.invalid'\n",
        &format!("listen = ['127.0.0.1:{port}']\n"),
    ] {
        let home = tempfile::tempdir().expect("a home");
        fs::write(home.path().join("config.toml"), config).expect("written");
        for columns in [60, 80] {
            for language in ["en", "zh"] {
                let screen = Screen::run(columns, home.path(), &[], &["--lang", language, "doctor"]);
                let text = screen.at_the_end();
                assert!(text.contains("\nexit 3\n"), "{text}");
                // What the terminal had to break is a command, which is pasted whole, or the name of a file.
                let rows = screen.rows();
                for line in text.lines().filter(|line| !rows.lines().any(|row| row.trim_end() == *line)) {
                    let is_whole = line.starts_with("    $ ") || line.contains('/');
                    assert!(is_whole, "{columns} {language}: `{line}` is broken by the terminal\n{rows}");
                }
            }
        }
    }
}

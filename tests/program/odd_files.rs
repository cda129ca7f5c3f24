//! Files that are no pictures, or far too large, named to `jkocr ocr`: a word about each, and the next one is read.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::{self, data};

/// In KiB: what the program needs to read a small image, the threads of the runtime included, and less than three GB.
const ADDRESS_SPACE: u32 = 2_500_000;

fn read(files: &[&Path]) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {ADDRESS_SPACE} && exec \"$@\""), "sh"]);
    command.arg(env!("CARGO_BIN_EXE_jkocr")).args(["--lang", "en", "ocr", "--models", "v6-small", "--threads", "1"]);
    command.args(files).env("JKOCR_HOME", common::home()).output().expect("a shell")
}

fn lines(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_file_is_looked_at_before_it_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name);
    let sparse = |name: &str, head: &[u8]| {
        std::fs::write(place(name), head).expect("written");
        File::options().write(true).open(place(name)).and_then(|file| file.set_len(3 << 30)).expect("longer");
    };
    sparse("zeros.png", b"");
    sparse("large.png", b"\x89PNG\r\n\x1a\n");
    sparse("large.pdf", b"%PDF-1.7\n");
    assert!(Command::new("mkfifo").arg(place("pipe.png")).status().is_ok_and(|status| status.success()));
    std::os::unix::fs::symlink("/dev/zero", place("device.png")).expect("a link");
    let expected = [
        ("zeros.png", "no image"),
        ("large.png", "larger than"),
        ("large.pdf", "larger than"),
        ("pipe.png", "a pipe or a device"),
        ("device.png", "a pipe or a device"),
    ];
    let files: Vec<_> = expected.iter().map(|(name, _)| place(name)).chain([data("word_ok.png")]).collect();
    let output = read(&files.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    let told = lines(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(lines(&output.stdout).ends_with("word_ok.png <==\nOK\n"), "{told}");
    for (name, words) in expected {
        let line = told.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {told}"));
        assert!(line.contains(words), "{line}");
    }
}

#[test]
fn the_name_of_a_file_cannot_act_on_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let [odd, good] = ["marked\u{1b}[2J\u{202e}.png", "good\u{1b}[2J\u{202e}.png"].map(|name| folder.path().join(name));
    std::fs::write(&odd, "no picture").expect("written");
    std::fs::copy(data("word_ok.png"), &good).expect("copied");
    let output = read(&[&odd, &good]);
    for (told, name) in [(lines(&output.stderr), "marked"), (lines(&output.stdout), "good")] {
        assert!(told.contains(name) && told.lines().all(jkocr::untrusted::is_plain), "{told:?}");
    }
}

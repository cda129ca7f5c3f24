//! Nothing of a screenshot stays: a canary image goes every way there is, and is then looked for.

use std::fs;
use std::path::Path;

use rustix::process::Signal;

use super::client::{TEXT, ocr};
use super::rig::{Home, Up};
use super::serve::Serve;
use crate::sshd::Sshd;

/// Everything that a file below `folder` holds; links lead to what was there before.
fn contents(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, kind) = (entry.path(), entry.file_type().expect("a type"));
        if kind.is_dir() {
            contents(&path, found);
        } else if kind.is_file() {
            found.push((path.display().to_string(), fs::read(&path).expect("a file")));
        }
    }
}

#[test]
fn nothing_of_a_screenshot_is_in_any_log_or_file() {
    // Everything is said, by both of them.
    let (sshd, mut serve) = (Sshd::start(), Serve::with(&["-vvv"]));
    let home = Home::through(&sshd, serve.port, "when-down").with_models();
    let tmp = home.folder.path().join("tmp");
    fs::create_dir(&tmp).expect("a folder");
    let mut up = Up::by(home, &["up", "-vvv"], |command| {
        command.env("TMPDIR", &tmp);
    });
    up.until_up();
    up.until_stocked();
    let remote = ocr(up.port(), TEXT);
    assert_eq!(remote.backend(), "remote");
    serve.stop();
    let local = ocr(up.port(), TEXT);
    assert_eq!(local.backend(), "local");
    let request: serde_json::Value = serde_json::from_slice(TEXT).expect("JSON");
    let image = request["file"].as_str().expect("base64");
    // What JSON escapes looks another way in a log.
    let mut canaries = vec![image[100..].split('/').max_by_key(|part| part.len()).expect("base64").to_owned()];
    for answer in [remote, local] {
        let texts = answer.texts();
        let words = texts.as_array().expect("lines").iter().filter_map(|text| text.as_str());
        canaries.extend(words.flat_map(str::split_whitespace).filter(|word| word.len() > 4).map(str::to_owned));
    }
    assert!(canaries.len() > 5 && canaries.iter().any(|word| word.contains("quick")), "{canaries:?}");
    up.end(Signal::TERM);

    let mut found = Vec::new();
    contents(up.home.folder.path(), &mut found);
    contents(serve.folder.path(), &mut found);
    let logs = found.iter().filter(|(name, _)| name.ends_with("stderr"));
    let logs: Vec<_> = logs.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect();
    let is_said = |words: &str| logs.iter().filter(|log| log.contains(words)).count();
    assert_eq!(is_said("read by "), 2, "both tell what they did: {logs:?}");
    for (name, bytes) in found {
        let text = String::from_utf8_lossy(&bytes);
        let canary = canaries.iter().find(|canary| text.contains(canary.as_str()));
        assert_eq!(canary, None, "in {name}");
    }
}

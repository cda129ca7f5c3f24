//! `jkocr config`: what is in force and from where, and changes that keep what people wrote.

use std::fs;

use serde_json::Value;

use crate::common;

fn run(home: &std::path::Path, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let mut command = common::jkocr();
    command.env("JKOCR_HOME", home).envs(variables.iter().copied()).arg("config").args(arguments);
    let output = command.output().expect("jkocr runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_setting_is_shown_with_where_it_comes_from() {
    let home = tempfile::tempdir().expect("a home");
    let file = home.path().join("config.toml");
    fs::write(&file, "[tunnel]\nhost = 'vps'\n").expect("written");
    let variables = [("JKOCR_OCR_THREADS", "3")];
    let (code, shown, _) = run(home.path(), &["show"], &variables);
    assert_eq!(code, Some(0));
    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{key}: {shown}"));
    assert!(line("host = ").contains("\"vps\"") && line("host = ").ends_with("# file"), "{shown}");
    assert!(line("threads = 3").ends_with("# JKOCR_OCR_THREADS"), "{shown}");
    assert!(line("queue = 8").ends_with("# default"), "{shown}");
    // What is shown is a configuration that says the same.
    let again = tempfile::tempdir().expect("a home");
    fs::write(again.path().join("config.toml"), &shown).expect("written");
    let (code, copy, told) = run(again.path(), &["show"], &[]);
    assert_eq!(code, Some(0), "{told}");
    let values = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split("  #").next().unwrap_or_default().trim().to_owned()).collect()
    };
    assert_eq!(values(&copy), values(&shown));

    let (_, json, _) = run(home.path(), &["show", "--json"], &variables);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["tunnel.host"], serde_json::json!({ "value": "vps", "origin": "file" }));
    assert_eq!(json["ocr.threads"]["origin"], "environment");
    assert_eq!(run(home.path(), &["show", "tunnel.host"], &[]).1, "vps\n");
    assert_eq!(run(home.path(), &["path"], &[]).1, format!("{}\n", file.display()));
}

#[test]
fn a_section_is_shown_alone() {
    let home = tempfile::tempdir().expect("a home");
    let (code, shown, _) = run(home.path(), &["show", "notify"], &[]);
    assert!(code == Some(0) && shown.contains("[notify]\nfallback = false") && !shown.contains("[ocr]"), "{shown}");
}

#[test]
fn a_change_keeps_comments_and_is_refused_if_it_cannot_be() {
    let home = tempfile::tempdir().expect("a home");
    let file = home.path().join("config.toml");
    let before = "# mine\nlanguage = 'en' # for now\n\n[tunnel]\nhost = 'vps'\n";
    fs::write(&file, before).expect("written");
    let (code, _, told) = run(home.path(), &["set", "language", "zh"], &[]);
    assert!(code == Some(0) && told.contains("`language` is set in"), "{told}");
    assert_eq!(fs::read_to_string(&file).expect("there"), before.replace("'en'", "\"zh\""));
    run(home.path(), &["set", "listen", "127.0.0.1:8080,127.0.0.1:50000?"], &[]);
    let now = fs::read_to_string(&file).expect("there");
    assert!(now.contains("listen = [\"127.0.0.1:8080\", \"127.0.0.1:50000?\"]\n"), "{now}");

    for (arguments, words) in [
        (["set", "serve.queue", "many"], "`many` is not a whole number"),
        (["set", "fallback.mode", "rase"], "the nearest is `race`"),
        (["set", "fallback.deadline", "soon"], "`soon` is not a time"),
        (["set", "tunnel.hots", "x"], "the nearest is `tunnel.host`"),
    ] {
        let (code, _, told) =
            run(home.path(), &["--lang", "en"].iter().chain(&arguments).copied().collect::<Vec<_>>(), &[]);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(fs::read_to_string(&file).expect("there"), now);
    let (_, _, told) = run(home.path(), &["--lang", "en", "set", "language", "en"], &[("JKOCR_LANGUAGE", "zh")]);
    assert!(told.contains("`JKOCR_LANGUAGE` is set, too"), "{told}");
}

#[test]
fn a_broken_file_can_be_mended_with_it_or_is_told() {
    let home = tempfile::tempdir().expect("a home");
    fs::write(home.path().join("config.toml"), "[serve]\nqueue = 'many'\n").expect("written");
    let (code, _, told) = run(home.path(), &["show"], &[]);
    assert!(code == Some(2) && told.contains("line 2: `many` is not a whole number"), "{told}");
    assert_eq!(run(home.path(), &["set", "serve.queue", "3"], &[]).0, Some(0));
    assert_eq!(run(home.path(), &["show", "serve.queue"], &[]).1, "3\n");
}

#[test]
fn a_variable_that_means_nothing_is_told_with_the_one_that_was_meant() {
    let home = tempfile::tempdir().expect("a home");
    let (_, _, told) = run(home.path(), &["path"], &[("JKOCR_OCR_THREAD", "2"), ("JKOCR_XYZZY", "1")]);
    assert!(told.contains("`JKOCR_OCR_THREAD` means nothing to jkocr; the nearest is `JKOCR_OCR_THREADS`"), "{told}");
    assert!(told.contains("`JKOCR_XYZZY` means nothing to jkocr; `jkocr config show`"), "{told}");
    let (_, _, quiet) = run(home.path(), &["--quiet", "path"], &[("JKOCR_OCR_THREAD", "2")]);
    assert_eq!(quiet, "");
}

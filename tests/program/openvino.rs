//! OpenVINO as users meet it: chosen where it helps, and never in the way.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{computes_bf16, data, home_with_openvino, jkocr};

/// A home of a test's own with the files of the shared one.
fn copied() -> TempDir {
    fn link(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let to = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                link(&entry.path(), &to);
            } else {
                fs::hard_link(entry.path(), to).unwrap();
            }
        }
    }
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    link(home_with_openvino(), home.path());
    home
}

/// The library in `home` whose name begins so.
fn library(home: &Path, name: &str) -> std::path::PathBuf {
    let runtimes = fs::read_dir(home.join("runtime")).unwrap().map(|entry| entry.unwrap().path());
    let begins = |path: &Path, name: &str| path.file_name().unwrap().to_string_lossy().starts_with(name);
    let folder = runtimes.into_iter().find(|path| begins(path, "openvino")).unwrap();
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(|file| begins(file, name)).unwrap()
}

fn reading(home: &Path, arguments: &[&str]) -> Command {
    let mut command = jkocr();
    command.env("JKOCR_HOME", home).env("JKOCR_OFFLINE", "1");
    command.args(["ocr", "--format", "json", "--threads", "2"]).args(arguments).arg(data("chat_zh.png"));
    command
}

/// What computed the models, and what the page says.
fn answer(output: &Output) -> (String, Vec<String>) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    let page: Value = serde_json::from_slice(&output.stdout).unwrap();
    let engine = page["engine"].as_str().unwrap().to_owned();
    (engine, page["rec_texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect())
}

/// One line on standard error that says `what`.
#[track_caller]
fn one_sentence(output: &Output, what: &str) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains(what) && words.trim().lines().count() == 1, "{what} is not all of: {words}");
}

const ONNXRUNTIME: &str = "onnxruntime";

#[test]
fn it_reads_where_the_processor_computes_in_bf16() {
    // What the detectors find does not stay as it is.
    let expected = if computes_bf16() { "onnxruntime+openvino-bf16" } else { ONNXRUNTIME };
    for set in ["v6-small", "v5-mobile"] {
        let output = reading(home_with_openvino(), &["--models", set]).output().unwrap();
        assert_eq!(answer(&output).0, expected);
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_engine_and_the_precision_can_be_chosen() {
    let read = |arguments: &[&str], precision: &str| {
        let mut command = reading(home_with_openvino(), arguments);
        answer(&command.args(["--models", "v5-mobile"]).env("JKOCR_OCR_PRECISION", precision).output().unwrap()).0
    };
    assert_eq!(read(&["--engine", "onnxruntime"], "auto"), ONNXRUNTIME);
    assert_eq!(read(&[], "f32"), ONNXRUNTIME);
    assert_eq!(read(&["--engine", "openvino"], "f32"), "openvino-f32");
    let expected = if computes_bf16() { "openvino-bf16" } else { "openvino-f32" };
    assert_eq!(read(&["--engine", "openvino"], "bf16"), expected);
    assert_eq!(read(&["--engine", "openvino", "--profile", "paddle"], "bf16"), ONNXRUNTIME);
}

#[test]
fn where_it_is_not_installed_a_sentence_says_so_and_onnxruntime_reads() {
    let home = copied();
    fs::remove_file(library(home.path(), "libtbb.")).unwrap();
    let output = reading(home.path(), &["--engine", "openvino"]).output().unwrap();
    assert_eq!(answer(&output).0, ONNXRUNTIME);
    one_sentence(&output, "`jkocr models pull openvino` fetches it");
    // Who leaves the choice to the program is told nothing.
    let output = reading(home.path(), &[]).output().unwrap();
    assert_eq!(answer(&output).0, ONNXRUNTIME);
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn another_version_of_a_library_is_not_loaded() {
    let home = copied();
    let file = library(home.path(), "libopenvino_c.");
    let mut bytes = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&file, bytes).unwrap();
    let output = reading(home.path(), &["--engine", "openvino"]).output().unwrap();
    assert_eq!(answer(&output).0, ONNXRUNTIME);
    one_sentence(&output, "OpenVINO cannot be used, and ONNX Runtime reads instead");
    assert!(String::from_utf8_lossy(&output.stderr).contains("jkocr models pull libopenvino_c"));
}

#[test]
fn what_does_not_load_is_found_before_it_is_loaded() {
    let home = home_with_openvino();
    let mut probe = jkocr();
    probe.args(["probe-runtime", "--openvino"]).arg(data("chat_zh.png"));
    let output = probe.output().unwrap();
    assert!(!output.status.success() && !output.stderr.is_empty());
    let probe = |home: &Path| {
        let mut probe = jkocr();
        probe.args(["probe-runtime", "--openvino"]).arg(library(home, "libopenvino_c.")).output().unwrap()
    };
    let output = probe(home);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // What loads and cannot compute is found as well: without this one it cannot read models.
    let home = copied();
    fs::remove_file(library(home.path(), "libopenvino_onnx_frontend.")).unwrap();
    let output = probe(home.path());
    assert!(!output.status.success() && !output.stderr.is_empty());
}

#[test]
fn list_and_verify_know_it() {
    let run = |arguments: &[&str]| {
        let output = jkocr().env("JKOCR_HOME", home_with_openvino()).arg("models").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let list = run(&["list"]);
    let row = list.lines().find(|line| line.starts_with("openvino")).unwrap();
    assert!(row.contains(" yes ") && row.contains("Apache-2.0, BSD-3-Clause"), "{row}");
    assert!(run(&["verify"]).lines().filter(|line| line.contains("libopenvino")).count() >= 4);
    let paths = run(&["path", "openvino"]);
    assert!(paths.lines().next().unwrap().contains("libopenvino_c"), "{paths}");
}

//! `jkocr models …` from outside, with the real registry and without the network.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use jkocr::Progress;
use jkocr::models::pull;
use tempfile::TempDir;

use super::world::World;

/// A run's exit code and output.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn jkocr(home: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jkocr"));
    command.env("JKOCR_HOME", home).env("JKOCR_OFFLINE", "1").env("LC_ALL", "C").env_remove("JKOCR_CONFIG");
    let output = command.arg("models").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A home in which one file is installed, with wrong bytes.
fn damaged_home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("models")).unwrap();
    fs::write(home.path().join("models/doc-orientation.onnx"), vec![0; 6_783_084]).unwrap();
    home
}

#[test]
fn list_shows_sets_with_sizes_licences_and_what_is_here() {
    let home = damaged_home();
    let ran = jkocr(home.path(), &["list"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let row = |name: &str| {
        let line = ran.stdout.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{}", ran.stdout));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(row("v5-mobile"), "v5-mobile 21.45 MB no Apache-2.0 75.2 / 73.7 / 57.6 v5-mobile-det v5-mobile-rec");
    assert_eq!(row("v5-server"), "v5-server ~172.00 MB no Apache-2.0 81.6 / 78.1 / 68.1 v5-server-det v5-server-rec");
    assert!(row("doc ").starts_with("doc 29.61 MB in part Apache-2.0, MIT - doc-orientation"));
}

#[test]
fn verify_names_what_is_damaged_and_fails() {
    let home = damaged_home();
    let ran = jkocr(home.path(), &["verify"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("jkocr models pull doc-orientation"), "{}", ran.stderr);

    let empty = tempfile::tempdir().unwrap();
    assert_eq!(jkocr(empty.path(), &["verify"]).code, Some(0));
}

/// What was made from a model is loaded in its place.
#[test]
fn verify_looks_at_folded_models_and_pull_removes_a_damaged_one() {
    let home = damaged_home();
    let digest = "0".repeat(64);
    let registry = jkocr::models::Registry::embedded();
    let file = registry.files().iter().find(|file| file.id == "doc-orientation").unwrap();
    let original = file.sha256;
    let version = jkocr::ocr::fold::VERSION;
    let folded = home.path().join(format!("models/doc-orientation.{original}.fold{version}.{digest}.onnx"));
    fs::write(&folded, "forged").unwrap();
    let ran = jkocr(home.path(), &["verify"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains(folded.file_name().unwrap().to_str().unwrap()), "{}", ran.stderr);
    assert!(ran.stderr.contains("jkocr models pull doc-orientation"), "{}", ran.stderr);
    jkocr(home.path(), &["pull", "doc-orientation"]);
    assert!(!folded.exists());
}

#[test]
fn verify_says_which_model_is_used_unfolded_and_pull_has_it_tried_again() {
    let home = damaged_home();
    let registry = jkocr::models::Registry::embedded();
    let file = registry.files().iter().find(|file| file.id == "doc-orientation").unwrap();
    let note = home.path().join("models/.doc-orientation.onnx.unfolded");
    let (version, arch) = (jkocr::ocr::fold::VERSION, std::env::consts::ARCH);
    fs::write(&note, format!("{} fold{version} {arch} {}\n", file.sha256, "0".repeat(64))).unwrap();
    let said = || jkocr(home.path(), &["verify"]).stderr.contains("`doc-orientation` is used unfolded");
    assert!(said());
    jkocr(home.path(), &["pull", "doc-orientation"]);
    assert!(!said() && !note.exists());
    fs::write(&note, format!("{} fold{version} {arch} {}\n", "0".repeat(64), "0".repeat(64))).unwrap();
    assert!(!said(), "that was another model");
}

#[test]
fn path_prints_one_file_or_says_how_to_get_it() {
    let home = damaged_home();
    let path = |id: &str| jkocr(home.path(), &["path", id]);
    let expected = format!("{}\n", home.path().join("models/doc-orientation.onnx").display());
    assert_eq!((path("doc-orientation").code, path("doc-orientation").stdout), (Some(0), expected));
    let missing = path("v5-mobile-det");
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(1), ""));
    assert!(missing.stderr.contains("`jkocr models pull v5-mobile-det`"), "{}", missing.stderr);
}

#[test]
fn remove_deletes_and_then_says_that_nothing_is_there() {
    let home = damaged_home();
    let remove = || jkocr(home.path(), &["remove", "doc"]);
    assert_eq!(remove().stdout, "removed doc-orientation\n");
    assert!(!home.path().join("models/doc-orientation.onnx").exists());
    let again = remove();
    assert_eq!((again.code, again.stdout.as_str(), again.stderr.as_str()), (Some(0), "", "not installed: doc\n"));
}

#[test]
fn pull_and_import_fail_with_one_thing_to_do() {
    let home = tempfile::tempdir().unwrap();
    let pull = jkocr(home.path(), &["pull", "v5-mobile-det"]);
    assert_eq!(pull.code, Some(1));
    assert!(pull.stderr.contains("run `jkocr models pull v5-mobile-det` without `--offline`"), "{}", pull.stderr);
    let unknown = jkocr(home.path(), &["pull", "v5-mobil"]);
    assert!(unknown.code == Some(1) && unknown.stderr.contains("`v5-mobile`"), "{}", unknown.stderr);
    let import = jkocr(home.path(), &["import", "/dev/null"]);
    assert!(import.code == Some(1) && import.stderr.contains("/dev/null"), "{}", import.stderr);
}

/// What was written is kept.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_download_is_told_in_lines_where_there_is_no_terminal() {
    let world = World::new();
    let paper = Paper::default();
    let mut progress = Progress::lines(Box::new(paper.clone()));
    pull(&world.store, &world.network, &world.files(&["v5-server-det"]), &mut |event| progress.show(&event)).unwrap();
    let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "fetching v5-server-det: unknown size to download");
    assert_eq!(lines[1], "v5-server-det from 127.0.0.1: 300.00 kB");
    assert_eq!(lines.len(), 2, "a line for each file: {text}");
}

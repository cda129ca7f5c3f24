//! `jkocr ocr FILE.pdf`.

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use super::hostile::{Outcome, cases};
use super::maker::{Leaf, leaf, pdf, scan};
use crate::common::{Jkocr, data};

/// A file in a folder of its own.
pub fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    (folder, path)
}

fn read(arguments: &[&str]) -> String {
    let run = Jkocr::new().run([&["ocr", "--models", "v6-small"], arguments].concat());
    run.exits(0);
    run.stdout()
}

#[test]
fn each_page_is_read_and_named() {
    let bytes = pdf(&[leaf(&["First page of text", "Second line 42"]), leaf(&[]), leaf(&["Third page"])]);
    let (_folder, path) = file("three.pdf", &bytes);
    let name = path.to_str().expect("text");
    let expected = format!(
        "==> {name}#page=1 <==\nFirst page of text\nSecond line 42\n==> {name}#page=2 <==\n==> {name}#page=3 <==\nThird \
         page\n"
    );
    assert_eq!(read(&[name]), expected);
    let first = expected.split("==> ").nth(1).expect("a page");
    assert_eq!(read(&["--max-pages", "1", name]), format!("==> {first}"));
}

#[test]
fn a_page_is_drawn_at_144_dots_per_inch_and_upright() {
    let turned = Leaf { rotate: 90, size: [199.9, 420.3], ..leaf(&["Up we go"]) };
    let (_folder, path) = file("turned.pdf", &pdf(&[turned]));
    let picture = path.with_extension("png");
    let arguments = ["--visualize", picture.to_str().expect("text"), "--format", "tsv", path.to_str().expect("text")];
    let rows = read(&arguments);
    // Turned by a quarter, the page is as wide as it was high, and its text runs downwards. Its texts are beside it.
    assert_eq!(image::image_dimensions(&picture).expect("a picture"), (2 * 841, 400), "{rows}");
    assert_eq!(rows.lines().count(), 1, "{rows}");
}

#[test]
fn a_scan_is_read_as_the_picture_in_it() {
    let (_folder, path) = file("scan.pdf", &scan("chat_zh.png"));
    let lines = |file: &str| -> Vec<Value> {
        let document: Value = serde_json::from_str(&read(&["--format", "json", file])).expect("JSON");
        document["rec_texts"].as_array().expect("texts").clone()
    };
    let of_pdf = lines(path.to_str().expect("text"));
    assert_eq!(of_pdf, lines(data("chat_zh.png").to_str().expect("text")));
    assert_eq!(of_pdf.len(), 6);
}

#[test]
fn bad_files_are_told_and_the_next_one_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = cases();
    let names: Vec<_> = cases.iter().map(|case| folder.path().join(format!("{}.pdf", case.name))).collect();
    for (case, name) in cases.iter().zip(&names) {
        std::fs::write(name, &case.file).expect("written");
    }
    let files = names
        .iter()
        .map(PathBuf::as_path)
        .chain([data("word_ok.png").as_path()])
        .map(|file| file.display().to_string())
        .collect::<Vec<_>>();
    let options = ["ocr", "--models", "v6-small", "--max-pages", "10"].map(str::to_owned);
    let run = Jkocr::new().run(options.into_iter().chain(files));
    let (pages, told) = (run.exits(1).stdout(), run.stderr());
    assert!(pages.ends_with("word_ok.png <==\nOK\n"), "{pages}");
    assert!(!told.contains("panicked"), "{told}");
    for case in cases {
        let about = format!("{}.pdf", case.name);
        let line = told.lines().find(|line| line.contains(&about));
        match case.outcome {
            Outcome::Words(words) => assert!(line.is_some_and(|line| line.contains(words)), "{about}: {told}"),
            Outcome::Pages(count) => {
                assert!(line.is_none_or(|line| line.starts_with("no text was found in")), "{about}: {told}");
                assert_eq!(pages.matches(&about).count(), count);
            }
            Outcome::Any => {}
        }
    }
}

//! `jkocr ocr --format searchable-pdf`, seen through poppler.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::maker::{Leaf, leaf, pdf, scan};
use super::reading::file;
use crate::common::{Jkocr, data};

/// What a tool of poppler prints about `file`.
fn poppler(tool: &str, arguments: &[&str], file: &Path) -> String {
    let run = Command::new(tool).args(arguments).arg(file).arg("-").output();
    let output = run.expect("these tests need poppler: apt-get install poppler-utils");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The texts of the pages, without what is between words and lines.
fn texts(file: &Path) -> Vec<String> {
    let text = poppler("pdftotext", &["-raw"], file);
    text.trim_end_matches('\u{c}').split('\u{c}').map(dense).collect()
}

fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

fn write(target: &Path, files: &[&Path]) {
    let target = target.to_str().expect("text");
    let files = files.iter().map(|file| file.to_str().expect("text"));
    let read_like_the_reference = ["ocr", "--models", "v6-small", "--profile", "paddle", "--reading-order", "paddle"];
    let options = read_like_the_reference.into_iter().chain(["--format", "searchable-pdf", "-o", target]);
    let run = Jkocr::new().run(options.chain(files));
    assert_eq!(run.exits(0).stdout(), "");
}

fn golden(name: &str) -> serde_json::Value {
    let text = std::fs::read(data(&format!("golden-v6small/{name}.json"))).expect("a golden result");
    let golden: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    golden.get("res").unwrap_or(&golden).clone()
}

/// Every word of the first page as `[left, top, right, bottom]` in points and its text.
fn words(file: &Path) -> Vec<([f64; 4], String)> {
    let html = poppler("pdftotext", &["-bbox"], file);
    let rows = html.lines().filter_map(|line| line.trim().strip_prefix("<word "));
    rows.map(|row| {
        let number = |name: &str| {
            let value = row.split(&format!("{name}=\"")).nth(1).expect("an attribute").split('"').next();
            value.expect("a value").parse().expect("a number")
        };
        let text = row.split('>').nth(1).expect("a word").split('<').next().expect("a word");
        (["xMin", "yMin", "xMax", "yMax"].map(number), text.to_owned())
    })
    .collect()
}

#[test]
fn the_text_of_a_picture_can_be_taken_out_where_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("out.pdf");
    write(&target, &[&data("chat_zh.png"), &data("japanese.png"), &data("formats/text.jpg")]);
    let pages = texts(&target);
    assert_eq!(pages.len(), 3);
    for (page, name) in pages.iter().zip(["chat_zh.png", "japanese.png"]) {
        let lines: Vec<String> = serde_json::from_value(golden(name)["rec_texts"].clone()).expect("strings");
        assert_eq!(*page, dense(&lines.join("")), "{name}");
    }
    assert!(pages[2].contains("HelloBobOCR2024"), "{}", pages[2]);
    assert_eq!(std::fs::metadata(&target).expect("there").permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
}

#[test]
fn each_line_lies_in_its_box() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("out.pdf");
    write(&target, &[&data("chat_zh.png")]);
    let golden = golden("chat_zh.png");
    let words = words(&target);
    for (text, bounds) in
        golden["rec_texts"].as_array().expect("texts").iter().zip(golden["rec_boxes"].as_array().expect("boxes"))
    {
        let bounds: Vec<f64> = serde_json::from_value(bounds.clone()).expect("numbers");
        // Two pixels are a point.
        let [left, top, right, bottom] = [0, 1, 2, 3].map(|side| bounds[side] / 2.0);
        let inside =
            |[x0, y0, x1, y1]: [f64; 4]| x0 > left - 2.0 && y0 > top - 2.0 && x1 < right + 2.0 && y1 < bottom + 2.0;
        let found: Vec<_> = words.iter().filter(|(place, _)| inside(*place)).collect();
        let said: String = found.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(said, dense(text.as_str().expect("text")));
        let reach = found.iter().map(|(place, _)| place[2]).fold(0.0, f64::max);
        assert!(right - reach < 3.0, "{said} ends at {reach}, its box at {right}");
    }
}

#[test]
fn a_pages_own_content_is_kept() {
    let noted = Leaf { note: true, ..leaf(&["A page with a note"]) };
    let (folder, source) = file("source.pdf", &pdf(&[leaf(&["Plain words 7"]), noted]));
    let target = folder.path().join("out.pdf");
    write(&target, &[&source]);
    // Its own text and the one laid over it.
    let pages = texts(&target);
    assert_eq!(pages[0], "Plainwords7Plainwords7");
    // A page with a note is a picture, or the note would be lost.
    assert_eq!(pages[1], "Apagewithanote");
    let picture = folder.path().join("picture");
    let drawn = Command::new("pdftoppm").args(["-r", "144", "-png"]).arg(&target).arg(&picture).status();
    assert!(drawn.expect("pdftoppm runs").success());
    let pixel = |page: u32, x: u32, y: u32| {
        let file = folder.path().join(format!("picture-{page}.png"));
        image::open(file).expect("a picture").into_luma8().get_pixel(x, y).0[0]
    };
    assert_eq!(image::image_dimensions(folder.path().join("picture-1.png")).expect("a picture"), (800, 400));
    assert!(pixel(2, 680, 280) < 32, "the note is there");
    assert!(pixel(1, 680, 280) > 224, "and only there");
}

#[test]
fn scans_of_several_files_become_one_book() {
    let (folder, source) = file("scan.pdf", &scan("chat_zh.png"));
    let target = folder.path().join("out.pdf");
    write(&target, &[&source, &data("word_ok.png")]);
    let pages = texts(&target);
    let lines: Vec<String> = serde_json::from_value(golden("chat_zh.png")["rec_texts"].clone()).expect("strings");
    assert_eq!(pages, [dense(&lines.join("")), "OK".to_owned()]);
}

#[test]
fn the_target_is_asked_for_and_left_alone_when_nothing_is_read() {
    let run = Jkocr::new().run(["ocr", "--format", "searchable-pdf", "x.png"]);
    assert!(run.exits(2).stderr().contains("-o OUT.pdf"), "{}", run.stderr());
    let picture = data("word_ok.png");
    let run = Jkocr::new().run(["ocr", "-o", picture.to_str().expect("text"), "x.png"]);
    assert!(run.exits(2).stderr().contains("searchable-pdf"), "{}", run.stderr());
    let (folder, broken) = file("broken.pdf", b"%PDF-1.7\nnothing");
    let target = folder.path().join("out.pdf");
    std::fs::write(&target, "before").expect("written");
    let paths = [target.to_str().expect("text"), broken.to_str().expect("text")];
    let run = Jkocr::new().run(["ocr", "--models", "v6-small", "--format", "searchable-pdf", "-o", paths[0], paths[1]]);
    run.exits(1);
    assert_eq!(std::fs::read(&target).expect("there"), b"before");
}

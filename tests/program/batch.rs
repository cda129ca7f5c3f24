//! Folders: a file for each picture, in an order that never changes, and nothing done twice.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{Jkocr, data};

/// Pictures in two folders, and what is no picture.
fn pictures() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("below")).expect("a folder");
    for name in ["b.png", "a.PNG", "below/c.png"] {
        fs::copy(data("word_ok.png"), folder.path().join(name)).expect("a copy");
    }
    fs::write(folder.path().join("notes.txt"), "no picture").expect("written");
    fs::write(folder.path().join(".hidden.png"), "no picture").expect("written");
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(files(&entry.path()).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[test]
fn a_folder_is_printed_by_name_and_its_folders_are_left_alone() {
    let folder = pictures();
    let place = text(folder.path());
    for jobs in ["1", "3"] {
        let run = Jkocr::new().run(["ocr", "--jobs", jobs, place]);
        let expected = format!("==> {place}/a.PNG <==\nOK\n==> {place}/b.png <==\nOK\n");
        assert_eq!(run.exits(0).stdout(), expected, "{}", run.stderr());
        assert!(run.stderr().starts_with("read: 2; "), "{}", run.stderr());
    }
}

#[test]
fn each_picture_gets_a_file_once() {
    let (folder, target) = (pictures(), tempfile::tempdir().expect("a folder"));
    let output = target.path().join("texts");
    let read =
        |format: &str| Jkocr::new().run(["ocr", "-r", "--format", format, "-o", text(&output), text(folder.path())]);
    let first = read("text");
    assert_eq!(first.exits(0).stdout(), "");
    assert!(first.stderr().starts_with("read: 3; "), "{}", first.stderr());
    assert_eq!(files(&output), ["a.PNG.txt", "b.png.txt", "below/c.png.txt"]);
    assert_eq!(fs::read_to_string(output.join("below/c.png.txt")).expect("a text"), "OK\n");

    // One is new, one has changed, one is no picture any more.
    fs::copy(data("word_ok.png"), folder.path().join("d.png")).expect("a copy");
    fs::write(folder.path().join("e.png"), "no picture").expect("written");
    let before = fs::metadata(output.join("a.PNG.txt")).and_then(|file| file.modified()).expect("a time");
    let again = read("text");
    assert!(again.exits(1).stderr().contains("read: 1, done before: 3, failed: 1; "), "{}", again.stderr());
    assert_eq!(fs::metadata(output.join("a.PNG.txt")).and_then(|file| file.modified()).expect("a time"), before);
    assert!(!output.join("e.png.txt").exists(), "nothing is written for what could not be read");

    fs::remove_file(folder.path().join("e.png")).expect("removed");
    read("json").exits(0);
    let document: Value =
        serde_json::from_slice(&fs::read(output.join("d.png.json")).expect("a document")).expect("JSON");
    assert_eq!((&document["rec_texts"][0], &document["backend"]), (&"OK".into(), &"local".into()));
    read("searchable-pdf").exits(0);
    assert!(fs::read(output.join("below/c.png.pdf")).expect("a PDF").starts_with(b"%PDF-"));
}

#[test]
fn a_picture_without_text_is_no_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    let blank = folder.path().join("blank.png");
    image::RgbImage::from_pixel(300, 200, image::Rgb([255; 3])).save(&blank).expect("a picture");
    for (language, words) in [("en", "no text was found in"), ("zh", "没有识别到文字")] {
        let run = Jkocr::new().run(["--lang", language, "ocr", text(&blank)]);
        assert_eq!(run.exits(0).stdout(), "");
        assert!(run.stderr().contains(words), "{}", run.stderr());
    }
}

#[test]
fn a_folder_without_pictures_and_a_place_that_is_none_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Jkocr::bare().run(["ocr", text(folder.path())]);
    let name = format!("there is no picture and no PDF in `{}`; `--recursive`", folder.path().display());
    assert!(run.exits(0).stderr().starts_with(&name) && run.stderr().lines().count() == 1, "{}", run.stderr());
    let file = folder.path().join("file");
    fs::write(&file, "").expect("written");
    let run = Jkocr::bare().run(["ocr", "-o", text(&file), "x.png"]);
    assert!(run.exits(2).stderr().contains("`--output` names the folder"), "{}", run.stderr());
    // Whoever names it like a file wants a file, and would get a folder of that name.
    let run = Jkocr::bare().run(["ocr", "-o", "out.txt", "x.png"]);
    assert!(run.exits(2).stderr().contains("`out.txt` is a file: `>` writes one"), "{}", run.stderr());
}

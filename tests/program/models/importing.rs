//! `models::import`

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use jkocr::models::{Error, import};

use super::world::{World, bytes, noise, words, zip};

/// An id, and where it was.
type Found = (String, String);

/// Imports files of the world's folder; returns what was found, and the events.
fn imported(world: &World, names: &[&str]) -> (Result<Vec<Found>, Error>, Vec<String>) {
    let paths: Vec<PathBuf> = names.iter().map(|name| world.folder.path().join(name)).collect();
    let mut seen = Vec::new();
    let found = import(&world.store, &paths, &mut |event| seen.push(words(&event)));
    let root = format!("{}/", world.folder.path().display());
    let short = |from: &str| from.replace(&root, "");
    (found.map(|found| found.iter().map(|it| (it.file.id.clone(), short(&it.from))).collect()), seen)
}

fn put(world: &World, name: &str, bytes: &[u8]) {
    let path = world.folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn tar(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn a_file_is_known_whatever_it_is_called() {
    let world = World::new();
    put(&world, "holiday.jpg", &bytes("v5-mobile-det"));
    put(&world, "no extension", &bytes("onnxruntime"));
    put(&world, "model.onnx", &bytes("v5-server-rec"));
    let (found, _) = imported(&world, &["holiday.jpg", "no extension", "model.onnx"]);
    let ids: Vec<_> = found.unwrap().into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["v5-mobile-det", "onnxruntime", "v5-server-rec"]);
    for id in ids {
        assert_eq!(world.installed(&id).unwrap(), bytes(&id));
    }
    assert!(fs::exists(world.folder.path().join("holiday.jpg")).unwrap(), "the original stays");
    assert_eq!((world.server.count(), world.unfinished()), (0, Vec::new()));
}

#[test]
fn wheels_and_tars_are_searched() {
    let world = World::new();
    put(&world, "pack.whl", &world.wheel);
    put(
        &world,
        "a.tar",
        &tar(&[
            ("x/readme", b"hello".to_vec()),
            ("x/det", bytes("v5-server-det")),
            ("x/again", bytes("v5-server-det")),
        ]),
    );
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar(&[("rec", bytes("v5-server-rec"))])).unwrap();
    put(&world, "b.tgz", &gzip.finish().unwrap());
    let (found, _) = imported(&world, &["pack.whl", "a.tar", "b.tgz"]);
    let expected = [
        ("v5-mobile-det", "pack.whl!pack/det.onnx"),
        ("v5-mobile-rec", "pack.whl!pack/rec.onnx"),
        ("onnxruntime", "pack.whl!pack/capi/lib.so"),
        ("v5-server-det", "a.tar!x/det"),
        ("v5-server-rec", "b.tgz!rec"),
    ];
    assert_eq!(found.unwrap(), expected.map(|(id, from)| (id.to_owned(), from.to_owned())));
    assert_eq!(world.installed("v5-server-rec").unwrap(), bytes("v5-server-rec"));
}

#[test]
fn a_folder_is_searched_and_what_cannot_be_read_is_skipped() {
    let world = World::new();
    put(&world, "in/deep/er/det", &bytes("v5-mobile-det"));
    put(&world, "in/cut.whl", &world.wheel[..100_000]);
    put(&world, "in/note.txt", b"hello");
    symlink("..", world.folder.path().join("in/deep/loop")).unwrap();
    symlink("gone", world.folder.path().join("in/dangling")).unwrap();
    let (found, seen) = imported(&world, &["in"]);
    assert_eq!(found.unwrap(), [("v5-mobile-det".to_owned(), "in/deep/er/det".to_owned())]);
    assert_eq!(seen, ["skipped cut.whl", "skipped dangling"]);
}

#[test]
fn what_nobody_knows_is_refused_and_leaves_nothing() {
    let world = World::new();
    put(&world, "other.onnx", &noise(50, 150_000));
    put(&world, "other.zip", &zip(&[("det.onnx", noise(51, 150_000))]));
    put(&world, "empty", b"");
    let (found, _) = imported(&world, &["other.onnx", "other.zip", "empty"]);
    let error = found.unwrap_err();
    assert!(matches!(error, Error::Unrecognised { .. }) && error.hint().is_some(), "{error}");
    assert!(error.to_string().contains("other.onnx"), "{error}");
    assert_eq!(world.unfinished(), Vec::<String>::new());
}

#[test]
fn a_file_that_is_not_there_is_said_to_be_missing() {
    let world = World::new();
    let (found, seen) = imported(&world, &["nowhere"]);
    assert!(found.is_err());
    assert_eq!(seen, ["skipped nowhere"]);
}

/// Opening a pipe waits for whoever writes to it.
#[test]
fn what_is_no_file_is_passed_over() {
    let world = World::new();
    put(&world, "folder/model.onnx", &bytes("v5-mobile-det"));
    let pipe = world.folder.path().join("folder/a-pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (told, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (found, seen) = imported(&world, &["folder", "folder/a-pipe"]);
        told.send((found.unwrap(), seen)).unwrap();
    });
    let (found, seen) = heard.recv_timeout(std::time::Duration::from_mins(1)).expect("the import hangs");
    assert_eq!(found, [("v5-mobile-det".to_owned(), "folder/model.onnx".to_owned())]);
    assert_eq!(seen, ["skipped a-pipe", "skipped a-pipe"]);
}

/// The name of a member is chosen by whoever made the archive, and is shown.
#[test]
fn a_name_in_an_archive_cannot_act_on_a_terminal() {
    let world = World::new();
    put(&world, "pack.zip", &zip(&[("\u{1b}[2J\u{202e}det.onnx", bytes("v5-mobile-det"))]));
    let (found, _) = imported(&world, &["pack.zip"]);
    assert_eq!(found.unwrap(), [("v5-mobile-det".to_owned(), "pack.zip![2Jdet.onnx".to_owned())]);
}

//! Folded models read the same texts as the models they come from.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::common;
use jkocr::models::Sha256;
use jkocr::ocr::{Engine, Options, Params, document, fold};

/// The one ONNX Runtime of the shared home.
fn runtime() -> PathBuf {
    let version = fs::read_dir(common::home().join("runtime")).unwrap().next().unwrap().unwrap().path();
    let mut files = fs::read_dir(version).unwrap().map(|entry| entry.unwrap().path());
    files.find(|file| file.file_name().unwrap().to_str().unwrap().starts_with("libonnxruntime")).unwrap()
}

/// A copy of an installed model in `folder`.
fn copy(folder: &Path, id: &str) -> PathBuf {
    let file = format!("{id}.onnx");
    fs::copy(common::home().join("models").join(&file), folder.join(&file)).unwrap();
    folder.join(file)
}

fn folded(original: &Path, options: &Options) -> PathBuf {
    let digest = Sha256::of(fs::File::open(original).unwrap()).unwrap().to_string();
    let file = fold::folded_by_runtime(original, &digest, options).unwrap();
    assert_ne!(file, original, "the folded model did not pass its check");
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    assert_eq!(fold::folded_by_runtime(original, &digest, options).unwrap(), file);
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), modified, "it is made once");
    let bytes = fs::read(&file).unwrap();
    assert!(fold::fold(&bytes).unwrap() == bytes, "folding again changes something");
    file
}

/// Reads every screenshot with both.
fn read_the_same(set: &str, max_candidates: usize) {
    let folder = tempfile::tempdir().unwrap();
    let [detection, recognition] = ["det", "rec"].map(|part| copy(folder.path(), &format!("{set}-{part}")));
    let threads = NonZeroUsize::new(2).unwrap();
    let document = document::ModelPaths::default();
    let options = Options {
        name: set.to_owned(),
        runtime: runtime(),
        openvino: None,
        detection,
        recognition,
        document,
        max_candidates,
        allowance: None,
        coarse_first: false,
        threads,
        kleidiai: false,
    };
    let faster = Options {
        detection: folded(&options.detection, &options),
        recognition: folded(&options.recognition, &options),
        ..options.clone()
    };
    let (original, faster) = (Engine::load(&options).unwrap(), Engine::load(&faster).unwrap());
    let mut lines = 0;
    for file in fs::read_dir(common::data("")).unwrap().map(|entry| entry.unwrap().path()) {
        if file.extension().is_none_or(|extension| extension != "png") {
            continue;
        }
        let image = image::open(&file).unwrap().into_rgb8();
        let read = |engine: &Engine| engine.read(&image, &Params::default(), &|| false).unwrap();
        let (expected, found) = (read(&original), read(&faster));
        assert_eq!(expected.quads, found.quads, "{}", file.display());
        for (expected, found) in expected.lines.iter().zip(&found.lines) {
            assert_eq!(expected.text, found.text, "{}", file.display());
            assert!((expected.score - found.score).abs() < 1e-3, "{}: {}", file.display(), expected.text);
        }
        lines += found.lines.len();
    }
    assert!(lines > 100, "{lines} lines are too few to mean anything");
}

#[test]
fn v5_mobile_reads_the_same() {
    read_the_same("v5-mobile", 1000);
}

#[test]
fn v6_small_reads_the_same() {
    read_the_same("v6-small", 3000);
}

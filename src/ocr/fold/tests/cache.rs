//! Folded files beside an original, with the definitions of the operators as the runtime.

use std::cell::Cell;
use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::super::onnx::{DimensionProto, TensorShapeProto, TensorTypeProto, TypeProto};
use super::{Net, Weights, answer};
use crate::models::Sha256;
use crate::ocr::fold::{
    Damaged, FirstOutput, TrialInput, VERSION, damaged, folded, forget_refusal, is_refused, siblings,
};

/// A folder with a model that can be folded.
struct Place {
    folder: tempfile::TempDir,
    sha256: String,
    runtime: Cell<&'static str>,
    runs: Cell<u32>,
}

impl Place {
    fn new() -> Self {
        let mut net = Net::new(3);
        let dims = [-1, 3, 8, 8].map(|dim| DimensionProto { dim_value: Some(dim), ..Default::default() });
        let tensor_type =
            Some(TensorTypeProto { elem_type: Some(1), shape: Some(TensorShapeProto { dim: dims.to_vec() }) });
        net.graph().input[0].r#type = Some(TypeProto { tensor_type, ..Default::default() });
        let model = net.conv(4, 3).by("Add", &[1, 4, 1, 1]).output().bytes();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("det.onnx"), &model).unwrap();
        let sha256 = Sha256::of(&*model).unwrap().to_string().to_uppercase();
        Self { folder, sha256, runtime: Cell::new("1.31.1"), runs: Cell::new(0) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Asks for the folded form; `distort` is what becomes of the folded file's answers.
    fn folded(&self, distort: fn(f32) -> f32) -> PathBuf {
        self.try_folded(distort).unwrap()
    }

    fn try_folded(&self, distort: fn(f32) -> f32) -> Result<PathBuf, Damaged> {
        let original = self.path("det.onnx");
        let run = |file: &Path, probe: &TrialInput| -> Result<FirstOutput, std::io::Error> {
            self.runs.set(self.runs.get() + 1);
            let values = probe.values.iter().copied().map(f64::from).collect();
            let answers = answer(&fs::read(file)?, Weights { dims: probe.shape.to_vec(), values });
            let values = answers[0].values.iter().map(|value| *value as f32);
            let values = if file == original { values.collect() } else { values.map(distort).collect() };
            Ok(FirstOutput { shape: answers[0].dims.clone(), values })
        };
        folded(&original, &self.sha256, || Ok(self.runtime.get().to_owned()), run)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        // Notes about files are no matter of this test.
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }
}

#[test]
fn a_model_is_folded_once_and_privately() {
    let place = Place::new();
    let file = place.folded(|value| value);
    let prefix = format!("det.{}.fold{VERSION}.", place.sha256.to_lowercase());
    assert!(file.file_name().unwrap().to_str().unwrap().starts_with(&prefix), "{}", file.display());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!((place.runs.get(), place.names().len()), (2, 2));
    assert_eq!(place.folded(|value| value), file);
    assert_eq!(place.runs.get(), 2, "the second time nothing is run");
    assert_eq!(siblings(&place.path("det.onnx")), [file]);
}

#[test]
fn a_damaged_file_is_made_anew() {
    let place = Place::new();
    let file = place.folded(|value| value);
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&flipped[..], &whole[..100], &[]] {
        fs::write(&file, damaged).unwrap();
        assert_eq!(self::damaged(&place.path("det.onnx"), &place.sha256), std::slice::from_ref(&file));
        assert_eq!(place.folded(|value| value), file);
        assert_eq!(fs::read(&file).unwrap(), whole);
        assert!(self::damaged(&place.path("det.onnx"), &place.sha256).is_empty());
    }
}

#[test]
fn other_answers_leave_the_original_in_use() {
    for distort in [|value| value * 1.05 + 0.05, |_| f32::NAN] {
        let place = Place::new();
        assert_eq!(place.folded(distort), place.path("det.onnx"));
        assert_eq!(place.names(), ["det.onnx"], "nothing is left behind");
    }
    let place = Place::new();
    assert_ne!(place.folded(|value| value * 1.0005), place.path("det.onnx"), "roundings are no other answers");
}

#[test]
fn a_refused_model_is_not_tried_again_before_something_changes() {
    let place = Place::new();
    let original = place.path("det.onnx");
    let runs = |distort| {
        let before = place.runs.get();
        assert_eq!(place.folded(distort), original);
        place.runs.get() - before
    };
    assert!(!is_refused(&original, &place.sha256));
    assert_eq!((runs(|value| -value), runs(|value| value), runs(|value| value)), (2, 0, 0));
    assert!(is_refused(&original, &place.sha256) && !is_refused(&original, &"0".repeat(64)));
    let notes = fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap());
    let notes: Vec<_> = notes.filter(|note| note.path() != original).collect();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);

    place.runtime.set("1.32.0");
    assert_eq!((runs(|value| -value), runs(|value| value)), (2, 0));
    forget_refusal(&original).unwrap();
    assert_ne!(place.folded(|value| value), original);
    assert!(!is_refused(&original, &place.sha256));
}

/// A note that others may have written would make reading slow.
#[test]
fn a_note_of_somebody_else_refuses_nothing() {
    let place = Place::new();
    place.folded(|value| -value);
    let note = fs::read_dir(place.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let note = note.into_iter().find(|file| file != &place.path("det.onnx")).unwrap();
    fs::set_permissions(note, fs::Permissions::from_mode(0o666)).unwrap();
    assert_ne!(place.folded(|value| value), place.path("det.onnx"));
}

/// A file that keeps the CRC-32 of what was folded, which is easily done on purpose.
#[test]
fn a_forged_file_is_not_taken_for_a_folded_one() {
    let place = Place::new();
    let file = place.folded(|value| value);
    let old = place.path(&format!("det.{}.fold{VERSION}.cbf43926.onnx", place.sha256.to_lowercase()));
    fs::write(&old, b"123456789").unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(place.folded(|value| value), file);
    assert!(!old.exists());
}

#[test]
fn an_original_with_other_bytes_is_an_error_and_a_missing_one_is_for_others_to_report() {
    let place = Place::new();
    let original = place.path("det.onnx");
    fs::write(&original, b"no model").unwrap();
    let damaged = place.try_folded(|value| value).unwrap_err();
    assert_eq!((damaged.file, damaged.found), (original.clone(), Sha256::of(&b"no model"[..]).unwrap()));
    fs::remove_file(&original).unwrap();
    assert_eq!(place.folded(|value| value), original);
    assert_eq!(place.runs.get(), 0);
}

#[test]
fn what_older_versions_and_killed_processes_left_is_removed() {
    let place = Place::new();
    let (old, others, alive) =
        ("det.0123456789ab.fold0.00000000.onnx", "det.v2.0123456789ab.fold0.00000000.onnx", "tmp-fold-2.onnx");
    for name in [old, others, "tmp-fold-1.onnx", alive] {
        fs::write(place.path(name), b"x").unwrap();
    }
    let long_ago = SystemTime::now() - Duration::from_hours(2);
    File::options().write(true).open(place.path("tmp-fold-1.onnx")).unwrap().set_modified(long_ago).unwrap();
    let file = place.folded(|value| value);
    let file = file.file_name().unwrap().to_str().unwrap();
    let mut expected = ["det.onnx", file, others, alive];
    expected.sort_unstable();
    assert_eq!(place.names(), expected);
}

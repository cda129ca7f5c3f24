//! The whole pipeline with the real models, against what PaddleX 3.4.1 answered for the same images.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use image::RgbImage;
use jkocr::ocr::{Engine, Options, Page, Params, PrunedResult};
use serde_json::Value;

/// What the requirement allows: corners further off than this many pixels count as wrong.
const MAX_CORNER_DISTANCE: i64 = 2;
/// The share of corners and of texts that must be right.
const SHARE: f64 = 0.98;

/// A pair of models and the folder of answers recorded with it.
struct Set {
    detection: &'static str,
    recognition: &'static str,
    max_candidates: usize,
    golden: &'static str,
}

const V5_MOBILE: Set =
    Set { detection: "v5-mobile-det", recognition: "v5-mobile-rec", max_candidates: 1000, golden: "golden-v5" };
const V6_SMALL: Set =
    Set { detection: "v6-small-det", recognition: "v6-small-rec", max_candidates: 3000, golden: "golden-v6small" };

/// The path of an installed model, or of the runtime.
fn installed(name: &str) -> PathBuf {
    let folder = std::env::var_os("JKOCR_TEST_MODELS")
        .expect("set JKOCR_TEST_MODELS to a folder with v5-mobile-det.onnx, v5-mobile-rec.onnx, … libonnxruntime.so");
    let file = Path::new(&folder).join(name);
    assert!(file.exists(), "`{}` is missing: put it there", file.display());
    file
}

impl Set {
    fn load(&self) -> Engine {
        let options = Options {
            runtime: installed("libonnxruntime.so"),
            detection: installed(&format!("{}.onnx", self.detection)),
            recognition: installed(&format!("{}.onnx", self.recognition)),
            max_candidates: self.max_candidates,
            threads: NonZeroUsize::new(2).unwrap(),
        };
        Engine::load(&options).unwrap_or_else(|error| panic!("{:#}", anyhow::Error::from(error)))
    }
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn open(name: &str) -> RgbImage {
    image::open(data().join(name)).unwrap().into_rgb8()
}

fn read(engine: &mut Engine, image: &RgbImage) -> Page {
    engine.read(image, &Params::default(), &|| false).unwrap()
}

/// How one page compares with its recorded answer.
#[derive(Default)]
struct Parity {
    lines: usize,
    expected_lines: usize,
    equal_texts: usize,
    corners: usize,
    near_corners: usize,
    worst_corner: i64,
    worst_score: f64,
    differences: String,
}

impl Parity {
    fn of(page: &Page, golden: &Value) -> Self {
        let ours = serde_json::to_value(PrunedResult::from(page)).unwrap();
        let mut parity = Self {
            lines: page.lines.len(),
            expected_lines: golden["rec_texts"].as_array().unwrap().len(),
            ..Self::default()
        };
        for (mine, theirs) in numbers(&ours["dt_polys"]).into_iter().zip(numbers(&golden["dt_polys"])) {
            let distance = (mine - theirs).abs() as i64;
            parity.corners += 1;
            parity.near_corners += usize::from(distance <= MAX_CORNER_DISTANCE);
            parity.worst_corner = parity.worst_corner.max(distance);
        }
        for (mine, theirs) in numbers(&ours["rec_scores"]).into_iter().zip(numbers(&golden["rec_scores"])) {
            parity.worst_score = parity.worst_score.max((mine - theirs).abs());
        }
        let texts = |value: &Value| value["rec_texts"].as_array().unwrap().clone();
        for (mine, theirs) in texts(&ours).into_iter().zip(texts(golden)) {
            if mine == theirs {
                parity.equal_texts += 1;
            } else {
                writeln!(parity.differences, "    expected {theirs}\n    found    {mine}").unwrap();
            }
        }
        parity
    }
}

/// Every number in `value`, however deep.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().unwrap()],
    }
}

/// Compares every image of the set and shows the table, which the test harness does not swallow on standard error.
fn compare(set: &Set) {
    let mut engine = set.load();
    let mut names: Vec<String> = fs::read_dir(data().join(set.golden))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() >= 13, "the recorded answers are incomplete: {names:?}");

    let mut table = format!("\n{}\n{:22} lines identical worst box worst score\n", set.golden, "image");
    let mut all = Parity::default();
    for name in names {
        let file = data().join(set.golden).join(format!("{name}.json"));
        let golden: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let parity = Parity::of(&read(&mut engine, &open(&name)), &golden);
        let Parity { lines, equal_texts, worst_corner, worst_score, differences, .. } = &parity;
        writeln!(table, "{name:22} {lines:5} {equal_texts:9} {worst_corner:6} px {worst_score:11.1e}").unwrap();
        table.push_str(differences);
        assert_eq!(parity.lines, parity.expected_lines, "{name}: number of lines\n{table}");
        all.lines += parity.lines;
        all.equal_texts += parity.equal_texts;
        all.corners += parity.corners;
        all.near_corners += parity.near_corners;
    }
    std::io::stderr().write_all(table.as_bytes()).unwrap();
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    assert!(share(all.near_corners, all.corners) >= SHARE, "{} of {} corners", all.near_corners, all.corners);
    assert!(share(all.equal_texts, all.lines) >= SHARE, "{} of {} texts", all.equal_texts, all.lines);
}

#[test]
fn v5_mobile_reads_what_the_reference_reads() {
    compare(&V5_MOBILE);
}

#[test]
fn v6_small_reads_what_the_reference_reads() {
    compare(&V6_SMALL);
}

//! The whole pipeline with the real models, against what PaddleX 3.4.1 answered for the same images.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use image::RgbImage;
use jkocr::ocr::{Engine, Error, LimitType, Options, Page, Params, PrunedResult, Switches, session};
use serde_json::Value;

use super::engines::{Set, V5_MOBILE, V6_SMALL};

/// What the requirement allows: corners further off than this many pixels count as wrong.
const MAX_CORNER_DISTANCE: i64 = 2;
/// The share of corners and of texts that must be right.
const SHARE: f64 = 0.98;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn open(name: &str) -> RgbImage {
    image::open(data().join(name)).unwrap().into_rgb8()
}

fn read(engine: &Engine, image: &RgbImage) -> Page {
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
    words: usize,
    equal_words: usize,
    differences: String,
}

impl Parity {
    fn of(page: &Page, golden: &Value) -> Self {
        let ours = serde_json::to_value(PrunedResult::from(page)).unwrap();
        assert_eq!(plain(&ours), plain(golden), "keys, their order, and all that is no list");
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
        assert_eq!(ours["textline_orientation_angles"], golden["textline_orientation_angles"]);
        assert_eq!(ours["text_word_boxes"].is_null(), golden["text_word_boxes"].is_null());
        for (mine, theirs) in words(&ours).into_iter().zip(words(golden)) {
            parity.words += 1;
            if mine == theirs {
                parity.equal_words += 1;
            } else {
                writeln!(parity.differences, "    expected {theirs:?}\n    found    {mine:?}").unwrap();
            }
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

/// The words of an answer with their boxes, line by line; none if nobody asked for them.
fn words(answer: &Value) -> Vec<(&Value, &Value)> {
    let list = |key: &str| answer[key].as_array().into_iter().flatten().flat_map(|line| line.as_array().unwrap());
    assert_eq!(list("text_word").count(), list("text_word_boxes").count());
    list("text_word").zip(list("text_word_boxes")).collect()
}

/// Every number in `value`, however deep.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(values) => values.iter().flat_map(numbers).collect(),
        value => vec![value.as_f64().unwrap()],
    }
}

/// The keys of an answer in their order, with their values where those are no lists, as JSON.
fn plain(answer: &Value) -> String {
    let mut answer = answer.clone();
    for value in answer.as_object_mut().unwrap().values_mut().filter(|value| value.is_array()) {
        *value = Value::Null;
    }
    answer.to_string()
}

fn recorded(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// The names of the files in a folder of recorded answers, without `.json`.
fn names(folder: &str) -> Vec<String> {
    let files = fs::read_dir(data().join(folder)).unwrap();
    let mut names: Vec<String> =
        files.map(|file| file.unwrap().file_name().to_str().unwrap().trim_end_matches(".json").to_owned()).collect();
    names.sort();
    names
}

/// Reads every image in `images` that `golden` holds an answer for, and shows how they compare in a table, on standard
/// error, where the test harness does not swallow it.
fn compare(set: &Set, images: &str, golden: &str, params: &Params) {
    let engine = set.engine();
    let names = names(golden);
    assert!(names.len() >= 3, "the recorded answers are incomplete: {names:?}");

    let mut table = format!("\n{golden}\n{:22} lines identical worst box worst score  words identical\n", "image");
    let mut all = Parity::default();
    for name in names {
        let expected = recorded(&data().join(golden).join(format!("{name}.json")));
        let page = engine.read(&open(&format!("{images}/{name}")), params, &|| false).unwrap();
        let parity = Parity::of(&page, &expected);
        let Parity { lines, equal_texts, worst_corner, worst_score, words, equal_words, differences, .. } = &parity;
        write!(table, "{name:22} {lines:5} {equal_texts:9} {worst_corner:6} px {worst_score:11.1e}").unwrap();
        writeln!(table, " {words:6} {equal_words:9}").unwrap();
        table.push_str(differences);
        assert_eq!(parity.lines, parity.expected_lines, "{name}: number of lines\n{table}");
        all.lines += parity.lines;
        all.equal_texts += parity.equal_texts;
        all.words += parity.words;
        all.equal_words += parity.equal_words;
        all.corners += parity.corners;
        all.near_corners += parity.near_corners;
    }
    std::io::stderr().write_all(table.as_bytes()).unwrap();
    let share = |part: usize, whole: usize| part as f64 / whole as f64;
    assert!(share(all.near_corners, all.corners) >= SHARE, "{} of {} corners", all.near_corners, all.corners);
    assert!(share(all.equal_texts, all.lines) >= SHARE, "{} of {} texts", all.equal_texts, all.lines);
    assert_eq!(all.words > 0, params.word_boxes);
    assert!(all.words == 0 || share(all.equal_words, all.words) >= SHARE, "{} of {}", all.equal_words, all.words);
}

#[test]
fn v5_mobile_reads_what_the_reference_reads() {
    compare(&V5_MOBILE, ".", "golden-v5", &Params::default());
}

#[test]
fn v6_small_reads_what_the_reference_reads() {
    compare(&V6_SMALL, ".", "golden-v6small", &Params::default());
}

#[test]
fn tiny_and_very_wide_images_are_read_as_the_reference_reads_them() {
    compare(&V5_MOBILE, "odd", "golden-odd", &Params::default());
}

#[test]
fn words_are_where_the_reference_finds_them() {
    compare(&V5_MOBILE, ".", "golden-v5-wordbox", &Params { word_boxes: true, ..Params::default() });
}

#[test]
fn turned_pages_are_turned_as_the_reference_turns_them() {
    let document = Switches { orientation: true, unwarping: false, textline_orientation: true };
    compare(&V5_MOBILE, "turned", "golden-v5-turned", &Params { document, ..Params::default() });
}

#[test]
fn lines_on_their_heads_are_turned_as_the_reference_turns_them() {
    let document = Switches { textline_orientation: true, ..Switches::default() };
    compare(&V5_MOBILE, "turned", "golden-v5-lines", &Params { document, ..Params::default() });
}

#[test]
fn params_do_what_they_do_in_the_reference() {
    let engine = V5_MOBILE.engine();
    let default = Params::default();
    for name in names("golden-params") {
        let (image, kind) = name.split_once('.').unwrap();
        let params = match kind {
            "thresholds" => {
                Params { thresh: 0.2, box_thresh: 0.8, unclip_ratio: 2.0, rec_score_thresh: 0.95, ..default }
            }
            "max" => Params { limit_side_len: 320, limit_type: LimitType::Max, ..default },
            "resize_long" => {
                Params { limit_side_len: 1500, limit_type: LimitType::ResizeLong, unclip_ratio: 1.0, ..default }
            }
            "min" => Params { limit_side_len: 736, ..default },
            "zero" => Params { limit_side_len: 0, thresh: 0.0, box_thresh: 0.0, unclip_ratio: 0.0, ..default },
            _ => panic!("{name}: no such parameters"),
        };
        let page = engine.read(&open(&format!("{image}.png")), &params, &|| false).unwrap();
        let parity = Parity::of(&page, &recorded(&data().join("golden-params").join(format!("{name}.json"))));
        assert_eq!(parity.lines, parity.expected_lines, "{name}");
        assert_eq!(parity.near_corners, parity.corners, "{name}");
        assert!(parity.differences.is_empty(), "{name}:\n{}", parity.differences);
    }
}

#[test]
fn images_of_any_size_are_read() {
    let engine = V5_MOBILE.engine();
    let text = open("word_ok.png");
    for (width, height) in [(0, 0), (1, 1), (1, 64), (31, 32), (32, 31), (640, 480), (5000, 8), (8, 5000), (60, 6000)] {
        let blank = RgbImage::from_pixel(width, height, image::Rgb([255; 3]));
        assert!(read(engine, &blank).quads.is_empty(), "{width}x{height}, blank");
        let tiled = RgbImage::from_fn(width, height, |x, y| *text.get_pixel(x % text.width(), y % text.height()));
        let page = read(engine, &tiled);
        assert_eq!((page.width, page.height), (width, height));
        let [right, bottom] = [width, height].map(u32::cast_signed);
        for [x, y] in page.quads.iter().flat_map(|quad| quad.0) {
            assert!((0..=right).contains(&x) && (0..=bottom).contains(&y), "{width}x{height}: {x},{y}");
        }
    }
}

#[test]
fn a_read_that_nobody_waits_for_ends() {
    let engine = V5_MOBILE.engine();
    let cancelled = engine.read(&open("table_prices.png"), &Params::default(), &|| true);
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    assert_eq!(read(engine, &open("word_ok.png")).lines[0].text, "OK");
}

#[test]
fn models_and_runtimes_that_cannot_be_used_are_named() {
    let options = V5_MOBILE.options();
    let refused = |options: &Options| match Engine::load(options) {
        Err(Error::Session(error)) => error,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("{options:?} was accepted"),
    };
    let missing = Path::new("/nowhere/det.onnx");
    let error = refused(&Options { detection: missing.to_owned(), ..options.clone() });
    assert!(matches!(&error, session::Error::Model { file, .. } if file == missing), "{error:?}");

    let damaged = data().join("word_ok.png");
    let error = refused(&Options { recognition: damaged.clone(), ..options.clone() });
    assert!(matches!(&error, session::Error::Model { file, .. } if *file == damaged), "{error:?}");

    let error = refused(&Options { recognition: options.detection.clone(), ..options.clone() });
    assert!(matches!(&error, session::Error::Unfit { file } if *file == options.detection), "{error:?}");

    let other = data().join("libonnxruntime.so");
    let error = refused(&Options { runtime: other.clone(), ..options });
    assert!(matches!(&error, session::Error::SecondLibrary { asked, .. } if *asked == other), "{error:?}");
}

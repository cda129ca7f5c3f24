//! OpenVINO reads what ONNX Runtime reads.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "what differs is to be seen, whether the test passes or not")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use image::RgbImage;
use jkocr::ocr::{Engine, OpenVino, Options, Page, Params, Precision, Profile, Provider, Providers};
use jkocr::worker::LanePool;

use super::engines::{Set, V5_MOBILE, V6_SMALL};
use crate::common::{computes_bf16, data, openvino};

/// The screenshots of the tests, with what they say.
const SCREENS: [&str; 10] = [
    "article_mixed",
    "chat_zh",
    "code_dark",
    "fullhd_dense",
    "japanese",
    "retina_dialog",
    "small_font",
    "sparse_ui",
    "table_prices",
    "traditional",
];

fn open(name: &str) -> Arc<RgbImage> {
    Arc::new(image::open(data(&format!("{name}.png"))).unwrap().into_rgb8())
}

fn screen() -> Params {
    Params { profile: Profile::Screen, ..Params::default() }
}

fn with(set: &Set, precisions: [Option<Precision>; 2]) -> Options {
    let [detection, recognition] = precisions;
    let openvino = Some(OpenVino { library: openvino(), detection, recognition });
    Options { openvino, ..set.options() }
}

fn load(options: &Options) -> Engine {
    Engine::load(options).unwrap_or_else(|error| panic!("{:#}", anyhow::Error::from(error)))
}

fn texts(page: &Page) -> Vec<&str> {
    page.lines.iter().map(|line| line.text.as_str()).collect()
}

/// Edits between what was drawn on the screens and what both engines read, and how many letters were drawn. Lines that
/// differ are printed: the engines are given tensors of other widths, so some do.
fn compared(engine: &Engine, reference: &Engine) -> ([usize; 2], usize) {
    let lanes = LanePool::start(NonZeroUsize::new(2).unwrap(), 0).unwrap();
    let (mut edits, mut letters, mut all, mut equal) = ([0; 2], 0, 0, 0);
    for name in SCREENS {
        let truth = std::fs::read_to_string(data(&format!("truth/{name}.txt"))).unwrap();
        let drawn: Vec<Vec<char>> = truth.lines().map(plain).collect();
        let pages = [engine, reference].map(|engine| lanes.read(engine, open(name), &screen()).unwrap());
        let [found, expected] = pages.each_ref().map(texts);
        assert_eq!(found.len(), expected.len(), "{name}: another number of lines");
        for (edits, page) in edits.iter_mut().zip(&pages) {
            *edits += texts(page).iter().map(|text| nearest(text, &drawn)).sum::<usize>();
        }
        letters += drawn.iter().map(Vec::len).sum::<usize>();
        for (found, expected) in found.iter().zip(&expected) {
            all += 1;
            if found == expected {
                equal += 1;
            } else {
                println!("{name}\n    onnxruntime {expected:?}\n    openvino    {found:?}");
            }
        }
    }
    println!("{equal} of {all} lines are equal; {edits:?} edits of {letters} letters");
    (edits, letters)
}

#[test]
fn in_32_bits_it_reads_as_well() {
    for set in [&V5_MOBILE, &V6_SMALL] {
        let engine = load(&with(set, [Some(Precision::F32); 2]));
        let ([edits, expected], letters) = compared(&engine, set.engine());
        // Half a tenth of a per cent of the letters.
        assert!(edits <= expected + letters.div_ceil(2000), "{edits} instead of {expected} of {letters}");
    }
}

#[test]
fn the_profile_paddle_is_read_by_onnxruntime() {
    let engine = load(&with(&V6_SMALL, [Some(Precision::F32); 2]));
    let image = open("chat_zh");
    let page = engine.read(&image, &Params::default(), &|| false).unwrap();
    assert_eq!(page.providers, Providers::default());
    let expected = V6_SMALL.engine().read(&image, &Params::default(), &|| false).unwrap();
    assert_eq!(Page { timings: expected.timings, ..page }, expected);
    // What was loaded for that leaves screens as they were.
    let page = engine.read(&image, &screen(), &|| false).unwrap();
    assert_eq!(page.providers.names(), ["openvino-f32"; 2]);
}

#[test]
fn each_model_has_its_own_engine() {
    let engine = load(&with(&V5_MOBILE, [None, Some(Precision::F32)]));
    let page = engine.read(&open("retina_dialog"), &screen(), &|| false).unwrap();
    let recognition = Provider::OpenVino(Precision::F32);
    assert_eq!(page.providers, Providers { detection: Provider::OnnxRuntime, recognition });
    let expected = V5_MOBILE.engine().read(&open("retina_dialog"), &screen(), &|| false).unwrap();
    assert_eq!(page.quads, expected.quads);
}

#[test]
fn in_bf16_the_texts_stay_as_near_to_what_was_drawn() {
    if !computes_bf16() {
        println!("skipped: this processor has no instructions for bf16");
        return;
    }
    for set in [&V6_SMALL, &V5_MOBILE] {
        let engine = load(&with(set, [None, Some(Precision::Bf16)]));
        let ([edits, expected], letters) = compared(&engine, set.engine());
        assert!(edits <= expected + letters.div_ceil(2000), "{edits} instead of {expected} of {letters}");
    }
}

/// Without spaces, which are not letters.
fn plain(text: &str) -> Vec<char> {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// How far `text` is from the line of those that were drawn that is nearest to it.
fn nearest(text: &str, drawn: &[Vec<char>]) -> usize {
    let text = plain(text);
    drawn.iter().map(|line| distance(&text, line)).min().unwrap()
}

/// How many letters have to be changed, added or left out (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], place + 1);
        for at in 1..row.len() {
            let changed = corner + usize::from(*letter != other[at - 1]);
            corner = row[at];
            row[at] = changed.min(row[at] + 1).min(row[at - 1] + 1);
        }
    }
    row[other.len()]
}

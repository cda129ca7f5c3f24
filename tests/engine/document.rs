//! The document models on pages that the tests turn and bend themselves, and what becomes of the lines they read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use image::{Rgb, RgbImage, imageops};
use jkocr::ocr::document::{self, Turn};
use jkocr::ocr::{Engine, Error, Layout, Options, Page, Params, PrunedResult, ReadingOrder, Switches};

use super::engines::V5_MOBILE;
use crate::common::data;

fn open(name: &str) -> RgbImage {
    image::open(data(name)).unwrap().into_rgb8()
}

fn read(engine: &Engine, image: &RgbImage, document: Switches) -> Page {
    let params = Params { document, reading_order: ReadingOrder::Auto, ..Params::default() };
    engine.read(image, &params, &|| false).unwrap()
}

const NOTHING: Switches = Switches { orientation: false, unwarping: false, textline_orientation: false };
const ORIENTATION: Switches = Switches { orientation: true, ..NOTHING };
const UNWARPING: Switches = Switches { unwarping: true, ..NOTHING };

fn texts(page: &Page) -> Vec<&str> {
    page.lines.iter().map(|line| line.text.as_str()).collect()
}

/// Edits that make `found` into `expected`, per character of it; white space does not count.
fn error_rate(found: &Page, expected: &str) -> f64 {
    let characters = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<Vec<_>>();
    let (found, expected) = (characters(&texts(found).concat()), characters(expected));
    let mut row: Vec<usize> = (0..=expected.len()).collect();
    for (line, one) in found.iter().enumerate() {
        let mut before = row[0];
        row[0] = line + 1;
        for (at, other) in expected.iter().enumerate() {
            let best = (before + usize::from(one != other)).min(row[at] + 1).min(row[at + 1] + 1);
            before = std::mem::replace(&mut row[at + 1], best);
        }
    }
    row[expected.len()] as f64 / expected.len() as f64
}

/// A page that lies bent on a dark desk: its middle is `depth` pixels lower than its sides, as in an open book.
fn bent(page: &RgbImage, depth: f32) -> RgbImage {
    const MARGIN: f32 = 60.0;
    let (width, height) = (page.width() as f32, page.height() as f32);
    let size = [width + 2.0 * MARGIN, height + 2.0 * MARGIN + depth];
    RgbImage::from_fn(size[0] as u32, size[1] as u32, |x, y| {
        let across = (x as f32 - MARGIN) / width;
        let down = y as f32 - MARGIN - depth * (across * std::f32::consts::PI).sin();
        let at = [across * width, down];
        let inside = (0.0..width - 1.0).contains(&at[0]) && (0.0..height - 1.0).contains(&at[1]);
        if !inside {
            return Rgb([58, 52, 46]);
        }
        imageops::interpolate_bilinear(page, at[0], at[1]).unwrap()
    })
}

#[test]
fn a_page_that_lies_on_its_side_or_head_is_read_as_if_it_stood_upright() {
    let engine = V5_MOBILE.engine();
    for name in ["article_mixed.png", "chat_zh.png", "table_prices.png"] {
        let image = open(name);
        let expected = read(engine, &image, NOTHING);
        let turned = [
            (image.clone(), Turn::None),
            (imageops::rotate90(&image), Turn::Left),
            (imageops::rotate180(&image), Turn::Half),
            (imageops::rotate270(&image), Turn::Right),
        ];
        for (image, turn) in turned {
            let page = read(engine, &image, ORIENTATION);
            assert_eq!(page.origin.turned(), Some(turn), "{name}");
            assert!(error_rate(&page, &texts(&expected).concat()) < 0.01, "{name} {turn:?}: {:?}", texts(&page));
            assert_eq!((page.width, page.height), image.dimensions(), "{name}");
            let json = serde_json::to_value(PrunedResult::from(&page)).unwrap();
            assert_eq!(json["doc_preprocessor_res"]["angle"], turn.degrees());
        }
    }
}

#[test]
fn the_regions_of_a_turned_page_lie_where_its_text_is_on_the_image_that_came() {
    let engine = V5_MOBILE.engine();
    let upright = open("chat_zh.png");
    let expected = read(engine, &upright, NOTHING);
    let (width, height) = (f64::from(upright.width()), f64::from(upright.height()));
    let page = read(engine, &imageops::rotate90(&upright), ORIENTATION);
    let places = |page: &Page| -> Vec<[[f64; 2]; 4]> {
        let lines = page.regions.iter().flat_map(|region| &region.paragraphs).flat_map(|paragraph| &paragraph.lines);
        lines.map(|line| line.quad.0.map(|corner| page.origin.locate(corner))).collect()
    };
    let (before, after) = (places(&expected), places(&page));
    assert_eq!((before.len(), after.len()), (expected.lines.len(), expected.lines.len()));
    for (before, after) in before.iter().flatten().zip(after.iter().flatten()) {
        // A quarter with the clock: what was at the top is on the right now.
        let (x, y) = (1.0 - before[1], before[0]);
        assert!((after[0] - x).abs() * height < 8.0 && (after[1] - y).abs() * width < 8.0, "{before:?} {after:?}");
    }
}

#[test]
fn a_bent_page_becomes_readable() {
    let engine = V5_MOBILE.engine();
    for (name, depth) in [("article_mixed", 150.0), ("traditional", 110.0), ("japanese", 110.0)] {
        let truth = std::fs::read_to_string(data(&format!("truth/{name}.txt"))).unwrap();
        let image = bent(&open(&format!("{name}.png")), depth);
        let [plain, flat] = [NOTHING, UNWARPING].map(|switches| read(engine, &image, switches));
        let [before, after] = [&plain, &flat].map(|page| error_rate(page, &truth));
        assert!(before > 0.5 && after < 0.2, "{name}: {before:.3} bent, {after:.3} flattened");
        assert_eq!(flat.upright.map(|flat| flat.dimensions()), Some(image.dimensions()));
        let json = serde_json::to_value(PrunedResult::from(&Page { upright: None, ..read(engine, &image, UNWARPING) }));
        assert_eq!(json.unwrap()["doc_preprocessor_res"]["angle"], -1);
    }
}

#[test]
fn a_page_can_be_turned_and_flattened_and_its_lines_turned_in_one_read() {
    let engine = V5_MOBILE.engine();
    let truth = std::fs::read_to_string(data("truth/traditional.txt")).unwrap();
    let image = imageops::rotate180(&bent(&open("traditional.png"), 110.0));
    let page = read(engine, &image, Switches { orientation: true, unwarping: true, textline_orientation: true });
    assert_eq!(page.origin.turned(), Some(Turn::Half));
    assert!(error_rate(&page, &truth) < 0.2, "{:?}", texts(&page));
    assert_eq!(page.upside_down.len(), page.quads.len());
}

#[test]
fn the_regions_of_a_flattened_page_lie_where_its_text_is_on_the_bent_one() {
    let engine = V5_MOBILE.engine();
    let image = bent(&open("traditional.png"), 110.0);
    let page = read(engine, &image, UNWARPING);
    let first = &page.regions[0].paragraphs[0].lines[0];
    let top = first.quad.0.map(|corner| page.origin.locate(corner)[1] * f64::from(image.height()));
    let flat = first.quad.0.map(|corner| f64::from(corner[1]));
    // The line sags on the bent page: its right end lies much lower than on the flat one, its left end hardly.
    assert!(top[1] - top[0] > flat[1] - flat[0] + 25.0, "{top:?} {flat:?}");
}

#[test]
fn a_model_that_is_not_there_or_damaged_is_named_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let damaged = folder.path().join("damaged.onnx");
    std::fs::write(&damaged, b"no model").unwrap();
    let document = document::ModelPaths { orientation: damaged, ..document::ModelPaths::default() };
    let engine = Engine::load(&Options { document: document.clone(), ..V5_MOBILE.options() }).unwrap();
    let image = open("word_ok.png");
    let on = |document| Params { document, ..Params::default() };
    let refused = engine.read(&image, &on(ORIENTATION), &|| false);
    let Err(Error::NoDocumentModel { model, source: Some(_) }) = refused else { panic!("{refused:?}") };
    assert_eq!(model, document::Model::Orientation);
    let refused = engine.read(&image, &on(UNWARPING), &|| false);
    let Err(Error::NoDocumentModel { model, source: None }) = refused else { panic!("{refused:?}") };
    assert_eq!(model, document::Model::Unwarping);
    assert_eq!(document.missing(UNWARPING), Some(document::Model::Unwarping));
    assert_eq!(document.missing(ORIENTATION), None, "only a read finds out");
    assert_eq!(read(&engine, &image, NOTHING).lines[0].text, "OK");
}

#[test]
fn images_of_any_size_go_through_every_model() {
    let engine = V5_MOBILE.engine();
    let all = Switches { orientation: true, unwarping: true, textline_orientation: true };
    for (width, height) in [(0, 0), (1, 1), (1, 5000), (5000, 1), (31, 32), (60, 6000), (640, 480)] {
        let image = RgbImage::from_pixel(width, height, Rgb([255; 3]));
        let page = read(engine, &image, all);
        assert_eq!((page.width, page.height), (width, height));
        assert!(page.lines.is_empty());
    }
}

#[test]
fn a_read_that_nobody_waits_for_ends_between_the_models() {
    let engine = V5_MOBILE.engine();
    let params = Params { document: ORIENTATION, ..Params::default() };
    let cancelled = engine.read(&open("chat_zh.png"), &params, &|| true);
    assert!(matches!(cancelled, Err(Error::Cancelled)), "{cancelled:?}");
}

#[test]
fn paragraphs_are_joined_and_every_list_stays_as_long_as_the_others() {
    let engine = V5_MOBILE.engine();
    for name in ["article_mixed.png", "fullhd_dense.png", "japanese.png"] {
        let image = open(name);
        let params = Params { reading_order: ReadingOrder::Auto, word_boxes: true, ..Params::default() };
        let apart = engine.read(&image, &params, &|| false).unwrap();
        let joined = engine.read(&image, &Params { layout: Layout::Paragraphs, ..params }, &|| false).unwrap();
        assert!(joined.lines.len() <= apart.lines.len());
        assert!(error_rate(&joined, &texts(&apart).concat()) < 0.02, "{name}: nothing is lost or moved");
        let json = serde_json::to_value(PrunedResult::from(&joined)).unwrap();
        for list in ["rec_texts", "rec_scores", "rec_polys", "rec_boxes", "text_word", "text_word_boxes"] {
            assert_eq!(json[list].as_array().unwrap().len(), joined.lines.len(), "{name}: {list}");
        }
        assert_eq!(json["dt_polys"].as_array().unwrap().len(), apart.quads.len());
    }
}

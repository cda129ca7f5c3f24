//! Any heat map: its boxes lie on the page, whatever the thresholds.

#![no_main]

use jkocr::ocr::detect::{HeatMap, Thresholds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // `seeds.py` writes the same.
    let Some(([width, pixel, score, unclip, across, down], levels)) = bytes.split_first_chunk::<6>() else { return };
    let width = usize::from(*width) + 1;
    let height = levels.len() / width;
    if height == 0 {
        return;
    }
    let values: Vec<f32> = levels[..width * height].iter().map(|level| f32::from(*level) / 255.0).collect();
    let thresholds = Thresholds {
        pixel: f64::from(*pixel) / 255.0,
        score: f64::from(*score) / 255.0,
        unclip_ratio: f64::from(*unclip) / 25.5,
        max_candidates: 1000,
    };
    // The page is up to four times as large as the map, or smaller.
    let page = [(width, across), (height, down)].map(|(side, scale)| 1 + (side as u32 * u32::from(*scale)) / 64);
    for found in (HeatMap { values: &values, width, height }).boxes(page, &thresholds) {
        assert!(found.score >= thresholds.score && found.score <= 1.0 + 1e-6, "{}", found.score);
        for [x, y] in found.quad.0 {
            assert!((0..=page[0] as i32).contains(&x) && (0..=page[1] as i32).contains(&y), "[{x}, {y}] on {page:?}");
        }
    }
});

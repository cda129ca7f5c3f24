//! The boxes in a heat map (DB post-processing).

use super::heat_map::HeatMap;
use super::score::mean_inside;
use super::unclip::unclip;
use crate::ocr::Quad;
use crate::ocr::opencv::contours::{Contours, Mask};
use crate::ocr::opencv::min_area_rect::min_area_rect;

/// Boxes with a shorter side than this many map pixels are noise (`min_size` in PaddleX).
const MIN_SIDE: f32 = 3.0;

/// When an area of a heat map is text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// A pixel belongs to an area if it is above this.
    pub pixel: f64,
    /// An area becomes a box if the mean inside is at least this.
    pub score: f64,
    /// How far boxes grow, as a multiple of area over perimeter.
    pub unclip_ratio: f64,
    /// Only this many borders of areas are looked at, from the bottom of the map to the top.
    pub max_candidates: usize,
}

/// A box and how sure the model is of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Its corners, in pixels of the page.
    pub quad: Quad,
    /// The mean probability inside, `0.0..=1.0`.
    pub score: f64,
}

impl HeatMap<'_> {
    /// The boxes around text, in pixels of a page of `page` (`[width, height]`) that the whole map stands for.
    ///
    /// PaddleX's `DBPostProcess.boxes_from_bitmap` (`models/text_detection/processors.py`) with `score_mode` "fast" and
    /// `box_type` "quad". The order is that of OpenCV's contours, upwards from the bottom.
    #[must_use]
    pub fn boxes(&self, page: [u32; 2], thresholds: &Thresholds) -> Vec<Found> {
        // NumPy compares in the precision of the map.
        let mask = Mask::above(self.values, self.width, thresholds.pixel as f32);
        let contours = Contours::trace(mask);
        let candidates = contours.iter().take(thresholds.max_candidates);
        candidates.filter_map(|contour| self.found(contour, page, thresholds)).collect()
    }

    fn found(&self, contour: &[[i32; 2]], page: [u32; 2], thresholds: &Thresholds) -> Option<Found> {
        let rect = min_area_rect(contour);
        if rect.short_side < MIN_SIDE {
            return None;
        }
        let score = mean_inside(self, &rect.corners);
        if thresholds.score > score {
            return None;
        }
        let grown = min_area_rect(&unclip(&rect.corners, thresholds.unclip_ratio));
        if grown.short_side < MIN_SIDE + 2.0 {
            return None;
        }
        let scale = [f64::from(page[0]) / self.width as f64, f64::from(page[1]) / self.height as f64];
        let quad = grown.corners.map(|corner| {
            [0, 1].map(|axis| {
                let exact = (f64::from(corner[axis]) * scale[axis]).round_ties_even();
                exact.clamp(0.0, f64::from(page[axis])) as i32
            })
        });
        Some(Found { quad: Quad(quad), score })
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::ocr::opencv::recordings::recorded;

    #[derive(Deserialize)]
    struct Case {
        size: [usize; 2],
        page: [u32; 2],
        levels: String,
        contours: Vec<Vec<[i32; 2]>>,
        found: Vec<Expected>,
    }

    #[derive(Deserialize)]
    struct Expected {
        quad: [[i32; 2]; 4],
        score: f64,
    }

    const THRESHOLDS: Thresholds = Thresholds { pixel: 0.3, score: 0.6, unclip_ratio: 1.5, max_candidates: 1000 };

    fn values(levels: &str) -> Vec<f32> {
        let digits = levels.as_bytes().chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|byte| f32::from(u8::from_str_radix(byte, 16).unwrap()) / 255.0).collect()
    }

    #[test]
    fn borders_and_boxes_are_those_of_the_reference() {
        for (number, case) in recorded::<Case>("heat_map").into_iter().enumerate() {
            let values = values(&case.levels);
            let [width, height] = case.size;
            let contours = Contours::trace(Mask::above(&values, width, 0.3));
            assert!(contours.iter().eq(case.contours.iter().map(Vec::as_slice)), "case {number}: borders");
            let found = HeatMap { values: &values, width, height }.boxes(case.page, &THRESHOLDS);
            let quads: Vec<_> = found.iter().map(|found| found.quad.0).collect();
            assert_eq!(quads, case.found.iter().map(|found| found.quad).collect::<Vec<_>>(), "case {number}: boxes");
            for (found, expected) in found.iter().zip(&case.found) {
                assert!((found.score - expected.score).abs() < 1e-6, "case {number}: scores");
            }
        }
    }
}

//! How sure the detection model is of a box: the mean of its heat map inside.

use super::heat_map::HeatMap;
use crate::ocr::opencv::fill_poly::Spans;

/// The mean of `heat` inside the quadrilateral `corners` (`[x, y]` in pixels of the map), outline included.
///
/// PaddleX's `box_score_fast` (`models/text_detection/processors.py`): the corners are moved to the box around them and
/// truncated to integers, and the pixels that `cv2.fillPoly` of OpenCV 4.10 would paint are averaged.
pub(super) fn mean_inside(heat: &HeatMap, corners: &[[f32; 2]; 4]) -> f64 {
    let [left, right] = extent(corners.map(|corner| corner[0]), heat.width);
    let [top, bottom] = extent(corners.map(|corner| corner[1]), heat.height);
    let quad = corners.map(|[x, y]| [(x - left as f32) as i64, (y - top as f32) as i64]);
    let spans = Spans::of_polygon(&quad, right - left + 1, bottom - top + 1);
    let (mut sum, mut count) = (0.0, 0);
    for (y, &[first, last]) in spans.rows.iter().enumerate() {
        if first > last {
            continue;
        }
        let start = (top + y) * heat.width + left;
        let row = &heat.values[start + first as usize..=start + last as usize];
        sum += row.iter().map(|&value| f64::from(value)).sum::<f64>();
        count += row.len();
    }
    if count == 0 { 0.0 } else { sum / count as f64 }
}

/// The first and last pixel that `values` reach on an axis of `size` pixels.
fn extent(values: [f32; 4], size: usize) -> [usize; 2] {
    let clamp = |value: f32| (value as i64).clamp(0, size as i64 - 1) as usize;
    let smallest = values.into_iter().fold(f32::INFINITY, f32::min);
    let largest = values.into_iter().fold(f32::NEG_INFINITY, f32::max);
    [clamp(smallest.floor()), clamp(largest.ceil())]
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::ocr::opencv::recordings::{noise, recorded};

    #[derive(Deserialize)]
    struct Case {
        seed: u64,
        size: [usize; 2],
        corners: [[f32; 2]; 4],
        score: f64,
    }

    #[test]
    fn boxes_score_as_with_opencv() {
        for Case { seed, size: [width, height], corners, score } in recorded("score") {
            let values: Vec<f32> = noise(seed, width * height).iter().map(|&byte| f32::from(byte) / 255.0).collect();
            let found = mean_inside(&HeatMap { values: &values, width, height }, &corners);
            assert!((found - score).abs() < 1e-9, "{found} instead of {score}: {corners:?} in {width}x{height}");
        }
    }
}

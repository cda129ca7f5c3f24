//! Growing a box: the detection model is trained on text areas that were shrunk.

use std::f64::consts::{PI, TAU};

/// How far arcs may stray from a circle in pixels (`ArcTolerance`, Clipper's default).
const ARC_TOLERANCE: f64 = 0.25;

/// Boxes grow by at most this many pixels; a map has at most 4000 a side.
const MAX_DISTANCE: f64 = 1e5;

type Vector = [f64; 2];

/// Grows the quadrilateral `corners` (`[x, y]`, any orientation) on all sides by `ratio` times its area over its
/// perimeter, with round corners, and returns points on the new outline. The corners are truncated to integers first.
///
/// PaddleX's `unclip` (`models/text_detection/processors.py`): `PyclipperOffset` with `JT_ROUND` of Clipper 6.4
/// (`ClipperOffset::DoOffset`). Clipper then drops points that are no corners, which makes no difference here.
pub(super) fn unclip(corners: &[[f32; 2]; 4], ratio: f64) -> Vec<[i32; 2]> {
    let distance = area(corners) * ratio / perimeter(corners);
    let polygon = oriented(corners.map(|corner| corner.map(|value| f64::from(value).trunc())).to_vec());
    if distance.is_nan() || distance <= 0.0 || polygon.len() < 3 {
        return polygon.into_iter().map(rounded).collect();
    }
    from_the_top(offset(&polygon, distance.min(MAX_DISTANCE)))
}

/// `cv2.contourArea`.
fn area(corners: &[[f32; 2]; 4]) -> f64 {
    let mut previous = corners[3].map(f64::from);
    let mut doubled = 0.0;
    for corner in corners {
        let [x, y] = corner.map(f64::from);
        doubled += previous[0] * y - previous[1] * x;
        previous = [x, y];
    }
    (doubled * 0.5).abs()
}

/// `cv2.arcLength` of the closed polygon.
fn perimeter(corners: &[[f32; 2]; 4]) -> f64 {
    let lengths = (0..4).map(|index| {
        let (from, to) = (corners[(index + 3) % 4], corners[index]);
        let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
        f64::from((dx * dx + dy * dy).sqrt())
    });
    // OpenCV adds them from the last to the first.
    lengths.rev().fold(0.0, |sum, length| sum + length)
}

/// Without repeated points, and turning the way that grows outwards.
fn oriented(mut polygon: Vec<Vector>) -> Vec<Vector> {
    polygon.dedup();
    while polygon.len() > 1 && polygon.first() == polygon.last() {
        polygon.pop();
    }
    let next = polygon.iter().cycle().skip(1);
    let doubled: f64 = polygon.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum();
    if doubled < 0.0 {
        polygon.reverse();
    }
    polygon
}

/// Moves every side of `polygon` outwards by `distance` and joins them by arcs.
fn offset(polygon: &[Vector], distance: f64) -> Vec<[i32; 2]> {
    let tolerance = ARC_TOLERANCE.min(distance * ARC_TOLERANCE);
    let steps = (PI / (1.0 - tolerance / distance).acos()).min(distance * PI);
    let (sine, cosine) = (TAU / steps).sin_cos();
    let count = polygon.len();
    let normals: Vec<Vector> = (0..count).map(|index| normal(polygon[index], polygon[(index + 1) % count])).collect();
    let mut outline = Vec::new();
    let mut before = normals[count - 1];
    for (&corner, &after) in polygon.iter().zip(&normals) {
        let moved = |[x, y]: Vector| rounded([corner[0] + x * distance, corner[1] + y * distance]);
        let cross = before[0] * after[1] - after[0] * before[1];
        let dot = before[0] * after[0] + after[1] * before[1];
        if (cross * distance).abs() < 1.0 && dot > 0.0 {
            outline.push(moved(before));
            continue;
        }
        let angle = cross.clamp(-1.0, 1.0).atan2(dot).abs();
        let mut direction = before;
        for _ in 0..((steps / TAU * angle).round() as usize).max(1) {
            outline.push(moved(direction));
            let [x, y] = direction;
            direction = [x * cosine - sine * y, x * sine + y * cosine];
        }
        outline.push(moved(after));
        before = after;
    }
    outline
}

/// Turns the list so that its last point is the topmost, and of those the rightmost: how Clipper lists a polygon (seen
/// in 2908 of 2908).
fn from_the_top(mut outline: Vec<[i32; 2]>) -> Vec<[i32; 2]> {
    let last = outline.iter().enumerate().min_by_key(|(_, point)| (point[1], -point[0]));
    if let Some((last, _)) = last {
        outline.rotate_left(last + 1);
    }
    outline
}

/// The unit vector to the outside of the side between two points.
fn normal(from: Vector, to: Vector) -> Vector {
    let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    let inverse = 1.0 / (dx * dx + dy * dy).sqrt();
    [dy * inverse, -dx * inverse]
}

/// To whole pixels, halves away from zero.
fn rounded(point: Vector) -> [i32; 2] {
    point.map(|value| value.round() as i32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::ocr::opencv::min_area_rect::min_area_rect;
    use crate::ocr::opencv::recordings::recorded;

    #[derive(Deserialize)]
    struct Case {
        corners: [[f32; 2]; 4],
        ratio: f64,
        grown: [[f32; 2]; 4],
    }

    #[test]
    fn boxes_grow_as_with_clipper() {
        for Case { corners, ratio, grown } in recorded("unclip") {
            let rect = min_area_rect(&unclip(&corners, ratio));
            assert_eq!(rect.corners, grown, "{corners:?} by {ratio}");
        }
    }
    proptest! {
        #[test]
        fn a_box_grows_by_the_same_distance_on_all_sides(
            left in 0..3000_u16, top in 0..3000_u16, width in 3..900_u16, height in 3..900_u16, ratio in 0.3..4.0_f64,
        ) {
            let [left, top, width, height] = [left, top, width, height].map(f32::from);
            let (right, bottom) = (left + width, top + height);
            let corners = [[left, top], [right, top], [right, bottom], [left, bottom]];
            let distance = f64::from(width * height) * ratio / f64::from(2.0 * (width + height));
            let [top_left, _, bottom_right, _] = min_area_rect(&unclip(&corners, ratio)).corners;
            let grown = [left - top_left[0], top - top_left[1], bottom_right[0] - right, bottom_right[1] - bottom];
            prop_assert!(grown.iter().all(|&side| (f64::from(side) - distance).abs() < 0.6), "{:?} {}", grown, distance);
        }

        #[test]
        fn no_ratio_is_too_strange(ratio: f64, corners: [[i16; 2]; 4]) {
            let corners = corners.map(|corner| corner.map(f32::from));
            prop_assert!(unclip(&corners, ratio).len() < 10_000_000);
        }
    }
}

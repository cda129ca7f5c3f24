//! Straight lines of any width, with smooth edges.

use image::{Rgb, RgbImage};

use super::blend;

/// Draws a line `width` pixels wide between two points `[x, y]`, with round ends.
///
/// Walks along the longer axis, so that a slanted line costs no more than a straight one.
pub(super) fn draw(picture: &mut RgbImage, from: [f32; 2], to: [f32; 2], width: f32, color: Rgb<u8>) {
    let steep = (to[1] - from[1]).abs() > (to[0] - from[0]).abs();
    let swap = |[x, y]: [f32; 2]| if steep { [y, x] } else { [x, y] };
    let (mut from, mut to) = (swap(from), swap(to));
    if from[0] > to[0] {
        std::mem::swap(&mut from, &mut to);
    }
    let slope = if to[0] > from[0] { (to[1] - from[1]) / (to[0] - from[0]) } else { 0.0 };
    // At most 45°, the line is √2 times as wide across the shorter axis; one more for the smooth edge.
    let reach = width / 2.0 * 1.5 + 1.0;
    for along in (from[0] - reach).floor() as i64..=(to[0] + reach).ceil() as i64 {
        let middle = from[1] + slope * ((along as f32).clamp(from[0], to[0]) - from[0]);
        for across in (middle - reach).floor() as i64..=(middle + reach).ceil() as i64 {
            let point = [along as f32, across as f32];
            let cover = (width / 2.0 + 0.5 - distance(point, from, to)).clamp(0.0, 1.0);
            let (x, y) = if steep { (across, along) } else { (along, across) };
            blend(picture, x, y, color, cover);
        }
    }
}

/// From `point` to the nearest point of the line between `from` and `to`.
fn distance(point: [f32; 2], from: [f32; 2], to: [f32; 2]) -> f32 {
    let (x, y) = (to[0] - from[0], to[1] - from[1]);
    let squared = x * x + y * y;
    let along = if squared > 0.0 { ((point[0] - from[0]) * x + (point[1] - from[1]) * y) / squared } else { 0.0 };
    let along = along.clamp(0.0, 1.0);
    (point[0] - from[0] - along * x).hypot(point[1] - from[1] - along * y)
}

//! The smallest rectangle around points, by rotating calipers in the single precision of OpenCV.

use super::hull::convex_hull;

/// A rectangle around points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ocr) struct Rect {
    /// Corners `[x, y]` clockwise from the top left, in the reference's sense: the two with smaller x are the left ones.
    pub corners: [[f32; 2]; 4],
    /// The shorter side.
    pub short_side: f32,
}

/// A rectangle as OpenCV's `RotatedRect` has it; the angle is in degrees.
#[derive(Default)]
struct Rotated {
    center: [f32; 2],
    size: [f32; 2],
    angle: f32,
}

/// The rectangle of least area around `points`, with the corners in the order of PaddleX's `get_mini_boxes`
/// (`models/text_detection/processors.py`). Points on a line give a rectangle with a side of 0.
///
/// `cv2.minAreaRect` and `cv2.boxPoints` of OpenCV 4.10 (`modules/imgproc/src/rotcalipers.cpp`).
pub(in crate::ocr) fn min_area_rect(points: &[[i32; 2]]) -> Rect {
    let hull: Vec<[f32; 2]> = convex_hull(points).iter().map(|point| point.map(|value| value as f32)).collect();
    let mut rotated = match hull[..] {
        [] => Rotated::default(),
        [center] => Rotated { center, ..Rotated::default() },
        [first, second] => along(first, second),
        _ => around(&hull),
    };
    rotated.angle = (f64::from(rotated.angle * 180.0) / std::f64::consts::PI) as f32;
    let mut corners = rotated.corners();
    corners.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let [a, b, c, d] = corners;
    let (top_left, bottom_left) = if b[1] > a[1] { (a, b) } else { (b, a) };
    let (top_right, bottom_right) = if d[1] > c[1] { (c, d) } else { (d, c) };
    Rect { corners: [top_left, top_right, bottom_right, bottom_left], short_side: rotated.size[0].min(rotated.size[1]) }
}

impl Rotated {
    /// `RotatedRect::points`.
    fn corners(&self) -> [[f32; 2]; 4] {
        let [x, y] = self.center;
        let [width, height] = self.size;
        let angle = f64::from(self.angle) * std::f64::consts::PI / 180.0;
        let cosine = angle.cos() as f32 * 0.5;
        let sine = angle.sin() as f32 * 0.5;
        let first = [x - sine * height - cosine * width, y + cosine * height - sine * width];
        let second = [x + sine * height - cosine * width, y - cosine * height - sine * width];
        let opposite = |[a, b]: [f32; 2]| [2.0 * x - a, 2.0 * y - b];
        [first, second, opposite(first), opposite(second)]
    }
}

/// The rectangle without height around two points; its angle is in radians.
fn along(first: [f32; 2], second: [f32; 2]) -> Rotated {
    let [dx, dy] = [0, 1].map(|axis| f64::from(second[axis] - first[axis]));
    Rotated {
        center: [0, 1].map(|axis| (first[axis] + second[axis]) * 0.5),
        size: [(dx * dx + dy * dy).sqrt() as f32, 0.0],
        angle: dy.atan2(dx) as f32,
    }
}

/// What the calipers touch, and how they stand, where the rectangle is smallest.
struct Best {
    left: usize,
    bottom: usize,
    base: [f32; 2],
    width: f32,
    height: f32,
    area: f32,
}

/// The rectangle around a hull of three or more corners; its angle is in radians.
fn around(hull: &[[f32; 2]]) -> Rotated {
    let best = rotate_calipers(hull);
    let [a1, b1] = best.base;
    let [a2, b2] = [-b1, a1];
    let c1 = a1 * hull[best.left][0] + hull[best.left][1] * b1;
    let c2 = a2 * hull[best.bottom][0] + hull[best.bottom][1] * b2;
    let inverse = 1.0 / (a1 * b2 - a2 * b1);
    let corner = [(c1 * b2 - c2 * b1) * inverse, (a1 * c2 - a2 * c1) * inverse];
    let along = [a1 * best.width, b1 * best.width];
    let across = [a2 * best.height, b2 * best.height];
    let length = |[x, y]: [f32; 2]| (f64::from(x) * f64::from(x) + f64::from(y) * f64::from(y)).sqrt() as f32;
    Rotated {
        center: [0, 1].map(|axis| corner[axis] + (along[axis] + across[axis]) * 0.5),
        size: [length(along), length(across)],
        angle: f64::from(along[1]).atan2(f64::from(along[0])) as f32,
    }
}

/// `rotatingCalipers` with `CALIPERS_MINAREARECT`: tries the direction of every edge.
fn rotate_calipers(hull: &[[f32; 2]]) -> Best {
    let count = hull.len();
    let edges: Vec<[f32; 2]> = (0..count)
        .map(|index| {
            let (from, to) = (hull[index], hull[(index + 1) % count]);
            [to[0] - from[0], to[1] - from[1]]
        })
        .collect();
    let mut touching = extremes(hull);
    let mut best = Best { left: 0, bottom: 0, base: [1.0, 0.0], width: 0.0, height: 0.0, area: f32::MAX };
    for _ in 0..count {
        // The edges that leave the four touching corners, turned as if each were the bottom one.
        let turned = std::array::from_fn(|side| turn(edges[touching[side]], side));
        let main = first_to_touch(turned);
        let [dx, dy] = edges[touching[main]].map(f64::from);
        let inverse = (1.0 / (dx * dx + dy * dy).sqrt()) as f32;
        let base = turned[main].map(|value| value * inverse);
        touching[main] = (touching[main] + 1) % count;

        let [bottom, right, top, left] = touching;
        let across = [hull[right][0] - hull[left][0], hull[right][1] - hull[left][1]];
        let up = [hull[top][0] - hull[bottom][0], hull[top][1] - hull[bottom][1]];
        let width = across[0] * base[0] + across[1] * base[1];
        let height = -up[0] * base[1] + up[1] * base[0];
        let area = width * height;
        if area <= best.area {
            best = Best { left, bottom, base, width, height, area };
        }
    }
    best
}

/// The first corners with the smallest y, the largest x, the largest y and the smallest x.
fn extremes(hull: &[[f32; 2]]) -> [usize; 4] {
    let mut found = [0; 4];
    for (index, &[x, y]) in hull.iter().enumerate() {
        let [bottom, right, top, left] = found;
        if y < hull[bottom][1] {
            found[0] = index;
        }
        if x > hull[right][0] {
            found[1] = index;
        }
        if y > hull[top][1] {
            found[2] = index;
        }
        if x < hull[left][0] {
            found[3] = index;
        }
    }
    found
}

/// Turns an edge clockwise by `quarters` quarter turns.
fn turn([x, y]: [f32; 2], quarters: usize) -> [f32; 2] {
    match quarters {
        0 => [x, y],
        1 => [y, -x],
        2 => [-x, -y],
        _ => [-y, x],
    }
}

/// Which of the four edges the calipers meet first when they turn: no other lies to its right.
fn first_to_touch(turned: [[f32; 2]; 4]) -> usize {
    let mut main = 0;
    for side in 1..4 {
        let [x, y] = turn(turned[side], 1);
        if x * turned[main][0] + y * turned[main][1] < 0.0 {
            main = side;
        }
    }
    main
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::recordings::recorded;
    use super::*;

    #[derive(Deserialize)]
    struct Case {
        points: Vec<[i32; 2]>,
        hull: Vec<[i32; 2]>,
        corners: [[f32; 2]; 4],
        short_side: f32,
    }

    #[test]
    fn every_bit_is_that_of_opencv() {
        for Case { points, hull, corners, short_side } in recorded("rect") {
            assert_eq!(convex_hull(&points), hull, "hull of {points:?}");
            assert_eq!(min_area_rect(&points), Rect { corners, short_side }, "rectangle around {points:?}");
        }
    }
    /// How far `point` is outside of the rectangle; negative inside.
    fn distance_outside(rect: &Rect, point: [i32; 2]) -> f64 {
        let corners = rect.corners.map(|corner| corner.map(f64::from));
        let [x, y] = point.map(f64::from);
        let beyond = |index: usize| {
            let ([from_x, from_y], [to_x, to_y]) = (corners[index], corners[(index + 1) % 4]);
            let (dx, dy) = (to_x - from_x, to_y - from_y);
            (dy * (x - from_x) - dx * (y - from_y)) / dx.hypot(dy)
        };
        (0..4).map(beyond).fold(f64::MIN, f64::max)
    }

    proptest! {
        #[test]
        fn a_rectangle_contains_its_points(points in prop::collection::vec([0..2000_i32, 0..2000_i32], 3..60)) {
            let rect = min_area_rect(&points);
            prop_assume!(rect.short_side > 1.0);
            for point in points {
                prop_assert!(distance_outside(&rect, point) < 0.01, "{:?} {:?}", rect, point);
            }
        }

        #[test]
        fn points_on_a_line_have_no_width(start: [i8; 2], step: [i8; 2], count in 1..20_i32) {
            let points: Vec<[i32; 2]> =
                (0..count).map(|n| [0, 1].map(|axis| i32::from(start[axis]) + n * i32::from(step[axis]))).collect();
            prop_assert!(min_area_rect(&points).short_side <= 0.0);
        }
    }
}

//! Pictures of what was read: every line's outline and number over the image, and its text beside it.

mod label;
mod side_by_side;
mod stroke;
mod text;

use image::{Rgb, RgbImage};

use super::{Page, Quad};
pub use side_by_side::Size;
pub(crate) use side_by_side::{fitted, preprocessing, side_by_side};

/// One after the other, so that neighbours differ; each is to be told from black, from white, and from the next.
const COLORS: [Rgb<u8>; 6] = [
    Rgb([214, 39, 40]),
    Rgb([31, 119, 180]),
    Rgb([30, 140, 40]),
    Rgb([148, 80, 190]),
    Rgb([220, 100, 0]),
    Rgb([10, 145, 145]),
];
/// Of outlines whose text was dropped for its score.
const DROPPED: Rgb<u8> = Rgb([128, 128, 128]);

/// Draws the outlines of `page` over `image`, the image that was read (of another size, the page is cut off).
///
/// Lines bear their place in `page.lines`, from 1, before their first character, or behind the last where the image
/// ends. Outlines without a line are grey and bear none. Strokes and digits grow with the image.
#[must_use]
pub fn boxes(image: &RgbImage, page: &Page) -> RgbImage {
    let mut picture = image.clone();
    let longer_side = image.width().max(image.height()) as f32;
    let width = (longer_side / 900.0).max(1.5);
    for quad in page.quads.iter().filter(|quad| page.lines.iter().all(|line| line.quad != **quad)) {
        outline(&mut picture, quad, width, DROPPED);
    }
    for (line, color) in page.lines.iter().zip(COLORS.iter().cycle()) {
        outline(&mut picture, &line.quad, width, *color);
    }
    let size = digit_size(page, longer_side);
    for (at, (line, color)) in page.lines.iter().zip(COLORS.iter().cycle()).enumerate() {
        label::draw(&mut picture, at + 1, places(&line.quad), size, *color);
    }
    picture
}

fn outline(picture: &mut RgbImage, quad: &Quad, width: f32, color: Rgb<u8>) {
    let [a, b, c, d] = quad.0.map(|corner| corner.map(|value| value as f32));
    for (from, to) in [(a, b), (b, c), (c, d), (d, a)] {
        stroke::draw(picture, from, to, width, color);
    }
}

/// The length of the left edge, or the top edge for vertical text: about the height of the characters.
fn line_height(quad: &Quad) -> f32 {
    let [a, b, _, d] = quad.0.map(|corner| corner.map(|value| value as f32));
    let length = |to: [f32; 2]| (to[0] - a[0]).hypot(to[1] - a[1]);
    length(b).min(length(d))
}

/// Two thirds of the median line, within what is legible in an image with that many pixels on its longer side.
fn digit_size(page: &Page, longer_side: f32) -> f32 {
    let mut heights: Vec<f32> = page.lines.iter().map(|line| line_height(&line.quad)).collect();
    heights.sort_by(f32::total_cmp);
    let median = heights.get(heights.len() / 2).copied().unwrap_or_default();
    let smallest = (longer_side / 160.0).max(10.0);
    (median * 2.0 / 3.0).clamp(smallest, 4.0 * smallest)
}

/// Where a label may go, the best first.
fn places(quad: &Quad) -> [label::Anchor; 2] {
    let [a, b, c, d] = quad.0.map(|corner| corner.map(|value| value as f32));
    let middle = |one: [f32; 2], other: [f32; 2]| [f32::midpoint(one[0], other[0]), f32::midpoint(one[1], other[1])];
    let [left, top, right, bottom] = quad.bounds();
    if bottom - top > right - left {
        [label::Anchor::Above(middle(a, b)), label::Anchor::Below(middle(c, d))]
    } else {
        [label::Anchor::Left(middle(a, d)), label::Anchor::Right(middle(b, c))]
    }
}

/// Lays `color` over a pixel, as much as `cover` says (`0.0..=1.0`). Places outside the picture are left out.
fn blend(picture: &mut RgbImage, x: i64, y: i64, color: Rgb<u8>, cover: f32) {
    let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else { return };
    if let Some(pixel) = picture.get_pixel_mut_checked(x, y) {
        for (level, target) in pixel.0.iter_mut().zip(color.0) {
            *level = (f32::from(*level) + (f32::from(target) - f32::from(*level)) * cover).round() as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Line, Params};
    use super::*;

    const WHITE: Rgb<u8> = Rgb([255; 3]);

    fn page(width: u32, height: u32, lines: &[[[i32; 2]; 4]], dropped: &[[[i32; 2]; 4]]) -> Page {
        let line = |corners: &[[i32; 2]; 4]| Line::new(Quad(*corners), "text", 0.9);
        Page {
            quads: lines.iter().chain(dropped).map(|corners| Quad(*corners)).collect(),
            lines: lines.iter().map(line).collect(),
            ..Page::blank(width, height, Params::default())
        }
    }

    fn upright(left: i32, top: i32, right: i32, bottom: i32) -> [[i32; 2]; 4] {
        [[left, top], [right, top], [right, bottom], [left, bottom]]
    }

    fn white(width: u32, height: u32) -> RgbImage {
        RgbImage::from_pixel(width, height, WHITE)
    }

    #[test]
    fn outlines_land_on_the_edges_and_nowhere_else() {
        let drawn =
            boxes(&white(400, 200), &page(400, 200, &[upright(100, 50, 300, 90)], &[upright(50, 120, 350, 160)]));
        for (x, y) in [(100, 50), (300, 50), (300, 90), (100, 90), (200, 50), (200, 90), (300, 70)] {
            assert_eq!(drawn.get_pixel(x, y), &COLORS[0], "at {x}, {y}");
        }
        for (x, y) in [(50, 120), (350, 160), (200, 120), (50, 140)] {
            assert_eq!(drawn.get_pixel(x, y), &DROPPED, "at {x}, {y}");
        }
        let changed = drawn.enumerate_pixels().filter(|(.., pixel)| **pixel != WHITE);
        for (x, y, _) in changed {
            let near = |edge: u32, at: u32| at.abs_diff(edge) <= 2;
            let on = |[left, top, right, bottom]: [u32; 4]| {
                (left - 2..=right + 2).contains(&x)
                    && (top - 2..=bottom + 2).contains(&y)
                    && (near(left, x) || near(right, x) || near(top, y) || near(bottom, y))
            };
            let on_label = (60..=100).contains(&x) && (50..=90).contains(&y);
            assert!(on([100, 50, 300, 90]) || on([50, 120, 350, 160]) || on_label, "at {x}, {y}");
        }
    }

    #[test]
    fn slanted_outlines_follow_their_edges() {
        let corners = [[50, 20], [250, 70], [240, 110], [40, 60]];
        let drawn = boxes(&white(300, 150), &page(300, 150, &[corners], &[]));
        assert_eq!(drawn.get_pixel(150, 45), &COLORS[0], "the middle of the top edge");
        assert_eq!(drawn.get_pixel(140, 85), &COLORS[0], "the middle of the bottom edge");
        assert_eq!(drawn.get_pixel(145, 65), &WHITE, "the middle of the text");
    }

    #[test]
    fn each_line_bears_its_own_number() {
        let rows: Vec<_> = (0..12).map(|row| upright(60, 10 + 40 * row, 200, 40 + 40 * row)).collect();
        let drawn = boxes(&white(300, 500), &page(300, 500, &rows, &[]));
        let digits = |row: u32| {
            let label = image::imageops::crop_imm(&drawn, 0, 10 + 40 * row, 58, 31).to_image();
            label.pixels().map(|pixel| *pixel == WHITE).collect::<Vec<_>>()
        };
        for row in 0..12 {
            assert!(digits(row).contains(&false), "line {row} has a label");
            for other in 0..row {
                assert!(digits(row) != digits(other), "lines {row} and {other} look alike");
            }
        }
    }

    #[test]
    fn a_label_without_room_is_moved_inside() {
        let drawn = boxes(&white(200, 40), &page(200, 40, &[upright(0, 0, 200, 40)], &[]));
        assert_eq!(drawn.get_pixel(3, 20), &COLORS[0]);
    }

    #[test]
    fn any_size_is_drawn_on() {
        for (width, height) in [(1, 1), (31, 32), (5000, 8), (60, 6000)] {
            let (right, bottom) = (width as i32, height as i32);
            let drawn = boxes(&white(width, height), &page(width, height, &[upright(0, 0, right, bottom)], &[]));
            assert_eq!(drawn.dimensions(), (width, height));
            assert!(drawn.pixels().any(|pixel| *pixel != WHITE));
        }
    }
}

//! The lines of a page as text that is not painted, each as long and as high as its box.

use pdf_writer::types::TextRenderingMode;
use pdf_writer::{Content, Str};

use super::FONT;
use super::font::{DESCENT, Font};
use crate::ocr::{Line, Page};

/// A box so much higher than wide is read from top to bottom: the recognizer turns it (`PaddleX`'s
/// `CropByPolys`).
const UPRIGHT: f32 = 1.5;

/// Where a line of text goes.
struct TextPlace {
    /// The end of its baseline that it begins at, in points.
    start: [f32; 2],
    /// The direction it runs in, of length 1.
    along: [f32; 2],
    length: f32,
    height: f32,
}

/// Lays the lines of `read` over the page that they were read on, `size` points wide and high.
pub fn lay(content: &mut Content, font: &mut Font, read: &Page, size: [f32; 2]) {
    content.begin_text().set_text_rendering_mode(TextRenderingMode::Invisible);
    for line in read.lines.iter().filter(|line| !line.text.trim().is_empty()) {
        let Some(place) = place(read, line, size) else { continue };
        let encoded = font.encode(&line.text);
        let natural = encoded.ems * place.height;
        let [x, y] = place.along;
        // Up from the lower edge of the box, so that the font's descent ends there.
        let [left, lower] = [place.start[0] - y * DESCENT * place.height, place.start[1] + x * DESCENT * place.height];
        content
            .set_font(FONT, place.height)
            .set_horizontal_scaling(100.0 * place.length / natural)
            .set_text_matrix([x, y, -y, x, left, lower])
            .show(Str(&encoded.codes));
    }
    content.end_text();
}

/// `None` for a box without an area. A page that was turned or flattened before it was read is not so here.
fn place(read: &Page, line: &Line, [width, height]: [f32; 2]) -> Option<TextPlace> {
    let corners = line.quad.0.map(|corner| {
        let [x, y] = read.origin.locate(corner);
        [x as f32 * width, height - y as f32 * height]
    });
    let [top_left, top_right, _, bottom_left] = corners;
    let [wide, high] = [distance(top_left, top_right), distance(top_left, bottom_left)];
    let (start, end, length, height) = if high >= UPRIGHT * wide {
        (top_left, bottom_left, high, wide)
    } else {
        let end = corners[2];
        (bottom_left, end, distance(bottom_left, end), high)
    };
    let along = [0, 1].map(|axis| (end[axis] - start[axis]) / length);
    (length > 0.0 && height > 0.0).then_some(TextPlace { start, along, length, height })
}

fn distance(one: [f32; 2], other: [f32; 2]) -> f32 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

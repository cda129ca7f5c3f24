//! Numbers on a coloured ground.

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};
use image::{Rgb, RgbImage};

use super::blend;

/// The digits of `DejaVu Sans Bold`; `LICENSE` beside it.
const DIGITS: &[u8] = include_bytes!("digits.ttf");
const WHITE: Rgb<u8> = Rgb([255; 3]);

/// The point `[x, y]` that a label touches with the middle of one side, and on which side of it the label is.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Left([f32; 2]),
    Right([f32; 2]),
    Above([f32; 2]),
    Below([f32; 2]),
}

impl Anchor {
    /// The top left corner of a label of this size.
    fn corner(self, [width, height]: [f32; 2]) -> [f32; 2] {
        match self {
            Self::Left([x, y]) => [x - width, y - height / 2.0],
            Self::Right([x, y]) => [x, y - height / 2.0],
            Self::Above([x, y]) => [x - width / 2.0, y - height],
            Self::Below([x, y]) => [x - width / 2.0, y],
        }
    }
}

/// Draws `number` in digits `size` pixels high at the first of `places` that is within the picture, or as near to the
/// first as the picture allows.
pub(super) fn draw(picture: &mut RgbImage, number: usize, places: [Anchor; 2], size: f32, color: Rgb<u8>) {
    let font = FontRef::try_from_slice(DIGITS).expect("the digits are a font");
    let (glyphs, width) = set(&font, number, size);
    let margin = (size * 0.18).round().max(2.0);
    let ground = [(width + 2.0 * margin).ceil(), (size + 2.0 * margin).ceil()];
    let room = [picture.width() as f32, picture.height() as f32];
    let inside = |corner: [f32; 2]| [0, 1].map(|axis| corner[axis].min(room[axis] - ground[axis]).max(0.0).round());
    let corners = places.map(|place| place.corner(ground));
    // Covering a sliver of the text beats a label that leaves the column of the others.
    let slack = size / 3.0;
    let fits =
        |corner: &[f32; 2]| inside(*corner).iter().zip(corner).all(|(moved, wanted)| (moved - wanted).abs() < slack);
    let [left, top] = inside(corners.into_iter().find(fits).unwrap_or(corners[0]));

    for row in 0..ground[1] as i64 {
        for column in 0..ground[0] as i64 {
            blend(picture, left as i64 + column, top as i64 + row, color, 1.0);
        }
    }
    for mut glyph in glyphs {
        glyph.position.x += left + margin;
        glyph.position.y = top + margin + size;
        let Some(shape) = font.outline_glyph(glyph) else { continue };
        let origin = shape.px_bounds().min;
        shape.draw(|column, row, cover| {
            let (x, y) = (origin.x as i64 + i64::from(column), origin.y as i64 + i64::from(row));
            blend(picture, x, y, WHITE, cover.min(1.0));
        });
    }
}

/// The glyphs of `number` side by side from 0, and their width. `size` is the height of a digit, not of a line.
fn set(font: &FontRef<'_>, number: usize, size: f32) -> (Vec<Glyph>, f32) {
    let digit = font.outline(font.glyph_id('0')).expect("zero has a shape").bounds;
    let scale = PxScale::from(size * font.height_unscaled() / (digit.max.y - digit.min.y).abs());
    let scaled = font.as_scaled(scale);
    let mut width = 0.0;
    let mut glyphs = Vec::new();
    for digit in number.to_string().chars() {
        let id = scaled.glyph_id(digit);
        glyphs.push(id.with_scale_and_position(scale, point(width, 0.0)));
        width += scaled.h_advance(id);
    }
    (glyphs, width)
}

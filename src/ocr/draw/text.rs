//! Any text in any box: characters of two fonts, squeezed into the width and turned with the box.

use std::io::Read as _;
use std::sync::LazyLock;

use ab_glyph::{Font, FontVec, Glyph, PxScale, ScaleFont, point};
use flate2::read::GzDecoder;
use image::{GrayImage, Luma, Rgb, RgbImage};

use super::blend;

/// Fonts in the order in which they are asked for a character; `fonts/README.md` says whose they are.
static FONTS: LazyLock<[FontVec; 2]> = LazyLock::new(|| {
    [font(include_bytes!("fonts/DejaVuSans.ttf.gz")), font(include_bytes!("fonts/DroidSansFallback.ttf.gz"))]
});

/// How much of a line's height its characters take.
const FILL: f32 = 0.78;

/// Lower characters are left out: nobody could read them.
const SMALLEST: f32 = 2.0;

const INK: Rgb<u8> = Rgb([0; 3]);

fn font(packed: &[u8]) -> FontVec {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).expect("the font was packed whole");
    FontVec::try_from_vec(bytes).expect("the file is a font")
}

/// A box whose text runs along `along` from `corner`, with the next line in direction `down`; both in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Space {
    pub corner: [f32; 2],
    pub along: [f32; 2],
    pub down: [f32; 2],
}

impl Space {
    fn size(&self) -> [f32; 2] {
        [self.along, self.down].map(|[x, y]| x.hypot(y))
    }
}

/// Draws one line of `text` into `space`.
pub(super) fn line(picture: &mut RgbImage, text: &str, space: Space) {
    let [width, height] = space.size();
    let size = height * FILL;
    if size < SMALLEST || width < SMALLEST || text.trim().is_empty() {
        return;
    }
    let natural = advance(text, size);
    // Squeezed, where the characters of this font are wider than those on the page.
    let squeeze = (width / natural).min(1.0);
    let mut ink = GrayImage::new(width.ceil() as u32, height.ceil() as u32);
    let base = height / 2.0 + size * 0.36;
    let mut at = 0.0;
    for character in text.chars() {
        stamp(&mut ink, character, size, [at, base], squeeze);
        at += advance_of(character, size) * squeeze;
    }
    lay(picture, &ink, space);
}

/// Draws characters below each other, each in its share of the height.
pub(super) fn column(picture: &mut RgbImage, text: &str, space: Space) {
    let count = text.chars().count().max(1) as f32;
    let [width, height] = space.size();
    let size = (width * FILL).min(height / count);
    if size < SMALLEST {
        return;
    }
    let mut ink = GrayImage::new(width.ceil() as u32, height.ceil() as u32);
    for (number, character) in (0_u16..).zip(text.chars()) {
        let middle = (f32::from(number) + 0.5) * height / count;
        let left = (width - advance_of(character, size)) / 2.0;
        stamp(&mut ink, character, size, [left.max(0.0), middle + size * 0.36], 1.0);
    }
    lay(picture, &ink, space);
}

/// The font that has a character, and the one that shows a box for it if none has.
fn font_of(character: char) -> &'static FontVec {
    let [first, _] = &*FONTS;
    FONTS.iter().find(|font| font.glyph_id(character).0 != 0).unwrap_or(first)
}

/// Scale of a font whose em is `size` pixels.
fn scale(font: &FontVec, size: f32) -> PxScale {
    PxScale::from(size * font.height_unscaled() / font.units_per_em().unwrap_or(1000.0))
}

fn advance_of(character: char, size: f32) -> f32 {
    let font = font_of(character);
    font.as_scaled(scale(font, size)).h_advance(font.glyph_id(character))
}

fn advance(text: &str, size: f32) -> f32 {
    text.chars().map(|character| advance_of(character, size)).sum::<f32>().max(f32::MIN_POSITIVE)
}

/// Adds the ink of a character that stands at `[left, base line]`.
fn stamp(ink: &mut GrayImage, character: char, size: f32, [left, base]: [f32; 2], squeeze: f32) {
    let font = font_of(character);
    let mut scale = scale(font, size);
    scale.x *= squeeze;
    let glyph: Glyph = font.glyph_id(character).with_scale_and_position(scale, point(left, base));
    let Some(shape) = font.outline_glyph(glyph) else { return };
    let origin = shape.px_bounds().min;
    shape.draw(|column, row, cover| {
        let (x, y) = (origin.x as i64 + i64::from(column), origin.y as i64 + i64::from(row));
        let place = u32::try_from(x).ok().zip(u32::try_from(y).ok());
        if let Some(Luma([level])) = place.and_then(|(x, y)| ink.get_pixel_mut_checked(x, y)) {
            *level = (*level).max((cover.clamp(0.0, 1.0) * 255.0) as u8);
        }
    });
}

/// Lays what was drawn straight into its place in the picture.
fn lay(picture: &mut RgbImage, ink: &GrayImage, space: Space) {
    let Space { corner, along, down } = space;
    let area = along[0] * down[1] - along[1] * down[0];
    if area == 0.0 {
        return;
    }
    let corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
        .map(|[a, d]| [0, 1].map(|axis| corner[axis] + a * along[axis] + d * down[axis]));
    let range = |axis: usize| {
        let values = corners.map(|corner| corner[axis]);
        let from = values.into_iter().fold(f32::INFINITY, f32::min).floor() as i64;
        from..=values.into_iter().fold(f32::NEG_INFINITY, f32::max).ceil() as i64
    };
    let [width, height] = space.size();
    for y in range(1) {
        for x in range(0) {
            let [dx, dy] = [x as f32 + 0.5 - corner[0], y as f32 + 0.5 - corner[1]];
            let across = (dx * down[1] - dy * down[0]) / area * width - 0.5;
            let below = (dy * along[0] - dx * along[1]) / area * height - 0.5;
            let cover = level(ink, [across, below]);
            if cover > 0.0 {
                blend(picture, x, y, INK, cover);
            }
        }
    }
}

/// How much ink there is at a place, `0.0..=1.0`, between the four pixels around.
fn level(ink: &GrayImage, [x, y]: [f32; 2]) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let at = |dx: i64, dy: i64| {
        let place = u32::try_from(left as i64 + dx).ok().zip(u32::try_from(top as i64 + dy).ok());
        let level = place.and_then(|(x, y)| ink.get_pixel_checked(x, y)).map_or(0, |pixel| pixel.0[0]);
        f32::from(level) / 255.0
    };
    let (across, down) = (x - left, y - top);
    let upper = at(0, 0) * (1.0 - across) + at(1, 0) * across;
    let lower = at(0, 1) * (1.0 - across) + at(1, 1) * across;
    upper * (1.0 - down) + lower * down
}

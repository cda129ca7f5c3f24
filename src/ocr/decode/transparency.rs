//! A background for transparent images: the one their text can be read on.
//!
//! OpenCV drops alpha, and with it loses text whose colour continues under the transparent pixels (black glyphs on
//! transparent black, as many programs write). Here the image is laid on white, or on black if what borders on the
//! transparent part is light. An image that is opaque everywhere, or transparent everywhere (alpha that was never
//! filled in), keeps its colours as they are: for both, the result is what dropping alpha gives.

use image::RgbImage;

use super::pixels::Pixels;

/// From here up a pixel counts as visible, below as transparent.
const VISIBLE: u8 = 128;
/// Mean luma above which what borders on the transparent part is light.
const LIGHT: u64 = 127;

/// Makes RGB of grey, grey and alpha, RGB, or RGBA.
pub(super) fn compose(width: u32, height: u32, pixels: Pixels) -> RgbImage {
    let Pixels { channels, samples } = pixels;
    let rgb = match channels {
        1 => samples.iter().flat_map(|&grey| [grey; 3]).collect(),
        2 => on_background(samples.as_chunks::<2>().0.iter().map(|&[grey, alpha]| [grey, grey, grey, alpha]), width),
        3 => samples,
        _ => on_background(samples.as_chunks::<4>().0.iter().copied(), width),
    };
    RgbImage::from_raw(width, height, rgb).expect("a decoder fills the size it announces")
}

/// Lays RGBA pixels on the background that suits them.
fn on_background(pixels: impl Iterator<Item = [u8; 4]> + Clone, width: u32) -> Vec<u8> {
    if pixels.clone().all(|[.., alpha]| alpha == 255) || pixels.clone().all(|[.., alpha]| alpha == 0) {
        return pixels.flat_map(|[red, green, blue, _]| [red, green, blue]).collect();
    }
    let background = background(pixels.clone(), width as usize);
    pixels.flat_map(|[red, green, blue, alpha]| [red, green, blue].map(|level| mix(level, background, alpha))).collect()
}

/// `level` over `background`, exactly `level` where `alpha` is 255; rounded to the nearest.
fn mix(level: u8, background: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(level) * alpha + u32::from(background) * (255 - alpha) + 127) / 255) as u8
}

/// White, or black if the visible pixels beside transparent ones are light on average.
///
/// Only the border counts, since text inside an opaque area has its own background: a dark window with white text and
/// transparent corners needs none. Thin strokes are all border.
fn background(pixels: impl Iterator<Item = [u8; 4]>, width: usize) -> u8 {
    let mut above: Vec<[u8; 4]> = Vec::new();
    let (mut sum, mut count) = (0, 0);
    let mut border = |one: [u8; 4], other: [u8; 4]| {
        let visible = match (one[3] >= VISIBLE, other[3] >= VISIBLE) {
            (true, false) => one,
            (false, true) => other,
            _ => return,
        };
        sum += luma(visible);
        count += 1;
    };
    for (at, pixel) in pixels.enumerate() {
        let column = at % width;
        if let Some(&upper) = above.get(column) {
            border(pixel, upper);
            above[column] = pixel;
        } else {
            above.push(pixel);
        }
        if column > 0 {
            border(pixel, above[column - 1]);
        }
    }
    if sum > LIGHT * count { 0 } else { 255 }
}

/// Luma of ITU-R BT.601, `0..=255`.
fn luma([red, green, blue, _]: [u8; 4]) -> u64 {
    (299 * u64::from(red) + 587 * u64::from(green) + 114 * u64::from(blue)) / 1000
}

//! A background for transparent images: the one their text can be read on.
//!
//! OpenCV drops alpha, and with it loses text whose colour continues under the transparent pixels (black glyphs on
//! transparent black, as many programs write). Here the image is laid on white, or on black if what borders on the
//! transparent part is light. An image that is opaque everywhere, or transparent everywhere (alpha that was never
//! filled in), keeps its colours as they are: for both, the result is what dropping alpha gives.

use super::in_place::map;

/// From here up a pixel counts as visible, below as transparent.
const VISIBLE: u8 = 128;
/// Mean luma above which what borders on the transparent part is light.
const LIGHT: u64 = 127;

/// Lays what has transparency on the background that suits it, in place: RGBA becomes RGB, grey and alpha becomes grey.
/// `size` is the length of a row and the number of pixels. Returns the channels that are left, 3 or 1.
pub(super) fn flatten(samples: &mut [u8], size: [usize; 2], channels: usize) -> usize {
    let [width, count] = size;
    match channels {
        2 => {
            let pixels = samples.as_chunks::<2>().0[..count].iter().map(|&[grey, alpha]| [grey, grey, grey, alpha]);
            match background(pixels, width) {
                Some(background) => map::<2, 1>(samples, count, |[grey, alpha]| [mix(grey, background, alpha)]),
                None => map::<2, 1>(samples, count, |[grey, _]| [grey]),
            }
            1
        }
        4 => {
            match background(samples.as_chunks::<4>().0[..count].iter().copied(), width) {
                Some(background) => map::<4, 3>(samples, count, |[red, green, blue, alpha]| {
                    [red, green, blue].map(|level| mix(level, background, alpha))
                }),
                None => map::<4, 3>(samples, count, |[red, green, blue, _]| [red, green, blue]),
            }
            3
        }
        channels => channels,
    }
}

/// What RGBA pixels are to be laid on; none if alpha says nothing.
fn background(pixels: impl Iterator<Item = [u8; 4]> + Clone, width: usize) -> Option<u8> {
    let is_plain = pixels.clone().all(|[.., alpha]| alpha == 255) || pixels.clone().all(|[.., alpha]| alpha == 0);
    (!is_plain).then(|| suitable(pixels, width))
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
fn suitable(pixels: impl Iterator<Item = [u8; 4]>, width: usize) -> u8 {
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

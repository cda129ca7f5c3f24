//! Resizing as OpenCV 4.10 does it to 8-bit images with `INTER_LINEAR`: bilinear, in fixed point, without smoothing.

use std::ops::Range;

use image::RgbImage;

/// Fixed-point one of the weights (`INTER_RESIZE_COEF_SCALE` in OpenCV's `resize.cpp`).
const ONE: f32 = 2048.0;

/// Bytes of a pixel.
const CHANNELS: usize = 3;

/// Two neighbours of a target position and their weights, which sum to 2048.
#[derive(Clone, Copy)]
struct Tap {
    positions: [usize; 2],
    weights: [i16; 2],
}

/// What happens to weights of positions beyond the first and last source pixel.
#[derive(Clone, Copy, PartialEq)]
enum Edge {
    /// All weight goes to the border pixel: columns.
    Snap,
    /// Both neighbours are the border pixel and keep their weights: rows.
    Keep,
}

/// A part of the resized image, in its pixels; within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ocr) struct Window {
    pub columns: Range<usize>,
    pub rows: Range<usize>,
}

/// Resizes `image` to `width` by `height`, both at least 1, and hands each row, from the top, to `row`:
/// its number and its `3 * width` bytes, pixel by pixel. `image` must not be empty.
///
/// Bit for bit `cv2.resize(image, (width, height))` of OpenCV 4.10 (`modules/imgproc/src/resize.cpp`).
pub(in crate::ocr) fn resize(image: &RgbImage, width: usize, height: usize, row: impl FnMut(usize, &[u8])) {
    resize_part(image, [width, height], &Window { columns: 0..width, rows: 0..height }, row);
}

/// As [`resize()`] to `size` (`[width, height]`), but only what lies in `window`; rows are numbered from its top. What
/// lies outside costs nothing, however large it would be.
pub(in crate::ocr) fn resize_part(image: &RgbImage, size: [usize; 2], window: &Window, row: impl FnMut(usize, &[u8])) {
    let from = [image.width() as usize, image.height() as usize];
    if from == size {
        copy(image, window, row);
    } else if from == size.map(|side| 2 * side) {
        halve(image, window, row);
    } else {
        interpolate(image, size, window, row);
    }
}

fn copy(image: &RgbImage, window: &Window, mut row: impl FnMut(usize, &[u8])) {
    let pixels = image.as_raw().chunks_exact(image.width() as usize * CHANNELS);
    let bytes = window.columns.start * CHANNELS..window.columns.end * CHANNELS;
    for (y, line) in pixels.skip(window.rows.start).take(window.rows.len()).enumerate() {
        row(y, &line[bytes.clone()]);
    }
}

/// At exactly half the size OpenCV takes the mean of 2x2 pixels (`INTER_AREA`) instead.
fn halve(image: &RgbImage, window: &Window, mut row: impl FnMut(usize, &[u8])) {
    let stride = image.width() as usize * CHANNELS;
    let bytes = 2 * window.columns.start * CHANNELS..2 * window.columns.end * CHANNELS;
    let mut halved = vec![0; bytes.len() / 2];
    let pairs = image.as_raw().chunks_exact(2 * stride).skip(window.rows.start).take(window.rows.len());
    for (y, pair) in pairs.enumerate() {
        let (upper, lower) = pair.split_at(stride);
        let (upper, lower) = (&upper[bytes.clone()], &lower[bytes.clone()]);
        let pairs = upper.chunks_exact(2 * CHANNELS).zip(lower.chunks_exact(2 * CHANNELS));
        for (pixel, (above, below)) in halved.chunks_exact_mut(CHANNELS).zip(pairs) {
            for channel in 0..CHANNELS {
                let above = u16::from(above[channel]) + u16::from(above[channel + CHANNELS]);
                let below = u16::from(below[channel]) + u16::from(below[channel + CHANNELS]);
                pixel[channel] = ((above + below + 2) >> 2) as u8;
            }
        }
        row(y, &halved);
    }
}

fn interpolate(image: &RgbImage, [width, height]: [usize; 2], window: &Window, mut row: impl FnMut(usize, &[u8])) {
    let columns = taps([image.width() as usize, width], window.columns.clone(), Edge::Snap);
    let rows = taps([image.height() as usize, height], window.rows.clone(), Edge::Keep);
    let stride = image.width() as usize * CHANNELS;
    let source = |y: usize| &image.as_raw()[y * stride..][..stride];
    let stretch = |y: usize, line: &mut [i16]| {
        if image.width() as usize == width {
            for (value, &byte) in line.iter_mut().zip(&source(y)[window.columns.start * CHANNELS..]) {
                *value = i16::from(byte) << 7;
            }
        } else {
            stretch(source(y), &columns, line);
        }
    };
    // The two source rows in use, stretched, each with its number.
    let mut upper = (usize::MAX, vec![0; columns.len() * CHANNELS]);
    let mut lower = (usize::MAX, vec![0; columns.len() * CHANNELS]);
    let mut mixed = vec![0; columns.len() * CHANNELS];
    for (y, tap) in rows.iter().enumerate() {
        let [first, second] = tap.positions;
        if upper.0 != first {
            std::mem::swap(&mut upper, &mut lower);
        }
        if upper.0 != first {
            stretch(first, &mut upper.1);
            upper.0 = first;
        }
        if lower.0 != second {
            stretch(second, &mut lower.1);
            lower.0 = second;
        }
        mix(&upper.1, &lower.1, tap.weights, &mut mixed);
        row(y, &mixed);
    }
}

/// Where the positions `wanted` of `to` lie among `from` positions.
fn taps([from, to]: [usize; 2], wanted: Range<usize>, edge: Edge) -> Vec<Tap> {
    let scale = 1.0 / (to as f64 / from as f64);
    let last = from as i64 - 1;
    let clamp = |position: i64| position.clamp(0, last) as usize;
    wanted
        .map(|position| {
            let exact = ((position as f64 + 0.5) * scale - 0.5) as f32;
            let mut first = exact.floor() as i64;
            let mut fraction = exact - exact.floor();
            if edge == Edge::Snap && (first < 0 || first >= last) {
                (first, fraction) = (first.clamp(0, last), 0.0);
            }
            let weights = [(1.0 - fraction) * ONE, fraction * ONE].map(|weight| weight.round_ties_even() as i16);
            Tap { positions: [clamp(first), clamp(first + 1)], weights }
        })
        .collect()
}

/// Interpolates one row horizontally. Values are pixel times 2048 divided by 16: what the vertical step multiplies.
fn stretch(source: &[u8], columns: &[Tap], line: &mut [i16]) {
    for (pixel, tap) in line.chunks_exact_mut(CHANNELS).zip(columns) {
        let [left, right] = tap.positions.map(|x| &source[x * CHANNELS..][..CHANNELS]);
        for channel in 0..CHANNELS {
            let value = i32::from(left[channel]) * i32::from(tap.weights[0])
                + i32::from(right[channel]) * i32::from(tap.weights[1]);
            pixel[channel] = (value >> 4) as i16;
        }
    }
}

/// Interpolates vertically between two rows of [`stretch`].
fn mix(upper: &[i16], lower: &[i16], weights: [i16; 2], mixed: &mut [u8]) {
    let scaled = |value: i16, weight: i16| ((i32::from(value) * i32::from(weight)) >> 16) as i16;
    for ((byte, &above), &below) in mixed.iter_mut().zip(upper).zip(lower) {
        *byte = ((scaled(above, weights[0]) + scaled(below, weights[1]) + 2) >> 2) as u8;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::recordings::{checksum, noise_image, recorded};
    use super::*;

    #[derive(Deserialize)]
    struct Case {
        seed: u64,
        from: [u32; 2],
        to: [usize; 2],
        crc: u32,
    }

    fn resized(image: &RgbImage, [width, height]: [usize; 2]) -> Vec<u8> {
        let mut pixels = Vec::new();
        resize(image, width, height, |y, row| {
            assert_eq!(pixels.len(), y * width * CHANNELS);
            pixels.extend_from_slice(row);
        });
        pixels
    }

    #[test]
    fn every_pixel_is_that_of_opencv() {
        for case in recorded::<Case>("resize") {
            let image = noise_image(case.seed, case.from);
            assert_eq!(checksum(&resized(&image, case.to)), case.crc, "{:?} to {:?}", case.from, case.to);
        }
    }

    #[test]
    fn a_part_is_cut_out_of_the_whole() {
        for (from, to) in [([37, 23], [90, 61]), ([80, 60], [40, 30]), ([50, 40], [50, 40]), ([40, 90], [40, 30])] {
            let image = noise_image(7, from);
            let whole = resized(&image, to);
            let window = Window { columns: 5..29, rows: 3..20 };
            let mut part = Vec::new();
            resize_part(&image, to, &window, |_, row| part.extend_from_slice(row));
            let rows = whole.chunks_exact(to[0] * CHANNELS).skip(3).take(17);
            let expected: Vec<u8> = rows.flat_map(|row| row[5 * CHANNELS..29 * CHANNELS].to_vec()).collect();
            assert_eq!(part, expected, "{from:?} to {to:?}");
        }
    }

    proptest! {
        #[test]
        fn one_colour_stays_one_colour(
            colour: [u8; 3], width in 1..40_u32, height in 1..40_u32, to in [1..60_usize, 1..60_usize],
        ) {
            let image = RgbImage::from_pixel(width, height, image::Rgb(colour));
            let pixels = resized(&image, to);
            prop_assert_eq!(pixels.len(), to[0] * to[1] * CHANNELS);
            prop_assert!(pixels.chunks_exact(CHANNELS).all(|pixel| pixel == colour));
        }
    }
}

//! Sampling an image through a projective map, bicubic in fixed point, as OpenCV 4.10 does.

use std::sync::LazyLock;

use image::RgbImage;

use super::perspective::Matrix;

/// Bytes of a pixel.
const CHANNELS: usize = 3;

/// Positions between two pixels (`INTER_TAB_SIZE`).
const FRACTIONS: usize = 32;

/// Fixed-point one of the weights (`INTER_REMAP_COEF_SCALE`) and its number of bits.
const ONE: i32 = 1 << ONE_BITS;
const ONE_BITS: u32 = 15;

/// OpenCV works in blocks of this many pixels, at most 16 high; where a block begins shows in the last bits.
const BLOCK: usize = 1024;

/// Weights of the 4x4 pixels around a position, per fraction in y and x (`initInterTab2D`).
static WEIGHTS: LazyLock<Vec<[i16; 16]>> =
    LazyLock::new(|| (0..FRACTIONS * FRACTIONS).map(|index| weights(index / FRACTIONS, index % FRACTIONS)).collect());

/// Which of the 4x4 pixels take what rounding left over; OpenCV means the central ones, and is one off.
const TAKERS: [usize; 4] = [10, 11, 14, 15];

/// Where in the image a pixel of the result comes from.
#[derive(Clone, Copy)]
struct Position {
    /// The pixel to the upper left of it; may lie outside of the image.
    pixel: [i64; 2],
    /// Index into [`WEIGHTS`].
    fraction: usize,
}

/// Fills `pixels` (`[height, width, 3]`, size `[width, height]`, nothing in it 0) with what `image` shows at `map` of
/// each position. Beyond its borders the image goes on with its outermost pixels.
///
/// Bit for bit `cv2.warpPerspective(…, flags=INTER_CUBIC, borderMode=BORDER_REPLICATE)` with the inverse of `map`
/// (`modules/imgproc/src/imgwarp.cpp`), for images of less than 32768 pixels a side: there OpenCV's coordinates end.
pub(in crate::ocr) fn warp(image: &RgbImage, map: &Matrix, size: [usize; 2], pixels: &mut [u8]) {
    let [width, height] = size;
    let block = (BLOCK / height.min(16)).min(width);
    for (y, row) in pixels.chunks_exact_mut(width * CHANNELS).enumerate() {
        for (index, part) in row.chunks_mut(block * CHANNELS).enumerate() {
            let start = (index * block) as f64;
            let origin = [0, 3, 6].map(|at| map[at] * start + map[at + 1] * y as f64 + map[at + 2]);
            for (x, pixel) in part.chunks_exact_mut(CHANNELS).enumerate() {
                sample(image, position(map, origin, x as f64), pixel);
            }
        }
    }
}

/// Where the pixel `x` pixels right of a block's left edge comes from, given what `map` makes of that edge.
fn position(map: &Matrix, origin: [f64; 3], x: f64) -> Position {
    let depth = origin[2] + map[6] * x;
    let scale = if depth == 0.0 { 0.0 } else { FRACTIONS as f64 / depth };
    let fixed = [0, 1].map(|axis| {
        let exact = (origin[axis] + map[3 * axis] * x) * scale;
        exact.clamp(f64::from(i32::MIN), f64::from(i32::MAX)).round_ties_even() as i64
    });
    let [x, y] = fixed.map(|value| value as usize % FRACTIONS);
    Position { pixel: fixed.map(|value| value.div_euclid(FRACTIONS as i64)), fraction: y * FRACTIONS + x }
}

/// Writes the three bytes that `image` shows at `position`.
fn sample(image: &RgbImage, position: Position, pixel: &mut [u8]) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let [x, y] = position.pixel;
    let inside = |at: i64, size: usize| at >= 1 && at + 2 < size as i64;
    let source = image.as_raw();
    if !inside(x, width) || !inside(y, height) {
        return sample_at_border(image, position, pixel);
    }
    let (x, y) = (x as usize, y as usize);
    if position.fraction == 0 {
        // The weight of this pixel is one.
        let start = (y * width + x) * CHANNELS;
        pixel.copy_from_slice(&source[start..start + CHANNELS]);
        return;
    }
    let mut sums = [0; CHANNELS];
    for (row, weights) in WEIGHTS[position.fraction].chunks_exact(4).enumerate() {
        let start = ((y + row - 1) * width + x - 1) * CHANNELS;
        let taps = source[start..start + 4 * CHANNELS].chunks_exact(CHANNELS);
        for (tap, &weight) in taps.zip(weights) {
            add(&mut sums, tap, weight);
        }
    }
    round(sums, pixel);
}

fn sample_at_border(image: &RgbImage, position: Position, pixel: &mut [u8]) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let clamp = |at: i64, size: usize| at.clamp(0, size as i64 - 1) as usize;
    let mut sums = [0; CHANNELS];
    for (index, &weight) in WEIGHTS[position.fraction].iter().enumerate() {
        let x = clamp(position.pixel[0] + (index % 4) as i64 - 1, width);
        let y = clamp(position.pixel[1] + (index / 4) as i64 - 1, height);
        add(&mut sums, &image.as_raw()[(y * width + x) * CHANNELS..][..CHANNELS], weight);
    }
    round(sums, pixel);
}

fn add(sums: &mut [i32; CHANNELS], tap: &[u8], weight: i16) {
    for (sum, &byte) in sums.iter_mut().zip(tap) {
        *sum += i32::from(byte) * i32::from(weight);
    }
}

fn round(sums: [i32; CHANNELS], pixel: &mut [u8]) {
    for (byte, sum) in pixel.iter_mut().zip(sums) {
        *byte = ((sum + ONE / 2) >> ONE_BITS).clamp(0, 255) as u8;
    }
}

/// The weights of 4x4 pixels for a position `y / 32` and `x / 32` of the way; they sum to [`ONE`].
fn weights(y: usize, x: usize) -> [i16; 16] {
    let (down, across) = (cubic(y as f32 / FRACTIONS as f32), cubic(x as f32 / FRACTIONS as f32));
    // The conversion to i16 saturates, as OpenCV's does: a weight of one becomes 32767.
    let mut weights: [i16; 16] =
        std::array::from_fn(|index| (down[index / 4] * across[index % 4] * ONE as f32).round_ties_even() as i16);
    let residue = weights.iter().map(|&weight| i32::from(weight)).sum::<i32>() - ONE;
    let (mut smallest, mut largest) = (TAKERS[0], TAKERS[0]);
    for taker in TAKERS {
        if weights[taker] < weights[smallest] {
            smallest = taker;
        } else if weights[taker] > weights[largest] {
            largest = taker;
        }
    }
    weights[if residue < 0 { largest } else { smallest }] -= residue as i16;
    weights
}

/// Weights of the pixels at -1, 0, 1 and 2 for a position `t` in `0.0..1.0` (`interpolateCubic`, A = -0.75).
fn cubic(t: f32) -> [f32; 4] {
    const A: f32 = -0.75;
    let first = ((A * (t + 1.0) - 5.0 * A) * (t + 1.0) + 8.0 * A) * (t + 1.0) - 4.0 * A;
    let second = ((A + 2.0) * t - (A + 3.0)) * t * t + 1.0;
    let third = ((A + 2.0) * (1.0 - t) - (A + 3.0)) * (1.0 - t) * (1.0 - t) + 1.0;
    [first, second, third, 1.0 - first - second - third]
}

//! What a decoder yields becomes 8-bit RGB in the place where it lies: a second copy of a large image would be most of the
//! memory of this process.

use image::{ColorType, ImageDecoder, ImageResult, Limits, RgbImage};

use super::in_place::map;
use super::transparency;

/// Decodes everything.
///
/// 16-bit samples lose their low byte, as in OpenCV (`image` itself would round); floats are scaled from `0.0..=1.0`.
/// What is transparent gets a [background](transparency).
///
/// # Errors
/// The decoder's: damaged, unsupported, or beyond `limits`, which are those of what it holds besides its output.
pub(super) fn read(mut decoder: Box<dyn ImageDecoder + '_>, limits: Limits) -> ImageResult<RgbImage> {
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    let count = width as usize * height as usize;
    let total = decoder.total_bytes() as usize;
    decoder.set_limits(limits)?;
    let mut samples = vec![0; total.max(3 * count)];
    decoder.read_image_boxed(&mut samples[..total])?;

    let channels = usize::from(color.channel_count());
    to_8_bits(&mut samples, channels * count, color);
    let channels = transparency::flatten(&mut samples, [width as usize, count], channels);
    if channels == 1 {
        map::<1, 3>(&mut samples, count, |[grey]| [grey; 3]);
    }
    samples.truncate(3 * count);
    samples.shrink_to_fit();
    Ok(RgbImage::from_raw(width, height, samples).expect("three samples for each pixel"))
}

fn to_8_bits(samples: &mut [u8], count: usize, color: ColorType) {
    match color.bytes_per_pixel() / color.channel_count() {
        2 => map::<2, 1>(samples, count, |sample| [(u16::from_ne_bytes(sample) >> 8) as u8]),
        4 => map::<4, 1>(samples, count, |sample| [(f32::from_ne_bytes(sample) * 255.0).round() as u8]),
        _ => {}
    }
}

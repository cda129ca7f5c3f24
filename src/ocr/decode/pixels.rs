//! What a decoder yields, whatever its depth, as 8-bit samples.

use image::{ColorType, ImageDecoder, ImageResult, Limits};

/// 8-bit samples, row after row, without padding.
pub(super) struct Pixels {
    /// Samples of each pixel: grey, grey and alpha, RGB, or RGBA.
    pub channels: usize,
    /// `width * height * channels` samples.
    pub samples: Vec<u8>,
}

/// Decodes everything, within `limits` of memory.
///
/// # Errors
/// The decoder's: damaged, unsupported, or beyond the limits.
pub(super) fn read(mut decoder: Box<dyn ImageDecoder + '_>, mut limits: Limits) -> ImageResult<Pixels> {
    let color = decoder.color_type();
    let total = decoder.total_bytes();
    limits.reserve(total)?;
    decoder.set_limits(limits)?;
    let mut bytes = vec![0; total as usize];
    decoder.read_image_boxed(&mut bytes)?;
    Ok(Pixels { channels: usize::from(color.channel_count()), samples: to_8_bits(bytes, color) })
}

/// 16-bit samples lose their low byte, as in OpenCV (`image` itself would round); floats are scaled from `0.0..=1.0`.
fn to_8_bits(bytes: Vec<u8>, color: ColorType) -> Vec<u8> {
    match color.bytes_per_pixel() / color.channel_count() {
        2 => bytes.as_chunks::<2>().0.iter().map(|&sample| (u16::from_ne_bytes(sample) >> 8) as u8).collect(),
        4 => {
            bytes.as_chunks::<4>().0.iter().map(|&sample| (f32::from_ne_bytes(sample) * 255.0).round() as u8).collect()
        }
        _ => bytes,
    }
}

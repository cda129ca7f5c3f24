//! How light a pixel is.

use image::Rgb;

/// The mean of the three channels, 0 to 255.
pub(super) fn intensity(pixel: Rgb<u8>) -> f32 {
    pixel.0.iter().map(|&value| f32::from(value)).sum::<f32>() / 3.0
}

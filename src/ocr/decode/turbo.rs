//! JPEG as libjpeg-turbo decodes it: OpenCV, and so the reference pipeline, has these pixels.

use image::RgbImage;
use libjpeg_turbo_rs::{DecodeLimits, Decoder, PixelFormat};

use super::{MAX_SCANS, memory};

/// The pixels of a JPEG in grey or colour of this size, before it is turned upright; of one that was cut short as many as
/// there are, the rest grey.
///
/// `None` of all that is left to the other decoder, which says what is wrong with it: damaged beyond that, CMYK, or so
/// large that a copy of its channels does not fit into [`memory::MOST`].
pub(super) fn read(bytes: &[u8], (width, height): (u32, u32)) -> Option<RgbImage> {
    let total = 3 * width as usize * height as usize;
    // The file's bytes are not copied. What a decoder may hold is counted by its header, before it holds it.
    let limits = DecodeLimits {
        max_pixels: u64::from(width) * u64::from(height),
        max_scans: MAX_SCANS,
        max_memory: Some(memory::MOST),
        ..DecodeLimits::default()
    };
    let mut decoder = Decoder::new_with_limits(bytes, limits).ok()?;
    decoder.set_lenient(true);
    decoder.set_output_format(PixelFormat::Rgb);
    if !matches!(decoder.header().components.len(), 1 | 3) || decoder.output_buffer_size().ok()? != total {
        return None;
    }
    let mut samples = vec![0; total];
    let read = decoder.decode_image_into(&mut samples).ok()?;
    if (read.width, read.height) != (width as usize, height as usize) {
        return None;
    }
    RgbImage::from_raw(width, height, samples)
}

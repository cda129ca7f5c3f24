//! PNG, straight from its own decoder: `image` would hand out 16-bit samples, twice the memory of what is kept of them.

use std::io::Cursor;

use image::error::{DecodingError, LimitError, LimitErrorKind, UnsupportedError, UnsupportedErrorKind};
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};
use png::{Decoder, Limits, Reader, Transformations};

/// The default image of a PNG, in samples of 8 bits: 16-bit ones lose their low byte, as in OpenCV, palettes and fewer
/// bits are expanded.
pub(super) struct Png<'a> {
    reader: Reader<Cursor<&'a [u8]>>,
    color: ColorType,
}

impl<'a> Png<'a> {
    /// Reads the header, with at most `memory` bytes besides the samples.
    ///
    /// # Errors
    /// Damaged, or beyond the limit.
    pub fn open(bytes: &'a [u8], memory: u64) -> ImageResult<Self> {
        let limits = Limits { bytes: usize::try_from(memory).unwrap_or(usize::MAX) };
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
        let reader = decoder.read_info().map_err(blame)?;
        let color = match reader.output_color_type() {
            (png::ColorType::Grayscale, png::BitDepth::Eight) => ColorType::L8,
            (png::ColorType::GrayscaleAlpha, png::BitDepth::Eight) => ColorType::La8,
            (png::ColorType::Rgb, png::BitDepth::Eight) => ColorType::Rgb8,
            (png::ColorType::Rgba, png::BitDepth::Eight) => ColorType::Rgba8,
            other => {
                let kind = UnsupportedErrorKind::GenericFeature(format!("{other:?}"));
                let error = UnsupportedError::from_format_and_kind(ImageFormat::Png.into(), kind);
                return Err(ImageError::Unsupported(error));
            }
        };
        Ok(Self { reader, color })
    }
}

impl ImageDecoder for Png<'_> {
    fn dimensions(&self) -> (u32, u32) {
        self.reader.info().size()
    }

    fn color_type(&self) -> ColorType {
        self.color
    }

    fn read_image(mut self, samples: &mut [u8]) -> ImageResult<()> {
        self.reader.next_frame(samples).map_err(blame)?;
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, samples: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(samples)
    }
}

fn blame(error: png::DecodingError) -> ImageError {
    match error {
        png::DecodingError::IoError(error) => ImageError::IoError(error),
        png::DecodingError::LimitsExceeded => {
            ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory))
        }
        error => ImageError::Decoding(DecodingError::new(ImageFormat::Png.into(), error)),
    }
}

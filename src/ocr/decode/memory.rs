//! What decoding holds at once, by what a file says before it is decoded.

use image::{ColorType, Limits};

use super::headers::{self, Lossless, WebpChunks};
use super::{Format, lossless_webp};

/// The most bytes that decoding may hold at once, the file aside: four for each of 100 million pixels, and room for what
/// does not grow with the image. With models of the size of v5-mobile's, the process stays below 700 MB.
pub(super) const MOST: u64 = 416 << 20;

/// The most bytes of a group of Huffman codes in a WebP's decoder: tables, and nodes for the longest codes. Encoders make
/// at most 2600 groups (libwebp's `MAX_HUFF_IMAGE_SIZE`).
const BYTES_OF_CODES: u64 = 80 << 10;

/// The bytes that decoding an image holds at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Needed {
    /// Where its samples are put and become RGB.
    place: u64,
    /// What the decoder has besides, as far as that grows with the image.
    beside: u64,
    pixels: u64,
}

impl Needed {
    /// For an image of `width` by `height` pixels of `color`.
    ///
    /// Counted from the decoders: zune-jpeg 0.5 (`mcu_prog.rs`, `mcu.rs`), image-webp 0.2 (`decoder.rs`, `extended.rs`),
    /// tiff 0.11 (`image.rs`) and `image` 0.25 itself.
    pub fn of(format: Format, bytes: &[u8], (width, height): (u32, u32), color: ColorType) -> Self {
        let pixels = u64::from(width) * u64::from(height);
        let depth = u64::from(color.bytes_per_pixel());
        // The others do not copy what they read.
        let copy = bytes.len() as u64;
        let beside = match format {
            Format::Png | Format::Bmp | Format::Gif => 0,
            Format::Jpeg => copy + jpeg(headers::jpeg_frame(bytes), pixels),
            // The samples once more, in which CMYK may be yet to become RGB.
            Format::Tiff => copy + pixels * depth * 4 / 3 + tiff(bytes),
            Format::Webp => copy + webp(&headers::webp_chunks(bytes), (width, height), color),
        };
        Self { place: pixels * depth.max(3), beside, pixels }
    }

    /// All of it.
    pub fn total(self) -> u64 {
        self.place.saturating_add(self.beside)
    }

    /// What a decoder that minds limits may have besides the samples: no more than an image of that size should need.
    pub fn left(self) -> Limits {
        let mut limits = usual(self.pixels);
        limits.max_alloc = limits.max_alloc.map(|most| most.min(MOST.saturating_sub(self.place)));
        limits
    }
}

/// What decoding so many pixels may allocate: twice the widest there are (four 16-bit samples), and 16 MiB for what does
/// not grow with the image, such as a palette.
pub(super) fn usual(pixels: u64) -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST.min(pixels.saturating_mul(16).saturating_add(16 << 20)));
    limits
}

/// The largest of the JPEGs that a TIFF may consist of.
fn tiff(bytes: &[u8]) -> u64 {
    let jpegs = headers::tiff_jpegs(bytes).unwrap_or_default();
    let needed = jpegs.into_iter().map(|frame| {
        let pixels = u64::from(frame.width) * u64::from(frame.height);
        pixels * u64::from(frame.components) + jpeg(Some(frame), pixels)
    });
    needed.max().unwrap_or_default()
}

/// A JPEG's coefficients; all there can be if the header cannot be followed.
fn jpeg(frame: Option<headers::JpegFrame>, pixels: u64) -> u64 {
    size_of::<i16>() as u64 * frame.map_or(4 * pixels, |frame| frame.coefficients)
}

fn webp(chunks: &WebpChunks<'_>, size: (u32, u32), color: ColorType) -> u64 {
    let pixels = u64::from(size.0) * u64::from(size.1);
    let has_alpha_plane =
        chunks.still.alpha.is_some() || chunks.frame.is_some_and(|(_, inside)| inside.alpha.is_some());
    let picture = match chunks.lossy {
        Some((width, height)) => {
            // Luma and chroma, in blocks of 16.
            let planes = u64::from(width.next_multiple_of(16)) * u64::from(height.next_multiple_of(16)) * 3 / 2;
            // Four bytes of which the green one is alpha, that one alone, and what is made of it.
            planes + if has_alpha_plane { 6 * pixels } else { 0 }
        }
        None if color.has_alpha() && chunks.frame.is_none() => 0,
        None => 4 * pixels,
    };
    // A frame is laid over a canvas.
    let canvas = if chunks.frame.is_some() { 8 * pixels } else { 0 };
    let inside = chunks.frame.map_or(0, |(size, inside)| codes(inside, size));
    picture + canvas + codes(chunks.still, size) + inside
}

/// The Huffman codes of a WebP's lossless parts. Where they cannot be counted, nothing will be decoded.
fn codes(parts: Lossless<'_>, size: (u32, u32)) -> u64 {
    let picture = parts.picture.and_then(|stream| lossless_webp::groups(stream, None));
    let alpha = parts.alpha.and_then(|content| {
        // Of the flags, two bits say whether it is compressed.
        let (flags, stream) = content.split_first()?;
        (flags & 3 == 1).then(|| lossless_webp::groups(stream, Some(size)))?
    });
    BYTES_OF_CODES * picture.into_iter().chain(alpha).map(u64::from).sum::<u64>()
}

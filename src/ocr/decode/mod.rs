//! The bytes of an image file become pixels: by content, never by name, within a bound on pixels and memory.
//!
//! The pixels are those of OpenCV's `imdecode(IMREAD_COLOR)`, which the reference pipeline decodes with, but for
//! three things: transparent images get a background ([`transparency`]), GIF is read (its first frame), and a JPEG in
//! CMYK, or too large for [`turbo`], may differ by a few levels, its decoder being another one.

mod headers;
mod in_place;
mod lossless_webp;
mod memory;
mod pixels;
mod png;
mod transparency;
mod turbo;

use std::fmt;
use std::io::Cursor;

use image::codecs::{bmp, gif, jpeg, tiff, webp};
use image::error::{LimitError, LimitErrorKind};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageResult, RgbImage};

use memory::Needed;

/// What one image may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Width times height, checked before a pixel is decoded.
    pub max_pixels: u64,
}

impl Limits {
    /// 100 million pixels: a 12,500 × 8,000 screenshot, 300 MB once decoded.
    pub(crate) const USUAL: Self = Self { max_pixels: 100_000_000 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::USUAL
    }
}

/// Why bytes are not an image that can be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are no bytes.
    #[error("{}", t!("decode.empty"))]
    Empty,
    /// The photo formats of phones and cameras, which need a video codec.
    #[error("{}", t!("decode.heic", name = name))]
    Heic {
        /// `HEIC`, `HEIF` or `AVIF`.
        name: &'static str,
    },
    /// No format that is read here.
    #[error("{}", t!("decode.unknown"))]
    Unknown,
    /// Larger than the caller allows.
    #[error("{}", t!("decode.too_many_pixels", width = width, height = height, limit = limit))]
    TooManyPixels {
        /// Pixels in a row, as the file says.
        width: u32,
        /// Rows, as the file says.
        height: u32,
        /// The most pixels that are allowed.
        limit: u64,
    },
    /// A progressive JPEG that is sent over and over: each scan costs as much as a whole image.
    #[error("{}", t!("decode.too_many_scans", limit = MAX_SCANS))]
    TooManyScans,
    /// An image without pixels.
    #[error("{}", t!("decode.no_pixels", format = format, width = width, height = height))]
    NoPixels {
        /// What the file is.
        format: Format,
        /// Pixels in a row, as the file says.
        width: u32,
        /// Rows, as the file says.
        height: u32,
    },
    /// Decoding wants more memory than an image of its size should: a bomb, or a very odd file.
    #[error("{}", t!("decode.too_much_memory", format = format))]
    TooMuchMemory {
        /// What the file is.
        format: Format,
        /// The decoder's own words.
        source: ImageError,
    },
    /// A variant of the format that the decoder does not know.
    #[error("{}", t!("decode.unsupported", format = format))]
    Unsupported {
        /// What the file is.
        format: Format,
        /// The decoder's own words.
        source: ImageError,
    },
    /// Cut short, or not what its first bytes promise.
    #[error("{}", t!("decode.damaged", format = format))]
    Damaged {
        /// What the file is.
        format: Format,
        /// The decoder's own words.
        source: ImageError,
    },
}

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// PNG; of an animated one the default image.
    Png,
    /// JPEG, baseline and progressive.
    Jpeg,
    /// TIFF; of several pages the first.
    Tiff,
    /// BMP.
    Bmp,
    /// WebP, lossy and lossless; of an animated one the first frame.
    Webp,
    /// GIF, the first frame.
    Gif,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
            Self::Webp => "WebP",
            Self::Gif => "GIF",
        })
    }
}

/// The most scans of a JPEG. Encoders write about ten; 100 million pixels take some 60 ms for each, however few its
/// bytes are.
const MAX_SCANS: usize = 100;

/// No kind of image needs more bytes for a pixel; a file that does has something in it that is larger than the image.
const MOST_FOR_A_PIXEL: u64 = 32;

/// Decodes the image file `bytes` to 8-bit RGB, upright and without transparency.
///
/// 16-bit samples lose their low byte, as in OpenCV. The EXIF orientation is applied where OpenCV applies it: JPEG,
/// PNG and TIFF, not WebP. A JPEG that was cut short is decoded as far as it goes; the rest of it is grey.
///
/// # Errors
/// [`Error::Empty`], [`Error::Heic`] and [`Error::Unknown`] for other things than images,
/// [`Error::TooManyPixels`], also if there are too many for a file of this kind, [`Error::TooManyScans`] and [`Error::TooMuchMemory`] for those that cost too much, and [`Error::NoPixels`],
/// [`Error::Unsupported`] and [`Error::Damaged`] for those that cannot be decoded.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RgbImage, Error> {
    let format = format(bytes)?;
    if let Some((width, height)) = size_ahead(format, bytes) {
        check_dimensions(format, width, height, *limits)?;
    }
    if format == Format::Jpeg && headers::jpeg_scans(bytes) > MAX_SCANS {
        return Err(Error::TooManyScans);
    }
    let mut decoder = open(format, bytes).map_err(|source| blame(format, source))?;
    let size @ (width, height) = decoder.dimensions();
    check_dimensions(format, width, height, *limits)?;
    let orientation = orientation(format, bytes, decoder.as_mut());
    let needed = Needed::of(format, bytes, size, decoder.color_type());
    check_memory(needed, (format, size), orientation)?;

    let as_the_reference = if format == Format::Jpeg { turbo::read(bytes, size) } else { None };
    let image = match as_the_reference {
        Some(image) => image,
        None => pixels::read(decoder, needed.left()).map_err(|source| blame(format, source))?,
    };
    if orientation == Orientation::NoTransforms {
        return Ok(image);
    }
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

/// Width and height of the image file `bytes` before it is turned upright, by what it says; the larger of two sizes it
/// says. `None` if it says none.
#[must_use]
pub fn dimensions(bytes: &[u8]) -> Option<(u32, u32)> {
    let format = format(bytes).ok()?;
    let ahead = size_ahead(format, bytes);
    if format == Format::Png {
        return ahead;
    }
    let said = open(format, bytes).ok()?.dimensions();
    [Some(said), ahead].into_iter().flatten().max_by_key(|&(width, height)| u64::from(width) * u64::from(height))
}

/// The format of an image file, by its first bytes; a hundred are enough.
///
/// # Errors
/// [`Error::Empty`], [`Error::Heic`] and [`Error::Unknown`].
pub fn format(bytes: &[u8]) -> Result<Format, Error> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    if let Some(name) = heic(bytes) {
        return Err(Error::Heic { name });
    }
    match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => Ok(Format::Png),
        Ok(ImageFormat::Jpeg) => Ok(Format::Jpeg),
        Ok(ImageFormat::Tiff) => Ok(Format::Tiff),
        Ok(ImageFormat::Bmp) => Ok(Format::Bmp),
        Ok(ImageFormat::WebP) => Ok(Format::Webp),
        Ok(ImageFormat::Gif) => Ok(Format::Gif),
        _ => Err(Error::Unknown),
    }
}

/// The name of an ISO base media file (`ftyp` box) that holds a still image, by its major and compatible brands.
///
/// Brands: ISO/IEC 23008-12 annex B (HEIF), AV1 Image File Format §6.
fn heic(bytes: &[u8]) -> Option<&'static str> {
    let size = u32::from_be_bytes(*bytes.first_chunk::<4>()?) as usize;
    let body = bytes.get(4..size.clamp(12, bytes.len().max(12)))?.strip_prefix(b"ftyp")?;
    let brands: Vec<&[u8]> = body.chunks_exact(4).enumerate().filter(|(at, _)| *at != 1).map(|(_, b)| b).collect();
    let names = |name, known: &[&[u8]]| brands.iter().any(|brand| known.contains(brand)).then_some(name);
    names("AVIF", &[b"avif", b"avis"])
        .or_else(|| names("HEIC", &[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"]))
        .or_else(|| names("HEIF", &[b"mif1", b"mif2", b"msf1"]))
}

/// The size by which a decoder allocates before it lets its caller check.
fn size_ahead(format: Format, bytes: &[u8]) -> Option<(u32, u32)> {
    match format {
        Format::Png => headers::png_size(bytes),
        Format::Webp => headers::webp_chunks(bytes).lossy,
        Format::Jpeg | Format::Tiff | Format::Bmp | Format::Gif => None,
    }
}

fn check_dimensions(format: Format, width: u32, height: u32, limits: Limits) -> Result<(), Error> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Error::NoPixels { format, width, height }),
        pixels if pixels > limits.max_pixels => Err(Error::TooManyPixels { width, height, limit: limits.max_pixels }),
        _ => Ok(()),
    }
}

/// How many pixels an image may have depends on its kind, too.
fn check_memory(
    needed: Needed,
    (format, (width, height)): (Format, (u32, u32)),
    orientation: Orientation,
) -> Result<(), Error> {
    let pixels = u64::from(width) * u64::from(height);
    let needed = if is_turned_by_copying(orientation) { needed.total().max(6 * pixels) } else { needed.total() };
    if needed <= memory::MOST {
        return Ok(());
    }
    if needed > MOST_FOR_A_PIXEL * pixels {
        let source = ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory));
        return Err(Error::TooMuchMemory { format, source });
    }
    let limit = u128::from(pixels) * u128::from(memory::MOST) / u128::from(needed);
    Err(Error::TooManyPixels { width, height, limit: limit as u64 })
}

/// Whether an image and its upright copy are there at once; the others are turned in place.
fn is_turned_by_copying(orientation: Orientation) -> bool {
    !matches!(
        orientation,
        Orientation::NoTransforms | Orientation::Rotate180 | Orientation::FlipHorizontal | Orientation::FlipVertical
    )
}

fn open<'a>(format: Format, bytes: &'a [u8]) -> ImageResult<Box<dyn ImageDecoder + 'a>> {
    let reader = Cursor::new(bytes);
    Ok(match format {
        Format::Png => {
            let (width, height) = headers::png_size(bytes).unwrap_or_default();
            let limits = memory::usual(u64::from(width) * u64::from(height));
            Box::new(png::Png::open(bytes, limits.max_alloc.unwrap_or_default())?)
        }
        Format::Jpeg => Box::new(jpeg::JpegDecoder::new(reader)?),
        Format::Tiff => Box::new(tiff::TiffDecoder::new(reader)?),
        Format::Bmp => Box::new(bmp::BmpDecoder::new(reader)?),
        Format::Webp => Box::new(webp::WebPDecoder::new(reader)?),
        Format::Gif => Box::new(gif::GifDecoder::new(reader)?),
    })
}

/// How the image is to be turned; metadata that cannot be read turns nothing, as in OpenCV.
fn orientation(format: Format, bytes: &[u8], decoder: &mut dyn ImageDecoder) -> Orientation {
    let found = match format {
        Format::Png => headers::png_exif(bytes).and_then(Orientation::from_exif_chunk),
        Format::Jpeg | Format::Tiff => decoder.orientation().ok(),
        Format::Bmp | Format::Webp | Format::Gif => None,
    };
    found.unwrap_or(Orientation::NoTransforms)
}

fn blame(format: Format, source: ImageError) -> Error {
    match source {
        ImageError::Limits(_) => Error::TooMuchMemory { format, source },
        ImageError::Unsupported(_) => Error::Unsupported { format, source },
        _ => Error::Damaged { format, source },
    }
}

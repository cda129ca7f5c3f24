//! What a file holds: one image, or the pages of a PDF.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use bytes::Bytes;
use bytesize::ByteSize;
use image::RgbImage;
use tokio::runtime::Runtime;

use crate::ocr::decode::{self, decode};
use crate::pdf::{self, Pages};

/// What is looked at before a file is read: where a PDF's header may be, and more than any image's.
const HEAD: u64 = 1024;

/// The largest image file: more than 5K screenshots without compression have, in any depth.
const LARGEST_IMAGE: u64 = 128 << 20;

/// The largest PDF.
const LARGEST_PDF: u64 = 512 << 20;

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A pipe, a socket, a device: it may never end, or never begin.
    #[error("{}", t!("ocr_command.no_file"))]
    NoFile,
    /// Larger than anything that is read.
    #[error("{}", t!("ocr_command.too_large", limit = limit))]
    TooLarge {
        /// How large it may be.
        limit: ByteSize,
    },
    /// Neither an image nor a PDF.
    #[error(transparent)]
    Decode(#[from] decode::Error),
    /// The system's.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// An image, or a page as one.
pub struct SourceImage {
    /// The image file; of a page, nothing.
    pub file: Bytes,
    /// Its pixels.
    pub pixels: Arc<RgbImage>,
    /// Which page, from 1; `None` for an image.
    pub page: Option<usize>,
    /// How long the image took to decode.
    pub decode: Duration,
}

/// The images of a file that are yet to come.
pub enum PendingImages {
    /// An image file, until it is taken.
    Image(Option<Bytes>),
    /// The pages of a PDF, and what they are waited for with.
    Pdf(Box<(Runtime, Pages)>),
}

impl PendingImages {
    /// Opens what `bytes` are; of a PDF, the first `max_pages`.
    ///
    /// # Errors
    /// Those of [`Pages::open`].
    pub fn open(bytes: Bytes, max_pages: Option<u32>) -> Result<Self> {
        if !pdf::is_pdf(&bytes) {
            return Ok(Self::Image(Some(bytes)));
        }
        let pages = max_pages.map_or(usize::MAX, |pages| pages as usize);
        let limits = pdf::Limits { pages, ..pdf::Limits::default() };
        let runtime = Runtime::new().context(t!("serve.no_runtime"))?;
        let pages = runtime.block_on(Pages::open(bytes, 1, limits))?;
        Ok(Self::Pdf(Box::new((runtime, pages))))
    }

    /// The next image; `None` after the last one.
    ///
    /// # Errors
    /// If an image cannot be decoded or a page cannot be drawn.
    pub fn next(&mut self) -> Result<Option<SourceImage>> {
        match self {
            Self::Image(file) => {
                let Some(file) = file.take() else { return Ok(None) };
                let started = Instant::now();
                let pixels = Arc::new(decode(&file, &decode::Limits::default())?);
                Ok(Some(SourceImage { file, pixels, page: None, decode: started.elapsed() }))
            }
            Self::Pdf(pdf) => {
                let page = pdf.0.block_on(pdf.1.next())?;
                Ok(page.map(|page| SourceImage {
                    file: Bytes::new(),
                    pixels: Arc::new(page.image),
                    page: Some(page.number),
                    decode: Duration::ZERO,
                }))
            }
        }
    }
}

/// What a file is called where people read it.
pub fn name(file: &Path) -> String {
    if file == Path::new("-") {
        return t!("ocr_command.stdin").into_owned();
    }
    if file == Path::new(super::CLIPBOARD) {
        return t!("ocr_command.clipboard").into_owned();
    }
    file.display().to_string()
}

/// How the name of a file ends, in small letters, without the dot; empty if it has no ending that is text.
pub fn ending(file: &Path) -> String {
    file.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase()
}

/// The bytes of a file, or of standard input for `-`; nothing but its beginning is read of what cannot be an image or a
/// PDF, or of what is too large.
///
/// # Errors
/// Those of [`Error`].
pub fn load(file: &Path) -> Result<Bytes, Error> {
    if file == Path::new("-") {
        return read(io::stdin().lock(), None);
    }
    // Before it is opened, which would wait for the other end of a pipe.
    let metadata = fs::metadata(file)?;
    if !metadata.is_file() {
        return Err(Error::NoFile);
    }
    read(File::open(file)?, Some(metadata.len()))
}

/// All of `input`, which is `length` bytes long if that is known.
fn read(mut input: impl Read, length: Option<u64>) -> Result<Bytes, Error> {
    let mut bytes = Vec::new();
    input.by_ref().take(HEAD).read_to_end(&mut bytes)?;
    let limit = if pdf::is_pdf(&bytes) {
        LARGEST_PDF
    } else {
        decode::format(&bytes)?;
        LARGEST_IMAGE
    };
    let too_large = Error::TooLarge { limit: ByteSize(limit) };
    if length.is_some_and(|length| length > limit) {
        return Err(too_large);
    }
    bytes.reserve_exact(length.map_or(0, |length| length.saturating_sub(HEAD) as usize));
    input.take(limit + 1 - HEAD).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large) } else { Ok(bytes.into()) }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{Error, LARGEST_IMAGE, decode, read};

    #[test]
    fn what_has_no_end_is_read_to_its_limit() {
        let png = io::Read::chain(b"\x89PNG\r\n\x1a\n".as_slice(), io::repeat(0));
        assert!(matches!(read(png, None), Err(Error::TooLarge { limit }) if limit.as_u64() == LARGEST_IMAGE));
        assert!(matches!(read(io::repeat(0), None), Err(Error::Decode(decode::Error::Unknown))));
    }
}

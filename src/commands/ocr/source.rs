//! What a file holds: one image, or the pages of a PDF.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use image::RgbImage;
use tokio::runtime::Runtime;

use crate::{
    ocr::decode::{self, decode},
    pdf::{self, Pages},
};

/// An image, or a page as one.
pub struct Picture {
    /// The image file; of a page, the one it was drawn as.
    pub file: Vec<u8>,
    /// Its pixels.
    pub image: RgbImage,
    /// Which page, from 1; `None` for an image.
    pub page: Option<usize>,
    /// How long the image took to decode.
    pub decode: Duration,
}

/// The pictures of a file that are yet to come.
pub enum Source {
    /// An image file, until it is taken.
    Image(Option<Vec<u8>>),
    /// The pages of a PDF, and what they are waited for with.
    Pdf(Box<(Runtime, Pages)>),
}

impl Source {
    /// Opens what `bytes` are; of a PDF, the first `max_pages`.
    ///
    /// # Errors
    /// Those of [`Pages::of`].
    pub fn open(bytes: Vec<u8>, max_pages: Option<u32>) -> Result<Self> {
        if !pdf::is_pdf(&bytes) {
            return Ok(Self::Image(Some(bytes)));
        }
        let pages = max_pages.map_or(usize::MAX, |pages| pages as usize);
        let limits = pdf::Limits { pages, ..pdf::Limits::default() };
        let runtime = Runtime::new().context(t!("serve.no_runtime"))?;
        let pages = runtime.block_on(Pages::of(bytes, limits))?;
        Ok(Self::Pdf(Box::new((runtime, pages))))
    }

    /// The next picture; `None` after the last one.
    ///
    /// # Errors
    /// If an image cannot be decoded or a page cannot be drawn.
    pub fn next(&mut self) -> Result<Option<Picture>> {
        let (file, page) = match self {
            Self::Image(file) => (file.take(), None),
            Self::Pdf(pdf) => match pdf.0.block_on(pdf.1.next())? {
                Some(sheet) => (Some(sheet.file), Some(sheet.number)),
                None => (None, None),
            },
        };
        let Some(file) = file else { return Ok(None) };
        let started = Instant::now();
        let image = decode(&file, &decode::Limits::default())?;
        Ok(Some(Picture { file, image, page, decode: started.elapsed() }))
    }
}

/// The bytes of a file, or of standard input for `-`.
///
/// # Errors
/// Those of the system.
pub fn load(file: &Path) -> io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(file)
}

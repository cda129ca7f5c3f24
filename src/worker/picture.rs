//! What is to be read: an image file, or pixels.

use image::RgbImage;

use crate::ocr::decode::{self, decode};

/// What is to be read.
#[derive(Debug, PartialEq)]
pub enum Picture {
    /// An image file.
    File(Vec<u8>),
    /// A page of a document that has a place already: it takes its turn, but none of the queue's places.
    Page(RgbImage),
}

impl From<Vec<u8>> for Picture {
    fn from(file: Vec<u8>) -> Self {
        Self::File(file)
    }
}

impl Picture {
    /// Its pixels, with nothing of the file left.
    ///
    /// # Errors
    /// Those of [`decode()`].
    pub(super) fn pixels(self, limits: decode::Limits) -> Result<RgbImage, decode::Error> {
        match self {
            Self::File(file) => decode(&file, &limits),
            Self::Page(image) => Ok(image),
        }
    }

    /// Width and height, as far as they can be told without decoding.
    pub(super) fn dimensions(&self) -> Option<(u32, u32)> {
        match self {
            Self::File(file) => decode::dimensions(file),
            Self::Page(image) => Some(image.dimensions()),
        }
    }
}

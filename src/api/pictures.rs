//! What `visualize` asks for: pictures of the image and of what was read on it, as base64 JPEG.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use serde::Serialize;

use crate::ocr::Page;
use crate::ocr::draw::{Size, fitted, preprocessing, side_by_side};

/// The longest side of a picture (`max_output_img_size` of PaddleX's serving).
const SIZE: Size = Size::Within(2000);

/// OpenCV's default.
const QUALITY: u8 = 95;

/// The pictures of one page, each null if nobody asked for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pictures {
    #[serde(rename = "ocrImage")]
    ocr: Option<String>,
    #[serde(rename = "docPreprocessingImage")]
    preprocessing: Option<String>,
    #[serde(rename = "inputImage")]
    input: Option<String>,
}

impl Pictures {
    /// Draws what was read on `image`; takes some hundred milliseconds.
    #[must_use]
    pub(crate) fn draw(image: &RgbImage, page: &Page) -> Self {
        let preprocessed = page.params.document.preprocess().then(|| preprocessing(image, page, SIZE));
        Self {
            ocr: Some(encode(&side_by_side(image, page, SIZE))),
            preprocessing: preprocessed.as_ref().map(encode),
            input: Some(encode(&fitted(image, SIZE))),
        }
    }
}

fn encode(picture: &RgbImage) -> String {
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    picture.write_with_encoder(encoder).expect("a picture of at most 2000 pixels a side is a JPEG in memory");
    BASE64_STANDARD.encode(jpeg)
}

//! The OCR pipeline: an image in, lines of text out. It knows no HTTP, no configuration file and no command.
//!
//! A port of the "OCR" pipeline of PaddleX 3.4.1 for PP-OCR models, with document preprocessing and text line
//! orientation off. It repeats the arithmetic of OpenCV 4.10 and Clipper 6 that the reference runs on, so that the
//! same models give the same boxes, texts and scores.

mod batch;
mod contours;
mod crop;
mod ctc;
pub mod decode;
mod detect;
pub mod draw;
pub mod fold;
mod heat_map;
mod hull;
mod min_area_rect;
pub mod paragraph;
mod perspective;
mod pruned_result;
mod quad;
pub mod reading_order;
mod recognize;
mod resize;
mod score;
pub mod session;
#[cfg(test)]
mod stages;
mod tensor;
mod unclip;
#[cfg(test)]
mod vectors;
mod warp;
pub mod worker;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use image::RgbImage;
use rust_i18n::t;
use serde::Serialize;

use crop::Crop;
use ctc::Decoded;
use detect::Detector;
pub use pruned_result::PrunedResult;
pub use quad::Quad;
use recognize::Recognizer;

/// How an [`Engine`] is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The ONNX Runtime library to load (`libonnxruntime.so`, `.dylib`), 1.23 or newer.
    pub runtime: PathBuf,
    /// The detection model, an `.onnx` file.
    pub detection: PathBuf,
    /// The recognition model, an `.onnx` file that carries its characters in its metadata.
    pub recognition: PathBuf,
    /// At most this many outlines of a page become boxes: 1000 for PP-OCRv5, 3000 for v6 (from their `inference.yml`).
    pub max_candidates: usize,
    /// Threads that both models share. The first engine of a process decides, since its runtime starts only once.
    pub threads: NonZeroUsize,
}

/// What one read may change. The defaults are those of PaddleX's `configs/pipelines/OCR.yaml`.
///
/// As in the reference a detection value of 0 is echoed in the answer and means the default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Length in pixels that `limit_type` is about; 64.
    pub limit_side_len: u32,
    /// Which side is brought to `limit_side_len` before detection; the shorter one, if it is shorter.
    pub limit_type: LimitType,
    /// A pixel is text if its probability is above this; 0.3.
    pub thresh: f64,
    /// A box is kept if the mean probability inside is at least this; 0.6.
    pub box_thresh: f64,
    /// How far boxes grow, as a multiple of area over perimeter; 1.5.
    pub unclip_ratio: f64,
    /// A line is kept if its score is at least this; 0.0, which keeps lines with no text, too.
    pub rec_score_thresh: f64,
    /// In which order the lines are given; as the reference sorts boxes.
    pub reading_order: ReadingOrder,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            limit_side_len: 64,
            limit_type: LimitType::Min,
            thresh: 0.3,
            box_thresh: 0.6,
            unclip_ratio: 1.5,
            rec_score_thresh: 0.0,
            reading_order: ReadingOrder::Paddle,
        }
    }
}

/// The order of a page's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadingOrder {
    /// As people read: columns, tables, vertical text.
    Auto,
    /// As the reference sorts boxes: from top to bottom, in rows from left to right.
    Paddle,
}

/// How [`Params::limit_side_len`] is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitType {
    /// The shorter side grows to the limit.
    Min,
    /// The longer side shrinks to the limit.
    Max,
    /// The longer side becomes the limit.
    ResizeLong,
}

/// What was read off an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Width of the image in pixels.
    pub width: u32,
    /// Height of the image in pixels.
    pub height: u32,
    /// Every outline that was detected, in the reference's order: from top to bottom, from left to right.
    pub quads: Vec<Quad>,
    /// The lines whose score is high enough, in the order that `params` asks for.
    pub lines: Vec<Line>,
    /// What the page was read with.
    pub params: Params,
    /// Where the time went.
    pub timings: Timings,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Where it is.
    pub quad: Quad,
    /// What it says; may be empty.
    pub text: String,
    /// Mean probability of its characters, `0.0..=1.0`; 0.0 if the text is empty.
    pub score: f32,
}

/// Where the time of a read went. What `run` does not hold is overhead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings {
    /// Image to boxes.
    pub detect: Stage,
    /// Boxes to texts; `prepare` includes cutting the boxes out.
    pub recognize: Stage,
}

/// The time of one stage around its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stage {
    /// Filling the model's input.
    pub prepare: Duration,
    /// The model.
    pub run: Duration,
    /// Making sense of the model's output.
    pub finish: Duration,
}

/// What the models alone take for an image: the part of a read that only faster models could shorten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Floor {
    /// The run of the detection model.
    pub detect: Duration,
    /// The runs of the recognition model, one a batch.
    pub recognize: Duration,
}

/// Why an image was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// ONNX Runtime or a model cannot be used, or failed.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// The caller wanted no more of it.
    #[error("{}", t!("ocr.cancelled"))]
    Cancelled,
}

/// Both models and the work around them.
pub struct Engine {
    detector: Detector,
    recognizer: Recognizer,
}

impl Engine {
    /// Loads the runtime and both models; takes some hundred milliseconds.
    ///
    /// # Errors
    /// [`Error::Session`] if the runtime or a model cannot be used.
    pub fn load(options: &Options) -> Result<Self, Error> {
        let detector = Detector::load(options)?;
        let recognizer = Recognizer::load(options)?;
        Ok(Self { detector, recognizer })
    }

    /// Reads every line of text in `image`. An image without text, of whatever size, gives a page without lines.
    ///
    /// `cancelled` is asked between runs of the models, which take most of the time.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once `cancelled` says so; [`Error::Session`] if a model fails.
    pub fn read(&mut self, image: &RgbImage, params: &Params, cancelled: &dyn Fn() -> bool) -> Result<Page, Error> {
        let (width, height) = image.dimensions();
        let mut page =
            Page { width, height, quads: Vec::new(), lines: Vec::new(), params: *params, timings: Timings::default() };
        if width == 0 || height == 0 {
            return Ok(page);
        }
        (page.quads, page.timings.detect) = self.detector.detect(image, params)?;
        let crops: Vec<Crop> = page.quads.iter().map(|quad| Crop::new(quad, [width, height])).collect();
        let (texts, recognize) = self.recognizer.recognize(image, &crops, cancelled)?;
        page.timings.recognize = recognize;
        let lines = page.quads.iter().zip(texts).map(|(&quad, Decoded { text, score })| Line { quad, text, score });
        page.lines = lines.filter(|line| f64::from(line.score) >= params.rec_score_thresh).collect();
        if params.reading_order == ReadingOrder::Auto {
            page.lines = as_people_read(&page.lines);
        }
        Ok(page)
    }

    /// Runs the models on what [`Engine::read`] would give them for `image`, and nothing else; `quads` are the boxes
    /// of that read.
    ///
    /// # Errors
    /// [`Error::Session`] if a model fails.
    pub fn floor(&mut self, image: &RgbImage, quads: &[Quad], params: &Params) -> Result<Floor, Error> {
        let (width, height) = image.dimensions();
        if width == 0 || height == 0 {
            return Ok(Floor::default());
        }
        let crops: Vec<Crop> = quads.iter().map(|quad| Crop::new(quad, [width, height])).collect();
        let detect = self.detector.floor(image, params)?;
        let recognize = self.recognizer.floor(image, &crops)?;
        Ok(Floor { detect, recognize })
    }
}

fn as_people_read(lines: &[Line]) -> Vec<Line> {
    let quads: Vec<_> = lines.iter().map(|line| line.quad).collect();
    reading_order::reading_order(&quads).into_iter().map(|index| lines[index].clone()).collect()
}

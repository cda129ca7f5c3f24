//! The OCR pipeline: an image in, lines of text out. It knows no HTTP, no configuration file and no command.
//!
//! A port of the "OCR" pipeline of PaddleX 3.4.1 for PP-OCR models. It repeats the arithmetic of OpenCV 4.10 and Clipper 6 that the reference runs on, so that the
//! same models give the same boxes, texts and scores.

pub mod decode;
pub mod detect;
pub mod document;
pub mod draw;
pub mod fold;
pub mod layout;
mod opencv;
mod page;
mod params;
mod pruned_result;
mod quad;
mod recognize;
pub mod session;
#[cfg(test)]
mod stages;
mod tensor;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use image::RgbImage;

use detect::{Allowance, Detector};
use document::Document;
pub use page::{Floor, Line, Page, Paragraph, Region, Stage, Timings, Words};
pub use params::{Layout, LimitType, Params, Profile, ReadingOrder, Switches};
pub use pruned_result::PrunedResult;
pub use quad::Quad;
use recognize::Recognizer;
use recognize::crop::Crop;

/// How an [`Engine`] is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The ONNX Runtime library to load (`libonnxruntime.so`, `.dylib`), 1.23 or newer.
    pub runtime: PathBuf,
    /// The detection model, an `.onnx` file.
    pub detection: PathBuf,
    /// The recognition model, an `.onnx` file that carries its characters in its metadata.
    pub recognition: PathBuf,
    /// The document models, which need not be there as long as no read asks for them.
    pub document: document::Models,
    /// At most this many outlines of a page become boxes: 1000 for PP-OCRv5, 3000 for v6 (from their `inference.yml`).
    pub max_candidates: usize,
    /// What looking at a whole page at once may take; none for no limit.
    pub allowance: Option<Allowance>,
    /// The threads that its models run on.
    pub threads: Threads,
}

/// Which threads an engine uses, the caller's among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// Those that all engines of this kind share, which take turns. The first engine of a process decides how many,
    /// since its runtime starts only once.
    Shared(NonZeroUsize),
    /// Its own, for each model: for engines that read at the same time.
    Own(NonZeroUsize),
}

impl Threads {
    /// How many one model runs on.
    #[must_use]
    pub fn count(self) -> NonZeroUsize {
        match self {
            Self::Shared(count) | Self::Own(count) => count,
        }
    }

    /// Half as many, at least one, of its own.
    #[must_use]
    pub fn half(self) -> Self {
        Self::Own(NonZeroUsize::new(self.count().get() / 2).unwrap_or(NonZeroUsize::MIN))
    }
}

/// Why an image was not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// ONNX Runtime or a model cannot be used, or failed.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// A document model is switched on and cannot be used: it is not there, or damaged.
    #[error("{}", t!("ocr.no_document_model", switch = model.switch()))]
    NoDocumentModel {
        /// Which one.
        model: document::Model,
        /// What is wrong with its file, if it is there.
        source: Option<session::Error>,
    },
    /// The whole page would have to be looked at once, which takes more memory than is allowed.
    #[error("{}", t!("ocr.too_large_for_whole", needed = detect::size(*needed), allowed = detect::size(*allowed)))]
    TooLargeForWhole {
        /// Bytes, about.
        needed: u64,
        /// Bytes.
        allowed: u64,
    },
    /// The caller wanted no more of it.
    #[error("{}", t!("ocr.cancelled"))]
    Cancelled,
}

/// The models and the work around them.
pub struct Engine {
    document: Document,
    detector: Detector,
    recognizer: Recognizer,
}

impl Engine {
    /// Loads the runtime and the models that every read needs; takes some hundred milliseconds. Document models are
    /// loaded by the first read that asks for them.
    ///
    /// # Errors
    /// [`Error::Session`] if the runtime or a model cannot be used.
    pub fn load(options: &Options) -> Result<Self, Error> {
        let detector = Detector::load(options)?;
        let recognizer = Recognizer::load(options)?;
        Ok(Self { document: Document::new(options), detector, recognizer })
    }

    /// Reads every line of text in `image`. An image without text, of whatever size, gives a page without lines.
    ///
    /// `cancelled` is asked between runs of the models, which take most of the time.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once `cancelled` says so; [`Error::NoDocumentModel`] if `params` ask for one that is not
    /// there; [`Error::Session`] if a model fails.
    pub fn read(&mut self, image: &RgbImage, params: &Params, cancelled: &dyn Fn() -> bool) -> Result<Page, Error> {
        let mut page = Page::blank(image.width(), image.height(), *params);
        if image.width() == 0 || image.height() == 0 {
            return Ok(page);
        }
        self.document.load(params.document)?;
        (page.origin, page.upright) = self.document.straighten(image, params.document, &mut page.timings.document)?;
        let image = page.upright.as_ref().unwrap_or(image);
        if cancelled() {
            return Err(Error::Cancelled);
        }
        (page.quads, page.timings.detect) = self.detector.detect(image, params)?;
        let mut crops: Vec<Crop> = page.quads.iter().map(|quad| Crop::new(quad, image.dimensions().into())).collect();
        if params.document.textline_orientation {
            let turned = self.document.turn_lines(image, &mut crops, cancelled, &mut page.timings.document)?;
            page.upside_down = turned;
        }
        let texts = self.recognizer.recognize(image, &crops, params.profile, cancelled, &mut page.timings)?;
        layout::arrange(&mut page, texts);
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
        let recognize = self.recognizer.floor(image, &crops, params.profile)?;
        Ok(Floor { detect, recognize })
    }
}

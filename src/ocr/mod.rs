//! The OCR pipeline: an image in, lines of text out. It knows no HTTP, no configuration file and no command.
//!
//! A port of the "OCR" pipeline of PaddleX 3.4.1 for PP-OCR models. It repeats the arithmetic of OpenCV 4.10 and Clipper 6 that the reference runs on, so that the
//! same models give the same boxes, texts and scores.

pub mod decode;
pub mod detect;
pub mod document;
pub mod draw;
pub mod fold;
mod intensity;
pub mod layout;
mod median;
mod opencv;
mod page;
mod params;
pub mod piece;
mod pruned_result;
mod quad;
mod recognize;
#[cfg(test)]
mod reference_stages;
pub mod session;
mod tensor;

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use image::RgbImage;
use serde::Serialize;

use detect::{Allowance, Detector};
use document::DocumentModels;
pub use page::{Line, Page, Paragraph, Region, Stage, Timings, Words};
pub use params::{Layout, LimitType, Params, Profile, ReadingOrder, Ruby, Switches};
use piece::Effort;
pub use piece::Lanes;
pub use pruned_result::PrunedResult;
pub use quad::Quad;
use recognize::Recognizer;
use recognize::crop::Crop;
pub use session::{Precision, Provider};

/// How an [`Engine`] is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What the models are called, for those who want to know who read a page.
    pub name: String,
    /// The ONNX Runtime library to load (`libonnxruntime.so`, `.dylib`), 1.23 or newer.
    pub runtime: PathBuf,
    /// What reads screens instead of it, if anything does.
    pub openvino: Option<OpenVino>,
    /// The detection model, an `.onnx` file.
    pub detection: PathBuf,
    /// The recognition model, an `.onnx` file that carries its characters in its metadata.
    pub recognition: PathBuf,
    /// The document models, which need not be there as long as no read asks for them.
    pub document: document::ModelPaths,
    /// At most this many outlines of a page become boxes: 1000 for PP-OCRv5, 3000 for v6 (from their `inference.yml`).
    pub max_candidates: usize,
    /// What looking at a whole page at once may take; none for no limit.
    pub allowance: Option<Allowance>,
    /// Whether screens are looked at in half their size first: the detector finds as much there where text is not small.
    pub coarse_first: bool,
    /// The most threads that one run of a model computes on: the detection of whole pages, for [`Profile::Paddle`], and a
    /// piece that no other is beside (see [`Engine::widen`]). All else is cut into pieces, each of which is one thread's.
    pub threads: NonZeroUsize,
    /// Whether ONNX Runtime may use Arm's `KleidiAI` where the processor has SME, as Apple's M4 and later: those kernels were
    /// wrong or gave another answer each time in 1.27 (microsoft/onnxruntime), and no golden has run on such a machine.
    pub kleidiai: bool,
}

/// What OpenVINO computes of [`Profile::Screen`]; the reference's own pipeline is always ONNX Runtime's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenVino {
    /// `libopenvino_c`, in a folder with the other libraries of its version.
    pub library: PathBuf,
    /// How finely it computes the detection model; none if ONNX Runtime does that.
    pub detection: Option<Precision>,
    /// The same of the recognition model.
    pub recognition: Option<Precision>,
}

/// What computes the models of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub struct Providers {
    /// The detection model.
    pub detection: Provider,
    /// The recognition model.
    pub recognition: Provider,
}

impl Providers {
    /// Of the detection and of the recognition model.
    #[must_use]
    pub fn names(self) -> [&'static str; 2] {
        [self.detection, self.recognition].map(Provider::name)
    }
}

impl fmt::Display for Providers {
    /// In one word where it is one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [detection, recognition] = self.names();
        if detection == recognition {
            return formatter.write_str(detection);
        }
        write!(formatter, "{detection}+{recognition}")
    }
}

impl Options {
    /// What computes the models of a page that is read for `profile`.
    #[must_use]
    pub fn providers(&self, profile: Profile) -> Providers {
        let Some(openvino) = self.openvino.as_ref().filter(|_| profile == Profile::Screen) else {
            return Providers::default();
        };
        let provider = |precision: Option<Precision>| precision.map_or(Provider::OnnxRuntime, Provider::OpenVino);
        Providers { detection: provider(openvino.detection), recognition: provider(openvino.recognition) }
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

/// The models and the work around them. Several reads can go on at the same time.
pub struct Engine {
    name: Arc<str>,
    document: Arc<DocumentModels>,
    screen: Readers,
    /// What reads as the reference does, loaded when that is asked for first: another engine, where OpenVINO reads screens.
    reference: Arc<Mutex<Option<Readers>>>,
    options: Arc<Options>,
}

/// What reads pages for a profile.
#[derive(Clone)]
struct Readers {
    detector: Arc<Detector>,
    recognizer: Arc<Recognizer>,
}

impl Engine {
    /// Loads the runtime and the models that every read needs; takes some hundred milliseconds. Document models are
    /// loaded by the first read that asks for them.
    ///
    /// # Errors
    /// [`Error::Session`] if an engine or a model cannot be used.
    pub fn load(options: &Options) -> Result<Self, Error> {
        let Providers { detection, recognition } = options.providers(Profile::Screen);
        let detector = Arc::new(Detector::load(options, detection)?);
        let recognizer = Arc::new(Recognizer::load(options, recognition)?);
        Ok(Self {
            name: options.name.as_str().into(),
            document: Arc::new(DocumentModels::new(options)),
            screen: Readers { detector, recognizer },
            reference: Arc::default(),
            options: Arc::new(options.clone()),
        })
    }

    /// Has pieces that no other piece is beside computed on all cores from here on, as far as the models are small: they are
    /// loaded once more for that, which takes some hundred milliseconds and is worth it where more than one image is read.
    pub fn widen(&self) {
        self.screen.detector.widen();
        self.screen.recognizer.widen();
    }

    /// What computes the models of a page that is read for `profile`.
    #[must_use]
    pub fn providers(&self, profile: Profile) -> Providers {
        self.options.providers(profile)
    }

    /// What reads a page for `profile`.
    async fn readers(&self, profile: Profile, lanes: &dyn Lanes) -> Result<Readers, Error> {
        let providers = self.options.providers(profile);
        if providers == self.options.providers(Profile::Screen) {
            return Ok(self.screen.clone());
        }
        let (place, screen, options) = (Arc::clone(&self.reference), self.screen.clone(), Arc::clone(&self.options));
        piece::one(lanes, Effort::UNKNOWN, move |_| {
            let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(readers) = &*place {
                return Ok(readers.clone());
            }
            // What ONNX Runtime computes for screens as well is there already.
            let others = options.providers(Profile::Screen);
            let detector = match others.detection {
                Provider::OnnxRuntime => screen.detector,
                Provider::OpenVino(_) => Arc::new(Detector::load(&options, providers.detection)?),
            };
            let recognizer = match others.recognition {
                Provider::OnnxRuntime => screen.recognizer,
                Provider::OpenVino(_) => Arc::new(Recognizer::load(&options, providers.recognition)?),
            };
            Ok(place.insert(Readers { detector, recognizer }).clone())
        })
        .await?
    }

    /// Reads every line of text in `image`, on the caller's thread alone. An image without text, of whatever size, gives
    /// a page without lines.
    ///
    /// `cancelled` is asked between runs of the models, which take most of the time.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once `cancelled` says so; [`Error::NoDocumentModel`] if `params` ask for one that is not
    /// there; [`Error::Session`] if a model fails.
    pub fn read(
        &self,
        image: &RgbImage,
        params: &Params,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Page, Error> {
        let lanes = piece::InPlace(cancelled);
        piece::wait_for(self.read_on(Arc::new(image.clone()), params, &lanes))
    }

    /// As [`Engine::read`], on `lanes`.
    ///
    /// # Errors
    /// [`Error::Cancelled`] if the lanes dropped a piece of it; else as [`Engine::read`].
    pub(crate) async fn read_on(
        &self,
        image: Arc<RgbImage>,
        params: &Params,
        lanes: &dyn Lanes,
    ) -> Result<Page, Error> {
        let mut page = Page { models: Arc::clone(&self.name), ..Page::blank(image.width(), image.height(), *params) };
        if image.width() == 0 || image.height() == 0 {
            return Ok(page);
        }
        let readers = self.readers(params.profile, lanes).await?;
        page.providers = self.options.providers(params.profile);
        let started = Instant::now();
        let image = self.straighten(image, &mut page, lanes).await?;
        page.timings.document.wall = started.elapsed();
        let started = Instant::now();
        (page.quads, page.timings.detect) = readers.detector.detect(&image, params, lanes).await?;
        page.timings.detect.wall = started.elapsed();
        let found = page.quads.len();
        if (params.layout, params.profile) == (Layout::Kept, Profile::Screen) {
            let (image, quads) = (Arc::clone(&image), page.quads.clone());
            let cost = u64::from(image.width()) * u64::from(image.height()) / 8;
            let effort = Effort { cost, spreads: false };
            page.quads.extend(piece::one(lanes, effort, move |_| detect::unseen(&image, &quads)).await?);
        }
        let mut crops: Vec<Crop> = page.quads.iter().map(|quad| Crop::new(quad, image.dimensions().into())).collect();
        if params.document.textline_orientation {
            self.turn_lines(&image, &mut crops, &mut page, lanes).await?;
        }
        let started = Instant::now();
        let (texts, taken) = readers.recognizer.recognize(&image, &crops, params.profile, lanes).await?;
        page.timings += taken;
        page.timings.recognize.wall = started.elapsed();
        piece::one(lanes, Effort::UNKNOWN, move |_| {
            layout::arrange(&mut page, texts, found);
            page
        })
        .await
    }

    /// The page as it is to be read: turned and flattened, as far as that is switched on.
    async fn straighten(
        &self,
        image: Arc<RgbImage>,
        page: &mut Page,
        lanes: &dyn Lanes,
    ) -> Result<Arc<RgbImage>, Error> {
        let switches = page.params.document;
        if !switches.any() {
            return Ok(image);
        }
        let (document, original) = (Arc::clone(&self.document), Arc::clone(&image));
        let (origin, upright, taken) = piece::one(lanes, Effort::UNKNOWN, move |_| {
            let mut taken = Stage::default();
            document.load(switches)?;
            let (origin, upright) = document.straighten(&original, switches, &mut taken)?;
            Ok::<_, Error>((origin, upright.map(Arc::new), taken))
        })
        .await??;
        page.timings.document += taken;
        page.origin = origin;
        page.upright.clone_from(&upright);
        Ok(upright.unwrap_or(image))
    }

    /// Finds the lines that stand on their heads, and marks them in `crops` and on the page.
    async fn turn_lines(
        &self,
        image: &Arc<RgbImage>,
        crops: &mut [Crop],
        page: &mut Page,
        lanes: &dyn Lanes,
    ) -> Result<(), Error> {
        let works = crops.chunks(document::LINES).map(|batch| {
            let (document, image, mut batch) = (Arc::clone(&self.document), Arc::clone(image), batch.to_vec());
            let work = move |_| {
                let mut taken = Stage::default();
                document.turn_lines(&image, &mut batch, &mut taken)?;
                Ok::<_, Error>((batch, taken))
            };
            (Effort { cost: piece::LINE_PIXEL * 160 * 80, spreads: false }, work)
        });
        let turned: Result<Vec<_>, Error> = piece::all(lanes, works).await?.into_iter().collect();
        let mut places = crops.iter_mut();
        for (batch, taken) in turned? {
            page.timings.document += taken;
            for (line, place) in batch.into_iter().zip(&mut places) {
                *place = line;
            }
        }
        page.upside_down = crops.iter().map(|crop| crop.upside_down).collect();
        Ok(())
    }
}

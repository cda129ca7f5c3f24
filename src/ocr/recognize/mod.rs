//! What the text says: pieces of a page → tensors → probabilities → text.

pub(super) mod crop;
pub(super) mod ctc;
mod fit;
pub(super) mod glyphs;
mod ink;
mod spaces;

use std::time::{Duration, Instant};

use image::RgbImage;

use super::session::{self, Session};
use super::tensor::{self, Levels, Slot};
use super::{Error, Options, Profile, Stage, Timings};
use crop::Crop;
use ctc::{Alphabet, Decoded};
use fit::{Fit, HEIGHT, fits};
use glyphs::glyphs;
use ink::Ink;
use spaces::spaced;

/// Planes of a tensor.
const PLANES: usize = 3;

/// The recognition model and its characters.
pub(super) struct Recognizer {
    session: Session,
    alphabet: Alphabet,
    levels: Levels,
}

impl Recognizer {
    /// Loads the model that `options` name; its characters are in its metadata.
    pub fn load(options: &Options) -> Result<Self, Error> {
        let session = Session::load(&options.recognition, options)?;
        let characters = session.metadata("character");
        let characters = characters.ok_or_else(|| session::Error::Unfit { file: session.file().to_owned() })?;
        Ok(Self { session, alphabet: Alphabet::new(&characters), levels: levels() })
    }

    /// What each of `crops` of `page` says, in their order; `timings` are told where the time went.
    ///
    /// `cancelled` is asked before each line.
    pub fn recognize(
        &mut self,
        page: &RgbImage,
        crops: &[Crop],
        profile: Profile,
        cancelled: &dyn Fn() -> bool,
        timings: &mut Timings,
    ) -> Result<Vec<Decoded>, Error> {
        let mut texts = Vec::with_capacity(crops.len());
        let mut tensor = Vec::new();
        for (crop, fit) in crops.iter().zip(fits_of(crops, profile)) {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            let started = Instant::now();
            let piece = crop.cut_out(page);
            timings.cut += started.elapsed();
            let started = Instant::now();
            fill(&mut tensor, fit, &piece, &self.levels);
            timings.recognize.prepare += started.elapsed();
            let decoded = self.run(&tensor, fit.tensor, &mut timings.recognize)?;
            let started = Instant::now();
            let decoded = if crop.is_turned() { decoded } else { placed(decoded, &tensor, fit, profile) };
            timings.recognize.finish += started.elapsed();
            texts.push(Decoded { columns: decoded.columns * fit.share, ..decoded });
        }
        Ok(texts)
    }

    /// How long the model runs on `crops` of `page`, as [`Recognizer::recognize`] runs it.
    pub fn floor(&mut self, page: &RgbImage, crops: &[Crop], profile: Profile) -> Result<Duration, Error> {
        let mut took = Duration::ZERO;
        let mut tensor = Vec::new();
        for (crop, fit) in crops.iter().zip(fits_of(crops, profile)) {
            fill(&mut tensor, fit, &crop.cut_out(page), &self.levels);
            let started = Instant::now();
            self.session.run([1, PLANES, HEIGHT, fit.tensor], &tensor)?;
            took += started.elapsed();
        }
        Ok(took)
    }

    /// What the line in `tensor` says.
    fn run(&mut self, tensor: &[f32], width: usize, stage: &mut Stage) -> Result<Decoded, Error> {
        let started = Instant::now();
        let output = self.session.run([1, PLANES, HEIGHT, width], tensor)?;
        stage.run += started.elapsed();

        let started = Instant::now();
        let ([lines, steps, classes], probabilities) = output.tensor()?;
        if lines != 1 || steps == 0 || classes != self.alphabet.classes() {
            return Err(output.unfit().into());
        }
        let decoded = self.alphabet.decode(probabilities);
        stage.finish += started.elapsed();
        Ok(decoded)
    }
}

/// `decoded` with the places of its characters on the line in `tensor`, and the spaces that the reference leaves out.
fn placed(decoded: Decoded, tensor: &[f32], fit: Fit, profile: Profile) -> Decoded {
    let ink = Ink::new(tensor, fit.line);
    let step = fit.tensor as f32 / decoded.columns as f32;
    let characters = decoded.text.chars().zip(decoded.steps.iter().copied());
    let decoded = Decoded { glyphs: glyphs(characters, &ink, step), ..decoded };
    match profile {
        Profile::Screen => spaced(decoded),
        Profile::Paddle => decoded,
    }
}

/// How `crops` are given to the model.
pub(super) fn fits_of(crops: &[Crop], profile: Profile) -> Vec<Fit> {
    let ratios: Vec<f64> = crops.iter().map(Crop::ratio).collect();
    fits(&ratios, profile)
}

/// Puts `piece`, which is a line, into `tensor`: `[3, 48, width]`, 0.0 to the right of the line.
pub(super) fn fill(tensor: &mut Vec<f32>, fit: Fit, piece: &RgbImage, levels: &Levels) {
    tensor.clear();
    tensor.resize(PLANES * HEIGHT * fit.tensor, 0.0);
    tensor::fill(tensor, Slot { width: fit.line, height: HEIGHT, stride: fit.tensor }, piece, levels);
}

/// PaddleX's `OCRReisizeNormImg` (`models/text_recognition/processors.py`).
pub(super) fn levels() -> Levels {
    Levels::new(|_, byte| (byte / 255.0 - 0.5) / 0.5)
}

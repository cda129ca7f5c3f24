//! What the text says: pieces of a page → tensors → probabilities → text.

pub(super) mod crop;
pub(super) mod ctc;
mod fit;
pub(super) mod glyphs;
mod ink;
mod spaces;

use std::sync::Arc;
use std::time::Instant;

use image::RgbImage;

use super::piece::{self, Cores, Lanes};
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

    /// What each of `crops` of `page` says, in their order, and where the time went.
    pub async fn recognize(
        self: &Arc<Self>,
        page: &Arc<RgbImage>,
        crops: &[Crop],
        profile: Profile,
        lanes: &dyn Lanes,
    ) -> Result<(Vec<Decoded>, Timings), Error> {
        let works = crops.iter().zip(fits_of(crops, profile)).map(|(&crop, fit)| {
            let (recognizer, page) = (Arc::clone(self), Arc::clone(page));
            let cost = piece::LINE_PIXEL * (HEIGHT * fit.tensor) as u64;
            (cost, move |cores| recognizer.line(cores, (&page, &crop), fit, profile))
        });
        let mut texts = Vec::with_capacity(crops.len());
        let mut timings = Timings::default();
        for line in piece::all(lanes, works).await? {
            let (text, taken) = line?;
            texts.push(text);
            timings += taken;
        }
        Ok((texts, timings))
    }

    /// What one line says.
    fn line(
        &self,
        cores: Cores,
        (page, crop): (&RgbImage, &Crop),
        fit: Fit,
        profile: Profile,
    ) -> Result<(Decoded, Timings), Error> {
        let started = Instant::now();
        let piece = crop.cut_out(page);
        let cut = started.elapsed();

        let started = Instant::now();
        let mut tensor = Vec::new();
        fill(&mut tensor, fit, &piece, &self.levels);
        let prepare = started.elapsed();

        let started = Instant::now();
        let output = self.session.run(cores, [1, PLANES, HEIGHT, fit.tensor], &tensor)?;
        let run = started.elapsed();

        let started = Instant::now();
        let ([lines, steps, classes], probabilities) = output.tensor()?;
        if lines != 1 || steps == 0 || classes != self.alphabet.classes() {
            return Err(output.unfit().into());
        }
        let decoded = self.alphabet.decode(probabilities);
        let decoded = if crop.is_turned() { decoded } else { placed(decoded, &tensor, fit, profile) };
        let decoded = Decoded { columns: decoded.columns * fit.share, ..decoded };
        let recognize = Stage { prepare, run, finish: started.elapsed(), ..Stage::default() };
        Ok((decoded, Timings { cut, recognize, ..Timings::default() }))
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

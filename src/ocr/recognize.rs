//! What the text says: pieces of a page → batches → tensors → probabilities → text.

use std::time::{Duration, Instant};

use image::RgbImage;

use super::batch::{Batch, HEIGHT, batches, resized_width};
use super::crop::Crop;
use super::ctc::{Alphabet, Decoded};
use super::session::{self, Session};
use super::tensor::{self, Levels, Slot};
use super::{Error, Options, Stage};

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
        // Its output is the largest tensor there is, and every batch has another shape.
        let session = Session::load(&options.recognition, options)?.giving_back()?;
        let characters = session.metadata("character");
        let characters = characters.ok_or_else(|| session::Error::Unfit { file: session.file().to_owned() })?;
        Ok(Self { session, alphabet: Alphabet::new(&characters), levels: levels() })
    }

    /// What each of `crops` of `page` says, in their order, and where the time went.
    ///
    /// `cancelled` is asked before each batch.
    pub fn recognize(
        &mut self,
        page: &RgbImage,
        crops: &[Crop],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(Vec<Decoded>, Stage), Error> {
        let ratios: Vec<f64> = crops.iter().map(Crop::ratio).collect();
        let mut texts = vec![Decoded::default(); crops.len()];
        let mut stage = Stage::default();
        let mut tensor = Vec::new();
        for batch in batches(&ratios) {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            let started = Instant::now();
            fill(&mut tensor, &batch, &Pieces { page, crops }, &self.levels);
            stage.prepare += started.elapsed();
            let decoded = self.run(&tensor, &batch, &mut stage)?;
            for (&line, decoded) in batch.lines.iter().zip(decoded) {
                let columns = decoded.columns * batch.share(line, &ratios);
                texts[line] = Decoded { columns, ..decoded };
            }
        }
        Ok((texts, stage))
    }

    /// How long the model runs on the batches of `crops` of `page`, one after the other.
    pub fn floor(&mut self, page: &RgbImage, crops: &[Crop]) -> Result<Duration, Error> {
        let ratios: Vec<f64> = crops.iter().map(Crop::ratio).collect();
        let mut took = Duration::ZERO;
        let mut tensor = Vec::new();
        for batch in batches(&ratios) {
            fill(&mut tensor, &batch, &Pieces { page, crops }, &self.levels);
            let started = Instant::now();
            self.session.run([batch.lines.len(), PLANES, HEIGHT, batch.width], &tensor)?;
            took += started.elapsed();
        }
        Ok(took)
    }

    fn run(&mut self, tensor: &[f32], batch: &Batch, stage: &mut Stage) -> Result<Vec<Decoded>, Error> {
        let started = Instant::now();
        let output = self.session.run([batch.lines.len(), PLANES, HEIGHT, batch.width], tensor)?;
        stage.run += started.elapsed();

        let started = Instant::now();
        let ([lines, steps, classes], probabilities) = output.tensor()?;
        if lines != batch.lines.len() || steps == 0 || classes != self.alphabet.classes() {
            return Err(output.unfit().into());
        }
        let decoded = probabilities.chunks_exact(steps * classes).map(|line| self.alphabet.decode(line)).collect();
        stage.finish += started.elapsed();
        Ok(decoded)
    }
}

/// Pieces of a page that are still to be cut out.
pub(super) struct Pieces<'a> {
    pub page: &'a RgbImage,
    pub crops: &'a [Crop],
}

/// Cuts the lines of `batch` out and into `tensor`: `[lines, 3, 48, width]`, 0.0 to the right of a line.
pub(super) fn fill(tensor: &mut Vec<f32>, batch: &Batch, pieces: &Pieces, levels: &Levels) {
    let size = PLANES * HEIGHT * batch.width;
    tensor.clear();
    tensor.resize(batch.lines.len() * size, 0.0);
    for (planes, &line) in tensor.chunks_exact_mut(size).zip(&batch.lines) {
        let crop = &pieces.crops[line];
        let slot = Slot { width: resized_width(crop.ratio()), height: HEIGHT, stride: batch.width };
        tensor::fill(planes, slot, &crop.cut_out(pieces.page), levels);
    }
}

/// PaddleX's `OCRReisizeNormImg` (`models/text_recognition/processors.py`).
pub(super) fn levels() -> Levels {
    Levels::new(|_, byte| (byte / 255.0 - 0.5) / 0.5)
}

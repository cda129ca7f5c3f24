//! What the text says: pieces of a page → batches → tensors → probabilities → text.

use std::time::{Duration, Instant};

use image::RgbImage;

use super::batch::{Batch, HEIGHT, batches, resized_width};
use super::crop::Crop;
use super::ctc::{Alphabet, Decoded};
use super::session::{self, Session};
use super::tensor::{self, Levels, Slot};
use super::{Error, Options, Stage, Timings};

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

    /// What each of `crops` of `page` says, in their order; `timings` are told where the time went.
    ///
    /// `cancelled` is asked before each batch.
    pub fn recognize(
        &mut self,
        page: &RgbImage,
        crops: &[Crop],
        cancelled: &dyn Fn() -> bool,
        timings: &mut Timings,
    ) -> Result<Vec<Decoded>, Error> {
        let ratios: Vec<f64> = crops.iter().map(Crop::ratio).collect();
        let mut texts = vec![Decoded::default(); crops.len()];
        let mut tensor = Vec::new();
        for batch in batches(&ratios) {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            let started = Instant::now();
            let pieces = cut_out(page, crops, &batch);
            timings.cut += started.elapsed();
            let started = Instant::now();
            fill(&mut tensor, &batch, &pieces, &self.levels);
            timings.recognize.prepare += started.elapsed();
            let decoded = self.run(&tensor, &batch, &mut timings.recognize)?;
            for (&line, decoded) in batch.lines.iter().zip(decoded) {
                let columns = decoded.columns * batch.share(line, &ratios);
                texts[line] = Decoded { columns, ..decoded };
            }
        }
        Ok(texts)
    }

    /// How long the model runs on the batches of `crops` of `page`, one after the other.
    pub fn floor(&mut self, page: &RgbImage, crops: &[Crop]) -> Result<Duration, Error> {
        let ratios: Vec<f64> = crops.iter().map(Crop::ratio).collect();
        let mut took = Duration::ZERO;
        let mut tensor = Vec::new();
        for batch in batches(&ratios) {
            fill(&mut tensor, &batch, &cut_out(page, crops, &batch), &self.levels);
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

/// The lines of `batch`, upright.
pub(super) fn cut_out(page: &RgbImage, crops: &[Crop], batch: &Batch) -> Vec<RgbImage> {
    batch.lines.iter().map(|&line| crops[line].cut_out(page)).collect()
}

/// Puts the `pieces`, which are the lines of `batch`, into `tensor`: `[lines, 3, 48, width]`, 0.0 to the right of a line.
pub(super) fn fill(tensor: &mut Vec<f32>, batch: &Batch, pieces: &[RgbImage], levels: &Levels) {
    let size = PLANES * HEIGHT * batch.width;
    tensor.clear();
    tensor.resize(pieces.len() * size, 0.0);
    for (planes, piece) in tensor.chunks_exact_mut(size).zip(pieces) {
        let ratio = f64::from(piece.width()) / f64::from(piece.height());
        let slot = Slot { width: resized_width(ratio), height: HEIGHT, stride: batch.width };
        tensor::fill(planes, slot, piece, levels);
    }
}

/// PaddleX's `OCRReisizeNormImg` (`models/text_recognition/processors.py`).
pub(super) fn levels() -> Levels {
    Levels::new(|_, byte| (byte / 255.0 - 0.5) / 0.5)
}

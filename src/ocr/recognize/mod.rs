//! What the text says: pieces of a page → batches → tensors → probabilities → text.

pub(super) mod batch;
pub(super) mod crop;
pub(super) mod ctc;

use std::time::{Duration, Instant};

use image::RgbImage;

use super::session::{self, Session};
use super::tensor::{self, Levels, Slot};
use super::{Error, Options, Stage, Timings};
use batch::{HEIGHT, batches, resized_width};
use crop::Crop;
use ctc::{Alphabet, Decoded};

/// Planes of a tensor.
const PLANES: usize = 3;

/// Lines that go through the model in one run. A batch decides the width of its lines; that they run together changes
/// nothing. Two keep what an operator leaves for the next one in the caches of two cores, and a third of the memory of
/// six: 5 % faster than six on every width (measured), and one at a time is as slow as six.
const LINES: usize = 2;

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
    /// `cancelled` is asked before each run of the model.
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
            for lines in batch.lines.chunks(LINES) {
                if cancelled() {
                    return Err(Error::Cancelled);
                }
                let started = Instant::now();
                let pieces = cut_out(page, crops, lines);
                timings.cut += started.elapsed();
                let started = Instant::now();
                fill(&mut tensor, batch.width, &pieces, &self.levels);
                timings.recognize.prepare += started.elapsed();
                let decoded = self.run(&tensor, [lines.len(), batch.width], &mut timings.recognize)?;
                for (&line, decoded) in lines.iter().zip(decoded) {
                    let columns = decoded.columns * batch.share(line, &ratios);
                    texts[line] = Decoded { columns, ..decoded };
                }
            }
        }
        Ok(texts)
    }

    /// How long the model runs on `crops` of `page`, as [`Recognizer::recognize`] runs it.
    pub fn floor(&mut self, page: &RgbImage, crops: &[Crop]) -> Result<Duration, Error> {
        let ratios: Vec<f64> = crops.iter().map(Crop::ratio).collect();
        let mut took = Duration::ZERO;
        let mut tensor = Vec::new();
        for batch in batches(&ratios) {
            for lines in batch.lines.chunks(LINES) {
                fill(&mut tensor, batch.width, &cut_out(page, crops, lines), &self.levels);
                let started = Instant::now();
                self.session.run([lines.len(), PLANES, HEIGHT, batch.width], &tensor)?;
                took += started.elapsed();
            }
        }
        Ok(took)
    }

    /// What `count` lines of the batch's `width` say.
    fn run(&mut self, tensor: &[f32], [count, width]: [usize; 2], stage: &mut Stage) -> Result<Vec<Decoded>, Error> {
        let started = Instant::now();
        let output = self.session.run([count, PLANES, HEIGHT, width], tensor)?;
        stage.run += started.elapsed();

        let started = Instant::now();
        let ([lines, steps, classes], probabilities) = output.tensor()?;
        if lines != count || steps == 0 || classes != self.alphabet.classes() {
            return Err(output.unfit().into());
        }
        let decoded = probabilities.chunks_exact(steps * classes).map(|line| self.alphabet.decode(line)).collect();
        stage.finish += started.elapsed();
        Ok(decoded)
    }
}

/// Some `lines` of `page`, upright.
pub(super) fn cut_out(page: &RgbImage, crops: &[Crop], lines: &[usize]) -> Vec<RgbImage> {
    lines.iter().map(|&line| crops[line].cut_out(page)).collect()
}

/// Puts the `pieces`, which are lines, into `tensor`: `[lines, 3, 48, width]`, 0.0 to the right of a line.
pub(super) fn fill(tensor: &mut Vec<f32>, width: usize, pieces: &[RgbImage], levels: &Levels) {
    let size = PLANES * HEIGHT * width;
    tensor.clear();
    tensor.resize(pieces.len() * size, 0.0);
    for (planes, piece) in tensor.chunks_exact_mut(size).zip(pieces) {
        let ratio = f64::from(piece.width()) / f64::from(piece.height());
        let slot = Slot { width: resized_width(ratio), height: HEIGHT, stride: width };
        tensor::fill(planes, slot, piece, levels);
    }
}

/// PaddleX's `OCRReisizeNormImg` (`models/text_recognition/processors.py`).
pub(super) fn levels() -> Levels {
    Levels::new(|_, byte| (byte / 255.0 - 0.5) / 0.5)
}

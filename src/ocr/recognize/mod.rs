//! What the text says: pieces of a page → tensors → probabilities → text.

mod cells;
pub(super) mod crop;
pub(super) mod ctc;
mod fit;
pub(super) mod glyphs;
mod ink;
mod spaces;
mod vertical;

use std::sync::Arc;
use std::time::Instant;

use image::RgbImage;

use super::fold::{Logits, logits};
use super::piece::{self, Cores, Effort, Lanes};
use super::session::{self, Output, Precision, Provider, Session};
use super::tensor::{self, Levels, Slot};
use super::{Error, Options, Profile, Stage, Timings};
use crop::Crop;
use ctc::{Alphabet, Decoded, Scores};
pub(super) use fit::Widths;
use fit::{Fit, HEIGHT, fits};
use glyphs::glyphs;
use ink::Ink;
use spaces::spaced;
use vertical::Upright;

/// By so much the model may be surer of a vertical line as it lies: it leaves out the signs it is unsure of.
const UPRIGHT: f32 = 0.1;

/// Planes of a tensor.
const PLANES: usize = 3;

/// The recognition model and its characters.
pub(super) struct Recognizer {
    session: Session,
    /// Whether it says how likely classes are without making probabilities of that.
    gives_logits: bool,
    alphabet: Alphabet,
    levels: Levels,
}

impl Recognizer {
    /// Loads the model that `options` name, for `provider`; its characters are in its metadata.
    pub fn load(options: &Options, provider: Provider) -> Result<Self, Error> {
        let mut gives_logits = false;
        let session = Session::load_for(provider, &options.recognition, options, |model, precision| {
            let form = if precision == Precision::Bf16 { Logits::Bf16 } else { Logits::F32 };
            let changed = logits(model, form);
            gives_logits = changed.is_some();
            changed
        })?;
        let characters = session.metadata("character");
        let characters = characters.ok_or_else(|| session::Error::Unfit { file: session.file().to_owned() })?;
        Ok(Self { session, gives_logits, alphabet: Alphabet::new(&characters), levels: levels() })
    }

    /// See [`super::Engine::widen`].
    pub fn widen(&self) {
        self.session.widen();
    }

    fn widths(&self) -> Widths {
        if self.session.wants_few_shapes() { Widths::Few } else { Widths::Tight }
    }

    /// What each of `crops` of `page` says, in their order, and where the time went.
    pub async fn recognize(
        self: &Arc<Self>,
        page: &Arc<RgbImage>,
        crops: &[Crop],
        profile: Profile,
        lanes: &dyn Lanes,
    ) -> Result<(Vec<Decoded>, Timings), Error> {
        let works = crops.iter().zip(fits_of(crops, profile, self.widths())).map(|(&crop, fit)| {
            let (recognizer, page) = (Arc::clone(self), Arc::clone(page));
            let cost = piece::LINE_PIXEL * (HEIGHT * fit.tensor) as u64;
            let effort = Effort { cost, spreads: self.session.spreads() };
            (effort, move |cores| recognizer.line(cores, (&page, &crop), fit, profile))
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

        let (decoded, recognize) = match profile {
            Profile::Screen if crop.is_turned() => self.vertical(cores, &piece, fit)?,
            _ => self.read(cores, &piece, fit, (!crop.is_turned()).then_some(profile))?,
        };
        Ok((decoded, Timings { cut, recognize, ..Timings::default() }))
    }

    /// The shape of an answer, and how likely its classes are.
    fn scores<'o>(&self, output: &'o Output<'_>) -> Result<([usize; 3], Scores<'o>), session::Error> {
        if let Some((shape, logits)) = output.bf16_tensor() {
            return Ok((shape, Scores::Bf16Logits(logits)));
        }
        let (shape, values) = output.tensor()?;
        Ok((shape, if self.gives_logits { Scores::Logits(values) } else { Scores::Probabilities(values) }))
    }

    /// What a line says that lies on its side: as it lies, or with its characters upright, whichever the model is surer of.
    fn vertical(&self, cores: Cores, piece: &RgbImage, fit: Fit) -> Result<(Decoded, Stage), Error> {
        let (lying, mut taken) = self.read(cores, piece, fit, None)?;
        let started = Instant::now();
        let upright = vertical::upright(piece);
        taken.prepare += started.elapsed();
        let Some(Upright { pixels, has_spaces }) = upright else { return Ok((lying, taken)) };
        let ratio = f64::from(pixels.width()) / f64::from(pixels.height());
        let Some(&fit) = fits(&[ratio], Profile::Screen, self.widths()).first() else { return Ok((lying, taken)) };
        let places = if has_spaces { Profile::Screen } else { Profile::Paddle };
        let (upright, more) = self.read(cores, &pixels, fit, Some(places))?;
        taken += more;
        let upright = if has_spaces { upright } else { spaces::without(upright) };
        Ok((if is_better(&upright, &lying) { upright } else { lying }, taken))
    }

    /// What a piece says, and where the time went; `placed_for`: whether its characters stand side by side, and who asks.
    fn read(
        &self,
        cores: Cores,
        piece: &RgbImage,
        fit: Fit,
        placed_for: Option<Profile>,
    ) -> Result<(Decoded, Stage), Error> {
        let started = Instant::now();
        let mut tensor = Vec::new();
        fill(&mut tensor, fit, piece, &self.levels);
        let prepare = started.elapsed();

        let started = Instant::now();
        let output = self.session.run(cores, [1, PLANES, HEIGHT, fit.tensor], &tensor)?;
        let run = started.elapsed();

        let started = Instant::now();
        let ([lines, steps, classes], scores) = self.scores(&output)?;
        if lines != 1 || steps == 0 || classes != self.alphabet.classes() {
            return Err(output.unfit().into());
        }
        let decoded = self.alphabet.decode(scores);
        let decoded = match placed_for {
            Some(profile) => placed(decoded, &tensor, fit, profile),
            None => decoded,
        };
        let decoded = Decoded { columns: decoded.columns * fit.share, ..decoded };
        Ok((decoded, Stage { prepare, run, finish: started.elapsed(), ..Stage::default() }))
    }
}

/// Whether a vertical line is read with its characters upright: where that changes no letter of what it says lying, as
/// soon as the model is nearly as sure of it.
fn is_better(upright: &Decoded, lying: &Decoded) -> bool {
    let letters = |decoded: &Decoded| -> Vec<char> { decoded.text.chars().filter(|it| it.is_alphanumeric()).collect() };
    let mut rest = letters(upright).into_iter();
    let has_all = letters(lying).into_iter().all(|letter| rest.any(|other| other == letter));
    let margin = if has_all { UPRIGHT } else { 0.0 };
    upright.score + margin >= lying.score
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
pub(super) fn fits_of(crops: &[Crop], profile: Profile, widths: Widths) -> Vec<Fit> {
    let ratios: Vec<f64> = crops.iter().map(Crop::ratio).collect();
    fits(&ratios, profile, widths)
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

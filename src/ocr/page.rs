//! What was read off an image.

use std::sync::Arc;
use std::time::Duration;

use image::RgbImage;

use super::document::Correction;
use super::layout::reading_order::Direction;
use super::{Params, Providers, Quad};

/// What was read off an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Width of the image in pixels.
    pub width: u32,
    /// Height of the image in pixels.
    pub height: u32,
    /// Every outline that was detected, in the reference's order: from top to bottom, from left to right.
    pub quads: Vec<Quad>,
    /// For each of `quads`, whether its text was found to stand on its head; empty if nobody looked.
    pub upside_down: Vec<bool>,
    /// The lines whose score is high enough, in the order that `params` asks for; paragraphs or
    /// rows, if it asks for those.
    pub lines: Vec<Line>,
    /// The same lines as people read them.
    pub regions: Vec<Region>,
    /// What the page was read with.
    pub params: Params,
    /// What the models that read it are called; empty if none did.
    pub models: Arc<str>,
    /// What computed the models.
    pub providers: Providers,
    /// Where the time went.
    pub timings: Timings,
    /// How far the page was turned and flattened before it was read. All quads are in pixels of the result.
    pub origin: Correction,
    /// The page as it was read, where that is not the image that came.
    pub upright: Option<Arc<RgbImage>>,
}

impl Page {
    /// A page of this size with nothing on it.
    #[must_use]
    pub fn blank(width: u32, height: u32, params: Params) -> Self {
        Self {
            width,
            height,
            quads: Vec::new(),
            upside_down: Vec::new(),
            lines: Vec::new(),
            regions: Vec::new(),
            params,
            models: Arc::default(),
            providers: Providers::default(),
            timings: Timings::default(),
            origin: Correction::untouched([width, height]),
            upright: None,
        }
    }
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
    /// Its words, if they were asked for.
    pub words: Words,
}

impl Line {
    /// A line whose words nobody asked for.
    #[must_use]
    pub fn new(quad: Quad, text: impl Into<String>, score: f32) -> Self {
        Self { quad, text: text.into(), score, words: Words::default() }
    }
}

/// The words of a line: runs of letters and digits, single Chinese characters, runs of anything else.
///
/// Both lists are as long, but as in the reference only the boxes are sorted by where they are: where Chinese and other
/// words overlap they may differ in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// What they say, in the order of the text.
    pub texts: Vec<String>,
    /// Where they are, `[left, top, right, bottom]` in pixels.
    pub boxes: Vec<[i32; 4]>,
}

/// A part of a page that is read without a jump: a column, a table, the lines above both.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// How its lines run.
    pub direction: Direction,
    /// From the first to the last.
    pub paragraphs: Vec<Paragraph>,
}

/// Some lines of a region and what they say together.
#[derive(Debug, Clone, PartialEq)]
pub struct Paragraph {
    /// Their texts without the breaks between them.
    pub text: String,
    /// From the first to the last; never empty.
    pub lines: Vec<Line>,
}

/// Where the time of a read went, summed over the cores that worked at the same time. What `run` does not hold is
/// overhead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timings {
    /// What the document models do: turning and flattening the page, finding the lines that stand on their heads.
    pub document: Stage,
    /// Image to boxes.
    pub detect: Stage,
    /// Cutting the boxes out of the page.
    pub cut: Duration,
    /// Pieces to texts.
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
    /// From the begin of the stage to its end: less than the sum of the others where several cores shared it, more where
    /// it waited for one.
    pub wall: Duration,
}

impl std::ops::AddAssign for Timings {
    fn add_assign(&mut self, other: Self) {
        self.document += other.document;
        self.detect += other.detect;
        self.cut += other.cut;
        self.recognize += other.recognize;
    }
}

impl std::ops::AddAssign for Stage {
    fn add_assign(&mut self, other: Self) {
        self.prepare += other.prepare;
        self.run += other.run;
        self.finish += other.finish;
        self.wall += other.wall;
    }
}

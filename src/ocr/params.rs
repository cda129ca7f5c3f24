//! What a caller may ask of a read.

use serde::Serialize;

/// What one read may change. The defaults are those of PaddleX's `configs/pipelines/OCR.yaml`, with the document
/// models off.
///
/// As in the reference a detection value of 0 is echoed in the answer and means the default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Params {
    /// Whose answer is wanted; the reference's.
    pub profile: Profile,
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
    /// Whether the places of words are wanted, too.
    pub word_boxes: bool,
    /// Which document models look at the page first.
    pub document: Switches,
    /// In which order the lines are given; as the reference sorts boxes.
    pub reading_order: ReadingOrder,
    /// What becomes of the lines; each stays one.
    pub layout: Layout,
    /// What becomes of the readings beside Han characters; each stays a line.
    pub ruby: Ruby,
    /// Whether the image comes back with the page, for pictures of both.
    pub visualize: bool,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            profile: Profile::Paddle,
            limit_side_len: 64,
            limit_type: LimitType::Min,
            thresh: 0.3,
            box_thresh: 0.6,
            unclip_ratio: 1.5,
            rec_score_thresh: 0.0,
            word_boxes: false,
            document: Switches::default(),
            reading_order: ReadingOrder::Paddle,
            layout: Layout::Lines,
            ruby: Ruby::Lines,
            visualize: false,
        }
    }
}

/// What a page is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What people see on a screen: judged by the text that was drawn there.
    Screen,
    /// The reference's answer: PaddleX 3.4.1's texts and boxes, to the letter and the pixel.
    Paddle,
}

impl Profile {
    /// Its name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Paddle => "paddle",
        }
    }
}

/// Which document models are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switches {
    /// Turn a page that lies on its side or its head.
    pub orientation: bool,
    /// Flatten a page that is bent.
    pub unwarping: bool,
    /// Turn the lines that stand on their heads.
    pub textline_orientation: bool,
}

impl Switches {
    /// Whether the page is looked at before its text is.
    #[must_use]
    pub(crate) fn preprocess(self) -> bool {
        self.orientation || self.unwarping
    }

    /// Whether any is on.
    #[must_use]
    pub fn any(self) -> bool {
        self.preprocess() || self.textline_orientation
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

/// What a page's lines become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Each is a line of its own.
    Lines,
    /// Those of a paragraph are joined.
    Paragraphs,
    /// Those side by side are one, indented and set apart as they stood.
    Kept,
}

/// What becomes of ruby, the small kana beside Han characters (振り仮名).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruby {
    /// It is lines of its own, as the reference has it.
    Lines,
    /// It is left out.
    Dropped,
    /// It follows what it is beside, in brackets.
    Brackets,
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

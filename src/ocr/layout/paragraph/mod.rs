//! Lines joined to the paragraphs they were broken from.
//!
//! A line goes on in the next one if that is close below it, looks alike, and the break was forced: the first word of
//! the next line had no room left. Items of a list, records of a log, lines of code and cells of a table stay apart.

mod text;

pub(super) use text::join;

use super::reading_order::{Direction, Frame, RegionLines, upright};
use crate::ocr::{Line, Quad};

/// Some lines of a region and what they say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParagraphLines {
    /// Places in the list of lines, in reading order; never empty.
    pub lines: Vec<usize>,
    /// Their texts without the breaks between them: CJK text without a space, a word without its hyphen.
    pub text: String,
}

/// White space above a line of the same paragraph, beyond the usual in the region, in line heights.
const LOOSER: f32 = 0.3;
/// White space above a line of the same paragraph, in line heights, however usual.
const LOOSEST: f32 = 1.0;
/// Lines of one size have boxes at most this many times as high as each other: `g` and `A` make a difference.
const ALIKE: f32 = 1.4;
/// So are those of lines with few characters, whose boxes are less exact.
const ALIKE_IF_SHORT: f32 = 1.8;
/// Lines with few characters are at most this many times as long as high.
const SHORT: f32 = 4.0;
/// Parts of one line are at most this many line heights apart.
const BESIDE: f32 = 0.6;
/// An indentation is at least this many line heights deep.
const INDENTED: f32 = 0.6;
/// What is left free in a line that is full: boxes and characters are not that exact.
const SLACK: f32 = 0.5;

/// The paragraphs of one of the [regions](super::reading_order::regions) of `lines`, in reading order.
#[must_use]
pub fn paragraphs(region: &RegionLines, lines: &[Line]) -> Vec<ParagraphLines> {
    let quads: Vec<Quad> = lines.iter().map(|line| line.quad).collect();
    let frames = upright(&quads);
    let rows: Vec<TurnedLine> = region
        .lines
        .iter()
        .map(|&place| match region.direction {
            Direction::Horizontal => TurnedLine { frame: frames[place].clone(), text: lines[place].text.trim() },
            Direction::Vertical => TurnedLine { frame: frames[place].turned(), text: lines[place].text.trim() },
        })
        .collect();
    let usual = usual_gap(&rows);
    rows.chunk_by(|above, below| is_close(above, below, usual)).flat_map(split).collect()
}

/// A line, turned so that it runs from left to right.
struct TurnedLine<'a> {
    frame: Frame,
    text: &'a str,
}

impl TurnedLine<'_> {
    /// The smaller of two line heights.
    fn height(&self, other: &Self) -> f32 {
        self.frame.thickness.min(other.frame.thickness)
    }

    /// Whether `next` stands in the same row, farther to the right.
    fn is_beside(&self, next: &Self) -> bool {
        let shared = self.frame.bottom.min(next.frame.bottom) - self.frame.top.max(next.frame.top);
        shared > 0.5 * self.height(next) && next.frame.middle() - self.frame.middle() < 0.5 * self.height(next)
    }
}

/// The median white space between lines that are close below each other, in pixels.
fn usual_gap(rows: &[TurnedLine]) -> f32 {
    let mut gaps: Vec<f32> = rows
        .windows(2)
        .filter(|pair| !pair[0].is_beside(&pair[1]))
        .map(|pair| pair[1].frame.top - pair[0].frame.bottom)
        .filter(|gap| (-rows[0].frame.thickness..=LOOSEST * rows[0].frame.thickness).contains(gap))
        .collect();
    gaps.sort_by(f32::total_cmp);
    gaps.get(gaps.len() / 2).copied().unwrap_or_default()
}

/// Whether two lines may be of one block of text, by their places alone.
fn is_close(above: &TurnedLine, below: &TurnedLine, usual: f32) -> bool {
    let height = above.height(below);
    let is_short = |row: &TurnedLine| row.frame.width() <= SHORT * row.frame.thickness;
    let alike = if is_short(above) || is_short(below) { ALIKE_IF_SHORT } else { ALIKE };
    if above.frame.thickness.max(below.frame.thickness) > alike * height {
        return false;
    }
    if above.is_beside(below) {
        return (-height..=BESIDE * height).contains(&(below.frame.left - above.frame.right));
    }
    let gap = below.frame.top - above.frame.bottom;
    let shared = above.frame.right.min(below.frame.right) - above.frame.left.max(below.frame.left);
    let is_below = below.frame.middle() > above.frame.middle();
    let limit = (usual.max(0.0) + LOOSER * height).min(LOOSEST * height);
    is_below && gap <= limit && shared > 0.5 * above.frame.width().min(below.frame.width())
}

/// Splits a block of text into its paragraphs.
fn split(block: &[TurnedLine]) -> Vec<ParagraphLines> {
    let left = block.iter().map(|row| row.frame.left).fold(f32::INFINITY, f32::min);
    let right = block.iter().map(|row| row.frame.right).fold(f32::NEG_INFINITY, f32::max);
    let is_code = text::is_code(block.iter().map(|row| row.text));
    let mut paragraphs: Vec<&[TurnedLine]> = Vec::new();
    let mut start = 0;
    for place in 1..block.len() {
        let (first, above, below) = (&block[start], &block[place - 1], &block[place]);
        let goes_on = !text::begins_item(below.text)
            && (above.is_beside(below)
                || !is_code && has_no_room(above, below, left, right) && is_flush(first, above, below));
        if !goes_on {
            paragraphs.push(&block[start..place]);
            start = place;
        }
    }
    paragraphs.push(&block[start..]);
    paragraphs.into_iter().map(paragraph).collect()
}

/// Whether the first word of `below` would not have fitted behind `above`.
fn has_no_room(above: &TurnedLine, below: &TurnedLine, left: f32, right: f32) -> bool {
    let is_centred = above.frame.left - left > INDENTED * above.frame.thickness
        && ((above.frame.left - left) - (right - above.frame.right)).abs() < above.frame.thickness;
    let room =
        if is_centred { (above.frame.left - left) + right - above.frame.right } else { right - above.frame.right };
    let unit = below.frame.width() / text::width(below.text).max(1.0);
    room < text::width(text::first_word(below.text)) * unit + SLACK * above.frame.thickness
}

/// Whether `below` begins where a line of the paragraph that begins with `first` may begin.
fn is_flush(first: &TurnedLine, above: &TurnedLine, below: &TurnedLine) -> bool {
    let depth = INDENTED * above.height(below);
    let indented = below.frame.left - above.frame.left;
    let middle = |row: &TurnedLine| f32::midpoint(row.frame.left, row.frame.right);
    let is_centred = (middle(above) - middle(below)).abs() < depth;
    let is_second = std::ptr::eq(first, above);
    is_centred || indented.abs() < depth || is_second && indented < 0.0 || is_second && text::begins_item(first.text)
}

fn paragraph(rows: &[TurnedLine]) -> ParagraphLines {
    let lines = rows.iter().flat_map(|row| row.frame.lines.iter().copied()).collect();
    ParagraphLines { lines, text: rows.iter().fold(String::new(), |text, row| text::join(text, row.text)) }
}

//! Strips of white space from top to bottom, and what they separate: columns, or the cells of a table.

use std::collections::HashSet;
use std::ops::Range;

use super::band::{self, Band};
use super::frame::{Frame, median};

/// The least width of a gutter, in line heights. Boxes eat up to half a line height of the white space around them.
const NARROWEST: f32 = 0.5;
/// White space across both columns, in line heights, after which new columns begin: a row of cards ends.
const NEW_BLOCK: f32 = 2.5;
/// White space, in line heights, after which even a single column does not go on: a footer.
const FAR_AWAY: f32 = 3.0;
/// The least part of the shorter side's height at which there is text on both sides. Bubbles of a chat alternate.
const TOGETHER: f32 = 0.4;
/// The least part of the rows that two sides share for them to be a table.
const IN_ROWS: f32 = 0.6;
/// Where two sides share a row, their middles or tops differ by at most this many line heights.
const ALIGNED: f32 = 0.25;
/// Lines of running text are at least this many times as long as high: some ten Chinese characters.
const LONG: f32 = 8.0;
/// Columns of running text are at most this many times as wide as the narrowest of them.
const ALIKE: f32 = 2.0;
/// From one line of running text to the next there are at most this many line heights.
const DENSE: f32 = 1.9;

/// Bands that share a gutter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// Places in the list of bands.
    pub bands: Range<usize>,
    left: f32,
    right: f32,
}

impl Run {
    /// What is on the left of the gutter, and what on the right.
    pub fn halves(&self, bands: Vec<Band>) -> (Vec<Frame>, Vec<Frame>) {
        band::join(bands).into_iter().partition(|frame| self.has_on_its_left(frame))
    }

    fn has_on_its_left(&self, frame: &Frame) -> bool {
        frame.right <= f32::midpoint(self.left, self.right)
    }

    fn width(&self) -> f32 {
        self.right - self.left
    }
}

/// What a gutter separates.
#[derive(PartialEq)]
enum Kind {
    /// Text that goes on below.
    Columns,
    /// Text that goes on beside.
    Table,
    /// Texts that have nothing to do with each other, or too few to tell.
    Neither,
}

/// The highest run of bands that is to be read column by column.
pub(super) fn columns(bands: &[Band]) -> Option<Run> {
    find(bands, &Kind::Columns)
}

/// The highest run of bands whose rows are those of a table.
pub(super) fn table(bands: &[Band]) -> Option<Run> {
    find(bands, &Kind::Table)
}

fn find(bands: &[Band], kind: &Kind) -> Option<Run> {
    let line = median(bands.iter().flat_map(|band| &band.frames).map(|frame| frame.thickness));
    let height = |run: &Run| bands[run.bands.end - 1].bottom - bands[run.bands.start].top;
    let mut seen = HashSet::new();
    let mut best: Option<Run> = None;
    for place in 0..bands.len() {
        for (left, right) in gaps(&bands[place..bands.len().min(place + 2)]) {
            let start = Run { bands: place..place + 1, left, right };
            let run = extend(bands, start, line);
            let new = seen.insert((run.bands.clone(), run.left.to_bits(), run.right.to_bits()));
            if !new || run.width() < NARROWEST * line || classify(&bands[run.bands.clone()], &run, line) != *kind {
                continue;
            }
            let better = |other: &Run| (height(&run), run.width()) > (height(other), other.width());
            if best.as_ref().is_none_or(better) {
                best = Some(run);
            }
        }
    }
    best
}

/// The vertical white space between the frames of neighbouring bands.
fn gaps(bands: &[Band]) -> Vec<(f32, f32)> {
    let mut spans: Vec<(f32, f32)> =
        bands.iter().flat_map(|band| &band.frames).map(|frame| (frame.left, frame.right)).collect();
    spans.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut gaps = Vec::new();
    let mut reached = f32::INFINITY;
    for (left, right) in spans {
        if left > reached {
            gaps.push((reached, left));
        }
        reached = if reached.is_finite() { reached.max(right) } else { right };
    }
    gaps
}

/// Goes up and down from the first band of a run as far as white space is left of its gutter.
fn extend(bands: &[Band], seed: Run, line: f32) -> Run {
    let start = seed.bands.start;
    let mut run = narrowed(&seed, &bands[start], line).unwrap_or(seed);
    while let Some(next) = bands.get(run.bands.end)
        && goes_on(&bands[run.bands.end - 1], next, &run, line)
        && let Some(narrower) = narrowed(&run, next, line)
    {
        run = Run { bands: run.bands.start..run.bands.end + 1, ..narrower };
    }
    while run.bands.start > 0
        && goes_on(&bands[run.bands.start - 1], &bands[run.bands.start], &run, line)
        && let Some(narrower) = narrowed(&run, &bands[run.bands.start - 1], line)
    {
        run = Run { bands: run.bands.start - 1..run.bands.end, ..narrower };
    }
    // What stands above the columns on the right, such as a date, is read before them.
    let only_right = |band: &Band| band.frames.iter().all(|frame| !run.has_on_its_left(frame));
    if run.bands.len() > 1 && only_right(&bands[run.bands.start]) && !only_right(&bands[run.bands.start + 1]) {
        run.bands.start += 1;
    }
    run
}

/// Whether the columns of `above` can go on in `below`.
fn goes_on(above: &Band, below: &Band, run: &Run, line: f32) -> bool {
    let gap = below.top - above.bottom;
    let on_both_sides = below.frames.iter().any(|frame| run.has_on_its_left(frame))
        && below.frames.iter().any(|frame| !run.has_on_its_left(frame));
    gap <= line * if on_both_sides { NEW_BLOCK } else { FAR_AWAY }
}

/// The run with the widest part of its gutter that is white in `band`, too; none if that is too narrow.
fn narrowed(run: &Run, band: &Band, line: f32) -> Option<Run> {
    let mut free = vec![(run.left, run.right)];
    for frame in &band.frames {
        free = free
            .into_iter()
            .flat_map(|(left, right)| [(left, right.min(frame.left)), (left.max(frame.right), right)])
            .filter(|(left, right)| right - left >= NARROWEST * line)
            .collect();
    }
    let (left, right) = free.into_iter().max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)))?;
    Some(Run { bands: run.bands.clone(), left, right })
}

fn classify(bands: &[Band], run: &Run, line: f32) -> Kind {
    let (left, right) = run.halves(bands.to_vec());
    let (left, right) = (band::cells(left), band::cells(right));
    let (Some(before), Some(behind)) = (left.last(), right.first()) else { return Kind::Neither };
    let fewer = band::split(before.clone()).len().min(band::split(behind.clone()).len());
    if fewer < 2 || together(before, behind) < TOGETHER {
        return Kind::Neither;
    }
    let rows = band::split([before.as_slice(), behind].concat());
    let shared = rows.iter().filter(|row| is_row(row, run, line)).count();
    if (shared as f32) < IN_ROWS * fewer as f32 {
        return Kind::Columns;
    }
    let columns: Vec<_> = left.into_iter().chain(right).collect();
    if is_running_text(&columns, bands, line) { Kind::Columns } else { Kind::Table }
}

/// The part of the lower side's height at which the other side has text, too.
fn together(left: &[Frame], right: &[Frame]) -> f32 {
    let (left, right) = (covered(left), covered(right));
    let length = |spans: &[(f32, f32)]| spans.iter().map(|(top, bottom)| bottom - top).sum::<f32>();
    let mut both = 0.0;
    for one in &left {
        both += right.iter().map(|other| (one.1.min(other.1) - one.0.max(other.0)).max(0.0)).sum::<f32>();
    }
    both / length(&left).min(length(&right))
}

/// The heights at which there is text, or the usual space between two lines of it.
fn covered(frames: &[Frame]) -> Vec<(f32, f32)> {
    const LEADING: f32 = 0.3;
    let around = |frame: &Frame| (frame.top - LEADING * frame.thickness, frame.bottom + LEADING * frame.thickness);
    let mut spans: Vec<(f32, f32)> = frames.iter().map(around).collect();
    spans.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut merged: Vec<(f32, f32)> = Vec::new();
    for (top, bottom) in spans {
        match merged.last_mut() {
            Some(last) if top <= last.1 => last.1 = last.1.max(bottom),
            _ => merged.push((top, bottom)),
        }
    }
    merged
}

/// Whether what a band has on both sides of the gutter belongs side by side: same middle, or same top.
fn is_row(band: &Band, run: &Run, line: f32) -> bool {
    let extent = |on_the_left: bool| {
        let side = band.frames.iter().filter(|frame| run.has_on_its_left(frame) == on_the_left);
        side.map(|frame| (frame.top, frame.bottom)).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    };
    let (Some(left), Some(right)) = (extent(true), extent(false)) else { return false };
    let near = |one: f32, other: f32| (one - other).abs() <= ALIGNED * line;
    near(f32::midpoint(left.0, left.1), f32::midpoint(right.0, right.1)) || near(left.0, right.0)
}

/// Whether every column holds long lines, one closely below the other, and none is much wider than the others.
fn is_running_text(columns: &[Vec<Frame>], bands: &[Band], line: f32) -> bool {
    let is_long = |column: &Vec<Frame>| median(column.iter().map(|frame| frame.width() / frame.thickness)) >= LONG;
    let width = |column: &Vec<Frame>| {
        let left = column.iter().map(|frame| frame.left).fold(f32::INFINITY, f32::min);
        column.iter().map(|frame| frame.right).fold(f32::NEG_INFINITY, f32::max) - left
    };
    let widest = columns.iter().map(width).fold(0.0, f32::max);
    let narrowest = columns.iter().map(width).fold(f32::INFINITY, f32::min);
    let pitch = median(bands.windows(2).map(|pair| pair[1].top - pair[0].top));
    columns.iter().all(is_long) && widest <= ALIKE * narrowest && pitch <= DENSE * line
}

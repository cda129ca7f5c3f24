//! Strips of white space from top to bottom, and what they separate: columns, or the cells of a table.

use std::ops::Range;

use super::band::{self, Band, FRINGE};
use super::frame::Frame;
use crate::ocr::median::median;

/// The least width of a gutter, in line heights. Boxes eat up to half a line height of the white space around them.
const NARROWEST: f32 = 0.5;
/// White space across both columns, in line heights, after which new columns begin: a row of cards ends.
pub(super) const NEW_BLOCK: f32 = 2.5;
/// White space, in line heights, after which even a single column does not go on: a footer.
const FAR_AWAY: f32 = 3.0;
/// The least part of the shorter side's height at which there is text on both sides. Bubbles of a chat alternate.
const TOGETHER: f32 = 0.4;
/// The least part of the rows that two sides share for them to be a table.
const IN_ROWS: f32 = 0.7;
/// Where two sides share a row, their middles, or their tops throughout, differ by at most this many line heights.
const ALIGNED: f32 = 0.25;
/// These offsets of a table's rows are all the same but for the detector's noise: from their median they differ by at
/// most this many line heights.
const STEADY: f32 = 0.15;
/// Lines of running text are at least this many times as long as high: some ten Chinese characters.
pub(super) const LONG: f32 = 8.0;
/// The lines of one column of running text are at most this many times as long as those of another.
const ALIKE: f32 = 2.0;
/// From one line of running text to the next there are at most this many line heights; or this many, where lines are
/// so long that each may be a paragraph.
const DENSE: f32 = 1.9;
const SPACED: f32 = 2.6;
const VERY_LONG: f32 = 3.0 * LONG;

/// Bands that share a gutter.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BandRun {
    /// Places in the list of bands.
    pub bands: Range<usize>,
    left: f32,
    right: f32,
}

impl BandRun {
    /// What is on the left of the gutter, and what on the right.
    pub fn halves(&self, bands: Vec<Band>) -> (Vec<Frame>, Vec<Frame>) {
        band::join(bands).into_iter().partition(|frame| self.has_on_its_left(frame))
    }

    fn has_on_its_left(&self, frame: &Frame) -> bool {
        frame.text().1 <= f32::midpoint(self.left, self.right)
    }

    /// Whether a band has something on both sides of the gutter.
    fn is_crossed_by(&self, band: &Band) -> bool {
        let on_the_left = band.frames.iter().filter(|frame| self.has_on_its_left(frame)).count();
        (1..band.frames.len()).contains(&on_the_left)
    }

    fn width(&self) -> f32 {
        self.right - self.left
    }
}

/// What a gutter separates.
#[derive(PartialEq)]
enum Separates {
    /// Text that goes on below.
    Columns,
    /// Text that goes on beside.
    Table,
    /// Texts that have nothing to do with each other, or too few to tell.
    Neither,
}

/// The highest run of bands that is to be read column by column.
pub(super) fn columns(bands: &[Band]) -> Option<BandRun> {
    find(bands, &Separates::Columns, NEW_BLOCK)
}

/// The highest run of bands whose rows are those of a table.
pub(super) fn table(bands: &[Band]) -> Option<BandRun> {
    find(bands, &Separates::Table, NEW_BLOCK)
}

/// The highest run of bands whose rows are those of a table, or of several tables of the same columns.
pub(super) fn grid(bands: &[Band]) -> Option<BandRun> {
    find(bands, &Separates::Table, f32::INFINITY)
}

/// `new_block`: the white space in line heights across both sides that a run does not reach over.
fn find(bands: &[Band], kind: &Separates, new_block: f32) -> Option<BandRun> {
    let line = median(bands.iter().flat_map(|band| &band.frames).map(|frame| frame.thickness));
    let height = |run: &BandRun| bands[run.bands.end - 1].bottom - bands[run.bands.start].top;
    let mut runs: Vec<BandRun> = Vec::new();
    let mut best: Option<BandRun> = None;
    for place in 0..bands.len() {
        for (left, right) in gaps(&bands[place..bands.len().min(place + 2)]) {
            let is_known = |run: &BandRun| run.bands.contains(&place) && left <= run.left && run.right <= right;
            if right - left < NARROWEST * line || runs.iter().any(is_known) {
                continue;
            }
            let start = BandRun { bands: place..place + 1, left, right };
            let run = extend(bands, start, line, new_block * line);
            runs.push(run.clone());
            if classify(&bands[run.bands.clone()], &run, line) != *kind {
                continue;
            }
            let better = |other: &BandRun| (height(&run), run.width()) > (height(other), other.width());
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
fn extend(bands: &[Band], seed: BandRun, line: f32, new_block: f32) -> BandRun {
    let reach = |below: &Band, run: &BandRun| if run.is_crossed_by(below) { new_block } else { FAR_AWAY * line };
    let start = seed.bands.start;
    let mut run = narrowed(&seed, &bands[start], line).unwrap_or(seed);
    while let Some(next) = bands.get(run.bands.end)
        && white_space(&bands[run.bands.end - 1], next) <= reach(next, &run)
        && let Some(narrower) = narrowed(&run, next, line)
    {
        run = BandRun { bands: run.bands.start..run.bands.end + 1, ..narrower };
    }
    while run.bands.start > 0
        && white_space(&bands[run.bands.start - 1], &bands[run.bands.start]) <= reach(&bands[run.bands.start], &run)
        && let Some(narrower) = narrowed(&run, &bands[run.bands.start - 1], line)
    {
        run = BandRun { bands: run.bands.start - 1..run.bands.end, ..narrower };
    }
    if has_note_above(&bands[run.bands.clone()], &run, line) {
        run.bands.start += 1;
    }
    run
}

/// Whether the first band stands above both columns, on the right, without being the right one's first line, such as a
/// date: it is read before the left column.
fn has_note_above(bands: &[Band], run: &BandRun, line: f32) -> bool {
    let [first, rest @ ..] = bands else { return false };
    let below = |is_left: bool| {
        let mut frames = rest.iter().flat_map(|band| &band.frames);
        frames.find(|frame| run.has_on_its_left(frame) == is_left).map(|frame| frame.top - first.bottom)
    };
    let is_alone = first.frames.iter().all(|frame| !run.has_on_its_left(frame));
    is_alone && below(false).is_some_and(|white| white > line) && below(true).is_some_and(|white| white > line / 2.0)
}

/// The height of the white space between two bands.
pub(super) fn white_space(above: &Band, below: &Band) -> f32 {
    below.top - above.bottom
}

/// The run with the widest part of its gutter that is white in `band`, too; none if that is too narrow.
fn narrowed(run: &BandRun, band: &Band, line: f32) -> Option<BandRun> {
    let mut free = vec![(run.left, run.right)];
    for (start, end) in band.frames.iter().map(Frame::text) {
        free = free
            .into_iter()
            .flat_map(|(left, right)| [(left, right.min(start)), (left.max(end), right)])
            .filter(|(left, right)| right - left >= NARROWEST * line)
            .collect();
    }
    let (left, right) = free.into_iter().max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)))?;
    Some(BandRun { bands: run.bands.clone(), left, right })
}

fn classify(bands: &[Band], run: &BandRun, line: f32) -> Separates {
    let (left, right) = run.halves(bands.to_vec());
    let (left, right) = (band::cells(left), band::cells(right));
    let (Some(before), Some(behind)) = (left.last(), right.first()) else { return Separates::Neither };
    let fewer = band::split(before.clone()).len().min(band::split(behind.clone()).len());
    let rows = Rows::count(&band::split([before.as_slice(), behind].concat()), run, line);
    if fewer < 2 || !meet(before, behind) || together(before, behind) < TOGETHER {
        return Separates::Neither;
    }
    if (rows.shared as f32) < IN_ROWS * rows.expected(fewer) {
        return Separates::Columns;
    }
    let columns: Vec<_> = left.into_iter().chain(right).collect();
    if is_running_text(&columns, bands, line) { Separates::Columns } else { Separates::Table }
}

/// Whether any two lines stand side by side, by more than what boxes reach into each other.
fn meet(left: &[Frame], right: &[Frame]) -> bool {
    let shared = |one: &Frame, other: &Frame| one.bottom.min(other.bottom) - one.top.max(other.top);
    let beside = |one: &Frame, other: &Frame| shared(one, other) > FRINGE * one.thickness.max(other.thickness);
    left.iter().any(|one| right.iter().any(|other| beside(one, other)))
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

/// The heights at which there is text, or the usual white space between two lines of it or two entries of a list. The fringe of a line is not
/// counted: where lines of the two sides alternate, boxes reach into each other.
fn covered(frames: &[Frame]) -> Vec<(f32, f32)> {
    const LEADING: f32 = 1.5;
    let mut frames: Vec<&Frame> = frames.iter().collect();
    frames.sort_by(|one, other| one.top.total_cmp(&other.top));
    let mut merged: Vec<(f32, f32)> = Vec::new();
    let mut reached = f32::NEG_INFINITY;
    for frame in frames {
        let (top, bottom) = (frame.top + FRINGE * frame.thickness, frame.bottom - FRINGE * frame.thickness);
        match merged.last_mut() {
            Some(last) if frame.top - reached <= LEADING * frame.thickness => last.1 = last.1.max(bottom),
            _ => merged.push((top, bottom)),
        }
        reached = reached.max(frame.bottom);
    }
    merged
}

/// How far two sides of a gutter are one in rows.
struct Rows {
    /// Bands whose two sides belong beside each other: all with the same middle, or all with the same top. (Lines that
    /// have nothing to do with each other do now the one, now the other.)
    shared: usize,
    /// As many as there could be, cells that are missing aside.
    possible: usize,
    /// Rows of the left and of the right side that have nothing beside them, at heights where both sides have text.
    alone: [usize; 2],
}

impl Rows {
    fn count(bands: &[Band], run: &BandRun, line: f32) -> Self {
        let (mut middles, mut tops, mut possible, mut alone) = (Vec::new(), Vec::new(), 0, [0, 0]);
        for band in inside(bands, run) {
            let (left, right) = run.halves(vec![band.clone()]);
            if left.is_empty() || right.is_empty() {
                alone[usize::from(left.is_empty())] += 1;
                continue;
            }
            possible += band::split(left.clone()).len().min(band::split(right.clone()).len());
            let ((left, left_end), (right, right_end)) = (extent(&left), extent(&right));
            middles.push((f32::midpoint(right, right_end) - f32::midpoint(left, left_end)) / line);
            tops.push((right - left) / line);
        }
        Self { shared: level(&middles).max(level(&tops)), possible, alone }
    }

    /// How many a table would share whose lower side has so many rows. Where one side has nothing, a cell may be
    /// missing: such a row counts half. Where now the one and now the other has nothing, two that should be one were
    /// torn apart.
    fn expected(&self, fewer: usize) -> f32 {
        let missing = fewer.saturating_sub(self.possible) as f32 / 2.0;
        let [left, right] = self.alone;
        self.possible as f32 + missing.max(left.min(right) as f32)
    }
}

/// The bands at whose height both sides have text, above or below.
fn inside<'a>(bands: &'a [Band], run: &BandRun) -> impl Iterator<Item = &'a Band> {
    let (left, right) = run.halves(bands.to_vec());
    let ((left, left_end), (right, right_end)) = (extent(&left), extent(&right));
    let (top, bottom) = (left.max(right), left_end.min(right_end));
    bands.iter().filter(move |band| band.top < bottom && top < band.bottom)
}

/// How many of the offsets, in line heights, are alike and small.
fn level(offsets: &[f32]) -> usize {
    let usual = median(offsets.iter().copied());
    let is_level = |offset: &&f32| offset.abs() <= ALIGNED && (*offset - usual).abs() <= STEADY;
    offsets.iter().filter(is_level).count()
}

/// Top and bottom of all frames together.
fn extent(frames: &[Frame]) -> (f32, f32) {
    let top = frames.iter().map(|frame| frame.top).fold(f32::INFINITY, f32::min);
    (top, frames.iter().map(|frame| frame.bottom).fold(f32::NEG_INFINITY, f32::max))
}

/// Whether every column holds long lines, one closely below the other, and none much longer than the others'.
fn is_running_text(columns: &[Vec<Frame>], bands: &[Band], line: f32) -> bool {
    let length = |column: &Vec<Frame>| median(column.iter().map(|frame| frame.width() / frame.thickness));
    let shortest = columns.iter().map(length).fold(f32::INFINITY, f32::min);
    let width = |column: &Vec<Frame>| median(column.iter().map(Frame::width));
    let widest = columns.iter().map(width).fold(0.0, f32::max);
    let narrowest = columns.iter().map(width).fold(f32::INFINITY, f32::min);
    let pitch = median(bands.windows(2).map(|pair| pair[1].top - pair[0].top));
    let dense = if shortest >= VERY_LONG { SPACED } else { DENSE };
    shortest >= LONG && widest <= ALIKE * narrowest && pitch <= dense * line
}

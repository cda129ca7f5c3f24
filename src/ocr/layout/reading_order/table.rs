//! The rows of tables whose cells hold several lines, and of cards.

use super::band::{self, Band};
use super::gutter::{self, BandRun, LONG, NEW_BLOCK, white_space};
use crate::ocr::median::median;

/// White space between the lines of a cell is at most this many line heights.
const LEADING: f32 = 0.6;
/// White space between rows is larger than between the lines of a cell by at least this many line heights, and by at
/// least this factor.
const STEP: f32 = 0.3;
const FACTOR: f32 = 2.0;

/// Groups bands to rows: those of one row of a table, those of one row of cards, and each other band by itself.
pub(super) fn rows(bands: Vec<Band>) -> Vec<Vec<Band>> {
    if let Some(run) = gutter::grid(&bands)
        && let Some(cards) = cards(&bands[run.bands.clone()])
    {
        return between(bands, &run, cards);
    }
    let Some(run) = gutter::table(&bands) else {
        return singly(bands);
    };
    let table = wrapped(&bands[run.bands.clone()]);
    between(bands, &run, table)
}

/// `middle` instead of the bands of the run.
fn between(mut bands: Vec<Band>, run: &BandRun, middle: Vec<Vec<Band>>) -> Vec<Vec<Band>> {
    let below = bands.split_off(run.bands.end);
    bands.truncate(run.bands.start);
    let mut all = rows(bands);
    all.extend(middle);
    all.extend(rows(below));
    all
}

fn singly(bands: Vec<Band>) -> Vec<Vec<Band>> {
    bands.into_iter().map(|band| vec![band]).collect()
}

/// Groups bands wherever the white space above them is at least `gap`.
fn grouped(bands: &[Band], gap: f32) -> Vec<Vec<Band>> {
    bands.chunk_by(|above, below| white_space(above, below) < gap).map(<[Band]>::to_vec).collect()
}

/// Groups the bands of a table where the white space between them is clearly of two kinds.
fn wrapped(bands: &[Band]) -> Vec<Vec<Band>> {
    let rows = row_gap(bands).map(|gap| grouped(bands, gap)).filter(|rows| rows.iter().all(|row| is_one_row(row)));
    rows.unwrap_or_else(|| singly(bands.to_vec()))
}

/// The least white space between two rows; none if all white space is alike.
fn row_gap(bands: &[Band]) -> Option<f32> {
    let line = median(bands.iter().flat_map(|band| &band.frames).map(|frame| frame.thickness));
    let mut gaps: Vec<f32> = bands.windows(2).map(|pair| white_space(&pair[0], &pair[1]).max(0.0)).collect();
    gaps.sort_by(f32::total_cmp);
    let steps = gaps.windows(2).map(|pair| (pair[0], pair[1]));
    let (small, large) = steps.max_by(|one, other| (one.1 - one.0).total_cmp(&(other.1 - other.0)))?;
    let clear = small <= LEADING * line && large - small >= STEP * line && large >= FACTOR * small;
    clear.then_some(large)
}

/// Whether bands can be one row: at least half of its columns have one line there. (If most have several, each line is
/// a row, and it is groups of rows that are set apart.)
fn is_one_row(bands: &[Band]) -> bool {
    let cells = band::cells(band::join(bands.to_vec()));
    let single = cells.iter().filter(|cell| cell.len() == 1).count();
    bands.len() == 1 || cells.len() > 1 && 2 * single >= cells.len()
}

/// Rows of cards: at least two, far apart, each cell with lines close to each other, one of them long.
fn cards(bands: &[Band]) -> Option<Vec<Vec<Band>>> {
    let line = median(bands.iter().flat_map(|band| &band.frames).map(|frame| frame.thickness));
    let rows = grouped(bands, NEW_BLOCK * line);
    let is_close = |row: &Vec<Band>| row.windows(2).all(|pair| white_space(&pair[0], &pair[1]) <= LEADING * line);
    let has_text = |row: &Vec<Band>| {
        let cells = band::cells(band::join(row.clone()));
        cells.iter().all(|cell| cell.iter().any(|frame| frame.width() >= LONG * frame.thickness))
    };
    (rows.len() > 1 && rows.iter().all(|row| row.len() > 1 && is_close(row) && has_text(row))).then_some(rows)
}

//! The rows of a table whose cells hold several lines.

use super::band::{self, Band};
use super::frame::median;
use super::gutter;

/// White space between the lines of a cell is at most this many line heights.
const LEADING: f32 = 0.6;
/// White space between rows is larger than between the lines of a cell by at least this many line heights, and by at
/// least this factor.
const STEP: f32 = 0.3;
const FACTOR: f32 = 2.0;

/// Groups bands to rows: those of one row of a table, and each other band by itself.
pub(super) fn rows(mut bands: Vec<Band>) -> Vec<Vec<Band>> {
    let Some(run) = gutter::table(&bands) else {
        return bands.into_iter().map(|band| vec![band]).collect();
    };
    let below = bands.split_off(run.bands.end);
    let table = bands.split_off(run.bands.start);
    let mut all = rows(bands);
    all.extend(wrapped(table));
    all.extend(rows(below));
    all
}

/// Groups the bands of a table where the white space between them is clearly of two kinds.
fn wrapped(bands: Vec<Band>) -> Vec<Vec<Band>> {
    let Some(between_rows) = row_gap(&bands) else {
        return bands.into_iter().map(|band| vec![band]).collect();
    };
    let mut rows: Vec<Vec<Band>> = Vec::new();
    for band in bands.iter().cloned() {
        match rows.last_mut() {
            Some(row) if gap(&row[row.len() - 1], &band) < between_rows => row.push(band),
            _ => rows.push(vec![band]),
        }
    }
    if rows.iter().all(|row| is_one_row(row)) { rows } else { bands.into_iter().map(|band| vec![band]).collect() }
}

fn gap(above: &Band, below: &Band) -> f32 {
    below.top - above.bottom
}

/// The least white space between two rows; none if all white space is alike.
fn row_gap(bands: &[Band]) -> Option<f32> {
    let line = median(bands.iter().flat_map(|band| &band.frames).map(|frame| frame.thickness));
    let mut gaps: Vec<f32> = bands.windows(2).map(|pair| gap(&pair[0], &pair[1]).max(0.0)).collect();
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

//! The cells of a table: rows of lines, cut into columns where hardly a row has text.

use unicode_width::UnicodeWidthStr;

use super::{CELLS_APART, rows};
use crate::ocr::Line;
use crate::ocr::median::median;

/// This part of a line's height, at each end of its box, is no text for sure.
const FRINGE: f32 = 0.15;
/// The least white between two columns, in line heights.
const NARROWEST: f32 = 0.25;
/// Of so many rows, one may have text where columns are cut: a cell that spans several.
const SPANNING: usize = 20;
/// Edges on the one side differ by less than this part of what those on the other do where a column is aligned.
const ALIGNED: f32 = 0.5;

/// The cells of `lines`: rows from top to bottom, each with as many cells as there are columns. A cell without text is
/// empty; several lines in one cell are joined by spaces.
#[must_use]
pub fn cells(lines: &[Line]) -> Vec<Vec<String>> {
    let rows = rows(lines);
    let places: Vec<&[usize]> = rows.iter().map(|row| row.lines.as_slice()).collect();
    let columns = Columns::of(&places, lines);
    let mut cells = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut row_cells = vec![String::new(); columns.count];
        for &place in &row.lines {
            let cell = &mut row_cells[columns.of_line[place]];
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.push_str(lines[place].text.trim());
        }
        cells.push(row_cells);
    }
    cells
}

/// Which line is in which column.
pub(super) struct Columns {
    count: usize,
    /// For each line.
    of_line: Vec<usize>,
    /// For each line, whether it reaches into the next column.
    spans: Vec<bool>,
}

impl Columns {
    /// `rows`: places in the list of lines.
    pub fn of(rows: &[&[usize]], lines: &[Line]) -> Self {
        let shared: Vec<usize> = rows.iter().filter(|row| row.len() > 1).flat_map(|row| row.iter().copied()).collect();
        let limit = rows.iter().filter(|row| row.len() > 1).count() / SPANNING;
        let narrowest = NARROWEST * median(shared.iter().map(|&place| height(&lines[place])));
        let spans: Vec<[f32; 2]> = shared.iter().map(|&place| inner(&lines[place])).collect();
        let cuts = cuts(&spans, limit, narrowest);
        let column = |line: &Line| cuts.iter().filter(|cut| **cut <= inner(line)[0] + height(line) * FRINGE).count();
        let of_line: Vec<usize> = lines.iter().map(column).collect();
        let reaches = |(line, &column): (&Line, &usize)| cuts.get(column).is_some_and(|cut| *cut < inner(line)[1]);
        let spans = lines.iter().zip(&of_line).map(reaches).collect();
        Self { count: cuts.len() + 1, of_line, spans }
    }

    /// Where each line begins if columns are as wide as what stands in them; `indent` is for the first column.
    pub fn aligned(self, lines: &[Line], indent: impl Fn(usize) -> usize) -> Aligned {
        let mut starts = vec![0; lines.len()];
        let mut column_start = 0;
        for column in 0..self.count {
            let own: Vec<usize> = (0..lines.len()).filter(|&place| self.of_line[place] == column).collect();
            let indents: Vec<usize> = own.iter().map(|&place| if column == 0 { indent(place) } else { 0 }).collect();
            let width = |place: usize| lines[place].text.trim().width();
            let inside = own.iter().zip(&indents).filter(|(place, _)| !self.spans[**place]);
            let widest = inside.map(|(&place, indent)| indent + width(place)).max().unwrap_or(0);
            let is_right = column > 0 && is_aligned_right(&own, lines);
            for (&place, indent) in own.iter().zip(indents) {
                let free = widest.saturating_sub(width(place));
                starts[place] = column_start + if is_right { free } else { indent };
            }
            column_start += if widest == 0 { 0 } else { widest + CELLS_APART };
        }
        Aligned { starts }
    }
}

/// Where each line of a page begins, in columns of text.
pub(super) struct Aligned {
    starts: Vec<usize>,
}

impl Aligned {
    pub fn start(&self, place: usize) -> usize {
        self.starts[place]
    }
}

fn height(line: &Line) -> f32 {
    let [_, top, _, bottom] = line.quad.bounds().map(|bound| bound as f32);
    bottom - top
}

/// From and to of what is text for sure, in pixels.
fn inner(line: &Line) -> [f32; 2] {
    let [left, _, right, _] = line.quad.bounds().map(|bound| bound as f32);
    let fringe = (FRINGE * height(line)).min((right - left) / 2.0);
    [left + fringe, right - fringe]
}

/// The middles of the white between `spans`, wider than `narrowest`, that at most `limit` of them reach into; from left
/// to right.
fn cuts(spans: &[[f32; 2]], limit: usize, narrowest: f32) -> Vec<f32> {
    let mut ends: Vec<(f32, i32)> = spans.iter().flat_map(|&[from, to]| [(from, 1), (to, -1)]).collect();
    ends.sort_by(|one, other| one.0.total_cmp(&other.0).then(other.1.cmp(&one.1)));
    let (mut open, mut white, mut cuts) = (0, None, Vec::new());
    let mut seen = false;
    for (at, change) in ends {
        open += change;
        let is_white = usize::try_from(open).is_ok_and(|open| open <= limit);
        match white {
            None if is_white && seen => white = Some(at),
            Some(from) if !is_white => {
                if at - from > narrowest {
                    cuts.push(f32::midpoint(from, at));
                }
                white = None;
            }
            _ => {}
        }
        seen |= !is_white;
    }
    cuts
}

/// Whether the lines of a column end rather than begin below each other.
fn is_aligned_right(own: &[usize], lines: &[Line]) -> bool {
    let spread = |edge: usize| {
        let edges = own.iter().map(|&place| inner(&lines[place])[edge]);
        edges.clone().fold(f32::NEG_INFINITY, f32::max) - edges.fold(f32::INFINITY, f32::min)
    };
    own.len() > 1 && spread(1) < ALIGNED * spread(0)
}

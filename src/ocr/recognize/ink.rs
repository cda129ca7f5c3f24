//! Where on a line there is ink, and where the ground shows from top to bottom.

use std::ops::Range;

use super::fit::HEIGHT;

/// Rows that are looked at: what reaches in from the lines above and below is not this line's.
const ROWS: Range<usize> = 5..HEIGHT - 5;

/// A column holds ink if its darkest and brightest pixel differ by this part of what they differ by in most columns.
const FAINT: f32 = 0.25;

/// The columns of a line at the size the model takes it, 48 pixels high.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ink {
    width: usize,
    /// Columns without ink, from and to, from left to right; none touch.
    gaps: Vec<[usize; 2]>,
}

impl Ink {
    /// `planes`: `[3, 48, stride]`, of which the line takes the first `width` columns.
    pub fn new(planes: &[f32], width: usize) -> Self {
        let stride = planes.len() / (3 * HEIGHT);
        let mut ranges = vec![0.0_f32; width];
        for plane in planes.chunks_exact(HEIGHT * stride) {
            let (mut low, mut high) = (vec![f32::INFINITY; width], vec![f32::NEG_INFINITY; width]);
            for row in plane.chunks_exact(stride).skip(ROWS.start).take(ROWS.len()) {
                for ((low, high), &value) in low.iter_mut().zip(&mut high).zip(row) {
                    *low = low.min(value);
                    *high = high.max(value);
                }
            }
            for (range, (low, high)) in ranges.iter_mut().zip(low.iter().zip(high)) {
                *range = range.max(high - low);
            }
        }
        Self { width, gaps: gaps(&ranges) }
    }

    /// In pixels.
    pub fn width(&self) -> f32 {
        self.width as f32
    }

    /// From the first column with ink to behind the last; none on an empty line.
    pub fn extent(&self) -> Option<[f32; 2]> {
        let start = self.gaps.first().filter(|gap| gap[0] == 0).map_or(0, |gap| gap[1]);
        let end = self.gaps.last().filter(|gap| gap[1] == self.width).map_or(self.width, |gap| gap[0]);
        (start < end).then_some([start as f32, end as f32])
    }

    /// The gap of which most lies between two places, from and to, all of it; none if there is ink throughout.
    pub fn widest_gap(&self, from: f32, to: f32) -> Option<[f32; 2]> {
        let first = self.gaps.partition_point(|gap| gap[1] as f32 <= from);
        let between = self.gaps[first..].iter().map(|gap| gap.map(|at| at as f32)).take_while(|gap| gap[0] < to);
        let shared = |gap: &[f32; 2]| gap[1].min(to) - gap[0].max(from);
        between.reduce(|best, gap| if shared(&gap) > shared(&best) { gap } else { best })
    }
}

/// The columns that hold no ink; `ranges`: from the lowest to the highest value of each.
fn gaps(ranges: &[f32]) -> Vec<[usize; 2]> {
    let mut sorted = ranges.to_vec();
    let most = 9 * sorted.len() / 10;
    if sorted.is_empty() {
        return Vec::new();
    }
    let limit = FAINT * *sorted.select_nth_unstable_by(most, f32::total_cmp).1;
    let mut gaps: Vec<[usize; 2]> = Vec::new();
    for (column, _) in ranges.iter().enumerate().filter(|(_, range)| **range <= limit) {
        match gaps.last_mut() {
            Some(gap) if gap[1] == column => gap[1] += 1,
            _ => gaps.push([column, column + 1]),
        }
    }
    gaps
}

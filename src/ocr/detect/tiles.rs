//! A page cut into tiles of bounded size, and their heat maps put together again.

use std::ops::Range;

use crate::ocr::opencv::resize::Window;

/// The model wants sides that are multiples of this.
const MULTIPLE: usize = 32;

/// The most pixels to the right and downwards of what a tile adds to the whole: with it the memory of a run is bounded.
/// Wider than high, since lines are, and what is cut is found less well: in tiles of 640×640, PP-OCRv5_mobile ran lines of
/// a 5K screen together.
const LONGEST: [usize; 2] = [1024, 640];

/// How far a tile sees beyond what it adds, where the page goes on: text that is cut off looks like other text.
const OVERLAP: usize = 64;

/// A part of a map, and what of the page is looked at for it. In pixels of the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tile {
    /// What it adds to the map.
    pub core: Window,
    /// What the model is given: the core and what is around it.
    pub seen: Window,
}

impl Tile {
    /// Width and height of what the model is given.
    pub fn size(&self) -> [usize; 2] {
        [self.seen.columns.len(), self.seen.rows.len()]
    }

    /// Whether a box (`[left, top, right, bottom]`, in the same pixels) lies in the core in part.
    pub fn meets(&self, [left, top, right, bottom]: [f64; 4]) -> bool {
        let within = |range: &Range<usize>, from, to| from < range.end as f64 && to > range.start as f64;
        within(&self.core.columns, left, right) && within(&self.core.rows, top, bottom)
    }
}

/// The tiles of a map of `size` (`[width, height]`, multiples of 32): cores that cover it without a gap or an overlap.
pub(super) fn tiles(size: [usize; 2]) -> Vec<Tile> {
    let [columns, rows] = [0, 1].map(|axis| cuts(size[axis], LONGEST[axis]));
    let seen = |core: &Range<usize>, side: usize| core.start.saturating_sub(OVERLAP)..(core.end + OVERLAP).min(side);
    let tile = |columns: &Range<usize>, rows: &Range<usize>| Tile {
        core: Window { columns: columns.clone(), rows: rows.clone() },
        seen: Window { columns: seen(columns, size[0]), rows: seen(rows, size[1]) },
    };
    rows.iter().flat_map(|rows| columns.iter().map(move |columns| tile(columns, rows))).collect()
}

/// A side cut into as few parts as may be, nearly equal, multiples of 32.
fn cuts(side: usize, longest: usize) -> Vec<Range<usize>> {
    let units = side / MULTIPLE;
    let parts = side.div_ceil(longest).max(1);
    let edge = |part: usize| part * units / parts * MULTIPLE;
    (0..parts).map(|part| edge(part)..edge(part + 1)).collect()
}

/// A heat map that is put together: `[height, width]`, 0.0 where nothing was added.
pub(super) struct Mosaic {
    /// Row-major.
    pub values: Vec<f32>,
    /// `[width, height]`.
    pub size: [usize; 2],
}

impl Mosaic {
    /// A map without text.
    pub fn blank(size: [usize; 2]) -> Self {
        Self { values: vec![0.0; size[0] * size[1]], size }
    }

    /// Another map stretched to `size`, in which values between those of `from` change evenly: where text ends is known
    /// more finely than by whole pixels of a coarse map.
    pub fn stretched(from: &Self, size: [usize; 2]) -> Self {
        let [columns, rows] = [0, 1].map(|axis| weights(from.size[axis], size[axis]));
        let mut values = Vec::with_capacity(size[0] * size[1]);
        let mut line = vec![0.0; from.size[0]];
        for (upper, lower, share) in rows {
            let [upper, lower] = [upper, lower].map(|row| &from.values[row * from.size[0]..][..from.size[0]]);
            for (value, (upper, lower)) in line.iter_mut().zip(upper.iter().zip(lower)) {
                *value = upper + share * (lower - upper);
            }
            values.extend(columns.iter().map(|&(left, right, share)| line[left] + share * (line[right] - line[left])));
        }
        Self { values, size }
    }

    /// Puts the core of a tile in its place.
    pub fn put(&mut self, core: &Window, values: &[f32]) {
        for (y, row) in core.rows.clone().zip(values.chunks_exact(core.columns.len())) {
            self.values[y * self.size[0]..][core.columns.clone()].copy_from_slice(row);
        }
    }
}

/// For each of `to` pixels along a side the two of `from` pixels that it lies between, and the share of the second one.
fn weights(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let scale = from as f32 / to as f32;
    let weight = |at: usize| {
        let place = ((at as f32 + 0.5) * scale - 0.5).clamp(0.0, (from - 1) as f32);
        let first = place as usize;
        (first, (first + 1).min(from - 1), place - first as f32)
    };
    (0..to).map(weight).collect()
}

/// The core's part of what the model answered for all that it was given.
pub(super) fn core_of(tile: &Tile, seen: &[f32]) -> Vec<f32> {
    let stride = tile.seen.columns.len();
    let left = tile.core.columns.start - tile.seen.columns.start;
    let top = tile.core.rows.start - tile.seen.rows.start;
    let rows = seen.chunks_exact(stride).skip(top).take(tile.core.rows.len());
    rows.flat_map(|row| &row[left..left + tile.core.columns.len()]).copied().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_map_comes_back_from_its_tiles() {
        let size = [1312, 704];
        let whole: Vec<f32> = (0..size[0] * size[1]).map(|at| at as f32).collect();
        let mut mosaic = Mosaic::blank(size);
        for tile in tiles(size) {
            let rows = tile.seen.rows.clone().map(|y| &whole[y * size[0]..][tile.seen.columns.clone()]);
            let seen: Vec<f32> = rows.flatten().copied().collect();
            mosaic.put(&tile.core, &core_of(&tile, &seen));
        }
        assert!(mosaic.values == whole);
    }

    #[test]
    fn a_stretched_map_changes_evenly() {
        let small = Mosaic { values: vec![1.0, 2.0, 3.0, 4.0], size: [2, 2] };
        let large = Mosaic::stretched(&small, [4, 2]);
        assert_eq!(large.values, [1.0, 1.25, 1.75, 2.0, 3.0, 3.25, 3.75, 4.0]);
    }

    proptest! {
        #[test]
        fn tiles_are_bounded_and_cover_everything_once(units in [1..160_usize, 1..160_usize]) {
            let size = units.map(|side| side * MULTIPLE);
            let tiles = tiles(size);
            let area: usize = tiles.iter().map(|tile| tile.core.columns.len() * tile.core.rows.len()).sum();
            prop_assert_eq!(area, size[0] * size[1]);
            for tile in &tiles {
                for (side, longest) in tile.size().into_iter().zip(LONGEST) {
                    prop_assert!(side % MULTIPLE == 0 && 0 < side && side <= longest + MULTIPLE + 2 * OVERLAP);
                }
                prop_assert!(tile.seen.columns.end <= size[0] && tile.seen.rows.end <= size[1]);
            }
        }
    }
}

//! The borders of connected regions, traced as OpenCV's `findContours` does (`RETR_LIST`, `CHAIN_APPROX_SIMPLE`).
//!
//! S. Suzuki, K. Abe: Topological structural analysis of digitized binary images by border following (1985), with the
//! marks and the order of OpenCV 4.10's `contours.cpp`.

/// A visited border pixel.
const VISITED: i8 = 2;
/// A visited border pixel whose right neighbour is background: no hole begins there any more.
const VISITED_RIGHT: i8 = -126;

/// Steps to the eight neighbours `[x, y]`, counter-clockwise from the right (Freeman codes; y grows downwards).
const STEPS: [[i32; 2]; 8] = [[1, 0], [1, -1], [0, -1], [-1, -1], [-1, 0], [-1, 1], [0, 1], [1, 1]];

/// Which pixels of a heat map are text, with a margin of one background pixel on every side.
pub(in crate::ocr) struct Mask {
    cells: Vec<i8>,
    stride: usize,
    height: usize,
}

impl Mask {
    /// Marks what lies above `threshold` in `heat`, row-major, `width` values a row.
    pub fn above(heat: &[f32], width: usize, threshold: f32) -> Self {
        let stride = width + 2;
        let height = heat.len() / width;
        let mut cells = vec![0; stride * (height + 2)];
        let rows = cells[stride..].chunks_exact_mut(stride);
        for (row, values) in rows.zip(heat.chunks_exact(width)) {
            for (cell, &value) in row[1..].iter_mut().zip(values) {
                *cell = i8::from(value > threshold);
            }
        }
        Self { cells, stride, height }
    }
}

/// Borders as points `[x, y]`, one after the other.
#[derive(Default)]
pub(in crate::ocr) struct Contours {
    points: Vec<[i32; 2]>,
    /// Where each border ends in `points`.
    ends: Vec<usize>,
}

impl Contours {
    /// Traces every border of `mask`: outer ones and those of holes.
    pub fn trace(mut mask: Mask) -> Self {
        let mut contours = Self::default();
        for y in 1..=mask.height {
            contours.trace_row(&mut mask, y);
        }
        contours
    }

    /// The borders in OpenCV's order: by their first pixel from the bottom right to the top left.
    pub fn iter(&self) -> impl Iterator<Item = &[[i32; 2]]> {
        (0..self.ends.len()).rev().map(|index| {
            let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
            &self.points[start..self.ends[index]]
        })
    }

    /// Traces the borders whose topmost, then leftmost pixel is in row `y`.
    fn trace_row(&mut self, mask: &mut Mask, y: usize) {
        let start = y * mask.stride;
        let end = start + mask.stride - 1;
        let mut x = 1;
        let mut before = 0;
        while let Some(run) = run_length(&mask.cells[start + x..end], before) {
            x += run;
            let cell = mask.cells[start + x];
            if before == 0 && cell == 1 {
                self.follow(mask, start + x, 4);
                before = mask.cells[start + x];
                x += 1;
            } else if cell == 0 && before >= 1 {
                self.follow(mask, start + x - 1, 0);
                before = 0;
            } else {
                before = cell;
                x += 1;
            }
        }
    }

    /// Follows one border from the cell at `start`. `from`: the direction in which background is known to lie.
    fn follow(&mut self, mask: &mut Mask, start: usize, from: usize) {
        let stride = mask.stride as isize;
        let cells = &mut mask.cells;
        let neighbour = |cell: usize, direction: usize| {
            let [x, y] = STEPS[direction & 7];
            cell.wrapping_add_signed(x as isize + y as isize * stride)
        };
        // The margin is not part of the image.
        let mut point = [(start % mask.stride) as i32 - 1, (start / mask.stride) as i32 - 1];
        let clockwise = (1..8).map(|turn| (from + 8 - turn) & 7);
        let Some(mut direction) = clockwise.into_iter().find(|&way| cells[neighbour(start, way)] != 0) else {
            cells[start] = VISITED_RIGHT;
            self.points.push(point);
            self.ends.push(self.points.len());
            return;
        };
        let second = neighbour(start, direction);
        let mut cell = start;
        let mut before = direction ^ 4;
        loop {
            let came_from = direction;
            let mut next = cell;
            while direction < 15 {
                direction += 1;
                next = neighbour(cell, direction);
                if cells[next] != 0 {
                    break;
                }
            }
            direction &= 7;
            // Turning past direction 0 means that the right neighbour is background.
            if direction.wrapping_sub(1) < came_from {
                cells[cell] = VISITED_RIGHT;
            } else if cells[cell] == 1 {
                cells[cell] = VISITED;
            }
            if direction != before {
                self.points.push(point);
                before = direction;
            }
            let [x, y] = STEPS[direction];
            point = [point[0] + x, point[1] + y];
            if next == start && cell == second {
                break;
            }
            cell = next;
            direction = (direction + 4) & 7;
        }
        self.ends.push(self.points.len());
    }
}

/// How many cells from the start of `row` equal `value`; none if all do.
fn run_length(row: &[i8], value: i8) -> Option<usize> {
    const CHUNK: usize = 16;
    let equal = row.chunks_exact(CHUNK).take_while(|chunk| chunk.iter().all(|&cell| cell == value)).count();
    let skipped = equal * CHUNK;
    row[skipped..].iter().position(|&cell| cell != value).map(|position| skipped + position)
}

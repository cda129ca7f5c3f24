//! The pixels that `cv2.fillPoly` paints.

/// Fractional bits of the x coordinates of polygon edges (`XY_SHIFT` in OpenCV's `drawing.cpp`).
const SHIFT: u32 = 16;

/// A point `[x, y]` in pixels of the drawing, which it may lie outside of.
type Point = [i64; 2];

/// Which pixels of each row are painted: from the first to the last. A convex polygon leaves no gaps.
pub(in crate::ocr) struct Spans {
    /// The first and the last pixel of each; the first is behind the last where none is painted.
    pub rows: Vec<[i64; 2]>,
    width: i64,
}

/// A side of the polygon that crosses rows, as `PolyEdge` in OpenCV.
#[derive(Clone, Copy)]
struct PolyEdge {
    first_row: i64,
    end_row: i64,
    /// x in the first row, and how much it grows per row, with [`SHIFT`] fractional bits.
    x: i64,
    slope: i64,
}

impl Spans {
    /// `cv2.fillPoly` of one polygon on an image of `width` by `height`.
    pub fn of_polygon(corners: &[Point; 4], width: usize, height: usize) -> Self {
        let mut spans = Self { rows: vec![[i64::MAX, i64::MIN]; height], width: width as i64 };
        let mut edges = Vec::with_capacity(corners.len());
        for (index, &to) in corners.iter().enumerate() {
            let from = corners[(index + 3) % 4];
            edges.extend(spans.side(from, to));
        }
        spans.fill(&edges);
        spans
    }

    fn size(&self) -> [i64; 2] {
        [self.width, self.rows.len() as i64]
    }

    fn paint(&mut self, y: i64, first: i64, last: i64) {
        let [before, after] = &mut self.rows[y as usize];
        *before = first.min(*before);
        *after = last.max(*after);
    }

    /// Draws one side and returns its edge, if it crosses rows (`CollectPolyEdges`).
    fn side(&mut self, from: Point, to: Point) -> Option<PolyEdge> {
        let clipped = clip(self.size(), from, to);
        if let Some([from, to]) = clipped.inside {
            self.line(from, to);
        }
        if from[1] == to[1] {
            return None;
        }
        let fixed = |[x, y]: Point, half: i64| [(x << SHIFT) + half, y];
        let [start, end] = if !clipped.moved {
            [fixed(from, 1 << (SHIFT - 1)), fixed(to, 1 << (SHIFT - 1))]
        } else if clipped.ends[0][1] != clipped.ends[1][1] {
            clipped.ends.map(|end| fixed(end, 0))
        } else {
            [fixed(from, 0), fixed(to, 0)]
        };
        let slope = (end[0] - start[0]) / (end[1] - start[1]);
        let (upper, first_row, end_row) = if from[1] < to[1] { (start, from[1], to[1]) } else { (end, to[1], from[1]) };
        Some(PolyEdge { first_row, end_row, x: upper[0] + (first_row - upper[1]) * slope, slope })
    }

    /// Bresenham's line between two pixels of the image, from the left one (`LineIterator`, 8-connected).
    fn line(&mut self, from: Point, to: Point) {
        let (from, to) = if to[0] < from[0] { (to, from) } else { (from, to) };
        let down = (to[1] - from[1]).signum();
        let (dx, dy) = (to[0] - from[0], (to[1] - from[1]).abs());
        let (major, minor) = (dx.max(dy), dx.min(dy));
        let mut error = major - 2 * minor;
        let [mut x, mut y] = from;
        for _ in 0..=major {
            self.paint(y, x, x);
            let sideways = error < 0;
            error += if sideways { 2 * major - 2 * minor } else { -2 * minor };
            x += i64::from(dx >= dy || sideways);
            y += if dx < dy || sideways { down } else { 0 };
        }
    }

    /// Paints between the edges, pair by pair from the left (`FillEdgeCollection`).
    fn fill(&mut self, edges: &[PolyEdge]) {
        let first_row = edges.iter().map(|edge| edge.first_row).min().unwrap_or(0).max(0);
        let end_row = edges.iter().map(|edge| edge.end_row).max().unwrap_or(0).min(self.rows.len() as i64);
        for y in first_row..end_row {
            let active = edges.iter().filter(|edge| (edge.first_row..edge.end_row).contains(&y));
            let mut crossings: Vec<i64> = active.map(|edge| edge.x + (y - edge.first_row) * edge.slope).collect();
            crossings.sort_unstable();
            for pair in crossings.chunks_exact(2) {
                let [first, last] = [pair[0] >> SHIFT, pair[1] >> SHIFT];
                if first < self.width && last >= 0 {
                    self.paint(y, first.max(0), last.min(self.width - 1));
                }
            }
        }
    }
}

/// A line after clipping.
struct Clipped {
    /// The line's part inside, if there is any.
    inside: Option<[Point; 2]>,
    /// The ends where clipping left them.
    ends: [Point; 2],
    /// Whether an end was outside.
    moved: bool,
}

/// Cuts a line to the image of `size` (`clipLine`).
fn clip(size: [i64; 2], from: Point, to: Point) -> Clipped {
    let mut ends = [from, to];
    let [mut first, mut second] = ends.map(|point| outside(size, point));
    let moved = [first, second] != [[0; 2]; 2];
    let shared = |first: [i64; 2], second: [i64; 2]| (0..2).any(|axis| first[axis] * second[axis] > 0);
    for axis in [1, 0] {
        if shared(first, second) {
            break;
        }
        for index in [0, 1] {
            let beyond = if index == 0 { first[axis] } else { second[axis] };
            if beyond == 0 {
                continue;
            }
            let border = if beyond < 0 { 0 } else { size[axis] - 1 };
            let [[x1, y1], [x2, y2]] = ends.map(|end| [end[1 - axis], end[axis]]);
            let distance = border - if index == 0 { y1 } else { y2 };
            ends[index][1 - axis] += (distance as f64 * (x2 - x1) as f64 / (y2 - y1) as f64) as i64;
            ends[index][axis] = border;
            let now = outside(size, ends[index]);
            if index == 0 {
                first = now;
            } else {
                second = now;
            }
        }
    }
    let inside = ([first, second] == [[0; 2]; 2]).then_some(ends);
    Clipped { inside, ends, moved }
}

/// On which side of the image a point lies, per axis: -1 before it, 1 behind it, 0 inside.
fn outside(size: [i64; 2], point: Point) -> [i64; 2] {
    [0, 1].map(|axis| if point[axis] < 0 { -1 } else { i64::from(point[axis] >= size[axis]) })
}

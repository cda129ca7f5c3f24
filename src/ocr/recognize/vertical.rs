//! Vertical lines of Chinese and Japanese, with their characters side by side as a horizontal line has them.
//!
//! A vertical line reaches the model lying on its side, and what the model knows least of characters that lie is
//! punctuation and the long vowel: it leaves them out. So the line is cut into the rooms of its characters and each is
//! set upright. What vertical text itself turns, brackets, dashes and the long vowel, is horizontal where it lies and
//! stays so; what it puts into the upper right corner, commas and full stops, moves to the lower left one.

use image::{Rgb, RgbImage, imageops};

use super::cells::{Cell, cells};
use crate::ocr::intensity::intensity;

/// A pixel is ink if it differs from the ground by this part of what the one that differs most does, and this at least.
const INKED: f32 = 0.3;
const LEAST: f32 = 24.0;
/// The fewest pixels of a character's room that can be told apart.
const SMALLEST: usize = 8;
/// A line is as long as it is thick this many times, at least: one character is upright as it is.
const SHORTEST: f32 = 1.6;
/// White around the line, as a part of a character's room.
const MARGIN: f32 = 0.15;

/// Parts of a character's room. Signs that vertical text turns: upright strokes and rows of dots, …
const BAR: [f32; 2] = [0.34, 0.6];
/// … and brackets, at least this wide and at most this high, at least so far from the middle.
const BRACKET: [f32; 3] = [0.5, 0.45, 0.15];
/// Marks in the upper right corner: at most so large, at least so far right, at most so far down.
const CORNER: [f32; 3] = [0.45, 0.6, 0.42];

/// A line that lies on its side, turned a quarter against the clock.
struct LyingLine<'p> {
    pixels: &'p RgbImage,
    /// Whether a pixel is ink, row by row.
    ink: Vec<bool>,
    ground: Rgb<u8>,
    /// The first row with ink, and the one behind the last.
    rows: [usize; 2],
}

/// A line as horizontal text has it.
pub(super) struct Upright {
    pub pixels: RgbImage,
    /// Whether a room is empty: where none is, there is no space.
    pub has_spaces: bool,
}

/// The line in `pixels`, a vertical one turned a quarter against the clock, as a horizontal one; none if it does not
/// consist of characters that all take the same room.
pub(super) fn upright(pixels: &RgbImage) -> Option<Upright> {
    let line = LyingLine::new(pixels)?;
    let columns = line.columns();
    let (room, cells) = cells(&columns, line.rows[1] - line.rows[0])?;
    let inside = |cell: &Cell| cell.from.max(0) as usize..(cell.to.max(0) as usize).min(columns.len());
    let has_spaces =
        cells.iter().any(|cell| cell.to - cell.from > room as i32 / 2 + 1 && !columns[inside(cell)].contains(&true));
    let margin = (MARGIN * room as f32).round() as u32;
    let side = room as u32;
    let whole = [side * cells.len() as u32 + 2 * margin, side + 2 * margin];
    let mut upright = RgbImage::from_pixel(whole[0], whole[1], line.ground);
    for (place, &cell) in (0..).zip(&cells) {
        let glyph = line.glyph(cell, room);
        imageops::replace(&mut upright, &glyph, i64::from(margin + place * side), i64::from(margin));
    }
    Some(Upright { pixels: upright, has_spaces })
}

impl<'p> LyingLine<'p> {
    /// None if there is no line in it.
    fn new(pixels: &'p RgbImage) -> Option<Self> {
        let [width, height] = [pixels.width() as usize, pixels.height() as usize];
        let edges = pixels.enumerate_pixels().filter(|(_, y, _)| *y == 0 || *y as usize + 1 == height);
        let mut edges: Vec<Rgb<u8>> = edges.map(|(_, _, pixel)| *pixel).collect();
        if edges.is_empty() {
            return None;
        }
        let middle = edges.len() / 2;
        let ground =
            *edges.select_nth_unstable_by(middle, |one, other| intensity(*one).total_cmp(&intensity(*other))).1;
        let apart: Vec<f32> = pixels.pixels().map(|pixel| (intensity(*pixel) - intensity(ground)).abs()).collect();
        let limit = LEAST.max(INKED * apart.iter().copied().fold(0.0, f32::max));
        let ink: Vec<bool> = apart.into_iter().map(|apart| apart > limit).collect();
        let mut inked = ink.chunks_exact(width).enumerate().filter(|(_, row)| row.contains(&true)).map(|(row, _)| row);
        let first = inked.next()?;
        let rows = [first, inked.next_back().unwrap_or(first) + 1];
        let thickness = rows[1] - rows[0];
        let is_line = thickness >= SMALLEST && width as f32 >= SHORTEST * thickness as f32;
        is_line.then_some(Self { pixels, ink, ground, rows })
    }

    /// Whether there is ink in each column.
    fn columns(&self) -> Vec<bool> {
        let width = self.pixels.width() as usize;
        let mut columns = vec![false; width];
        for row in self.ink.chunks_exact(width) {
            columns.iter_mut().zip(row).for_each(|(column, ink)| *column |= ink);
        }
        columns
    }

    /// What stands in a cell, as horizontal text has it: a square of `room` pixels.
    fn glyph(&self, cell: Cell, room: usize) -> RgbImage {
        let [width, height] = [self.pixels.width() as usize, self.pixels.height() as usize];
        let side = room as i32;
        let left = i32::midpoint(cell.from, cell.to) - side / 2;
        let top = i32::midpoint(self.rows[0] as i32, self.rows[1] as i32) - side / 2;
        let mut lying = RgbImage::from_pixel(room as u32, room as u32, self.ground);
        let mut bounds = Bounds::NONE;
        for y in 0..side {
            for x in 0..side {
                let [column, row] = [left + x, top + y];
                let is_inside = (cell.from..cell.to).contains(&column)
                    && (0..width as i32).contains(&column)
                    && (0..height as i32).contains(&row);
                if !is_inside {
                    continue;
                }
                let pixel = *self.pixels.get_pixel(column as u32, row as u32);
                lying.put_pixel(x as u32, y as u32, pixel);
                if self.ink[row as usize * width + column as usize] {
                    // Turned upright, with the clock: what is at the top comes to the right.
                    bounds.include(side - 1 - y, x);
                }
            }
        }
        let [across, down] = bounds.sizes(side);
        let [middle_x, middle_y] = bounds.middle(side);
        let is_bar = across < BAR[0] && down > BAR[1] && self.is_even(&lying);
        let is_bracket = across > BRACKET[0] && down < BRACKET[1] && (middle_y - 0.5).abs() > BRACKET[2];
        if is_bar || is_bracket {
            return lying;
        }
        let upright = imageops::rotate90(&lying);
        if across < CORNER[0] && down < CORNER[0] && middle_x > CORNER[1] && middle_y < CORNER[2] {
            return moved(&upright, &bounds, self.ground);
        }
        upright
    }

    /// Whether a stroke that lies is one, or consists of three dots: an exclamation mark is neither.
    fn is_even(&self, lying: &RgbImage) -> bool {
        let is_ink = |pixel: &Rgb<u8>| (intensity(*pixel) - intensity(self.ground)).abs() > 2.0 * LEAST;
        let columns: Vec<bool> =
            (0..lying.width()).map(|x| (0..lying.height()).any(|y| is_ink(lying.get_pixel(x, y)))).collect();
        let runs = columns.chunk_by(|one, other| one == other).filter(|run| run[0]).count();
        matches!(runs, 1 | 3)
    }
}

/// A mark of the upper right corner in the lower left one.
fn moved(upright: &RgbImage, bounds: &Bounds, ground: Rgb<u8>) -> RgbImage {
    let side = upright.width() as i32;
    let mark = imageops::crop_imm(
        upright,
        bounds.left as u32,
        bounds.top as u32,
        (bounds.right - bounds.left) as u32,
        (bounds.bottom - bounds.top) as u32,
    );
    let mut moved = RgbImage::from_pixel(upright.width(), upright.height(), ground);
    let (x, y) = (side - bounds.right, side - bounds.bottom);
    imageops::replace(&mut moved, &mark.to_image(), i64::from(x), i64::from(y));
    moved
}

/// What of a room holds ink, in pixels; `right` and `bottom` are behind the last.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl Bounds {
    const NONE: Self = Self { left: i32::MAX, top: i32::MAX, right: 0, bottom: 0 };

    fn include(&mut self, x: i32, y: i32) {
        self.left = self.left.min(x);
        self.top = self.top.min(y);
        self.right = self.right.max(x + 1);
        self.bottom = self.bottom.max(y + 1);
    }

    /// Width and height as parts of a room; 0 if there is no ink.
    fn sizes(&self, side: i32) -> [f32; 2] {
        [self.right.saturating_sub(self.left), self.bottom.saturating_sub(self.top)]
            .map(|length| length.max(0) as f32 / side as f32)
    }

    fn middle(&self, side: i32) -> [f32; 2] {
        if self.right == 0 {
            return [0.5; 2];
        }
        [i32::midpoint(self.left, self.right), i32::midpoint(self.top, self.bottom)].map(|at| at as f32 / side as f32)
    }
}

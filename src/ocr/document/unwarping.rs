//! Flattening a bent page: `UVDoc` says where each part of the flat page is on the bent one.

use std::time::Instant;

use image::RgbImage;

use crate::ocr::opencv::resize::resize;
use crate::ocr::piece::Cores;
use crate::ocr::session::Session;
use crate::ocr::tensor::{Levels, put_rgb};
use crate::ocr::{Error, Stage};

/// Width and height that the model looks at.
const INPUT: [usize; 2] = [488, 712];

/// Columns and rows of the model's answer.
const COLUMNS: usize = 31;
const ROWS: usize = 45;

/// Points of the flat page, evenly spread from edge to edge, and where each is on the bent one.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// `[ROWS * COLUMNS]`, row by row: `[x, y]`, `-1.0..=1.0` from the first to the last pixel; may lie outside.
    points: Vec<[f32; 2]>,
}

/// Asks the model about `page`, which is not empty.
///
/// As in the authors' `demo.py` (github.com/tanguymagne/UVDoc): red, green, blue from 0 to 1, resized without regard to
/// the aspect; the first output is the grid.
pub fn grid(session: &Session, page: &RgbImage, stage: &mut Stage) -> Result<Grid, Error> {
    let started = Instant::now();
    let [width, height] = INPUT;
    let levels = Levels::new(|_, byte| byte / 255.0);
    let mut planes = vec![0.0; 3 * width * height];
    resize(page, width, height, |y, row| put_rgb(&mut planes, INPUT, (y, row), &levels));
    stage.prepare += started.elapsed();

    let started = Instant::now();
    let output = session.run_half(Cores::One, [1, 3, height, width], &planes)?;
    stage.run += started.elapsed();
    match output.half_tensor::<4>()? {
        ([1, 2, ROWS, COLUMNS], values) => {
            let (across, down) = values.split_at(ROWS * COLUMNS);
            Ok(Grid { points: across.iter().zip(down).map(|(&x, &y)| [x, y]).collect() })
        }
        _ => Err(output.unfit().into()),
    }
}

impl Grid {
    /// The flat page that `page` shows, of the same size. What would lie outside shows the nearest pixel.
    ///
    /// `PyTorch`'s `interpolate` of the grid and `grid_sample`, both bilinear and with aligned corners, as in the
    /// authors' `bilinear_unwarping`; at full size, where the model saw a small one.
    pub fn flatten(&self, page: &RgbImage) -> RgbImage {
        let mut flat = RgbImage::new(page.width(), page.height());
        let [right, bottom] = [page.width() - 1, page.height() - 1].map(|last| last as f32);
        let stride = page.width() as usize * 3;
        for (y, row) in flat.chunks_exact_mut(stride).enumerate() {
            let line = self.line(if bottom > 0.0 { y as f32 / bottom } else { 0.0 });
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                let [across, down] = between(&line, if right > 0.0 { x as f32 / right } else { 0.0 });
                let at = [f32::midpoint(across, 1.0) * right, f32::midpoint(down, 1.0) * bottom];
                sample(page, [at[0].clamp(0.0, right), at[1].clamp(0.0, bottom)], pixel);
            }
        }
        flat
    }

    /// Where on the bent page a place of the flat one is, both `0.0..=1.0` of width and height.
    pub fn locate(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let place = between(&self.line(y.clamp(0.0, 1.0) as f32), x.clamp(0.0, 1.0) as f32);
        place.map(|part| f64::midpoint(f64::from(part), 1.0))
    }

    /// The points of a row at `y`, `0.0..=1.0` of the height.
    fn line(&self, y: f32) -> Vec<[f32; 2]> {
        let (row, part) = cell(y, ROWS);
        let [upper, lower] = [row, row + 1].map(|row| &self.points[row * COLUMNS..][..COLUMNS]);
        upper.iter().zip(lower).map(|(upper, lower)| mix(*upper, *lower, part)).collect()
    }
}

/// The point of `line` at `x`, `0.0..=1.0` of its length.
fn between(line: &[[f32; 2]], x: f32) -> [f32; 2] {
    let (column, part) = cell(x, line.len());
    mix(line[column], line[column + 1], part)
}

/// Which of `count` evenly spread points comes before `at`, `0.0..=1.0`, and how far it is on the way to the next.
fn cell(at: f32, count: usize) -> (usize, f32) {
    let exact = at * (count - 1) as f32;
    let before = (exact as usize).min(count - 2);
    (before, exact - before as f32)
}

fn mix(from: [f32; 2], to: [f32; 2], part: f32) -> [f32; 2] {
    [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * part)
}

/// Writes what `page` shows at a place within it, between the four pixels around.
fn sample(page: &RgbImage, [x, y]: [f32; 2], pixel: &mut [u8]) {
    let stride = page.width() as usize * 3;
    let (left, top) = (x as usize, y as usize);
    let (right, bottom) = ((left + 1).min(page.width() as usize - 1), (top + 1).min(page.height() as usize - 1));
    let (across, down) = (x - left as f32, y - top as f32);
    let bytes = page.as_raw();
    let at = |column: usize, row: usize, channel: usize| f32::from(bytes[row * stride + column * 3 + channel]);
    for (channel, byte) in pixel.iter_mut().enumerate() {
        let upper = at(left, top, channel) + (at(right, top, channel) - at(left, top, channel)) * across;
        let lower = at(left, bottom, channel) + (at(right, bottom, channel) - at(left, bottom, channel)) * across;
        *byte = (upper + (lower - upper) * down).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid whose points are where `place` says, from 0 to 1 each.
    fn grid(place: impl Fn(f32, f32) -> [f32; 2]) -> Grid {
        let at = |index: usize, count: usize| index as f32 / (count - 1) as f32;
        let points = (0..ROWS * COLUMNS)
            .map(|index| place(at(index % COLUMNS, COLUMNS), at(index / COLUMNS, ROWS)).map(|part| 2.0 * part - 1.0));
        Grid { points: points.collect() }
    }

    fn noise(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| image::Rgb([(x * 7 + y * 31) as u8, (x * 3) as u8, y as u8]))
    }

    #[test]
    fn a_flat_page_stays_as_it_is() {
        for (width, height) in [(97, 61), (1, 1), (1, 40), (40, 1)] {
            let page = noise(width, height);
            let flat = grid(|x, y| [x, y]).flatten(&page);
            let far = page.iter().zip(flat.iter()).map(|(one, other)| one.abs_diff(*other)).max();
            assert!(far <= Some(1), "{width}x{height}: {far:?}");
        }
    }

    #[test]
    fn a_mirrored_grid_mirrors_and_a_far_one_shows_the_edge() {
        let page = noise(64, 32);
        let mirrored = grid(|x, y| [1.0 - x, y]);
        assert_eq!(mirrored.flatten(&page).get_pixel(0, 9), page.get_pixel(63, 9));
        assert_eq!(mirrored.locate([0.25, 0.5]).map(|part| (part * 1e4).round() as i32), [7500, 5000]);
        let outside = grid(|_, y| [3.0, y]).flatten(&page);
        assert!((0..64).all(|x| outside.get_pixel(x, 0) == page.get_pixel(63, 0)));
    }
}

//! Turning by quarters, as the reference does it.

use image::{Rgb, RgbImage};

/// By how much a page or a line is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is upright.
    None,
    /// A quarter against the clock.
    Left,
    /// It stands on its head.
    Half,
    /// A quarter with the clock.
    Right,
}

impl Turn {
    /// Degrees against the clock, as the reference writes them.
    #[must_use]
    pub fn degrees(self) -> i32 {
        match self {
            Self::None => 0,
            Self::Left => 90,
            Self::Half => 180,
            Self::Right => 270,
        }
    }

    /// Where in an image of size `[width, height]` a point of the turned one comes from.
    pub fn back<T: std::ops::Sub<Output = T>>(self, [x, y]: [T; 2], [width, height]: [T; 2]) -> [T; 2] {
        match self {
            Self::None => [x, y],
            Self::Left => [width - y, x],
            Self::Half => [width - x, height - y],
            Self::Right => [y, height - x],
        }
    }

    /// The size of an image of size `[width, height]` once it is turned.
    pub fn size<T>(self, [width, height]: [T; 2]) -> [T; 2] {
        match self {
            Self::None | Self::Half => [width, height],
            Self::Left | Self::Right => [height, width],
        }
    }
}

/// `image`, turned: one pixel too far down or to the right, so that the first row or column, or both, are black.
///
/// PaddleX's `rotate_image` (`pipelines/components/common/warp_image.py`), which turns about a point that is half a
/// pixel off the middle.
#[must_use]
pub fn turn(image: &RgbImage, turn: Turn) -> RgbImage {
    let size = [image.width(), image.height()];
    let [width, height] = turn.size(size);
    RgbImage::from_fn(width, height, |x, y| {
        let [x, y] = turn.back([x, y].map(i64::from), size.map(i64::from));
        let inside = u32::try_from(x).ok().zip(u32::try_from(y).ok()).and_then(|(x, y)| image.get_pixel_checked(x, y));
        inside.copied().unwrap_or(Rgb([0; 3]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pixels told apart by their red; 0 is black.
    fn image(rows: &[&[u8]]) -> RgbImage {
        let (width, height) = (rows[0].len() as u32, rows.len() as u32);
        RgbImage::from_fn(width, height, |x, y| Rgb([rows[y as usize][x as usize], 0, 0]))
    }

    #[test]
    fn a_turned_image_is_one_pixel_off() {
        let three = image(&[&[1, 2, 3], &[4, 5, 6]]);
        assert_eq!(turn(&three, Turn::None), three);
        assert_eq!(turn(&three, Turn::Left), image(&[&[0, 0], &[3, 6], &[2, 5]]));
        assert_eq!(turn(&three, Turn::Half), image(&[&[0, 0, 0], &[0, 6, 5]]));
        assert_eq!(turn(&three, Turn::Right), image(&[&[0, 4], &[0, 5], &[0, 6]]));
    }
}

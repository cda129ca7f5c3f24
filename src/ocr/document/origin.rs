//! Where on the image that came a place of the page that was read is.

use super::turn::Turn;
use super::unwarping::Grid;

/// What was done to an image before it was read, and the way back.
#[derive(Debug, Clone, PartialEq)]
pub struct Correction {
    /// Of the image that came, `[width, height]` in pixels.
    size: [u32; 2],
    turn: Option<Turn>,
    grid: Option<Grid>,
}

impl Correction {
    /// Of an image of size `[width, height]` that is read as it came.
    #[must_use]
    pub(crate) fn untouched(size: [u32; 2]) -> Self {
        Self { size, turn: None, grid: None }
    }

    /// It was turned, or found to be upright.
    pub fn turn(&mut self, turn: Turn) {
        self.turn = Some(turn);
    }

    /// After that it was flattened.
    pub(super) fn flatten(&mut self, grid: Grid) {
        self.grid = Some(grid);
    }

    /// By how much it was turned; `None` if nobody looked.
    #[must_use]
    pub fn turned(&self) -> Option<Turn> {
        self.turn
    }

    /// The place of the image that came, `0.0..=1.0` of its width and height, of a point of the page in pixels.
    #[must_use]
    pub fn locate(&self, [x, y]: [i32; 2]) -> [f64; 2] {
        let turn = self.turn.unwrap_or(Turn::None);
        let size = turn.size(self.size.map(f64::from));
        let at = [f64::from(x) / size[0].max(1.0), f64::from(y) / size[1].max(1.0)];
        let at = self.grid.as_ref().map_or(at, |grid| grid.locate(at));
        turn.back(at, [1.0; 2]).map(|part| part.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "quarters are exact")]
    fn corners_of_a_turned_page_are_corners_of_the_image() {
        let place = |turn, point| {
            let mut origin = Correction::untouched([200, 100]);
            origin.turn(turn);
            origin.locate(point)
        };
        assert_eq!(place(Turn::None, [50, 50]), [0.25, 0.5]);
        assert_eq!(place(Turn::Half, [50, 50]), [0.75, 0.5]);
        // The page is 100 pixels wide and 200 high now.
        assert_eq!(place(Turn::Left, [0, 0]), [1.0, 0.0]);
        assert_eq!(place(Turn::Left, [25, 200]), [0.0, 0.25]);
        assert_eq!(place(Turn::Right, [0, 0]), [0.0, 1.0]);
        assert_eq!(place(Turn::Right, [100, 50]), [0.25, 0.0]);
    }
}

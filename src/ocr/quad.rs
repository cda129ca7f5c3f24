//! The outline of a line of text.

use serde::Serialize;

/// Four corners `[x, y]` in pixels of the page, clockwise from the top left.
///
/// `x` is in `0..=width` and `y` in `0..=height` of the page: like the reference, an outline may touch the far edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quad(pub [[i32; 2]; 4]);

impl Quad {
    /// The quad of an upright box `[left, top, right, bottom]`.
    #[must_use]
    pub fn upright([left, top, right, bottom]: [i32; 4]) -> Self {
        Self([[left, top], [right, top], [right, bottom], [left, bottom]])
    }

    /// The upright box around the quad: `[left, top, right, bottom]`.
    #[must_use]
    pub fn bounds(&self) -> [i32; 4] {
        let [first, rest @ ..] = self.0;
        rest.iter().fold([first[0], first[1], first[0], first[1]], |[left, top, right, bottom], &[x, y]| {
            [left.min(x), top.min(y), right.max(x), bottom.max(y)]
        })
    }
}

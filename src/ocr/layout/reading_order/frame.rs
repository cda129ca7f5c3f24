//! Lines as upright rectangles, turned so that reading goes from left to right and from top to bottom.

use super::Direction;
use crate::ocr::Quad;
use crate::ocr::median::median;

/// A line, or several that stay together.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ocr) struct Frame {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
    /// Whether its text runs across that of the others, from top to bottom.
    pub across: bool,
    /// The height of a line of text in it.
    pub thickness: f32,
    /// How much of its left and of its right end may be white that the detector bridged, since another line begins or
    /// ends there.
    pub bridged: [f32; 2],
    /// Places in the page's list of quads.
    pub lines: Vec<usize>,
}

impl Frame {
    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }

    /// Left and right end of what is text for sure.
    pub fn text(&self) -> (f32, f32) {
        (self.left + self.bridged[0], self.right - self.bridged[1])
    }

    pub fn middle(&self) -> f32 {
        f32::midpoint(self.top, self.bottom)
    }

    /// Whether its characters stand one below the other. A single narrow character (`1`, `l`) does not count: its box
    /// is at most about 1.7 times as high as wide.
    fn is_vertical(&self) -> bool {
        self.height() >= 2.0 * self.width()
    }

    /// Turned a quarter against the clock: what was read from top to bottom is now read from left to right, and the
    /// next line on the left is now the next one below.
    pub fn turned(&self) -> Self {
        let (left, top, right, bottom) = (self.top, -self.right, self.bottom, -self.left);
        Self { left, top, right, bottom, across: false, lines: self.lines.clone(), ..*self }
    }

    fn include(&mut self, other: Self) {
        self.left = self.left.min(other.left);
        self.top = self.top.min(other.top);
        self.right = self.right.max(other.right);
        self.bottom = self.bottom.max(other.bottom);
        self.lines.extend(other.lines);
    }
}

/// The rectangle of each quad, after a page that hangs askew as a whole has been turned straight.
pub(in crate::ocr) fn upright(quads: &[Quad]) -> Vec<Frame> {
    let (sine, cosine) = (-skew(quads)).sin_cos();
    let frame = |(place, quad): (usize, &Quad)| {
        let corners = quad.0.map(|corner| corner.map(|value| value as f32));
        let turned = corners.map(|[x, y]| [x * cosine - y * sine, x * sine + y * cosine]);
        let bound = |axis: usize, pick: fn(f32, f32) -> f32| {
            turned.iter().map(|corner| corner[axis]).reduce(pick).expect("a quad has corners")
        };
        let (left, top, right, bottom) =
            (bound(0, f32::min), bound(1, f32::min), bound(0, f32::max), bound(1, f32::max));
        let thickness = side(corners, 1).min(side(corners, 2)).max(1.0);
        Frame { left, top, right, bottom, across: false, thickness, bridged: [0.0; 2], lines: vec![place] }
    };
    quads.iter().enumerate().map(frame).collect()
}

/// The length of the edge that ends at a corner.
fn side(corners: [[f32; 2]; 4], end: usize) -> f32 {
    let [from, to] = [corners[end - 1], corners[end]];
    (to[0] - from[0]).hypot(to[1] - from[1])
}

/// The angle in radians by which a page as a whole is turned clockwise; 0 if its lines do not agree on one, or it is
/// so small that it is the detector's noise.
fn skew(quads: &[Quad]) -> f32 {
    const AT_LEAST: f32 = 0.015;
    const AGREEMENT: f32 = 0.02;
    let mut angles = Vec::new();
    for quad in quads {
        let corners = quad.0.map(|corner| corner.map(|value| value as f32));
        let [a, b, c, _] = corners;
        if side(corners, 1) >= 3.0 * side(corners, 2) {
            angles.push((b[1] - a[1]).atan2(b[0] - a[0]));
        } else if side(corners, 2) >= 3.0 * side(corners, 1) {
            angles.push((b[0] - c[0]).atan2(c[1] - b[1]));
        }
    }
    let angle = median(angles.iter().copied());
    let spread = median(angles.iter().map(|other| (other - angle).abs()));
    if angles.len() >= 3 && angle.abs() >= AT_LEAST && spread <= AGREEMENT { angle } else { 0.0 }
}

/// The direction that most of the text of `members` has, and its frames turned so that they can be read in rows.
///
/// Neighbouring lines of the other direction become one frame: a vertical paragraph beside horizontal ones is a block
/// of its own.
pub(super) fn units(lines: &[Frame], members: &[usize]) -> (Direction, Vec<Frame>) {
    let members = members.iter().map(|&place| &lines[place]);
    let vertical: f32 = members.clone().filter(|line| line.is_vertical()).map(Frame::height).sum();
    let horizontal: f32 = members.clone().filter(|line| line.width() > line.height()).map(Frame::width).sum();
    let (direction, turned): (_, Vec<Frame>) = if vertical > horizontal {
        (Direction::Vertical, members.map(Frame::turned).collect())
    } else {
        (Direction::Horizontal, members.cloned().collect())
    };
    let (mut across, mut frames): (Vec<_>, Vec<_>) = turned.into_iter().partition(Frame::is_vertical);
    across.sort_by(|one, other| one.left.total_cmp(&other.left).then(one.top.total_cmp(&other.top)));
    let mut blocks: Vec<Frame> = Vec::new();
    for line in across {
        match blocks.iter_mut().find(|block| are_neighbours(block, &line)) {
            Some(block) => block.include(line),
            None => blocks.push(Frame { across: true, ..line }),
        }
    }
    frames.extend(blocks);
    (direction, frames)
}

/// Notes where two lines of a row touch: there may be white between them that the detector bridged.
pub(super) fn note_bridges(frames: &mut [Frame]) {
    /// Lines touch that are less apart, or reach into each other by no more, in line heights.
    const APART: f32 = 0.5;
    const INTO: f32 = 0.75;
    /// What may be bridged on each side, in line heights and as a part of the line.
    const BRIDGED: f32 = 1.0;
    const AT_MOST: f32 = 0.25;
    frames.sort_by(|one, other| one.left.total_cmp(&other.left).then(one.top.total_cmp(&other.top)));
    for place in 0..frames.len() {
        let (before, behind) = frames.split_at_mut(place + 1);
        let line = &mut before[place];
        let reach = line.right + APART * line.thickness;
        for next in behind.iter_mut().take_while(|next| next.left < reach) {
            let height = line.thickness.min(next.thickness);
            let into = line.right - next.left;
            let is_beside = (line.middle() - next.middle()).abs() < height / 2.0 && !line.across && !next.across;
            if is_beside && line.right < next.right && into <= INTO * height {
                let most = BRIDGED * height + into / 2.0;
                let bridged = |frame: &Frame| most.min(AT_MOST * frame.width()).max(0.0);
                line.bridged[1] = line.bridged[1].max(bridged(line));
                next.bridged[0] = next.bridged[0].max(bridged(next));
            }
        }
    }
}

/// Whether a line that runs from top to bottom goes on with the block on its left.
fn are_neighbours(block: &Frame, line: &Frame) -> bool {
    let shared = block.bottom.min(line.bottom) - block.top.max(line.top);
    let gap = line.left - block.right;
    let alike = block.thickness.max(line.thickness) < 1.5 * block.thickness.min(line.thickness);
    alike && gap < 1.5 * line.thickness && shared > 0.5 * block.height().min(line.height())
}

//! Cutting at white space, horizontal and vertical.

use super::frame::Frame;

/// Boxes are a little larger than their text and reach into each other: this part of a line's height, above and below,
/// is not text for sure.
pub(super) const FRINGE: f32 = 0.2;
/// Neighbours may reach into each other by this part of a line's height, side by side.
const OVERLAP: f32 = 0.3;

/// Frames between two horizontal strips of white space.
#[derive(Debug, Clone)]
pub(super) struct Band {
    pub top: f32,
    pub bottom: f32,
    /// At least one.
    pub frames: Vec<Frame>,
}

/// Cuts at all horizontal white space; from top to bottom.
pub(super) fn split(mut frames: Vec<Frame>) -> Vec<Band> {
    let start = |frame: &Frame| frame.top + FRINGE * frame.thickness;
    let end = |frame: &Frame| frame.bottom - FRINGE * frame.thickness;
    frames.sort_by(|one, other| start(one).total_cmp(&start(other)).then(one.left.total_cmp(&other.left)));
    let mut bands: Vec<Band> = Vec::new();
    let mut reached = f32::NEG_INFINITY;
    for frame in frames {
        let (starts, ends) = (start(&frame), end(&frame));
        match bands.last_mut() {
            Some(band) if starts < reached => {
                band.top = band.top.min(frame.top);
                band.bottom = band.bottom.max(frame.bottom);
                band.frames.push(frame);
            }
            _ => bands.push(Band { top: frame.top, bottom: frame.bottom, frames: vec![frame] }),
        }
        reached = reached.max(ends);
    }
    bands
}

/// The frames of all bands.
pub(super) fn join(bands: Vec<Band>) -> Vec<Frame> {
    bands.into_iter().flat_map(|band| band.frames).collect()
}

/// Cuts at all vertical white space; from left to right.
pub(super) fn cells(mut frames: Vec<Frame>) -> Vec<Vec<Frame>> {
    frames.sort_by(|one, other| one.left.total_cmp(&other.left).then(one.top.total_cmp(&other.top)));
    let mut cells: Vec<Vec<Frame>> = Vec::new();
    let mut reached = f32::NEG_INFINITY;
    for frame in frames {
        let right = frame.right;
        match cells.last_mut() {
            Some(cell) if frame.left < reached - OVERLAP * frame.thickness => cell.push(frame),
            _ => cells.push(vec![frame]),
        }
        reached = reached.max(right);
    }
    cells
}

/// Sorts by rows, then from left to right. A row is what has its middle within half a line of the row's highest frame.
pub(super) fn by_rows(frames: &mut [Frame]) {
    frames.sort_by(|one, other| one.middle().total_cmp(&other.middle()).then(one.left.total_cmp(&other.left)));
    let mut rest = frames;
    while let Some(first) = rest.first() {
        let limit = first.middle() + first.thickness / 2.0;
        let length = rest.iter().take_while(|frame| frame.middle() <= limit).count();
        let (row, below) = rest.split_at_mut(length);
        row.sort_by(|one, other| one.left.total_cmp(&other.left));
        rest = below;
    }
}

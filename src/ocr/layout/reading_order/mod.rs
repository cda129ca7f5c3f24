//! The order in which people read the lines of a page: column by column, tables row by row, vertical text from right
//! to left.
//!
//! A recursive XY-cut (Nagy and Seth, 1984). A page is cut at horizontal white space into [bands](band), of which a
//! run that shares a vertical strip of white space, a [gutter], is read column by column if its lines go on below
//! each other rather than beside each other; everything else is read row by row. Vertical text is turned so that its
//! lines run from left to right and one below the other, and then takes the same way.
//!
//! Only geometry is looked at. All lengths are relative to the height of the lines around, so the size of the image
//! does not matter, and neither does the order in which the lines come.

mod band;
mod frame;
mod gutter;
mod table;

use band::Band;
pub(super) use frame::{Frame, upright};

use crate::ocr::Quad;

/// How the lines of a region run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From left to right, the next line below.
    Horizontal,
    /// From top to bottom, the next line to the left.
    Vertical,
}

/// A part of a page that is read without a jump: a column, a table, the lines above both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionLines {
    /// How its lines run.
    pub direction: Direction,
    /// Places in the list of quads, in reading order; never empty.
    pub lines: Vec<usize>,
}

/// The places of `quads` in the order in which they are read: a permutation of `0..quads.len()`.
#[must_use]
pub fn reading_order(quads: &[Quad]) -> Vec<usize> {
    regions(quads).into_iter().flat_map(|region| region.lines).collect()
}

/// The regions of a page in the order in which they are read. Each place in `quads` is in exactly one of them.
#[must_use]
pub fn regions(quads: &[Quad]) -> Vec<RegionLines> {
    let lines = upright(quads);
    let mut reader = LineCollector { lines: &lines, regions: Vec::new(), jumped: true };
    // Where all else is equal the quads themselves decide, not the order they come in.
    let mut places: Vec<usize> = (0..quads.len()).collect();
    places.sort_by_key(|&place| quads[place].0);
    reader.arrange(&places);
    reader.regions
}

/// Collects lines as they are read.
struct LineCollector<'a> {
    lines: &'a [Frame],
    regions: Vec<RegionLines>,
    /// Whether the next line begins a region.
    jumped: bool,
}

impl LineCollector<'_> {
    /// Reads some of the lines, in the direction that most of their text has.
    fn arrange(&mut self, members: &[usize]) {
        let (direction, frames) = frame::units(self.lines, members);
        self.read(frames, direction);
    }

    /// Reads what is turned so that lines run from left to right.
    fn read(&mut self, frames: Vec<Frame>, direction: Direction) {
        let mut frames = match split_off_across(frames) {
            Ok(parts) => return parts.into_iter().for_each(|part| self.read(part, direction)),
            Err(frames) => frames,
        };
        frame::note_bridges(&mut frames);
        let bands = band::split(frames);
        let Some(run) = gutter::columns(&bands) else {
            return self.rows(bands, direction);
        };
        let mut above = bands;
        let below = above.split_off(run.bands.end);
        let (left, right) = run.halves(above.split_off(run.bands.start));
        self.read(band::join(above), direction);
        for part in [left, right] {
            self.jumped = true;
            self.arrange(&part.into_iter().flat_map(|frame| frame.lines).collect::<Vec<_>>());
        }
        self.jumped = true;
        self.read(band::join(below), direction);
    }

    /// Reads one row after the other, in each one cell after the other.
    fn rows(&mut self, bands: Vec<Band>, direction: Direction) {
        for row in table::rows(bands) {
            match <[Band; 1]>::try_from(row) {
                Ok([band]) => self.row(band, direction),
                Err(several) => {
                    let cells = band::cells(band::join(several));
                    for cell in cells {
                        self.read(cell, direction);
                    }
                }
            }
        }
    }

    /// Reads lines side by side.
    fn row(&mut self, band: Band, direction: Direction) {
        let mut cells = band::cells(band.frames);
        if cells.len() == 1 {
            // No white space to cut at, neither way.
            band::by_rows(&mut cells[0]);
            for frame in cells.remove(0) {
                self.unit(frame, direction);
            }
        } else {
            for cell in cells {
                self.read(cell, direction);
            }
        }
    }

    /// Takes one line, or the lines of the other direction that were kept together.
    fn unit(&mut self, frame: Frame, direction: Direction) {
        if frame.lines.len() > 1 {
            self.jumped = true;
            self.arrange(&frame.lines);
            self.jumped = true;
            return;
        }
        match self.regions.last_mut() {
            Some(region) if !self.jumped && region.direction == direction => region.lines.extend(frame.lines),
            _ => self.regions.push(RegionLines { direction, lines: frame.lines }),
        }
        self.jumped = false;
    }
}

/// Cuts off what runs across the other text on its left or right, such as the horizontal title of a vertical page.
///
/// # Errors
/// Gives `frames` back if there is nothing to cut off.
fn split_off_across(frames: Vec<Frame>) -> Result<Vec<Vec<Frame>>, Vec<Frame>> {
    let is_across = |cell: &Vec<Frame>| cell.iter().all(|frame| frame.across);
    if !frames.iter().any(|frame| frame.across) {
        return Err(frames);
    }
    let mut cells = band::cells(frames);
    let first = cells.iter().position(|cell| !is_across(cell)).unwrap_or(cells.len());
    let last = cells.iter().rposition(|cell| !is_across(cell)).map_or(first, |place| place + 1);
    if cells.len() == 1 || last - first == cells.len() {
        return Err(cells.concat());
    }
    let below = cells.split_off(last);
    let middle = cells.split_off(first).concat();
    Ok(cells.into_iter().chain([middle]).chain(below).filter(|part| !part.is_empty()).collect())
}

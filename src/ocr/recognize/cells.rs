//! Where to cut a line whose characters all take the same room.
//!
//! Cuts lie in the white, one room apart; a closing mark before another one takes half a room. Of all ways to cut, that
//! which departs least from both is found by dynamic programming, for each room that there may be.

/// The room of a character, as a multiple of the line's thickness of ink: what is tried.
const ROOMS: [f32; 12] = [0.98, 1.01, 1.04, 1.07, 1.1, 1.13, 1.16, 1.19, 1.22, 1.25, 1.28, 1.31];
/// What a cut through ink costs.
const THROUGH_INK: f32 = 1.0;
/// What a room of another length costs: the square of the difference, as a part of the room, times this.
const UNEVEN: f32 = 20.0;
/// What half a room costs, and an empty one of these.
const HALF: f32 = 0.2;
const EMPTY: f32 = 0.3;
/// The shortest and the longest piece that is tried, in rooms.
const LENGTHS: [f32; 2] = [0.42, 1.25];
/// The most a piece may cost on average, and the part of the cuts that may go through ink: else the line is no such one.
const COSTLIEST: f32 = 0.12;
const THROUGH: f32 = 0.1;

/// The room of a character, from and to, in pixels; the first and the last may reach out of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub from: i32,
    pub to: i32,
}

/// The usual room in pixels, and the cells of a line of which `columns` tells where there is ink, `thickness` pixels
/// thick; none if it cannot be cut so, or is one cell.
pub(super) fn cells(columns: &[bool], thickness: usize) -> Option<(usize, Vec<Cell>)> {
    let first = columns.iter().position(|ink| *ink)? as i32;
    let behind = columns.iter().rposition(|ink| *ink)? as i32 + 1;
    let line = LineInk::new(columns, [first, behind]);
    let ways = ROOMS.iter().map(|room| line.cut(room * thickness as f32));
    let best = ways.min_by(|one, other| one.mean().total_cmp(&other.mean()))?;
    let cuts = &best.cuts;
    let through = cuts.iter().filter(|cut| line.is_ink(**cut)).count() as f32;
    if cuts.len() < 3 || best.mean() > COSTLIEST || through > THROUGH * cuts.len() as f32 {
        return None;
    }
    let cells = cuts.windows(2).map(|pair| Cell { from: pair[0], to: pair[1] }).collect();
    Some((best.room.round() as usize, cells))
}

/// One way to cut a line.
struct Cut {
    room: f32,
    /// From the begin of the first cell to the end of the last.
    cuts: Vec<i32>,
    cost: f32,
}

impl Cut {
    /// What a cell costs on average.
    fn mean(&self) -> f32 {
        self.cost / (self.cuts.len().max(2) - 1) as f32
    }
}

/// Where a line has ink.
struct LineInk {
    /// Columns with ink before each column.
    before: Vec<u32>,
    /// The first with ink, and the one behind the last.
    extent: [i32; 2],
}

impl LineInk {
    fn new(columns: &[bool], extent: [i32; 2]) -> Self {
        let mut before = vec![0];
        for &ink in columns {
            before.push(before.last().copied().unwrap_or(0) + u32::from(ink));
        }
        Self { before, extent }
    }

    /// The columns with ink between two.
    fn count(&self, from: i32, to: i32) -> u32 {
        let at = |column: i32| self.before[column.clamp(0, self.before.len() as i32 - 1) as usize];
        at(to) - at(from)
    }

    /// Whether a cut here goes through ink.
    fn is_ink(&self, at: i32) -> bool {
        self.extent[0] < at && at < self.extent[1] && self.count(at, at + 1) > 0
    }

    /// What a cell from here to there costs.
    fn cost(&self, from: i32, to: i32, room: f32) -> f32 {
        let part = (to - from) as f32 / room;
        let whole = UNEVEN * (part - 1.0).powi(2);
        let half = UNEVEN * (part - 0.5).powi(2) + HALF + if self.count(from, to) == 0 { EMPTY } else { 0.0 };
        whole.min(half)
    }

    /// The cheapest way with a room of so many pixels.
    fn cut(&self, room: f32) -> Cut {
        let [first, behind] = self.extent;
        let start = first - room as i32;
        let [shortest, longest] = [(LENGTHS[0] * room).ceil() as i32, (LENGTHS[1] * room) as i32];
        let count = (behind + room as i32 - start + 1) as usize;
        // The cheapest way to each place, and where its last cell begins.
        let mut ways: Vec<(f32, i32)> = vec![(f32::INFINITY, start); count];
        for at in start..start + count as i32 {
            let place = (at - start) as usize;
            if at <= first {
                ways[place].0 = 0.0;
                continue;
            }
            let ink = if self.is_ink(at) { THROUGH_INK } else { 0.0 };
            for from in (at - longest).max(start)..=(at - shortest).min(behind - 1) {
                let (so_far, _) = ways[(from - start).max(0) as usize];
                let cost = so_far + self.cost(from, at, room) + ink;
                if cost < ways[place].0 {
                    ways[place] = (cost, from);
                }
            }
        }
        let ends = behind..start + count as i32;
        let cost_at = |at: i32| ways[(at - start) as usize].0;
        let end = ends.min_by(|one, other| cost_at(*one).total_cmp(&cost_at(*other))).unwrap_or(behind);
        let mut cuts = vec![end];
        let mut at = end;
        while at > first && ways[(at - start) as usize].0.is_finite() {
            at = ways[(at - start) as usize].1;
            cuts.push(at);
        }
        cuts.reverse();
        Cut { room, cuts, cost: cost_at(end) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of characters given as their rooms and the ink in them, from and to.
    fn line(rooms: &[(usize, [usize; 2])]) -> Vec<bool> {
        rooms.iter().flat_map(|&(room, [from, to])| (0..room).map(move |at| (from..to).contains(&at))).collect()
    }

    fn lengths(columns: &[bool], thickness: usize) -> Option<Vec<i32>> {
        cells(columns, thickness).map(|(_, cells)| cells.iter().map(|cell| cell.to - cell.from).collect())
    }

    #[test]
    fn rooms_of_one_size_are_told_apart_even_if_characters_have_white_in_them() {
        let mut columns = line(&[(30, [1, 29]), (30, [2, 7]), (30, [1, 29]), (30, [3, 27]), (30, [1, 29])]);
        // 二 lies so.
        columns[70..76].fill(false);
        assert_eq!(lengths(&columns, 28), Some(vec![30; 5]));
    }

    #[test]
    fn a_mark_before_another_one_takes_half_a_room() {
        let columns = line(&[(30, [1, 29]), (30, [1, 29]), (15, [2, 9]), (30, [3, 12]), (30, [1, 29]), (30, [1, 29])]);
        assert_eq!(lengths(&columns, 28), Some(vec![30, 30, 15, 30, 30, 30]));
    }

    #[test]
    fn what_has_no_white_to_cut_at_is_no_such_line() {
        assert_eq!(lengths(&[false; 100], 20), None);
        assert_eq!(lengths(&[true; 400], 20), None);
        assert_eq!(lengths(&line(&[(30, [1, 29])]), 28), None);
    }
}

//! How wide the characters of a page are.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::TextPiece;

/// Words with at least as many characters tell how far apart those are.
const TELLING: usize = 4;
/// In a font of one width, words differ by this part of it, as they are measured.
const EVEN: f32 = 0.06;
/// The least part of a page's letters that are in such a font for it to be a grid.
const MOSTLY: f32 = 0.8;
/// A character's ink may begin this part of a column before it.
const OVERHANG: f32 = 0.2;
/// The width of a space where nothing tells it, as a part of the usual character's.
const SPACE: f32 = 0.5;

/// What columns a page has, in pixels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ColumnGrid {
    /// The width of a column.
    pitch: f32,
    /// Where the first column begins.
    origin: f32,
    /// Whether all characters are as wide as a column, or as two.
    pub is_even: bool,
    /// The width of a space.
    space: f32,
}

impl ColumnGrid {
    /// `words`: those of each line, from left to right.
    pub fn measure(words: &[Vec<TextPiece>]) -> Self {
        let latin = || words.iter().flatten().filter(|word| is_narrow(word) && word.ink.len() >= TELLING);
        let pitches: Vec<(f32, f32)> = latin().map(|word| (own_pitch(word), word.ink.len() as f32)).collect();
        let pitch = weighted_median(&pitches).unwrap_or(0.0);
        let all: f32 = pitches.iter().map(|(_, weight)| weight).sum();
        let even = || pitches.iter().filter(|(own, _)| (own - pitch).abs() <= EVEN * pitch);
        let agreed: f32 = even().map(|(_, weight)| weight).sum();
        let is_even = pitch > 0.0 && agreed >= MOSTLY * all;
        let leftmost = words.iter().flatten().map(|word| word.left).fold(f32::INFINITY, f32::min);
        if is_even {
            let pitch = even().map(|(own, weight)| own * weight).sum::<f32>() / agreed;
            let starts: Vec<f32> = words.iter().flatten().map(|word| start(word, pitch)).collect();
            let offset = common_offset(&starts, pitch);
            let first = starts.iter().copied().fold(f32::INFINITY, f32::min);
            let origin = offset + ((first - offset) / pitch).round() * pitch;
            return Self { pitch, origin, is_even, space: pitch };
        }
        let space = space(words).or((pitch > 0.0).then_some(SPACE * pitch)).unwrap_or_else(|| half_em(words));
        Self { pitch, origin: leftmost, is_even, space }
    }

    /// The column of a word in a grid of even columns.
    pub fn column(&self, word: &TextPiece) -> usize {
        ((start(word, self.pitch) - self.origin) / self.pitch).round().max(0.0) as usize
    }

    /// The column of a row's first word: that in which its ink begins, if characters before those that were read left any.
    pub fn first_column(&self, word: &TextPiece) -> usize {
        let inked = ((word.left - self.origin) / self.pitch + OVERHANG).floor().max(0.0) as usize;
        self.column(word).min(inked)
    }

    /// How many spaces fit between the left margin and `left`.
    pub fn indent(&self, left: f32) -> usize {
        if self.space <= 0.0 { 0 } else { ((left - self.origin) / self.space).round().max(0.0) as usize }
    }
}

/// Whether a word consists of characters of one column each.
fn is_narrow(word: &TextPiece) -> bool {
    word.text.width() == word.ink.len()
}

fn middle([left, right]: [f32; 2]) -> f32 {
    f32::midpoint(left, right)
}

/// From one character to the next.
fn own_pitch(word: &TextPiece) -> f32 {
    let [Some(&first), Some(&last)] = [word.ink.first(), word.ink.last()] else { return 0.0 };
    (middle(last) - middle(first)) / (word.ink.len() - 1).max(1) as f32
}

/// Where the first column of a word begins: each character tells by its middle, and the median counts. Characters of
/// two columns may come from another font, which need not keep to the grid, so none behind the first of them tells.
fn start(word: &TextPiece, pitch: f32) -> f32 {
    let mut column = 0.0;
    let mut starts = Vec::new();
    for (character, &ink) in word.text.chars().zip(&word.ink) {
        let width = character.width().unwrap_or(1) as f32;
        starts.push(middle(ink) - (column + width / 2.0) * pitch);
        if width > 1.0 {
            break;
        }
        column += width;
    }
    starts.sort_by(f32::total_cmp);
    match starts.len() {
        0 => word.left,
        length if length % 2 == 1 => starts[length / 2],
        length => f32::midpoint(starts[length / 2 - 1], starts[length / 2]),
    }
}

/// The offset of a grid on which most of `places` lie: the mean of their angles around a column.
fn common_offset(places: &[f32], pitch: f32) -> f32 {
    let turn = std::f32::consts::TAU / pitch;
    let sine: f32 = places.iter().map(|place| (place * turn).sin()).sum();
    let cosine: f32 = places.iter().map(|place| (place * turn).cos()).sum();
    sine.atan2(cosine) / turn
}

/// The value in the middle of the weight.
fn weighted_median(values: &[(f32, f32)]) -> Option<f32> {
    let mut values = values.to_vec();
    values.sort_by(|one, other| one.0.total_cmp(&other.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f32>() / 2.0;
    let mut sum = 0.0;
    values
        .into_iter()
        .find(|(_, weight)| {
            sum += weight;
            sum >= half
        })
        .map(|(value, _)| value)
}

/// The width of a space: the white between words less that between the letters of one.
fn space(words: &[Vec<TextPiece>]) -> Option<f32> {
    let between = words.iter().flat_map(|line| line.windows(2)).map(|pair| pair[1].left - pair[0].right);
    let inside = words.iter().flatten().filter(|word| is_narrow(word));
    let inside = inside.flat_map(|word| word.ink.windows(2)).map(|pair| pair[1][0] - pair[0][1]);
    let median = |values: Vec<f32>| weighted_median(&values.into_iter().map(|value| (value, 1.0)).collect::<Vec<_>>());
    let space = median(between.collect())? - median(inside.collect())?;
    (space >= 1.0).then_some(space)
}

/// Half the room of characters of two columns; 0 if there are none side by side.
fn half_em(words: &[Vec<TextPiece>]) -> f32 {
    let wide = words.iter().flatten().filter(|word| word.text.width() == 2 * word.ink.len() && word.ink.len() > 1);
    let pitches: Vec<(f32, f32)> = wide.map(|word| (own_pitch(word) / 2.0, 1.0)).collect();
    weighted_median(&pitches).unwrap_or(0.0)
}

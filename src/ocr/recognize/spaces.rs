//! Spaces that the model does not see: those beside Chinese and Japanese characters, told from the white between them.
//!
//! Han and kana all take the same room, their em. So the line itself is the measure: how far apart its characters
//! stand tells the em, and in ems a gap with a space is wider than one without, whatever the font. What carries white
//! of its own is measured from the characters on its two sides: full-width punctuation, and what only looks like it.
//! Between letters the model's own spaces are nearly all that there are; nothing is added there.

use super::ctc::Decoded;
use super::glyphs::{Glyph, GlyphClass};

/// White between a Han or kana character and a letter behind it, in ems, from which on there is a space; and between a
/// letter and such a character behind it. Drawn without a space they are at most 0.11 and 0.20 apart, with one at least
/// 0.21 and 0.23 (measured in eight fonts, as are all of these).
const BEFORE_LETTER: f32 = 0.2;
const BEHIND_LETTER: f32 = 0.215;
/// Between the letter and the room that a Han or kana character has, of which a narrow one such as 月 leaves a part
/// empty: at most 0.16 without a space, at least 0.19 with one.
const APART: f32 = 0.17;
/// What a thin letter or digit may stand farther off.
const THIN: f32 = 0.03;
/// White between two Han or kana characters, and the distance of their middles.
const BETWEEN: f32 = 0.23;
const ADVANCE: f32 = 1.18;
/// White between such a character and a half-width sign. More is the sign's own.
const BESIDE_SIGN: [f32; 2] = [0.275, 0.58];
/// White behind a full-width sign, or before one that opens, that is too much to be its own.
const BEHIND_FULL: f32 = 0.9;
const BEFORE_FULL: f32 = 0.87;
/// From the character before a sign to the one behind it: a full-width sign; at least, one with a space; a half-width
/// sign with a space, and the white behind that.
const FULL: [f32; 2] = [0.95, 1.2];
const FULL_WITH_SPACE: f32 = 1.2;
const HALF_WITH_SPACE: [f32; 2] = [0.5, 0.88];
const BEHIND_HALF: [f32; 2] = [0.28, 0.62];
/// White behind a full-width sign with a space, where its ink is at the start of its room; and how much more than
/// before it where the ink is in the middle.
const BEHIND_FIRST: f32 = 0.8;
const IN_THE_MIDDLE: f32 = 0.25;
const UNEVEN: f32 = 0.13;
/// Half of the room that a Han or kana character fills.
const HALF: f32 = 0.46;
/// The white that three quarters of such neighbours have in usual lines; what a line has beyond it is how wide it is set.
const USUAL: f32 = 0.13;
/// How much more white, as a multiple of that, other characters may have in such a line.
const SURPLUS: f32 = 2.0;
/// So many neighbours tell the em of a line.
const NEIGHBOURS: usize = 3;

/// Full-width signs with white behind them.
const CLOSING: &str = "，。、；：！？）》」』】〉";
/// Those of them that half-width signs are read as.
const TWINS: &str = "，；：！？）";
/// Signs that may be full-width, with white before them.
const OPENING: &str = "（(“‘\"《「『【[";
/// Signs that nobody writes a space before.
const NEVER_APART: &str = ".,:;!?)]}”’%";
/// Signs that the model may have taken full-width ones for.
const LOOK_ALIKE: &str = "()[]{}:;!?,.\"'“”‘’/%";
/// Signs that words begin with.
const FIRST_OF_A_WORD: &str = "-/$<@#~+*&\\%";

/// `decoded` with a space wherever its line has one beside a Han or kana character; nothing else changes. What is
/// known of a line are its glyphs.
pub(super) fn spaced(mut decoded: Decoded) -> Decoded {
    let Some(measure) = Measure::of(&decoded.glyphs) else { return decoded };
    let glyphs = &decoded.glyphs;
    let has_space = |&at: &usize| !glyphs[at].is_spaced && measure.has_space(glyphs, at);
    let found: Vec<usize> = (1..glyphs.len()).filter(has_space).collect();
    if found.is_empty() {
        return decoded;
    }
    let places: Vec<usize> = found.iter().map(|&at| glyphs[at].place).collect();
    for at in found {
        decoded.glyphs[at].is_spaced = true;
    }
    for glyph in &mut decoded.glyphs {
        glyph.place += places.partition_point(|&place| place <= glyph.place);
    }
    with_spaces(decoded, &places)
}

/// `decoded` without any.
pub(super) fn without(mut decoded: Decoded) -> Decoded {
    let characters = decoded.text.chars().zip(&decoded.steps).filter(|(character, _)| !character.is_whitespace());
    let (text, steps): (String, Vec<usize>) = characters.map(|(character, &step)| (character, step)).unzip();
    for (place, glyph) in decoded.glyphs.iter_mut().enumerate() {
        (glyph.is_spaced, glyph.place) = (false, place);
    }
    Decoded { text, steps, ..decoded }
}

/// `decoded` with a space before each of the characters at `places`, which ascend.
fn with_spaces(decoded: Decoded, places: &[usize]) -> Decoded {
    let mut text = String::with_capacity(decoded.text.len() + places.len());
    let mut steps = Vec::with_capacity(decoded.steps.len() + places.len());
    let mut places = places.iter().peekable();
    for (place, (character, &step)) in decoded.text.chars().zip(&decoded.steps).enumerate() {
        if places.next_if_eq(&&place).is_some() {
            text.push(' ');
            steps.push(usize::midpoint(steps.last().copied().unwrap_or(step), step));
        }
        text.push(character);
        steps.push(step);
    }
    Decoded { text, steps, ..decoded }
}

/// Where the room of a glyph begins, in ems.
fn start(glyph: &Glyph, em: f32) -> f32 {
    if glyph.kind == GlyphClass::Full { glyph.middle() / em - HALF } else { glyph.left / em }
}

/// Where it ends, in ems.
fn end(glyph: &Glyph, em: f32) -> f32 {
    if glyph.kind == GlyphClass::Full { glyph.middle() / em + HALF } else { glyph.right / em }
}

/// How much farther off than others a letter or digit may stand.
fn bearing(glyph: &Glyph) -> f32 {
    if matches!(glyph.character, '1' | 'l' | 'i' | 'j' | 'I') { THIN } else { 0.0 }
}

/// What a line is measured with.
struct Measure {
    /// The room of a Han or kana character, as a part of the line.
    em: f32,
    /// Whether enough of them stand side by side to be sure of it.
    is_sure: bool,
    /// How much farther apart than usual all characters stand, in ems.
    loose: f32,
}

impl Measure {
    /// None for a line without Han and kana, or without size.
    fn of(glyphs: &[Glyph]) -> Option<Self> {
        let pairs = glyphs.windows(2).filter(|pair| pair.iter().all(|glyph| glyph.kind == GlyphClass::Full));
        let advances: Vec<f32> = pairs.clone().map(|pair| pair[1].middle() - pair[0].middle()).collect();
        let widths = glyphs.iter().filter(|glyph| glyph.kind == GlyphClass::Full).map(|glyph| glyph.right - glyph.left);
        let widest = widths.fold(0.0, f32::max) / (2.0 * HALF);
        let is_sure = advances.len() >= NEIGHBOURS;
        let em = if advances.len() > 1 { quantile(advances, 2) } else { widest };
        let gaps: Vec<f32> = pairs.map(|pair| pair[1].gap / em).collect();
        let loose = if gaps.len() >= NEIGHBOURS { SURPLUS * (quantile(gaps, 4) - USUAL).max(0.0) } else { 0.0 };
        (em > 0.0).then_some(Self { em, is_sure, loose })
    }

    /// Whether the line has a space before the glyph at `at`, which is not the first.
    fn has_space(&self, glyphs: &[Glyph], at: usize) -> bool {
        let [before, behind] = [&glyphs[at - 1], &glyphs[at]];
        let gap = self.gap(behind);
        let is_apart = self.start(glyphs, at) - self.end(glyphs, at - 1) >= APART;
        match [before.kind, behind.kind] {
            [GlyphClass::Full, GlyphClass::Full] => {
                let advance = (behind.middle() - before.middle()) / self.em;
                self.is_sure && !before.is_spaced && gap >= BETWEEN && advance >= ADVANCE
            }
            [GlyphClass::Full, GlyphClass::Letter] => gap >= BEFORE_LETTER + bearing(behind) && is_apart,
            [GlyphClass::Letter, GlyphClass::Full] => gap >= BEHIND_LETTER + bearing(before) && is_apart,
            [GlyphClass::Mark, GlyphClass::Full | GlyphClass::Letter] => self.has_space_behind_mark(glyphs, at),
            [GlyphClass::Mark, GlyphClass::Sign] if FIRST_OF_A_WORD.contains(behind.character) => {
                self.has_space_behind_mark(glyphs, at)
            }
            [GlyphClass::Full, GlyphClass::Mark | GlyphClass::Sign]
                if OPENING.contains(behind.character) && gap >= BEFORE_FULL =>
            {
                true
            }
            [GlyphClass::Full, GlyphClass::Sign] if NEVER_APART.contains(behind.character) => false,
            [GlyphClass::Full, GlyphClass::Sign] => !self.is_full_width(glyphs, at) && within(gap, BESIDE_SIGN),
            [GlyphClass::Sign, GlyphClass::Full] => !self.is_full_width(glyphs, at - 1) && within(gap, BESIDE_SIGN),
            _ => false,
        }
    }

    /// The same behind full-width punctuation, which the model reads half-width commas as, too.
    fn has_space_behind_mark(&self, glyphs: &[Glyph], at: usize) -> bool {
        let (mark, gap) = (&glyphs[at - 1], self.gap(&glyphs[at]));
        if !CLOSING.contains(mark.character) {
            return false;
        }
        let Some(room) = self.room(glyphs, at - 1).filter(|_| !mark.is_spaced) else { return gap >= BEHIND_FULL };
        let is_half = TWINS.contains(mark.character) && within(room, HALF_WITH_SPACE) && within(gap, BEHIND_HALF);
        let before = mark.gap / self.em;
        let is_uneven = gap >= BEHIND_FIRST || before >= IN_THE_MIDDLE && gap >= before + UNEVEN;
        gap >= BEHIND_FULL || is_half || room >= FULL_WITH_SPACE && is_uneven
    }

    /// Where the room of a glyph begins, in ems: what fills it in part, such as 月, need not be in the middle, but ends
    /// before the next.
    fn start(&self, glyphs: &[Glyph], at: usize) -> f32 {
        let start = start(&glyphs[at], self.em);
        match glyphs.get(at + 1) {
            Some(next) if glyphs[at].kind == GlyphClass::Full => start.min(next.left / self.em - 2.0 * HALF),
            _ => start,
        }
    }

    /// Where it ends, in ems: it begins behind the glyph before.
    fn end(&self, glyphs: &[Glyph], at: usize) -> f32 {
        let end = end(&glyphs[at], self.em);
        match at.checked_sub(1).map(|before| &glyphs[before]) {
            Some(last) if glyphs[at].kind == GlyphClass::Full => end.max(last.right / self.em + 2.0 * HALF),
            _ => end,
        }
    }

    /// The white before a glyph in ems, without what the whole line is wider set.
    fn gap(&self, glyph: &Glyph) -> f32 {
        glyph.gap / self.em - self.loose
    }

    /// Whether a sign that the model took for a half-width one fills an em.
    fn is_full_width(&self, glyphs: &[Glyph], at: usize) -> bool {
        LOOK_ALIKE.contains(glyphs[at].character) && self.room(glyphs, at).is_some_and(|room| within(room, FULL))
    }

    /// The room between the neighbours of a glyph, in ems; none if they are no letters, Han or kana.
    fn room(&self, glyphs: &[Glyph], at: usize) -> Option<f32> {
        let [before, behind] = [glyphs.get(at.checked_sub(1)?)?, glyphs.get(at + 1)?];
        let measures = |glyph: &Glyph| matches!(glyph.kind, GlyphClass::Full | GlyphClass::Letter);
        (measures(before) && behind.kind != GlyphClass::Mark).then(|| start(behind, self.em) - end(before, self.em))
    }
}

fn within(value: f32, [least, most]: [f32; 2]) -> bool {
    (least..=most).contains(&value)
}

/// The value above one in `part` of `values`, which must not be empty.
fn quantile(mut values: Vec<f32>, part: usize) -> f32 {
    let place = values.len() / part;
    *values.select_nth_unstable_by(place, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use image::RgbImage;
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::super::fit::HEIGHT;
    use super::super::glyphs::glyphs;
    use super::super::ink::Ink;
    use super::super::levels;
    use super::*;
    use crate::ocr::tensor::{self, Slot};

    /// A line as v6-small read it, and what was drawn.
    #[derive(Deserialize)]
    struct Case {
        width: u32,
        /// Pixels of the tensor, and its time steps.
        tensor: usize,
        columns: usize,
        steps: Vec<usize>,
        text: String,
        drawn: String,
    }

    fn planes(picture: &RgbImage) -> Vec<f32> {
        let width = picture.width() as usize;
        let mut planes = vec![0.0; 3 * HEIGHT * width];
        tensor::fill(&mut planes, Slot { width, height: HEIGHT, stride: width }, picture, &levels());
        planes
    }

    fn decoded(text: &str, steps: &[usize], ink: &Ink, step: f32) -> Decoded {
        let decoded = Decoded { text: text.to_owned(), score: 0.9, steps: steps.to_vec(), ..Decoded::default() };
        let glyphs = glyphs(decoded.text.chars().zip(decoded.steps.iter().copied()), ink, step);
        Decoded { glyphs, ..decoded }
    }

    /// Lines drawn by Chromium, one below the other: light, dark, small, bold, set wide, justified, without spaces.
    #[test]
    fn lines_get_the_spaces_that_were_drawn() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/spaces");
        let lines = image::open(folder.join("lines.png")).unwrap().into_rgb8();
        let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(folder.join("lines.json")).unwrap()).unwrap();
        assert!(cases.iter().any(|case| case.text == case.drawn));
        for (place, case) in (0..).zip(&cases) {
            let height = HEIGHT as u32;
            let picture = image::imageops::crop_imm(&lines, 0, place * height, case.width, height).to_image();
            let ink = Ink::new(&planes(&picture), case.width as usize);
            let step = case.tensor as f32 / case.columns as f32;
            let read = spaced(decoded(&case.text, &case.steps, &ink, step));
            assert_eq!(read.text, case.drawn);
            assert_eq!(read.steps.len(), read.text.chars().count());
        }
    }

    #[test]
    fn glyphs_know_of_the_spaces() {
        let mut white = vec![0.0; 3 * HEIGHT * 200];
        for row in white.chunks_exact_mut(200) {
            for (column, value) in row.iter_mut().enumerate() {
                *value =
                    if [5..45, 48..88, 110..130, 132..150].iter().any(|ink| ink.contains(&column)) { 0.0 } else { 1.0 };
            }
        }
        for row in white.chunks_exact_mut(200).step_by(2) {
            row.fill(1.0);
        }
        let ink = Ink::new(&white, 200);
        let read = spaced(decoded("中文ab", &[2, 8, 14, 17], &ink, 8.0));
        assert_eq!(read.text, "中文 ab");
        let spaced: Vec<(usize, bool)> = read.glyphs.iter().map(|glyph| (glyph.place, glyph.is_spaced)).collect();
        assert_eq!(spaced, [(0, false), (1, false), (3, true), (4, false)]);
    }

    proptest! {
        #[test]
        fn only_spaces_are_added(
            columns in prop::collection::vec(any::<bool>(), 1..400),
            characters in prop::collection::vec((prop::sample::select("中文かー，。（a1l-/ $“".chars().collect::<Vec<_>>()), 0..4_usize), 0..40),
        ) {
            let width = columns.len();
            let mut planes = vec![1.0_f32; 3 * HEIGHT * width];
            for row in planes.chunks_exact_mut(width).step_by(2) {
                row.iter_mut().zip(&columns).filter(|(_, ink)| **ink).for_each(|(value, _)| *value = -1.0);
            }
            let text: String = characters.iter().map(|(character, _)| character).collect();
            let mut at = 0;
            let steps: Vec<usize> = characters.iter().map(|(_, apart)| { at += apart; at }).collect();
            let before = decoded(&text, &steps, &Ink::new(&planes, width), 8.0);
            let read = spaced(before.clone());
            let ink = |text: &str| text.replace(' ', "");
            prop_assert_eq!(ink(&read.text), ink(&text));
            prop_assert!(read.text.len() >= text.len() && read.text.matches("  ").count() <= text.matches("  ").count());
            prop_assert_eq!(read.steps.len(), read.text.chars().count());
            prop_assert!(read.steps.is_sorted());
            prop_assert_eq!(read.glyphs.len(), before.glyphs.len());
            prop_assert_eq!(read.score.to_bits(), before.score.to_bits());
        }
    }
}

//! The characters of a line with the ink that is theirs.

use super::ink::Ink;

/// What kind of room a character takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ocr) enum GlyphClass {
    /// An em: Han and kana.
    Full,
    /// An em, of which the ink fills a part: full-width punctuation.
    Mark,
    /// Letters and digits.
    Letter,
    /// Everything else.
    Sign,
}

impl GlyphClass {
    fn of(character: char) -> Self {
        match character {
            '・' => Self::Mark,
            '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{30FF}'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{4E00}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}' => Self::Full,
            '\u{3000}'..='\u{303F}' | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF65}' => {
                Self::Mark
            }
            letter if letter.is_alphanumeric() && letter < '\u{2000}' => Self::Letter,
            _ => Self::Sign,
        }
    }
}

/// A character that leaves a mark on the line. Places are parts of the line's length: `0.0..=1.0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ocr) struct Glyph {
    pub character: char,
    pub kind: GlyphClass,
    pub left: f32,
    pub right: f32,
    /// White before it.
    pub gap: f32,
    /// Whether the model saw a space before it.
    pub is_spaced: bool,
    /// Its place among the characters of the text.
    pub place: usize,
}

impl Glyph {
    pub fn middle(&self) -> f32 {
        f32::midpoint(self.left, self.right)
    }
}

/// The characters of a line, `ink`, from left to right, white space left out: between two of them the widest white is the
/// border.
///
/// `characters`: each with the time step that the model saw it at. `step`: pixels of a time step.
pub(super) fn glyphs(characters: impl Iterator<Item = (char, usize)>, ink: &Ink, step: f32) -> Vec<Glyph> {
    let Some([start, end]) = ink.extent() else { return Vec::new() };
    let mut glyphs: Vec<Glyph> = Vec::new();
    let mut is_spaced = false;
    let mut before = start;
    let share = |pixels: f32| pixels / ink.width();
    for (place, (character, at)) in characters.enumerate() {
        if character.is_whitespace() {
            is_spaced = true;
            continue;
        }
        let middle = ((at as f32 + 0.5) * step).min(ink.width());
        let [left, right] = match glyphs.last() {
            None => [start, start],
            Some(_) => ink.widest_gap(before, middle).unwrap_or([f32::midpoint(before, middle); 2]),
        };
        if let Some(last) = glyphs.last_mut() {
            last.right = share(left);
        }
        let kind = GlyphClass::of(character);
        glyphs.push(Glyph {
            character,
            kind,
            left: share(right),
            right: share(end),
            gap: share(right - left),
            is_spaced,
            place,
        });
        (is_spaced, before) = (false, middle);
    }
    glyphs
}

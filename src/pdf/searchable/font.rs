//! A font without shapes: it says how wide each character is and which one it is, and nothing is ever painted with it.

use std::collections::HashMap;

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish as _, Name, Pdf, Rect, Ref, Str};
use unicode_width::UnicodeWidthChar as _;

use super::pack;

/// How far the font reaches below the baseline, in ems; above it, the rest of one.
pub const DESCENT: f32 = 0.2;

const NAME: Name = Name(b"Unseen");
const CMAP: Name = Name(b"Unseen-UTF16");
const IDENTITY: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The font, and the characters that were asked of it.
pub struct Font {
    ids: [Ref; 6],
    codes: HashMap<char, u16>,
    /// The character of each code from 1 on.
    characters: Vec<char>,
}

/// A text as codes of two bytes.
pub struct Encoded {
    pub codes: Vec<u8>,
    /// Its width for a font size of 1; more than 0.
    pub ems: f32,
}

impl Font {
    pub fn new(next: &mut Ref) -> Self {
        Self { ids: std::array::from_fn(|_| next.bump()), codes: HashMap::new(), characters: Vec::new() }
    }

    /// What pages call the font by.
    pub fn id(&self) -> Ref {
        self.ids[0]
    }

    pub fn encode(&mut self, text: &str) -> Encoded {
        let mut encoded = Encoded { codes: Vec::new(), ems: 0.0 };
        for character in text.chars() {
            encoded.codes.extend(self.code(character).to_be_bytes());
            encoded.ems += f32::from(half_ems(character)) / 2.0;
        }
        encoded
    }

    /// The code of a character; 0, which means none, once all codes are taken.
    fn code(&mut self, character: char) -> u16 {
        if let Some(code) = self.codes.get(&character) {
            return *code;
        }
        let Ok(code) = u16::try_from(self.characters.len() + 1) else { return 0 };
        self.characters.push(character);
        self.codes.insert(character, code);
        code
    }

    /// Writes the font and all that belongs to it.
    pub fn write(&self, pdf: &mut Pdf) {
        let [font, descendant, descriptor, file, glyphs, unicode] = self.ids;
        pdf.type0_font(font)
            .base_font(NAME)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(descendant)
            .to_unicode(unicode);
        let mut cid = pdf.cid_font(descendant);
        cid.subtype(CidFontType::Type2).base_font(NAME).system_info(IDENTITY).font_descriptor(descriptor);
        cid.default_width(1000.0).cid_to_gid_map_stream(glyphs);
        let widths = self.characters.iter().map(|character| f32::from(half_ems(*character)) * 500.0);
        cid.widths().consecutive(1, widths);
        cid.finish();
        pdf.font_descriptor(descriptor)
            .name(NAME)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(0.0, -1000.0 * DESCENT, 1000.0, 1000.0 * (1.0 - DESCENT)))
            .italic_angle(0.0)
            .ascent(1000.0 * (1.0 - DESCENT))
            .descent(-1000.0 * DESCENT)
            .cap_height(1000.0 * (1.0 - DESCENT))
            .stem_v(80.0)
            .font_file2(file);
        let shapes = program();
        pdf.stream(file, &shapes).pair(Name(b"Length1"), shapes.len() as i32);
        let map: Vec<u8> = std::iter::once(0)
            .chain(self.characters.iter().map(|character| u16::from(half_ems(*character))))
            .flat_map(u16::to_be_bytes)
            .collect();
        pdf.stream(glyphs, &pack(&map)).filter(Filter::FlateDecode);
        let mut cmap = UnicodeCmap::new(CMAP, IDENTITY);
        for (code, character) in (1_u16..).zip(&self.characters) {
            cmap.pair(code, *character);
        }
        pdf.stream(unicode, &pack(cmap.finish().as_slice())).filter(Filter::FlateDecode);
    }
}

/// 2 for what is as wide as it is high, 1 for the rest: the glyph of that width, too.
fn half_ems(character: char) -> u8 {
    if character.width() == Some(2) { 2 } else { 1 }
}

/// A `TrueType` program of three empty glyphs, 1, ½ and 1 em wide, with the tables that an embedded one must have
/// (ISO 32000-1 §9.9; the tables as in the `OpenType` specification).
fn program() -> Vec<u8> {
    const UNITS: u16 = 1000;
    let ascent = (f32::from(UNITS) * (1.0 - DESCENT)) as u16;
    let descent = (0.0 - f32::from(UNITS) * DESCENT) as i16 as u16;
    let words = |words: &[u16]| -> Vec<u8> { words.iter().flat_map(|word| word.to_be_bytes()).collect() };
    let magic = [0x5f0f, 0x3cf5];
    // Version, revision, checksum, magic, flags, units, two dates, box, style, smallest size, direction, formats.
    let head = words(&[
        1, 0, 1, 0, 0, 0, magic[0], magic[1], 0, UNITS, 0, 0, 0, 0, 0, 0, 0, 0, 0, descent, UNITS, ascent, 0, 8, 2, 0,
        0,
    ]);
    let hhea = words(&[1, 0, ascent, descent, 0, UNITS, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3]);
    let hmtx = words(&[UNITS, 0, UNITS / 2, 0, UNITS, 0]);
    let maxp = words(&[1, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    // Alphabetical; a table without a byte is not liked by every reader.
    let tables: [(&[u8; 4], Vec<u8>); 6] = [
        (b"glyf", vec![0; 4]),
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", hmtx),
        (b"loca", words(&[0; 4])),
        (b"maxp", maxp),
    ];
    let mut font = words(&[1, 0, 6, 64, 2, 32]);
    let mut offset = font.len() + 16 * tables.len();
    for (tag, table) in &tables {
        font.extend_from_slice(*tag);
        for number in [sum(table), offset as u32, table.len() as u32] {
            font.extend(number.to_be_bytes());
        }
        offset += table.len().next_multiple_of(4);
    }
    for (_, table) in &tables {
        font.extend_from_slice(table);
        font.resize(font.len().next_multiple_of(4), 0);
    }
    // The whole is to come to this number, by a word in `head`, which has its place 8 bytes into it.
    let adjustment = 0xb1b0_afba_u32.wrapping_sub(sum(&font));
    let place = 12 + 16 * tables.len() + tables[0].1.len() + 8;
    font[place..place + 4].copy_from_slice(&adjustment.to_be_bytes());
    font
}

/// The checksum of a table: its big-endian words, the last one filled up with zeros.
fn sum(bytes: &[u8]) -> u32 {
    let word = |word: &[u8]| word.iter().chain(&[0; 4]).take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    bytes.chunks(4).map(word).fold(0, u32::wrapping_add)
}

#[cfg(test)]
mod tests {
    use ab_glyph::Font as _;

    use super::program;

    #[test]
    fn the_program_is_a_font_of_three_empty_glyphs() {
        let program = program();
        let font = ab_glyph::FontRef::try_from_slice(&program).expect("a font");
        assert_eq!(font.glyph_count(), 3);
        assert_eq!(font.units_per_em(), Some(1000.0));
        for (glyph, width) in [(1, 500.0), (2, 1000.0)] {
            assert!((font.h_advance_unscaled(ab_glyph::GlyphId(glyph)) - width).abs() < 0.1);
            assert!(font.outline(ab_glyph::GlyphId(glyph)).is_none());
        }
    }
}

//! Ruby: small kana beside Han characters that say how those are read, 振り仮名.
//!
//! The detector finds it as lines of its own, above a horizontal line and to the right of a vertical one. Left alone it
//! tears sentences apart.

use super::reading_order::{Frame, upright};
use super::{Line, Quad, Ruby};
use crate::ocr::recognize::glyphs::Glyph;

/// Ruby characters are half as large as those beside them; the most, as a part of what those take.
const SMALL: f32 = 0.72;
/// The same of the thickness of lines, where no characters can be measured: boxes are less exact.
const THIN: f32 = 0.85;
/// White or overlap between both lines, as a part of the thicker one's thickness.
const NEAR: f32 = 0.45;
/// How far ruby may reach beyond the ends of its line, as a part of that line's thickness.
const BEYOND: f32 = 0.75;

/// `lines`, with the `glyphs` of each, as `ruby` asks for.
pub(super) fn apart(mut lines: Vec<Line>, mut glyphs: Vec<Vec<Glyph>>, ruby: Ruby) -> (Vec<Line>, Vec<Vec<Glyph>>) {
    if ruby == Ruby::Lines {
        return (lines, glyphs);
    }
    let rows = rows(&lines, &glyphs);
    let bases: Vec<Option<usize>> = (0..rows.len()).map(|place| base(place, &rows, ruby)).collect();
    let mut texts = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        let own = rows.iter().zip(&bases).filter(|(_, base)| **base == Some(place));
        let readings: Vec<Annotation> = own.flat_map(|(ruby, _)| ruby.readings()).collect();
        if !readings.is_empty() {
            texts.push((place, row.annotated(&readings, ruby)));
        }
    }
    for (place, text) in texts {
        lines[place].text = text;
        // They would have to move with the text.
        glyphs[place].clear();
    }
    let kept = lines.into_iter().zip(glyphs).zip(bases).filter(|(_, base)| base.is_none());
    kept.map(|(line, _)| line).unzip()
}

/// Some ruby that stands together: what it says, and from where to where along its line, in pixels.
struct Annotation {
    text: String,
    from: f32,
    to: f32,
}

/// A line, turned so that it runs from left to right.
struct Row<'a> {
    frame: Frame,
    text: &'a str,
    glyphs: &'a [Glyph],
}

fn rows<'a>(lines: &'a [Line], glyphs: &'a [Vec<Glyph>]) -> Vec<Row<'a>> {
    let frames = upright(&lines.iter().map(|line| line.quad).collect::<Vec<Quad>>());
    let is_vertical = |frame: &Frame| frame.height() >= 1.5 * frame.width();
    let length = |vertical: bool| -> f32 {
        let own = frames.iter().filter(|frame| is_vertical(frame) == vertical);
        own.map(|frame| frame.height().max(frame.width())).sum()
    };
    // A single character does not tell how its line runs.
    let turned = length(true) > length(false);
    let row = |((frame, line), glyphs): ((&Frame, &'a Line), &'a Vec<Glyph>)| {
        let frame = if turned { frame.turned() } else { frame.clone() };
        Row { frame, text: &line.text, glyphs }
    };
    frames.iter().zip(lines).zip(glyphs).map(row).collect()
}

/// The line that the one at `place` is ruby of.
fn base(place: usize, rows: &[Row], ruby: Ruby) -> Option<usize> {
    let small = &rows[place];
    let is_kana = small.text.chars().all(|character| is_kana(character) || character.is_whitespace());
    if !is_kana || small.text.trim().is_empty() {
        return None;
    }
    // Without places there is nowhere for brackets.
    let can_take = |row: &Row| ruby == Ruby::Dropped || !row.glyphs.is_empty();
    let bases =
        rows.iter().enumerate().filter(|(base, row)| *base != place && can_take(row) && row.is_annotated_by(small));
    bases.min_by(|(_, one), (_, other)| one.frame.top.total_cmp(&other.frame.top)).map(|(base, _)| base)
}

impl Row<'_> {
    fn is_annotated_by(&self, ruby: &Self) -> bool {
        let thickness = self.frame.height();
        let is_above =
            (self.frame.top - ruby.frame.bottom).abs() <= NEAR * thickness && ruby.frame.top < self.frame.top;
        let beyond = BEYOND * thickness;
        let is_within = ruby.frame.left >= self.frame.left - beyond && ruby.frame.right <= self.frame.right + beyond;
        let is_small = match (ruby.advance(), self.advance()) {
            (Some(small), Some(large)) => small <= SMALL * large,
            _ => ruby.frame.height() <= THIN * thickness,
        };
        is_above && is_within && is_small && self.text.chars().any(is_han)
    }

    fn at(&self, share: f32) -> f32 {
        self.frame.left + share * self.frame.width()
    }

    /// From one character to the next, in pixels: the lower quartile, since there may be white between them.
    fn advance(&self) -> Option<f32> {
        let middles = self.glyphs.iter().map(|glyph| self.at(glyph.middle()));
        let mut advances: Vec<f32> = middles.clone().zip(middles.skip(1)).map(|(one, next)| next - one).collect();
        let place = advances.len() / 4;
        (!advances.is_empty()).then(|| *advances.select_nth_unstable_by(place, f32::total_cmp).1)
    }

    /// What this line, which is ruby, says, cut at its spaces.
    fn readings(&self) -> Vec<Annotation> {
        if self.glyphs.is_empty() {
            let text = self.text.chars().filter(|character| !character.is_whitespace()).collect();
            return vec![Annotation { text, from: self.frame.left, to: self.frame.right }];
        }
        let mut readings: Vec<Annotation> = Vec::new();
        for glyph in self.glyphs {
            let [from, to] = [self.at(glyph.left), self.at(glyph.right)];
            match readings.last_mut() {
                Some(reading) if !glyph.is_spaced => {
                    reading.text.push(glyph.character);
                    reading.to = to;
                }
                _ => readings.push(Annotation { text: glyph.character.to_string(), from, to }),
            }
        }
        readings
    }

    /// What this line says with `readings` beside it: each behind the Han characters that it is above.
    fn annotated(&self, readings: &[Annotation], ruby: Ruby) -> String {
        let runs = self.runs(readings);
        let mut text = String::new();
        for (place, character) in self.text.chars().enumerate() {
            let is_inside = runs.iter().any(|run| run.first < place && place <= run.last);
            if !(is_inside && character.is_whitespace()) {
                text.push(character);
            }
            if let Some(run) = runs.iter().find(|run| run.last == place && ruby == Ruby::Brackets) {
                text.push('（');
                text.push_str(&run.text);
                text.push('）');
            }
        }
        text
    }

    /// The runs of Han characters that `readings` belong to, with what those say.
    fn runs(&self, readings: &[Annotation]) -> Vec<HanRun> {
        let mut runs: Vec<HanRun> = Vec::new();
        for reading in readings {
            let Some([first, last]) = self.run(f32::midpoint(reading.from, reading.to)) else { continue };
            match runs.iter_mut().find(|run| run.first == first) {
                Some(run) => run.text.push_str(&reading.text),
                None => runs.push(HanRun { first, last, text: reading.text.clone() }),
            }
        }
        runs
    }

    /// The places in the text of the first and the last of the Han characters around `middle`, whatever white is
    /// between them: ruby sets its characters wide.
    fn run(&self, middle: f32) -> Option<[usize; 2]> {
        let offset = |glyph: &Glyph| (self.at(glyph.middle()) - middle).abs();
        let han = self.glyphs.iter().enumerate().filter(|(_, glyph)| is_han(glyph.character));
        let (nearest, _) = han.min_by(|(_, one), (_, other)| offset(one).total_cmp(&offset(other)))?;
        let is_han = |glyph: &&Glyph| is_han(glyph.character);
        let before = self.glyphs[..nearest].iter().rev().take_while(is_han).count();
        let behind = self.glyphs[nearest..].iter().take_while(is_han).count();
        Some([self.glyphs[nearest - before].place, self.glyphs[nearest + behind - 1].place])
    }
}

/// Han characters side by side: places in the text, and how they are read.
struct HanRun {
    first: usize,
    last: usize,
    text: String,
}

fn is_kana(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FC}')
}

fn is_han(character: char) -> bool {
    matches!(character, '\u{3005}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::recognize::glyphs::GlyphClass;

    /// A line whose characters take `room` pixels each, from `left` on and below `top`.
    fn line(text: &str, room: i32, [left, top]: [i32; 2]) -> (Line, Vec<Glyph>) {
        let count = text.chars().count() as i32;
        let quad = Quad::upright([left, top, left + room * count, top + room]);
        let mut is_spaced = false;
        let mut glyphs = Vec::new();
        for (place, character) in text.chars().enumerate() {
            if character != ' ' {
                let [left, right] = [place, place + 1].map(|at| at as f32 / count as f32);
                glyphs.push(Glyph { character, kind: GlyphClass::Full, left, right, gap: 0.0, is_spaced, place });
            }
            is_spaced = character == ' ';
        }
        (Line::new(quad, text, 0.9), glyphs)
    }

    fn read(drawn: &[(&str, i32, [i32; 2])], ruby: Ruby) -> Vec<String> {
        let (lines, glyphs) = drawn.iter().map(|&(text, room, at)| line(text, room, at)).unzip();
        apart(lines, glyphs, ruby).0.into_iter().map(|line| line.text).collect()
    }

    const DRAWN: [(&str, i32, [i32; 2]); 3] =
        [("てんき は", 12, [72, 0]), ("今日の天 気は晴れ", 24, [0, 14]), ("明日は雨", 24, [0, 60])];

    #[test]
    fn ruby_is_dropped_or_follows_in_brackets() {
        assert_eq!(read(&DRAWN, Ruby::Lines), ["てんき は", "今日の天 気は晴れ", "明日は雨"]);
        assert_eq!(read(&DRAWN, Ruby::Dropped), ["今日の天気は晴れ", "明日は雨"]);
        assert_eq!(read(&DRAWN, Ruby::Brackets)[0], "今日の天気（てんきは）は晴れ");
    }

    #[test]
    fn lines_of_kana_that_are_no_ruby_stay() {
        let large = [("てんきは", 24, [0, 0]), ("今日の天気は晴れ", 24, [0, 26])];
        let far = [("てんき", 12, [72, 0]), ("今日の天気は晴れ", 24, [0, 40])];
        let beside = [("てんき", 12, [400, 0]), ("今日の天気は晴れ", 24, [0, 14])];
        let kana = [("てんき", 12, [72, 0]), ("きょうのてんきは", 24, [0, 14])];
        for drawn in [&large[..], &far, &beside, &kana] {
            assert_eq!(read(drawn, Ruby::Dropped).len(), 2, "{drawn:?}");
        }
    }
}

//! Where on a line its words are, told from the time steps at which their characters were read.

use crate::ocr::recognize::ctc::Decoded;
use crate::ocr::{Quad, Words};

/// Rows of words are at least this many pixels apart (`sort_boxes` in PaddleX's `cal_ocr_word_box.py`).
const ROW: i64 = 12;

/// How much higher than wide an outline of vertical text is.
const VERTICAL: f64 = 1.5;

/// What characters that stand side by side are to be kept together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Chinese characters: each is a word.
    Chinese,
    /// Letters and digits of ASCII.
    Word,
    /// Everything else.
    Symbol,
}

/// Characters of one class side by side, each with its time step.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    class: Class,
    characters: Vec<(char, usize)>,
}

/// The words of a line that `quad` outlines.
///
/// PaddleX's `cal_ocr_word_box` (`pipelines/components/common/cal_ocr_word_box.py`), the order of its lists included.
pub(super) fn words(quad: &Quad, decoded: &Decoded) -> Words {
    let groups = groups(decoded);
    let axis = Axis::new(quad, decoded.columns);
    let mut words = Words::default();
    let mut spans = Vec::new();
    for group in &groups {
        let [first, last] = group.steps();
        if group.class == Class::Chinese {
            words.texts.extend(group.characters.iter().map(|(character, _)| character.to_string()));
        } else {
            words.texts.push(group.characters.iter().map(|(character, _)| character).collect());
            spans.push([axis.at(first as f64), axis.at((last + 1) as f64)].map(|at| axis.start + at));
        }
    }
    spans.extend(axis.chinese(&groups, decoded.text.chars().count()));
    words.boxes = spans.into_iter().map(|span| axis.cell(span)).collect();
    sort(&mut words.boxes);
    words
}

/// PaddleX's `get_word_info` (`models/text_recognition/processors.py`).
fn groups(decoded: &Decoded) -> Vec<Group> {
    let characters: Vec<(char, usize)> = decoded.text.chars().zip(decoded.steps.iter().copied()).collect();
    let mut groups: Vec<Group> = Vec::new();
    for (index, &(character, step)) in characters.iter().enumerate() {
        let before = groups.last().map(|group| group.class);
        let next = characters.get(index + 1).map(|(next, _)| *next);
        let class = class(character, before, next);
        match groups.last_mut() {
            Some(group) if group.class == class => group.characters.push((character, step)),
            _ => groups.push(Group { class, characters: vec![(character, step)] }),
        }
    }
    groups
}

fn class(character: char, before: Option<Class>, next: Option<char>) -> Class {
    let in_word = before == Some(Class::Word);
    match character {
        '\u{4e00}'..='\u{9fff}' => Class::Chinese,
        'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Word,
        '.' if in_word && next.is_some_and(|next| next.is_ascii_digit()) => Class::Word,
        '-' if in_word => Class::Word,
        _ => Class::Symbol,
    }
}

impl Group {
    /// Its first and last time step.
    fn steps(&self) -> [usize; 2] {
        [self.characters[0].1, self.characters[self.characters.len() - 1].1]
    }
}

/// The side of an outline along which its text runs.
struct Axis {
    is_vertical: bool,
    /// Where it begins, and how long it is, in pixels. Negative where the outline is turned over.
    start: i64,
    length: i64,
    /// The other side, from and to.
    across: [i64; 2],
    /// Pixels of a time step.
    step: f64,
}

impl Axis {
    fn new(quad: &Quad, columns: f64) -> Self {
        let [left, top, right, bottom] = quad.bounds().map(f64::from);
        let is_vertical = (bottom - top) / (right - left) > VERTICAL;
        let [first, second, third, _] = quad.0.map(|corner| corner.map(i64::from));
        let (along, across) = ([first[0], second[0]], [first[1], third[1]]);
        let (along, across) = if is_vertical { (across, along) } else { (along, across) };
        let length = along[1] - along[0];
        Self { is_vertical, start: along[0], length, across, step: length as f64 / columns }
    }

    /// Whole pixels from the start to a time step.
    fn at(&self, step: f64) -> i64 {
        (step * self.step) as i64
    }

    /// The places, from and to, of all Chinese characters of a text of `length` characters: they are equally wide.
    fn chinese(&self, groups: &[Group], length: usize) -> Vec<[i64; 2]> {
        let groups = groups.iter().filter(|group| group.class == Class::Chinese);
        let widths: Vec<f64> = groups.clone().filter_map(|group| self.character_width(group)).collect();
        let width = if widths.is_empty() {
            self.length as f64 / length as f64
        } else {
            widths.iter().sum::<f64>() / widths.len() as f64
        };
        let steps = groups.flat_map(|group| group.characters.iter().map(|&(_, step)| step));
        steps
            .map(|step| {
                let middle = (step as f64 + 0.5) * self.step;
                let from = ((middle - width / 2.0) as i64).max(0);
                let to = ((middle + width / 2.0) as i64).min(self.length);
                [from, to].map(|at| self.start + at)
            })
            .collect()
    }

    /// How wide a character of a group is; one alone does not tell.
    fn character_width(&self, group: &Group) -> Option<f64> {
        let [first, last] = group.steps();
        let gaps = group.characters.len() - 1;
        (gaps > 0).then(|| (last - first + 1) as f64 * self.step / gaps as f64)
    }

    /// The upright box of a word.
    fn cell(&self, [from, to]: [i64; 2]) -> [i32; 4] {
        let [x, y] = if self.is_vertical { [self.across, [from, to]] } else { [[from, to], self.across] };
        [x[0].min(x[1]), y[0].min(y[1]), x[0].max(x[1]), y[0].max(y[1])].map(|side| side as i32)
    }
}

/// From top to bottom in rows, and from left to right in each, by the middles of the boxes.
fn sort(boxes: &mut [[i32; 4]]) {
    // Twice the middle is a whole number.
    let across = |cell: &[i32; 4]| i64::from(cell[0]) + i64::from(cell[2]);
    let down = |cell: &[i32; 4]| i64::from(cell[1]) + i64::from(cell[3]);
    boxes.sort_by_key(down);
    for row in boxes.chunk_by_mut(|above, below| down(below) - down(above) < 2 * ROW) {
        row.sort_by_key(across);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, steps: &[usize], columns: f64) -> Decoded {
        Decoded { text: text.to_owned(), score: 1.0, steps: steps.to_vec(), columns, glyphs: Vec::new() }
    }

    const WIDE: Quad = Quad([[100, 10], [300, 10], [300, 30], [100, 30]]);

    #[test]
    fn letters_digits_and_what_joins_them_are_one_word() {
        let steps: Vec<usize> = (0..16).collect();
        let found = words(&WIDE, &line("v1.25-b, x.y 3-.", &steps, 20.0));
        assert_eq!(found.texts, ["v1.25-b", ", ", "x", ".", "y", " ", "3-", "."]);
        assert_eq!(found.boxes[0], [100, 10, 170, 30]);
        assert_eq!(found.boxes.len(), found.texts.len());
    }

    #[test]
    fn chinese_characters_are_words_of_equal_width() {
        let found = words(&WIDE, &line("中文ok", &[1, 3, 6, 7], 10.0));
        assert_eq!(found.texts, ["中", "文", "ok"]);
        assert_eq!(found.boxes, [[100, 10, 160, 30], [140, 10, 200, 30], [220, 10, 260, 30]]);
    }

    #[test]
    fn vertical_text_runs_down() {
        let tall = Quad([[10, 100], [30, 100], [30, 300], [10, 300]]);
        let found = words(&tall, &line("ab c", &[0, 2, 5, 8], 10.0));
        assert_eq!(found.boxes, [[10, 100, 30, 160], [10, 200, 30, 220], [10, 260, 30, 280]]);
    }

    #[test]
    fn nothing_has_no_words() {
        assert_eq!(words(&WIDE, &line("", &[], 0.0)), Words::default());
        let dot = Quad([[5, 5]; 4]);
        assert_eq!(words(&dot, &line("中", &[0], 1.0)).boxes, [[5, 5, 5, 5]]);
    }
}

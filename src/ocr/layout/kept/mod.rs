//! A page's text as it stood: what shares a row on one line, indented and set apart by as many spaces as there was
//! white.
//!
//! Where characters are all of one width, as in code and terminals, every word gets the column of that grid in which it
//! stands. Elsewhere a row consists of cells, which begin in the same column wherever they stand below each other; only
//! the indentation of a row is measured, in spaces of its font.

mod cells;
mod grid;

use unicode_width::UnicodeWidthStr;

use super::reading_order::upright;
use super::{Line, merged};
use crate::ocr::recognize::glyphs::Glyph;
use crate::ocr::{Quad, Words};
use cells::Columns;
pub use cells::cells;
use grid::ColumnGrid;

/// Lines share a row if their middles are apart by less than this part of the lower one's height.
const SAME_ROW: f32 = 0.5;

/// The deepest indentation that is kept, in columns: more is a page's margin.
const DEEPEST: usize = 200;

/// Spaces between two cells, at least.
const CELLS_APART: usize = 2;

/// So many empty lines stand for any amount of white.
const MOST_EMPTY: usize = 2;

/// A word, or what else is kept together, in a row.
#[derive(Debug, Clone, PartialEq)]
struct TextPiece {
    text: String,
    /// In pixels.
    left: f32,
    right: f32,
    /// From and to of the ink of each character, in pixels; empty if that is not known.
    ink: Vec<[f32; 2]>,
}

/// Lines side by side.
struct GridRow {
    middle: f32,
    height: f32,
    /// Places in the list of lines, from left to right.
    lines: Vec<usize>,
}

/// The rows of a page from top to bottom, each as one line; empty lines where there is white for some. `glyphs`: those
/// of each line. `guessed`: what else may be text, which it is in a grid of even columns.
pub(super) fn kept(lines: &[Line], glyphs: &[Vec<Glyph>], guessed: Vec<(Line, Vec<Glyph>)>) -> Vec<Line> {
    let mut words: Vec<Vec<TextPiece>> = lines.iter().zip(glyphs).map(|(line, glyphs)| words(line, glyphs)).collect();
    let grid = ColumnGrid::measure(&words);
    if !grid.is_even {
        let rows = rows(lines);
        let texts = in_columns(&rows, &words, lines, &grid);
        return spaced(&rows, texts, lines);
    }
    words.extend(guessed.iter().map(|(line, glyphs)| self::words(line, glyphs)));
    let lines: Vec<Line> = lines.iter().cloned().chain(guessed.into_iter().map(|(line, _)| line)).collect();
    let rows = rows(&lines);
    let texts = rows.iter().map(|row| on_grid(row, &words, &grid)).collect();
    spaced(&rows, texts, &lines)
}

/// Rows with their texts as lines, and empty ones where there is white for some.
fn spaced(rows: &[GridRow], texts: Vec<String>, lines: &[Line]) -> Vec<Line> {
    let pitch = pitch(rows);
    let mut kept: Vec<Line> = Vec::new();
    let mut above: Option<&GridRow> = None;
    for (row, text) in rows.iter().zip(texts) {
        let empty = above.map_or(0, |above| empty_rows(row.middle - above.middle, pitch));
        let (_, line) = merged(&row.lines, text, lines);
        kept.extend((0..empty).map(|_| blank(&line)));
        kept.push(line);
        above = Some(row);
    }
    kept
}

/// An empty line at the top of the one that it stands above.
fn blank(below: &Line) -> Line {
    let [left, top, right, _] = below.quad.bounds();
    Line { quad: Quad::upright([left, top, right, top]), text: String::new(), score: 0.0, words: Words::default() }
}

/// How many empty rows fit between two whose middles are this far apart.
fn empty_rows(apart: f32, pitch: f32) -> usize {
    ((apart / pitch).round() as usize).saturating_sub(1).min(MOST_EMPTY)
}

/// From one row to the next, in pixels: the lower quartile, since there may be white between them.
fn pitch(rows: &[GridRow]) -> f32 {
    let mut steps: Vec<f32> = rows.windows(2).map(|pair| pair[1].middle - pair[0].middle).collect();
    steps.sort_by(f32::total_cmp);
    steps.get(steps.len() / 4).copied().unwrap_or(1.0).max(1.0)
}

/// Groups lines to rows, from top to bottom; lines without text are in none.
fn rows(lines: &[Line]) -> Vec<GridRow> {
    let frames = upright(&lines.iter().map(|line| line.quad).collect::<Vec<_>>());
    let mut order: Vec<usize> = (0..lines.len()).filter(|&place| !lines[place].text.trim().is_empty()).collect();
    order.sort_by(|&one, &other| frames[one].middle().total_cmp(&frames[other].middle()));
    let mut rows: Vec<GridRow> = Vec::new();
    for place in order {
        let frame = &frames[place];
        let is_near = |row: &GridRow| frame.middle() - row.middle < SAME_ROW * row.height.min(frame.thickness);
        match rows.last_mut() {
            Some(row) if is_near(row) => row.lines.push(place),
            _ => rows.push(GridRow { middle: frame.middle(), height: frame.thickness, lines: vec![place] }),
        }
    }
    for row in &mut rows {
        row.lines.sort_by(|&one, &other| frames[one].left.total_cmp(&frames[other].left));
    }
    rows
}

/// The words of a line with their places on the page.
fn words(line: &Line, glyphs: &[Glyph]) -> Vec<TextPiece> {
    let [left, _, right, _] = line.quad.bounds().map(|bound| bound as f32);
    let at = |share: f32| left + share * (right - left);
    let is_upright = line.quad.0[0][0] <= line.quad.0[1][0] && right - left >= line_height(line);
    if glyphs.is_empty() || !is_upright {
        return vec![TextPiece { text: line.text.trim().to_owned(), left, right, ink: Vec::new() }];
    }
    let mut words: Vec<TextPiece> = Vec::new();
    for glyph in glyphs {
        let ink = [at(glyph.left), at(glyph.right)];
        match words.last_mut() {
            Some(word) if !glyph.is_spaced => {
                word.text.push(glyph.character);
                word.right = ink[1];
                word.ink.push(ink);
            }
            _ => {
                words.push(TextPiece {
                    text: glyph.character.to_string(),
                    left: ink[0],
                    right: ink[1],
                    ink: vec![ink],
                });
            }
        }
    }
    words
}

fn line_height(line: &Line) -> f32 {
    let [_, top, _, bottom] = line.quad.bounds().map(|bound| bound as f32);
    bottom - top
}

/// A row of words, each in its column of the grid.
fn on_grid(row: &GridRow, words: &[Vec<TextPiece>], grid: &ColumnGrid) -> String {
    let mut pieces: Vec<&TextPiece> = row.lines.iter().flat_map(|&place| &words[place]).collect();
    pieces.sort_by(|one, other| one.left.total_cmp(&other.left));
    let mut text = String::new();
    for piece in pieces {
        let column = if text.is_empty() { grid.first_column(piece) } else { grid.column(piece) };
        put(&mut text, column, &piece.text, 1);
    }
    text
}

/// Appends `piece` at a column, at least `apart` behind what is there.
fn put(text: &mut String, column: usize, piece: &str, apart: usize) {
    let end = text.width();
    let least = if end == 0 { 0 } else { end + apart };
    let column = column.max(least).min(least + DEEPEST);
    text.extend(std::iter::repeat_n(' ', column - end));
    text.push_str(piece);
}

/// Rows of cells, those of one column one below the other; the first of a row is indented by spaces of its font.
fn in_columns(rows: &[GridRow], words: &[Vec<TextPiece>], lines: &[Line], grid: &ColumnGrid) -> Vec<String> {
    let places: Vec<&[usize]> = rows.iter().map(|row| row.lines.as_slice()).collect();
    let indent = |place: usize| words[place].first().map_or(0, |first| grid.indent(first.left));
    let columns = Columns::of(&places, lines).aligned(lines, indent);
    let mut texts = Vec::with_capacity(rows.len());
    for row in rows {
        let mut text = String::new();
        for &place in &row.lines {
            put(&mut text, columns.start(place), lines[place].text.trim(), CELLS_APART);
        }
        texts.push(text);
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::recognize::glyphs::GlyphClass;

    /// A line of characters 10 pixels wide whose first stands at `left`.
    fn line(text: &str, left: i32, top: i32) -> (Line, Vec<Glyph>) {
        let length = text.chars().count() as i32;
        let line = Line::new(Quad::upright([left - 4, top, left + 10 * length + 4, top + 20]), text, 0.9);
        let width = (10 * length + 8) as f32;
        let glyph = |(place, character): (usize, char)| {
            let start = (10 * place + 4) as f32;
            let [left, right] = [start + 1.0, start + 9.0].map(|at| at / width);
            let is_spaced = place > 0 && text.chars().nth(place - 1) == Some(' ');
            Glyph { character, kind: GlyphClass::Letter, left, right, gap: 0.0, is_spaced, place }
        };
        let glyphs = text.chars().enumerate().filter(|(_, character)| *character != ' ').map(glyph).collect();
        (line, glyphs)
    }

    fn texts(drawn: &[(&str, i32, i32)]) -> Vec<String> {
        let (lines, glyphs): (Vec<_>, Vec<_>) = drawn.iter().map(|&(text, left, top)| line(text, left, top)).unzip();
        kept(&lines, &glyphs, Vec::new()).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn code_keeps_its_indentation_and_what_is_aligned_in_it() {
        let drawn = [
            ("41", 20, 10),
            ("class Calendar:", 60, 10),
            ("42", 20, 34),
            ("first = 1", 100, 35),
            ("# of the week", 240, 34),
            ("44", 20, 82),
            ("return None", 141, 82),
        ];
        assert_eq!(
            texts(&drawn),
            ["41  class Calendar:", "42      first = 1     # of the week", "", "44          return None",]
        );
    }

    #[test]
    fn what_may_be_text_is_text_in_a_grid_alone() {
        let code = [line("Name", 60, 10)];
        let guessed = || vec![line("====", 60, 34)];
        let (lines, glyphs): (Vec<_>, Vec<_>) = code.into_iter().unzip();
        let texts = |lines: Vec<Line>| lines.into_iter().map(|line| line.text).collect::<Vec<_>>();
        assert_eq!(texts(kept(&lines, &glyphs, guessed())), ["Name", "===="]);
        assert_eq!(texts(kept(&lines, &[Vec::new()], guessed())), ["Name"]);
    }

    #[test]
    fn a_row_is_indented_to_where_its_ink_begins() {
        let (first, glyphs) = line("first line", 60, 10);
        let (mut second, mut cut) = line("_init__", 110, 34);
        // The model left out the first of two underscores, which the box and the ink have.
        second.quad = Quad::upright([96, 34, 184, 54]);
        for glyph in &mut cut {
            let [left, right] = [glyph.left, glyph.right].map(|share| (106.0 + share * 78.0 - 96.0) / 88.0);
            (glyph.left, glyph.right) = (left, right);
        }
        cut[0].left = (101.0 - 96.0) / 88.0;
        let texts: Vec<_> =
            kept(&[first, second], &[glyphs, cut], Vec::new()).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["first line", "    _init__"]);
    }

    /// Lines whose characters nobody placed, as in a font of different widths.
    fn plain(drawn: &[(&str, [i32; 4])]) -> Vec<Line> {
        drawn.iter().map(|(text, bounds)| Line::new(Quad::upright(*bounds), *text, 0.9)).collect()
    }

    const TABLE: [(&str, [i32; 4]); 8] = [
        ("Country", [10, 10, 90, 30]),
        ("People", [200, 10, 260, 30]),
        ("中国", [10, 40, 60, 60]),
        ("1,409,670,000", [140, 41, 260, 60]),
        ("Liechtenstein", [10, 70, 110, 90]),
        ("39,850", [205, 70, 261, 90]),
        ("Atlantis", [10, 100, 80, 120]),
        ("sunk", [300, 100, 340, 120]),
    ];

    #[test]
    fn what_stands_below_each_other_does_so_in_the_text() {
        let lines = plain(&TABLE);
        let kept = kept(&lines, &vec![Vec::new(); lines.len()], Vec::new());
        assert_eq!(
            kept.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(),
            [
                "Country               People",
                "中国           1,409,670,000",
                "Liechtenstein         39,850",
                "Atlantis                      sunk",
            ]
        );
        assert_eq!(kept[0].quad, Quad::upright([10, 10, 260, 30]));
    }

    #[test]
    fn cells_are_in_their_row_and_column_and_missing_ones_are_empty() {
        assert_eq!(
            cells(&plain(&TABLE)),
            [
                ["Country", "People", ""],
                ["中国", "1,409,670,000", ""],
                ["Liechtenstein", "39,850", ""],
                ["Atlantis", "", "sunk"],
            ]
        );
        assert!(cells(&[]).is_empty());
    }
}

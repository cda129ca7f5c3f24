//! Lines put in order: as the caller wants to have them, and as the regions and paragraphs that people see.

mod kept;
pub mod paragraph;
pub mod reading_order;
mod ruby;
mod words;

use super::recognize::ctc::Decoded;
use super::recognize::glyphs::Glyph;
use super::{Layout, Line, Page, Paragraph, Params, Quad, ReadingOrder, Region, Ruby, Words};
pub(crate) use kept::cells;
use kept::kept;
use paragraph::paragraphs;
use reading_order::{Direction, regions};
use words::words;

/// The longest text of joined lines, in units of UTF-16: Bob's plugin drops the rest of a longer one.
const LONGEST: usize = 2000;

/// What the detector did not find is text if the model is at least so sure of it.
const SURE: f64 = 0.6;

/// Makes the lines and regions of `page` from what its quads say, as its params ask. The first `found` quads are the
/// detector's; the others may be text, which only a grid tells, and go.
pub(super) fn arrange(page: &mut Page, mut texts: Vec<Decoded>, found: usize) {
    let params = page.params;
    let guessed_quads = page.quads.split_off(found);
    let guessed_texts = texts.split_off(found);
    let sure = Params { rec_score_thresh: params.rec_score_thresh.max(SURE), ..params };
    let guessed = guessed_quads.iter().zip(guessed_texts).filter_map(|(quad, text)| line(quad, text, &sure)).collect();
    let (lines, glyphs): (Vec<Line>, Vec<Vec<Glyph>>) =
        page.quads.iter().zip(texts).filter_map(|(quad, text)| line(quad, text, &params)).unzip();
    let (lines, glyphs) = ruby::apart(lines, glyphs, params.ruby);
    let regions = regions(&lines.iter().map(|line| line.quad).collect::<Vec<_>>());
    let layout: Vec<Placed> = regions.iter().filter_map(|region| placed(region, &lines)).collect();
    let in_order = |places: &[usize]| places.iter().map(|&place| lines[place].clone()).collect();
    page.lines = match (params.layout, params.reading_order) {
        (Layout::Kept, _) => kept(&lines, &glyphs, guessed),
        (Layout::Paragraphs, order) => joined(&layout, &lines, order),
        (Layout::Lines, ReadingOrder::Paddle) => lines.clone(),
        (Layout::Lines, ReadingOrder::Auto) => {
            in_order(&regions.into_iter().flat_map(|region| region.lines).collect::<Vec<_>>())
        }
    };
    page.regions = layout.into_iter().map(|region| region.with(&lines)).collect();
}

/// What a quad says, and where its characters are, if the model is sure enough.
fn line(quad: &Quad, decoded: Decoded, params: &Params) -> Option<(Line, Vec<Glyph>)> {
    if f64::from(decoded.score) < params.rec_score_thresh {
        return None;
    }
    let words = if params.word_boxes { words(quad, &decoded) } else { Words::default() };
    Some((Line { quad: *quad, text: decoded.text, score: decoded.score, words }, decoded.glyphs))
}

/// A region whose lines are places in a list.
struct Placed {
    direction: Direction,
    paragraphs: Vec<paragraph::ParagraphLines>,
}

/// The region with its paragraphs; none if it says nothing.
fn placed(region: &reading_order::RegionLines, lines: &[Line]) -> Option<Placed> {
    let says_something = |place: &usize| !lines[*place].text.trim().is_empty();
    let places: Vec<usize> = region.lines.iter().copied().filter(says_something).collect();
    if places.is_empty() {
        return None;
    }
    let region = reading_order::RegionLines { direction: region.direction, lines: places };
    Some(Placed { direction: region.direction, paragraphs: paragraphs(&region, lines) })
}

impl Placed {
    fn with(self, lines: &[Line]) -> Region {
        let own = |places: Vec<usize>| places.into_iter().map(|place| lines[place].clone()).collect();
        let paragraphs = self.paragraphs.into_iter();
        let paragraphs = paragraphs.map(|part| Paragraph { text: part.text, lines: own(part.lines) }).collect();
        Region { direction: self.direction, paragraphs }
    }
}

/// Every paragraph as one line.
fn joined(layout: &[Placed], lines: &[Line], order: ReadingOrder) -> Vec<Line> {
    let paragraphs = layout.iter().flat_map(|region| &region.paragraphs);
    let mut parts: Vec<(usize, Line)> = paragraphs.flat_map(|paragraph| pieces(&paragraph.lines, lines)).collect();
    if order == ReadingOrder::Paddle {
        parts.sort_by_key(|(first, _)| *first);
    }
    parts.into_iter().map(|(_, line)| line).collect()
}

/// One line of several, or as many as [`LONGEST`] makes necessary; each with the first of its lines in the list.
fn pieces(places: &[usize], lines: &[Line]) -> Vec<(usize, Line)> {
    let mut pieces: Vec<(Vec<usize>, String)> = Vec::new();
    for &place in places {
        let next = lines[place].text.trim();
        if let Some((members, text)) = pieces.last_mut() {
            let longer = paragraph::join(text.clone(), next);
            if longer.encode_utf16().count() <= LONGEST {
                *text = longer;
                members.push(place);
                continue;
            }
        }
        pieces.push((vec![place], next.to_owned()));
    }
    pieces.into_iter().map(|(members, text)| merged(&members, text, lines)).collect()
}

/// Lines as one: the upright box around them, and the mean score of their characters.
fn merged(members: &[usize], text: String, lines: &[Line]) -> (usize, Line) {
    let first = members.iter().copied().min().unwrap_or_default();
    if let [only] = members {
        return (first, Line { text, ..lines[*only].clone() });
    }
    let own = || members.iter().map(|&place| &lines[place]);
    let bounds = own().map(|line| line.quad.bounds()).reduce(around).unwrap_or_default();
    let weight = |line: &Line| line.text.chars().count() as f32;
    let score = own().map(|line| line.score * weight(line)).sum::<f32>() / own().map(weight).sum::<f32>().max(1.0);
    let words = Words {
        texts: own().flat_map(|line| line.words.texts.clone()).collect(),
        boxes: own().flat_map(|line| line.words.boxes.clone()).collect(),
    };
    (first, Line { quad: Quad::upright(bounds), text, score, words })
}

fn around(one: [i32; 4], other: [i32; 4]) -> [i32; 4] {
    [one[0].min(other[0]), one[1].min(other[1]), one[2].max(other[2]), one[3].max(other[3])]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page with lines of 20 pixels below each other, each as wide as its text.
    fn arranged(texts: &[(&str, f32)], params: Params) -> Page {
        let mut page = Page::blank(1000, 1000, params);
        let quad = |place: usize, text: &str| {
            let top = 10 + 26 * place as i32;
            Quad::upright([10, top, 10 + 10 * text.chars().count() as i32, top + 20])
        };
        page.quads = texts.iter().enumerate().map(|(place, (text, _))| quad(place, text)).collect();
        let decoded = texts.iter().map(|(text, score)| Decoded {
            text: (*text).to_owned(),
            score: *score,
            steps: (0..text.chars().count()).collect(),
            columns: text.chars().count() as f64,
            glyphs: Vec::new(),
        });
        arrange(&mut page, decoded.collect(), texts.len());
        page
    }

    const ARTICLE: [(&str, f32); 3] = [
        ("It is a truth universally acknowledged that a man in", 0.9),
        ("possession of a fortune must be in want of an umbrel-", 0.8),
        ("la.", 0.5),
    ];

    fn joining() -> Params {
        Params { layout: Layout::Paragraphs, word_boxes: true, ..Params::default() }
    }

    #[test]
    fn a_paragraph_is_one_line_with_the_box_and_the_words_of_its_lines() {
        let apart = arranged(&ARTICLE, Params { layout: Layout::Lines, ..joining() });
        assert_eq!(apart.lines.len(), 3);
        let page = arranged(&ARTICLE, joining());
        let [line] = &page.lines[..] else { panic!("{:?}", page.lines) };
        let text = "It is a truth universally acknowledged that a man in possession of a fortune must be in want of \
                    an umbrella.";
        assert_eq!(line.text, text);
        assert_eq!(line.quad, Quad::upright([10, 10, 540, 82]));
        assert!((0.8..0.9).contains(&line.score), "{}", line.score);
        let words: Vec<_> = apart.lines.iter().flat_map(|line| line.words.texts.clone()).collect();
        assert_eq!(line.words.texts, words);
        assert_eq!(line.words.boxes.len(), words.len());
        assert_eq!(page.quads.len(), 3);
        assert_eq!(page.regions, apart.regions);
        assert_eq!(page.regions[0].paragraphs[0].lines, apart.lines);
    }

    #[test]
    fn lines_without_text_are_lines_but_in_no_region() {
        let lines = [("Hello", 0.9), ("", 0.0), (" ", 0.4)];
        let page = arranged(&lines, Params::default());
        assert_eq!(page.lines.len(), 3);
        assert_eq!(page.regions[0].paragraphs[0].lines.len(), 1);
        assert_eq!(arranged(&lines, joining()).lines.len(), 1);
        assert!(arranged(&lines[1..], Params::default()).regions.is_empty());
        let sure = Params { rec_score_thresh: 0.5, ..Params::default() };
        assert_eq!(arranged(&lines, sure).lines.len(), 1);
    }

    #[test]
    fn no_joined_text_is_longer_than_bob_shows() {
        let long = "words of a very long paragraph ".repeat(3).trim().to_owned();
        let lines: Vec<_> = (0..30).map(|_| (long.as_str(), 0.9)).collect();
        let page = arranged(&lines, joining());
        assert!(page.lines.len() > 1 && page.lines.len() < 5, "{}", page.lines.len());
        assert!(page.lines.iter().all(|line| line.text.encode_utf16().count() <= LONGEST));
        let all: usize = page.lines.iter().map(|line| line.text.matches("very").count()).sum();
        assert_eq!(all, 90);
    }
}

//! Lines put in order: as the caller wants to have them, and as the regions and paragraphs that people see.

use super::ctc::Decoded;
use super::paragraph::{self, paragraphs};
use super::reading_order::{self, Direction, regions};
use super::words::words;
use super::{Line, Page, Paragraph, Params, Quad, ReadingOrder, Region, Words};

/// The longest text of joined lines, in units of UTF-16: Bob's plugin drops the rest of a longer one.
const LONGEST: usize = 2000;

/// Makes the lines and regions of `page` from what its quads say, as its params ask.
pub(super) fn arrange(page: &mut Page, texts: Vec<Decoded>) {
    let params = page.params;
    let lines: Vec<Line> = page.quads.iter().zip(texts).filter_map(|(quad, text)| line(quad, text, &params)).collect();
    let regions = regions(&lines.iter().map(|line| line.quad).collect::<Vec<_>>());
    let layout: Vec<Placed> = regions.iter().filter_map(|region| placed(region, &lines)).collect();
    let in_order = |places: &[usize]| places.iter().map(|&place| lines[place].clone()).collect();
    page.lines = if params.paragraphs {
        joined(&layout, &lines, params.reading_order)
    } else {
        match params.reading_order {
            ReadingOrder::Auto => in_order(&regions.into_iter().flat_map(|region| region.lines).collect::<Vec<_>>()),
            ReadingOrder::Paddle => lines.clone(),
        }
    };
    page.regions = layout.into_iter().map(|region| region.with(&lines)).collect();
}

/// What a quad says, if the model is sure enough.
fn line(quad: &Quad, decoded: Decoded, params: &Params) -> Option<Line> {
    if f64::from(decoded.score) < params.rec_score_thresh {
        return None;
    }
    let words = if params.word_boxes { words(quad, &decoded) } else { Words::default() };
    Some(Line { quad: *quad, text: decoded.text, score: decoded.score, words })
}

/// A region whose lines are places in a list.
struct Placed {
    direction: Direction,
    paragraphs: Vec<paragraph::Paragraph>,
}

/// The region with its paragraphs; none if it says nothing.
fn placed(region: &reading_order::Region, lines: &[Line]) -> Option<Placed> {
    let says_something = |place: &usize| !lines[*place].text.trim().is_empty();
    let places: Vec<usize> = region.lines.iter().copied().filter(says_something).collect();
    if places.is_empty() {
        return None;
    }
    let region = reading_order::Region { direction: region.direction, lines: places };
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

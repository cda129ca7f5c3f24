//! What the detector leaves out of rows of text: dashes, rows of equals signs, single dots. It looks for words, and there
//! are none; but where text is kept as it stood, they count.
//!
//! Nothing is looked for outside the rows of what was found, and the rows that are missing between those.

use image::RgbImage;

use crate::ocr::Quad;
use crate::ocr::intensity::intensity;
use crate::ocr::median::median;

/// Lines share a row if their middles are apart by less than this part of a line's height.
const SAME_ROW: f32 = 0.5;
/// Rows may be missing where they are apart by up to so many usual steps.
const MOST_STEPS: usize = 4;
/// The part of a row's height, at its top and at its bottom, in which no text is: what reaches there is a border or a
/// picture.
const EDGE: f32 = 0.06;
/// A column holds ink if it differs from the ground by this part of what lines do, and this at least, in levels.
const INKED: f32 = 0.35;
const LEAST: f32 = 24.0;
/// White inside a word, and the narrowest one, in line heights.
const INSIDE: f32 = 0.5;
const NARROWEST: f32 = 0.15;
/// What is so high is a border, and what has so much ink is no text, as parts of the row's height and of its pixels.
const FULLEST: f32 = 0.5;
/// What is nearer than this to what was found, in line heights, is the rest of that.
const APART: f32 = 0.1;
/// White around a word in its outline, in line heights.
const MARGIN: f32 = 0.2;
/// The fewest lines that make rows.
const FEWEST: usize = 4;
/// No page has more of it.
const MOST: usize = 200;

/// Outlines of what may be text in the rows of `quads`, and is in none of them.
pub(in crate::ocr) fn unseen(image: &RgbImage, quads: &[Quad]) -> Vec<Quad> {
    let boxes: Vec<[i32; 4]> = quads.iter().map(Quad::bounds).collect();
    let lines: Vec<[i32; 4]> =
        boxes.iter().copied().filter(|[left, top, right, bottom]| right - left >= bottom - top).collect();
    if lines.len() < FEWEST {
        return Vec::new();
    }
    let height = median(lines.iter().map(|[_, top, _, bottom]| (bottom - top) as f32));
    let left = lines.iter().map(|line| line[0]).min().unwrap_or_default().max(0);
    let right = lines.iter().map(|line| line[2]).max().unwrap_or_default().min(image.width() as i32);
    let contrast = median(lines.iter().map(|line| contrast(image, line)));
    let page = TextRows { image, boxes: &boxes, height, sides: [left, right], limit: LEAST.max(INKED * contrast) };
    let mut unseen: Vec<Quad> = rows(&lines, height).into_iter().flat_map(|middle| page.row(middle)).collect();
    unseen.truncate(MOST);
    unseen
}

/// How light the picture is at a place, or at the nearest one inside it.
fn light(image: &RgbImage, x: i32, y: i32) -> f32 {
    let x = x.clamp(0, image.width() as i32 - 1) as u32;
    let y = y.clamp(0, image.height() as i32 - 1) as u32;
    intensity(*image.get_pixel(x, y))
}

/// How much the pixels in the middle of a line differ.
fn contrast(image: &RgbImage, &[left, top, right, bottom]: &[i32; 4]) -> f32 {
    let row = i32::midpoint(top, bottom);
    let values = (left..right).map(|x| light(image, x, row));
    let (low, high) = values.fold((f32::INFINITY, 0.0_f32), |(low, high), value| (low.min(value), high.max(value)));
    (high - low).max(0.0)
}

/// The middles of rows, from top to bottom, and of those that are missing between them.
fn rows(lines: &[[i32; 4]], height: f32) -> Vec<f32> {
    let mut middles: Vec<f32> = lines.iter().map(|[_, top, _, bottom]| (top + bottom) as f32 / 2.0).collect();
    middles.sort_by(f32::total_cmp);
    let rows: Vec<f32> = middles
        .chunk_by(|above, below| below - above < SAME_ROW * height)
        .map(|row| row.iter().sum::<f32>() / row.len() as f32)
        .collect();
    let mut steps: Vec<f32> = rows.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.sort_by(f32::total_cmp);
    let usual = steps.get(steps.len() / 4).copied().unwrap_or(f32::INFINITY);
    let mut all = Vec::new();
    for pair in rows.windows(2) {
        all.push(pair[0]);
        let count = ((pair[1] - pair[0]) / usual).round() as usize;
        if (2..=MOST_STEPS).contains(&count) {
            all.extend((1..count).map(|step| pair[0] + (pair[1] - pair[0]) * step as f32 / count as f32));
        }
    }
    all.extend(rows.last());
    all
}

/// A page of text in rows.
struct TextRows<'p> {
    image: &'p RgbImage,
    /// What was found: `[left, top, right, bottom]`.
    boxes: &'p [[i32; 4]],
    height: f32,
    /// From where to where there is text.
    sides: [i32; 2],
    /// By how much ink differs from the ground, at least.
    limit: f32,
}

impl TextRows<'_> {
    /// What was not found in the row around `middle`.
    fn row(&self, middle: f32) -> Vec<Quad> {
        let [top, bottom] = [middle - self.height / 2.0, middle + self.height / 2.0].map(|edge| edge.round() as i32);
        let ground =
            median((self.sides[0]..self.sides[1]).flat_map(|x| [top, bottom - 1].map(|y| light(self.image, x, y))));
        let beside: Vec<&[i32; 4]> =
            self.boxes.iter().filter(|other| other[1] < bottom - 2 && other[3] > top + 2).collect();
        let is_free = |x: i32| !beside.iter().any(|other| (other[0]..other[2]).contains(&x));
        let mut words: Vec<[i32; 2]> = Vec::new();
        for x in self.sides[0]..self.sides[1] {
            if !is_free(x) || !self.is_ink(x, [top, bottom], ground) {
                continue;
            }
            match words.last_mut() {
                Some(word) if ((x - word[1]) as f32) < INSIDE * self.height && (word[1]..x).all(is_free) => {
                    word[1] = x + 1;
                }
                _ => words.push([x, x + 1]),
            }
        }
        let apart = (APART * self.height).ceil() as i32;
        let is_whole = |word: &[i32; 2]| (1..=apart).all(|step| is_free(word[0] - step) && is_free(word[1] - 1 + step));
        words.retain(|word| is_whole(word) && self.is_text(*word, [top, bottom], ground));
        let margin = (MARGIN * self.height).round() as i32;
        let size = [self.image.width() as i32, self.image.height() as i32];
        let quad = |[from, to]: [i32; 2]| {
            Quad::upright([(from - margin).max(0), top.max(0), (to + margin).min(size[0]), bottom.min(size[1])])
        };
        words.into_iter().map(quad).collect()
    }

    fn is_ink(&self, x: i32, [top, bottom]: [i32; 2], ground: f32) -> bool {
        (top..bottom).any(|y| (light(self.image, x, y) - ground).abs() > self.limit)
    }

    /// Whether it is as large as text, does not reach out of the row, and has white in it.
    fn is_text(&self, [from, to]: [i32; 2], [top, bottom]: [i32; 2], ground: f32) -> bool {
        let edge = (EDGE * self.height).ceil() as i32;
        let mut inked = 0;
        for y in top..bottom {
            let is_edge = y < top + edge || y >= bottom - edge;
            let ink = (from..to).filter(|&x| (light(self.image, x, y) - ground).abs() > self.limit).count();
            if is_edge && ink > 0 {
                return false;
            }
            inked += ink;
        }
        let all = (to - from) as f32 * (bottom - top) as f32;
        (to - from) as f32 >= NARROWEST * self.height && inked as f32 <= FULLEST * all
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    fn fill(image: &mut RgbImage, [left, top, right, bottom]: [u32; 4]) {
        for y in top..bottom {
            for x in left..right {
                image.put_pixel(x, y, Rgb([20; 3]));
            }
        }
    }

    /// Six rows of 20 pixels every 24, of which the third has nothing that was found, and what is drawn besides.
    fn found(drawn: &[[u32; 4]]) -> Vec<[i32; 4]> {
        let mut image = RgbImage::from_pixel(400, 200, Rgb([250; 3]));
        let mut quads = Vec::new();
        for row in [0, 1, 3, 4, 5] {
            let top = 10 + 24 * row;
            for letter in 0..10 {
                fill(&mut image, [100 + 10 * letter, top + 4, 106 + 10 * letter, top + 16]);
            }
            quads.push(Quad::upright([96, top as i32, 204, top as i32 + 20]));
        }
        quads.push(Quad::upright([20, 10, 40, 30]));
        for part in drawn {
            fill(&mut image, *part);
        }
        unseen(&image, &quads).iter().map(Quad::bounds).collect()
    }

    #[test]
    fn dashes_in_a_row_and_a_row_of_dashes_are_seen() {
        assert_eq!(found(&[[50, 44, 58, 46], [60, 44, 68, 46]]), [[46, 34, 72, 54]]);
        assert_eq!(
            found(&[[50, 66, 60, 68], [62, 66, 72, 68], [120, 66, 130, 68]]),
            [[46, 58, 76, 78], [116, 58, 134, 78]]
        );
    }

    #[test]
    fn borders_pictures_and_the_rest_of_a_word_are_not() {
        assert!(found(&[]).is_empty());
        assert!(found(&[[50, 0, 52, 200]]).is_empty());
        assert!(found(&[[50, 20, 80, 150]]).is_empty());
        assert!(found(&[[90, 44, 96, 46]]).is_empty());
        assert!(found(&[[250, 44, 270, 46]]).is_empty());
    }
}

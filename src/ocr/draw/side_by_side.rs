//! The page with its outlines, and beside it the texts where they were read.

use std::borrow::Cow;

use image::{Rgb, RgbImage, imageops};

use super::text::{self, Space};
use super::{COLORS, boxes, outline};
use crate::ocr::document::turn::turn;
use crate::ocr::{Layout, Line, Page, Quad};

const PAPER: Rgb<u8> = Rgb([255; 3]);

/// How large a picture may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// As large as the page.
    Full,
    /// Neither side longer than this many pixels.
    Within(u32),
}

/// Outlines and numbers over the page on the left, on the right the texts in their places. `image` is what was read; if
/// the page was turned or flattened before that, the result of it is shown.
#[must_use]
pub(crate) fn side_by_side(image: &RgbImage, page: &Page, size: Size) -> RgbImage {
    let image = page.upright.as_deref().unwrap_or(image);
    let (width, height) = image.dimensions();
    let (image, factor) = shrunk(image, [2 * width, height], size);
    let page = scaled(page, factor, image.dimensions());
    let mut picture = RgbImage::from_pixel(2 * image.width(), image.height(), PAPER);
    imageops::replace(&mut picture, &boxes(&image, &page), 0, 0);
    imageops::replace(&mut picture, &texts(&page), i64::from(image.width()), 0);
    picture
}

/// The image that came, and beside it what it was made of before it was read: turned, flattened, or both.
#[must_use]
pub(crate) fn preprocessing(image: &RgbImage, page: &Page, size: Size) -> RgbImage {
    let upright = page.upright.as_deref().unwrap_or(image);
    let mut panels = vec![Cow::Borrowed(image)];
    if let Some(found) = page.origin.turned() {
        let is_intermediate = page.params.document.unwarping;
        panels.push(if is_intermediate { Cow::Owned(turn(image, found)) } else { Cow::Borrowed(upright) });
    }
    if page.params.document.unwarping {
        panels.push(Cow::Borrowed(upright));
    }
    let width = panels.iter().map(|panel| panel.width()).sum();
    let height = panels.iter().map(|panel| panel.height()).max().unwrap_or_default();
    let panels: Vec<_> = panels.iter().map(|panel| shrunk(panel, [width, height], size).0).collect();
    let width = panels.iter().map(RgbImage::width).sum();
    let height = panels.iter().map(RgbImage::height).max().unwrap_or_default();
    let mut picture = RgbImage::from_pixel(width, height, PAPER);
    let mut left = 0;
    for panel in &panels {
        imageops::replace(&mut picture, panel, left, 0);
        left += i64::from(panel.width());
    }
    picture
}

/// The image alone.
#[must_use]
pub(crate) fn fitted(image: &RgbImage, size: Size) -> RgbImage {
    shrunk(image, [image.width(), image.height()], size).0
}

/// `image` as a part of a picture of `whole` (`[width, height]`) that has to fit, and by how much it was shrunk.
fn shrunk(image: &RgbImage, whole: [u32; 2], size: Size) -> (RgbImage, f64) {
    let longest = f64::from(whole[0].max(whole[1]));
    let factor = match size {
        Size::Within(limit) if longest > f64::from(limit) => f64::from(limit) / longest,
        Size::Full | Size::Within(_) => return (image.clone(), 1.0),
    };
    let [width, height] = [image.width(), image.height()].map(|side| ((f64::from(side) * factor) as u32).max(1));
    (imageops::thumbnail(image, width, height), factor)
}

/// What is drawn of a page, in a picture of another size.
fn scaled(page: &Page, factor: f64, (width, height): (u32, u32)) -> Page {
    let quad = |quad: &Quad| Quad(quad.0.map(|corner| corner.map(|value| (f64::from(value) * factor).round() as i32)));
    let line = |line: &Line| Line { quad: quad(&line.quad), ..line.clone() };
    let mut regions = page.regions.clone();
    for own in regions.iter_mut().flat_map(|region| &mut region.paragraphs).flat_map(|part| &mut part.lines) {
        *own = line(own);
    }
    Page {
        quads: page.quads.iter().map(quad).collect(),
        lines: page.lines.iter().map(line).collect(),
        regions,
        ..Page::blank(width, height, page.params)
    }
}

/// A sheet of paper with the texts of `page` in their places; those of a paragraph line by line, as they were read.
fn texts(page: &Page) -> RgbImage {
    let mut sheet = RgbImage::from_pixel(page.width, page.height, PAPER);
    for (line, color) in page.lines.iter().zip(COLORS.iter().cycle()) {
        outline(&mut sheet, &line.quad, 1.0, *color);
    }
    let broken = page.regions.iter().flat_map(|region| &region.paragraphs).flat_map(|paragraph| &paragraph.lines);
    let lines: Vec<&Line> = match page.params.layout {
        Layout::Lines => page.lines.iter().collect(),
        Layout::Paragraphs | Layout::Kept => broken.collect(),
    };
    for line in lines {
        write(&mut sheet, &line.quad, &line.text);
    }
    sheet
}

/// Writes along the longer side of a quad: what is much higher than wide is a column of Chinese or Japanese, or a line
/// that runs down.
fn write(sheet: &mut RgbImage, quad: &Quad, line: &str) {
    let [a, b, c, d] = quad.0.map(|corner| corner.map(|value| value as f32));
    let towards = |from: [f32; 2], to: [f32; 2]| [to[0] - from[0], to[1] - from[1]];
    let (along, down) = (towards(a, b), towards(a, d));
    if down[0].hypot(down[1]) < 1.5 * along[0].hypot(along[1]) {
        text::line(sheet, line, Space { corner: a, along, down });
    } else if line.chars().any(|character| character >= '\u{2E80}') || line.chars().count() == 1 {
        text::column(sheet, line, Space { corner: a, along, down });
    } else {
        text::line(sheet, line, Space { corner: b, along: towards(b, c), down: towards(b, a) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::Params;

    fn page(lines: &[([i32; 4], &str)]) -> Page {
        let lines: Vec<_> = lines.iter().map(|(bounds, text)| Line::new(Quad::upright(*bounds), *text, 0.9)).collect();
        Page { quads: lines.iter().map(|line| line.quad).collect(), lines, ..Page::blank(400, 200, Params::default()) }
    }

    /// Dark pixels of the right half within a box, the outline aside.
    fn ink(picture: &RgbImage, [left, top, right, bottom]: [u32; 4]) -> usize {
        let half = picture.width() / 2;
        let places = (top + 3..bottom - 3).flat_map(|y| (left + 3..right - 3).map(move |x| (half + x, y)));
        places.filter(|&(x, y)| picture.get_pixel(x, y).0.iter().all(|level| *level < 100)).count()
    }

    #[test]
    fn texts_of_every_script_stand_in_their_boxes() {
        let white = RgbImage::from_pixel(400, 200, PAPER);
        for text in ["Latin é ß", "Кириллица", "中文字符", "ひらがなカタカナ", "한국어", "→ € ±"]
        {
            let picture = side_by_side(&white, &page(&[([50, 60, 350, 100], text)]), Size::Full);
            assert_eq!(picture.dimensions(), (800, 200));
            assert!(ink(&picture, [50, 60, 350, 100]) > 80, "{text}");
            assert_eq!(ink(&picture, [0, 105, 400, 200]), 0, "{text}");
        }
        let other = |text| side_by_side(&white, &page(&[([50, 60, 350, 100], text)]), Size::Full);
        assert!(other("\u{4e2d}\u{6587}") != other("\u{65e5}\u{672c}"), "every character has its own shape");
    }

    #[test]
    fn a_long_text_is_squeezed_and_a_column_runs_down() {
        let white = RgbImage::from_pixel(400, 200, PAPER);
        let long =
            side_by_side(&white, &page(&[([50, 60, 150, 90], "a text that is far too long for its box")]), Size::Full);
        assert!(ink(&long, [50, 60, 150, 90]) > 20);
        assert_eq!(ink(&long, [152, 50, 400, 100]), 0);
        for text in ["竖排文字", "VERTICAL"] {
            let column = side_by_side(&white, &page(&[([180, 10, 210, 190], text)]), Size::Full);
            let halves = [[180, 10, 210, 100], [180, 100, 210, 190]].map(|half| ink(&column, half));
            assert!(halves.iter().all(|&ink| ink > 20), "{text}: {halves:?}");
        }
    }

    #[test]
    fn a_picture_fits_and_its_boxes_with_it() {
        let white = RgbImage::from_pixel(400, 200, PAPER);
        let lines = [([100, 60, 300, 100], "half")];
        let picture = side_by_side(&white, &page(&lines), Size::Within(400));
        assert_eq!(picture.dimensions(), (400, 100));
        assert!(ink(&picture, [50, 30, 150, 50]) > 5);
        assert_eq!(picture.get_pixel(50, 40), &COLORS[0]);
        for (width, height) in [(1, 1), (5000, 3), (3, 5000)] {
            let image = RgbImage::from_pixel(width, height, PAPER);
            let page = Page::blank(width, height, Params::default());
            let picture = side_by_side(&image, &page, Size::Within(2000));
            assert!(picture.width() <= 2000 && picture.height() <= 2000 && picture.width() > 0);
        }
    }
}

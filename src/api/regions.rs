//! The regions of a page in the shape that Bob takes for translating text in its place: region, paragraph, line, with
//! corners from 0 to 1 of the image that came (Bob 1.20: `boundingBox.points` of an OCR plugin's texts).

use serde::Serialize;

use crate::ocr::document::Correction;
use crate::ocr::{self, Page};

#[derive(Debug, Serialize)]
pub(super) struct RegionJson<'p> {
    paragraphs: Vec<ParagraphJson<'p>>,
}

#[derive(Debug, Serialize)]
struct ParagraphJson<'p> {
    text: &'p str,
    lines: Vec<LineJson<'p>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LineJson<'p> {
    text: &'p str,
    bounding_box: BoundingBox,
}

#[derive(Debug, Serialize)]
struct BoundingBox {
    points: [PointJson; 4],
}

#[derive(Debug, Serialize)]
struct PointJson {
    x: f64,
    y: f64,
}

/// The regions of `page` in the order in which they are read.
pub(super) fn regions(page: &Page) -> Vec<RegionJson<'_>> {
    page.regions.iter().map(|region| region_of(region, &page.origin)).collect()
}

fn region_of<'p>(region: &'p ocr::Region, origin: &Correction) -> RegionJson<'p> {
    RegionJson { paragraphs: region.paragraphs.iter().map(|paragraph| paragraph_of(paragraph, origin)).collect() }
}

fn paragraph_of<'p>(paragraph: &'p ocr::Paragraph, origin: &Correction) -> ParagraphJson<'p> {
    let point = |corner| {
        // Enough for a tenth of a pixel of the largest screen.
        let [x, y] = origin.locate(corner).map(|part| (part * 1e5).round() / 1e5);
        PointJson { x, y }
    };
    let line = |line: &'p ocr::Line| LineJson {
        text: &line.text,
        bounding_box: BoundingBox { points: line.quad.0.map(point) },
    };
    ParagraphJson { text: &paragraph.text, lines: paragraph.lines.iter().map(line).collect() }
}

//! Cutting a line of text out of a page, upright.

use image::RgbImage;

use crate::ocr::Quad;
use crate::ocr::document::turn::{Turn, turn};
use crate::ocr::opencv::min_area_rect::min_area_rect;
use crate::ocr::opencv::perspective;
use crate::ocr::opencv::warp::warp;

/// What to cut out of a page. The pixels come later: a page of small text would fill the memory with its lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ocr) struct Crop {
    corners: [[f32; 2]; 4],
    /// Width and height between the corners in whole pixels; 0 if they nearly meet.
    between: [u32; 2],
    /// Width and height of the piece, before it is turned.
    cut: [u32; 2],
    /// Whether the piece stands on its head as it is cut out, and is turned.
    pub upside_down: bool,
}

impl Crop {
    /// The piece of a page of size `page` (`[width, height]`, not 0) that `quad` outlines.
    ///
    /// PaddleX's `get_minarea_rect_crop` and `get_rotate_crop_image`
    /// (`pipelines/components/common/crop_image_regions.py`). Where an outline is less than a pixel wide or high the
    /// reference reads a page-sized piece of one colour, and so do we.
    pub fn new(quad: &Quad, page: [u32; 2]) -> Self {
        let corners = min_area_rect(&quad.0).corners;
        let [top_left, top_right, bottom_right, bottom_left] = corners;
        let width = distance(top_left, top_right).max(distance(bottom_right, bottom_left)) as u32;
        let height = distance(top_left, bottom_left).max(distance(top_right, bottom_right)) as u32;
        let between = [width, height];
        Self { corners, between, cut: if between.contains(&0) { page } else { between }, upside_down: false }
    }

    /// Whether the piece is so tall that it is taken for a line turned clockwise, and turned back.
    pub fn is_turned(&self) -> bool {
        let [width, height] = self.cut;
        f64::from(height) / f64::from(width) >= 1.5
    }

    /// Width and height of the piece.
    pub fn size(&self) -> [u32; 2] {
        let [width, height] = self.cut;
        if self.is_turned() { [height, width] } else { [width, height] }
    }

    /// Width over height of the piece.
    pub fn ratio(&self) -> f64 {
        let [width, height] = self.size();
        f64::from(width) / f64::from(height)
    }

    /// The pixels of the piece, upright.
    pub fn cut_out(&self, page: &RgbImage) -> RgbImage {
        let mut piece = RgbImage::new(self.cut[0], self.cut[1]);
        let map = perspective::onto(&self.corners, self.between);
        warp(page, &map, self.cut.map(|side| side as usize), &mut piece);
        let piece = if self.is_turned() { image::imageops::rotate270(&piece) } else { piece };
        if self.upside_down { turn(&piece, Turn::Half) } else { piece }
    }
}

/// `numpy.linalg.norm` of the difference, in single precision.
fn distance(from: [f32; 2], to: [f32; 2]) -> f32 {
    let [x, y] = [from[0] - to[0], from[1] - to[1]];
    (x * x + y * y).sqrt()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::ocr::opencv::recordings::{checksum, noise_image, recorded};

    #[derive(Deserialize)]
    struct Case {
        seed: u64,
        page: [u32; 2],
        quad: [[i32; 2]; 4],
        size: [u32; 2],
        crc: u32,
    }

    #[test]
    fn every_pixel_is_that_of_opencv() {
        for case in recorded::<Case>("crop") {
            let crop = Crop::new(&Quad(case.quad), case.page);
            let piece = crop.cut_out(&noise_image(case.seed, case.page));
            assert_eq!(crop.size(), case.size, "{:?} of {:?}", case.quad, case.page);
            assert_eq!(piece.dimensions(), (case.size[0], case.size[1]));
            assert_eq!(checksum(&piece), case.crc, "{:?} of {:?}", case.quad, case.page);
        }
    }
}

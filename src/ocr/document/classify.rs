//! Which way up a page or a line is: `PP-LCNet` classifiers, fed with red, green and blue as `ImageNet`'s.

use std::time::Instant;

use image::RgbImage;

use super::turn::Turn;
use crate::ocr::opencv::resize::{Window, resize, resize_part};
use crate::ocr::piece::Cores;
use crate::ocr::recognize::crop::Crop;
use crate::ocr::session::Session;
use crate::ocr::tensor::{Levels, put_rgb};
use crate::ocr::{Error, Stage};

/// The shorter side in pixels that a page is resized to, and the square that is cut from its middle (`ResizeImage` and
/// `CropImage` of `PP-LCNet_x1_0_doc_ori`).
const PAGE_SIDE: f64 = 256.0;
const SQUARE: usize = 224;

/// Width and height that a line is resized to (`ResizeImage` of `PP-LCNet_x1_0_textline_ori`).
const LINE: [usize; 2] = [160, 80];

/// Lines of a batch (`TextLineOrientation` in PaddleX's `OCR.yaml`).
pub const LINES: usize = 6;

/// What the classes of the page's model say: by how much it has to be turned to be upright.
const TURNS: [Turn; 4] = [Turn::None, Turn::Left, Turn::Half, Turn::Right];

/// By how much `page`, which is not empty, has to be turned.
///
/// PaddleX's `models/image_classification/predictor.py`.
pub fn way_up(session: &Session, page: &RgbImage, levels: &Levels, stage: &mut Stage) -> Result<Turn, Error> {
    let started = Instant::now();
    let sides = [page.width(), page.height()].map(f64::from);
    let scale = PAGE_SIDE / sides[0].min(sides[1]);
    let size = sides.map(|side| (side * scale).round_ties_even() as usize);
    let [columns, rows] = size.map(|side| (side - SQUARE) / 2..(side - SQUARE) / 2 + SQUARE);
    let mut planes = vec![0.0; 3 * SQUARE * SQUARE];
    resize_part(page, size, &Window { columns, rows }, |y, row| {
        put_rgb(&mut planes, [SQUARE; 2], (y, row), levels);
    });
    stage.prepare += started.elapsed();

    let started = Instant::now();
    let output = session.run(Cores::One, [1, 3, SQUARE, SQUARE], &planes)?;
    stage.run += started.elapsed();
    match output.tensor::<2>()? {
        ([1, classes], scores) if classes == TURNS.len() => Ok(TURNS[likeliest(scores)]),
        _ => Err(output.unfit().into()),
    }
}

/// Marks those of `crops` of a page that stand on their heads: at most [`LINES`].
///
/// PaddleX's `pipelines/ocr/pipeline.py`: the likelier class counts, however sure the model is.
pub fn turn_lines(
    session: &Session,
    (page, crops): (&RgbImage, &mut [Crop]),
    levels: &Levels,
    stage: &mut Stage,
) -> Result<(), Error> {
    let started = Instant::now();
    let [width, height] = LINE;
    let size = 3 * width * height;
    let mut planes = vec![0.0; crops.len() * size];
    for (planes, crop) in planes.chunks_exact_mut(size).zip(&*crops) {
        resize(&crop.cut_out(page), width, height, |y, row| put_rgb(planes, LINE, (y, row), levels));
    }
    stage.prepare += started.elapsed();

    let started = Instant::now();
    let output = session.run(Cores::One, [crops.len(), 3, height, width], &planes)?;
    stage.run += started.elapsed();
    match output.tensor::<2>()? {
        ([lines, 2], scores) if lines == crops.len() => {
            for (crop, scores) in crops.iter_mut().zip(scores.chunks_exact(2)) {
                crop.upside_down = likeliest(scores) == 1;
            }
            Ok(())
        }
        _ => Err(output.unfit().into()),
    }
}

/// The first of the largest.
fn likeliest(scores: &[f32]) -> usize {
    (1..scores.len()).fold(0, |best, class| if scores[class] > scores[best] { class } else { best })
}

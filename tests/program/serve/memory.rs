//! The memory of a read is what we choose, whatever the picture.
#![cfg(target_os = "linux")]

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage, imageops};

use super::client::{ask, ocr};
use super::process::Process;
use super::server::body_with;
use crate::common;

/// A white picture of `side` pixels squared with the word OK around each of the points.
fn words_at(side: u32, points: &[(u32, u32)]) -> Vec<u8> {
    let word = image::open(common::data("word_ok.png")).expect("a picture").into_rgb8();
    let mut picture = RgbImage::from_pixel(side, side, Rgb([255; 3]));
    for (x, y) in points {
        let (left, top) = (x - word.width() / 2, y - word.height() / 2);
        imageops::replace(&mut picture, &word, left.into(), top.into());
    }
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).expect("a PNG");
    file.into_inner()
}

#[tokio::test]
async fn a_large_screen_is_read_in_bounded_memory_and_no_word_is_cut() {
    let (process, address) = Process::ready(&[]).await;
    // On the seams of the tiles, where four meet, in the middle of one, and in the corners.
    let points = [(992, 992), (1984, 2976), (2976, 500), (500, 1984), (1500, 1500), (60, 60), (3940, 3940)];
    let answer = ask(address, &ocr(&body_with(&words_at(4000, &points)))).await;
    assert_eq!(answer.texts(), vec!["OK"; points.len()]);
    assert!(process.peak() < 700_000_000, "{}", process.peak());
}

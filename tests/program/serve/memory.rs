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

#[tokio::test]
async fn a_large_page_is_not_looked_at_whole_where_that_needs_more_than_is_allowed() {
    let (process, address) = Process::ready(&["--lang", "en"]).await;
    let mut body = body_with(&words_at(4000, &[(1500, 1500)]));
    assert_eq!(body.pop(), Some(b'}'));
    let asked = |more: &str| ocr(&[&body, more.as_bytes()].concat());
    for more in [r#","profile":"paddle"}"#, r#","textDetThresh":0.3}"#] {
        let words = ask(address, &asked(more)).await.failure_in_envelope(400);
        for part in ["paddle", "2.7 GiB", "1.0 GiB", "serve.max_rss", "screen"] {
            assert!(words.contains(part), "{words}");
        }
    }
    assert_eq!(ask(address, &asked("}")).await.texts(), ["OK"]);
    assert!(process.peak() < 700_000_000, "{}", process.peak());
}

//! For tests: what OpenCV and PaddleX answer, as `tests/data/opencv/record.py` wrote it down.

use std::fs;
use std::path::{Path, PathBuf};

use image::RgbImage;
use serde::de::DeserializeOwned;

/// The recorded cases called `name`; `JKOCR_TEST_VECTORS` names a folder with others.
pub(in crate::ocr) fn recorded<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/opencv");
    let folder = std::env::var_os("JKOCR_TEST_VECTORS").map_or_else(own, PathBuf::from);
    let file = folder.join(format!("{name}.json"));
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let cases: Vec<T> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert!(cases.len() >= 20, "{} is incomplete", file.display());
    cases
}

/// `size` bytes without pattern, the same as `noise` in `record.py`.
pub(in crate::ocr) fn noise(seed: u64, size: usize) -> Vec<u8> {
    let byte = |index: usize| {
        let mixed = (index as u64 + seed * 7919).wrapping_mul(2_654_435_761) & 0xFFFF_FFFF;
        ((mixed ^ mixed >> 15).wrapping_mul(2_246_822_519) >> 24) as u8
    };
    (0..size).map(byte).collect()
}

/// An image made of [`noise`].
pub(in crate::ocr) fn noise_image(seed: u64, [width, height]: [u32; 2]) -> RgbImage {
    let pixels = noise(seed, (width * height * 3) as usize);
    RgbImage::from_raw(width, height, pixels).expect("the sizes agree")
}

/// CRC-32 of the bytes of an image.
pub(in crate::ocr) fn checksum(pixels: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(pixels);
    crc.sum()
}

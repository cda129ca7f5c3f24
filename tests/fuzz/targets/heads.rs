//! Any file: its kind and size are told without decoding it, and never by a panic.

#![no_main]

use jkocr::ocr::decode::{Limits, decode, dimensions, format};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let size = dimensions(file);
    if format(file).is_err() {
        assert_eq!(size, None);
    }
    // No pixel is decoded of what is too large.
    if let Ok(image) = decode(file, &Limits { max_pixels: 1 }) {
        assert_eq!((image.dimensions(), size), ((1, 1), Some((1, 1))));
    }
});

//! Anything after the first bytes of a WebP: it becomes an image within the limits or is refused, and never panics.

#![no_main]

use jkocr::ocr::decode::{Limits, decode};
use libfuzzer_sys::fuzz_target;

/// Few enough that an input takes no seconds.
const MAX_PIXELS: u64 = 1 << 16;

fuzz_target!(|rest: &[u8]| {
    let file = [b"RIFF".as_slice(), &(rest.len() as u32 + 4).to_le_bytes(), b"WEBP", rest].concat();
    if let Ok(image) = decode(&file, &Limits { max_pixels: MAX_PIXELS }) {
        let pixels = u64::from(image.width()) * u64::from(image.height());
        assert!((1..=MAX_PIXELS).contains(&pixels));
    }
});

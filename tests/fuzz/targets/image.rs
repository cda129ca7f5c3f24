//! Any file: it becomes an image within the limits or is refused, and never panics.

#![no_main]

use jkocr::ocr::decode::{Limits, decode};
use libfuzzer_sys::fuzz_target;

/// Few enough that an input takes no seconds.
const MAX_PIXELS: u64 = 1 << 18;

fuzz_target!(|file: &[u8]| {
    if let Ok(image) = decode(file, &Limits { max_pixels: MAX_PIXELS }) {
        let pixels = u64::from(image.width()) * u64::from(image.height());
        assert!((1..=MAX_PIXELS).contains(&pixels));
    }
});

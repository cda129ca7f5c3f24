//! Any wheel: its members are found and unpacked up to their size, or refused.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|wheel: &[u8]| jkocr::models::fuzz::wheel(wheel));

//! Any page of a package index, JSON or HTML: a wheel is found in it or not, and nothing panics or grows.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|page: &[u8]| jkocr::models::fuzz::index(page));

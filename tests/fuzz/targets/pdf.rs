//! Any PDF, as far as it is taken apart in the process that wants its pages: they are copied or not, and a panic, as the
//! library may have over a file that nobody foresaw, is one of those ends. Drawing is another process' business.

#![no_main]

use std::panic;
use std::sync::Once;

use bytes::Bytes;
use jkocr::pdf::is_pdf;
use jkocr::pdf::searchable::Book;
use libfuzzer_sys::fuzz_target;

static PANICS_ARE_CAUGHT: Once = Once::new();

fuzz_target!(|file: &[u8]| {
    PANICS_ARE_CAUGHT.call_once(|| panic::set_hook(Box::new(|_| {})));
    let _ = is_pdf(file);
    let mut book = Book::default();
    let pages = book.copy(Bytes::copy_from_slice(file));
    assert!(pages.len() < 1 << 20, "{}", pages.len());
    assert!(book.finish().starts_with(b"%PDF-"));
});

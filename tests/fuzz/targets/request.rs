//! Any body: it is taken apart or refused in words that Bob can show, and never panics.

#![no_main]

use bytes::Bytes;
use jkocr::api::{self, Request};
use jkocr::language::Language;
use jkocr::ocr::Params;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|body: &[u8]| {
    match Request::parse(Bytes::copy_from_slice(body), &Params::default()) {
        Ok(request) => {
            assert!(!request.image.is_empty());
            assert!((0.0..=1.0).contains(&request.params.rec_score_thresh));
            assert!((0.0..=10.0).contains(&request.params.unclip_ratio));
            // The proxy, which looks for the file alone, finds the same one.
            let place = Request::locate_file(body).expect("a file that was read is there");
            assert_eq!(Request::decode_file(body.to_vec(), place), Some(request.image));
        }
        Err(failure) => {
            for language in [Language::Chinese, Language::English] {
                let answer: Value = serde_json::from_slice(&api::failure(&failure, language)).expect("JSON");
                let words = answer["errorMsg"].as_str().expect("words");
                assert!(!words.is_empty() && !words.contains('\n') && words.encode_utf16().count() <= 450, "{words}");
            }
        }
    }
});

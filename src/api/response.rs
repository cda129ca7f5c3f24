//! The two shapes an answer has.

use bytes::Bytes;
use serde::Serialize;

use super::regions::{Region, regions};
use super::{Failure, LogId, Pictures};
use crate::language::Language;
use crate::ocr::{Page, PrunedResult};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    log_id: &'a LogId,
    error_code: u16,
    error_msg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Contents<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Contents<'a> {
    ocr_results: [OcrResult<'a>; 1],
    data_info: DataInfo,
}

/// One page. The regions are our own; Bob's plugin does not look at them yet.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OcrResult<'a> {
    pruned_result: PrunedResult<'a>,
    #[serde(flatten)]
    pictures: &'a Pictures,
    regions: Vec<Region<'a>>,
}

impl<'a> OcrResult<'a> {
    fn new(page: &'a Page, pictures: &'a Pictures) -> Self {
        Self { pruned_result: PrunedResult::from(page), pictures, regions: regions(page) }
    }
}

/// The first two are the older server's, the others `PaddleX`'s.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DataInfo {
    input_type: &'static str,
    pages: u32,
    width: u32,
    height: u32,
    r#type: &'static str,
}

/// The body of an answer with the texts of `page`.
#[must_use]
pub fn success(log_id: &LogId, page: &Page, pictures: &Pictures) -> Bytes {
    json(&Envelope {
        log_id,
        error_code: 0,
        error_msg: "Success",
        result: Some(Contents {
            ocr_results: [OcrResult::new(page, pictures)],
            data_info: DataInfo {
                input_type: "image",
                pages: 1,
                width: page.width,
                height: page.height,
                r#type: "image",
            },
        }),
    })
}

/// The body of an answer without texts.
#[must_use]
pub fn failure(failure: &Failure, language: Language) -> Bytes {
    let message = failure.error.message(language);
    json(&Envelope { log_id: &failure.log_id, error_code: failure.error.status(), error_msg: &message, result: None })
}

fn json(envelope: &Envelope<'_>) -> Bytes {
    serde_json::to_vec(envelope).expect("strings, numbers and lists of them are JSON").into()
}

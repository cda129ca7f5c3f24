//! The two shapes an answer has.

use bytes::Bytes;
use serde::Serialize;

use super::regions::{RegionJson, regions};
use super::{Failure, LogId, Pictures};
use crate::language::Language;
use crate::ocr::{Page, Providers, PrunedResult};

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
    ocr_results: Vec<OcrResult<'a>>,
    data_info: DataInfo,
}

/// One page. The regions and the engine are our own; Bob's plugin does not look at them yet.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OcrResult<'a> {
    pruned_result: PrunedResult<'a>,
    #[serde(flatten)]
    pictures: &'a Pictures,
    regions: Vec<RegionJson<'a>>,
    engine: Providers,
}

impl<'a> OcrResult<'a> {
    fn new(page: &'a Page, pictures: &'a Pictures) -> Self {
        Self { pruned_result: PrunedResult::from(page), pictures, regions: regions(page), engine: page.providers }
    }
}

/// As `PaddleX` gives it. The first two members of an image are the older server's.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum DataInfo {
    Image { input_type: &'static str, pages: u32, width: u32, height: u32, r#type: &'static str },
    Pdf { num_pages: usize, pages: Vec<SizeJson>, r#type: &'static str },
}

/// Of a page, in pixels.
#[derive(Serialize)]
struct SizeJson {
    width: u32,
    height: u32,
}

/// The body of an answer with the texts of the image `page`.
#[must_use]
pub fn success(log_id: &LogId, page: &Page, pictures: &Pictures) -> Bytes {
    let (width, height) = (page.width, page.height);
    let info = DataInfo::Image { input_type: "image", pages: 1, width, height, r#type: "image" };
    texts(log_id, vec![OcrResult::new(page, pictures)], info)
}

/// The body of an answer with the texts of a PDF's `pages`.
#[must_use]
pub fn pdf_success(log_id: &LogId, pages: &[(Page, Pictures)]) -> Bytes {
    let sizes = pages.iter().map(|(page, _)| SizeJson { width: page.width, height: page.height }).collect();
    let results = pages.iter().map(|(page, pictures)| OcrResult::new(page, pictures)).collect();
    texts(log_id, results, DataInfo::Pdf { num_pages: pages.len(), pages: sizes, r#type: "pdf" })
}

fn texts(log_id: &LogId, ocr_results: Vec<OcrResult<'_>>, data_info: DataInfo) -> Bytes {
    let result = Some(Contents { ocr_results, data_info });
    json(&Envelope { log_id, error_code: 0, error_msg: "Success", result })
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

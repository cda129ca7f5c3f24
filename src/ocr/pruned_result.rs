//! A page in the reference's words: the `prunedResult` of PaddleX's serving.

use serde::Serialize;

use super::detect::MAX_SIDE;
use super::{LimitType, Page, Quad};

/// The JSON object PaddleX 3.4.1 answers with, keys in its order (`pipelines/ocr/result.py`), without `input_path` and
/// `page_index`, which its serving removes.
#[derive(Debug, Serialize)]
pub struct PrunedResult<'p> {
    model_settings: ModelSettings,
    dt_polys: &'p [Quad],
    text_det_params: DetectionParams,
    text_type: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    textline_orientation_angles: Vec<i8>,
    text_rec_score_thresh: f64,
    return_word_box: bool,
    rec_texts: Vec<&'p str>,
    rec_scores: Vec<f64>,
    rec_polys: Vec<Quad>,
    rec_boxes: Vec<[i32; 4]>,
}

#[derive(Debug, Serialize)]
struct ModelSettings {
    use_doc_preprocessor: bool,
    use_textline_orientation: bool,
}

#[derive(Debug, Serialize)]
struct DetectionParams {
    limit_side_len: u32,
    limit_type: LimitType,
    thresh: f64,
    max_side_limit: u32,
    box_thresh: f64,
    unclip_ratio: f64,
}

impl<'p> From<&'p Page> for PrunedResult<'p> {
    fn from(page: &'p Page) -> Self {
        let params = &page.params;
        Self {
            model_settings: ModelSettings { use_doc_preprocessor: false, use_textline_orientation: false },
            dt_polys: &page.quads,
            text_det_params: DetectionParams {
                limit_side_len: params.limit_side_len,
                limit_type: params.limit_type,
                thresh: params.thresh,
                max_side_limit: MAX_SIDE,
                box_thresh: params.box_thresh,
                unclip_ratio: params.unclip_ratio,
            },
            text_type: "general",
            // -1: the orientation of lines was not looked at.
            textline_orientation_angles: vec![-1; page.quads.len()],
            text_rec_score_thresh: params.rec_score_thresh,
            return_word_box: false,
            rec_texts: page.lines.iter().map(|line| line.text.as_str()).collect(),
            rec_scores: page.lines.iter().map(|line| f64::from(line.score)).collect(),
            rec_polys: page.lines.iter().map(|line| line.quad).collect(),
            rec_boxes: page.lines.iter().map(|line| line.quad.bounds()).collect(),
        }
    }
}

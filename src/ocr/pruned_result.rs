//! A page in the reference's words: the `prunedResult` of PaddleX's serving.

use serde::Serialize;

use super::detect::MAX_SIDE;
use super::document::Turn;
use super::{LimitType, Page, Quad};

/// The JSON object PaddleX 3.4.1 answers with, keys in its order (`pipelines/ocr/result.py`), without `input_path` and
/// `page_index`, which its serving removes.
#[derive(Debug, Serialize)]
pub struct PrunedResult<'p> {
    model_settings: ModelSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_preprocessor_res: Option<Preprocessed>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    text_word_boxes: Option<Vec<&'p [[i32; 4]]>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_word: Option<Vec<&'p [String]>>,
}

/// The sub-result of the document preprocessor (`pipelines/doc_preprocessor/result.py`).
#[derive(Debug, Serialize)]
struct Preprocessed {
    model_settings: PreprocessorSettings,
    /// Degrees against the clock; -1 if nobody looked.
    angle: i32,
}

#[derive(Debug, Serialize)]
struct PreprocessorSettings {
    use_doc_orientation_classify: bool,
    use_doc_unwarping: bool,
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
        let words = params.word_boxes;
        Self {
            model_settings: ModelSettings {
                use_doc_preprocessor: params.document.preprocess(),
                use_textline_orientation: params.document.textline_orientation,
            },
            doc_preprocessor_res: params.document.preprocess().then(|| preprocessed(page)),
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
            textline_orientation_angles: line_angles(page),
            text_rec_score_thresh: params.rec_score_thresh,
            return_word_box: params.word_boxes,
            rec_texts: page.lines.iter().map(|line| line.text.as_str()).collect(),
            rec_scores: page.lines.iter().map(|line| f64::from(line.score)).collect(),
            rec_polys: page.lines.iter().map(|line| line.quad).collect(),
            rec_boxes: page.lines.iter().map(|line| line.quad.bounds()).collect(),
            text_word_boxes: words.then(|| page.lines.iter().map(|line| line.words.boxes.as_slice()).collect()),
            text_word: words.then(|| page.lines.iter().map(|line| line.words.texts.as_slice()).collect()),
        }
    }
}

fn preprocessed(page: &Page) -> Preprocessed {
    Preprocessed {
        model_settings: PreprocessorSettings {
            use_doc_orientation_classify: page.params.document.orientation,
            use_doc_unwarping: page.params.document.unwarping,
        },
        angle: page.origin.turned().map_or(-1, Turn::degrees),
    }
}

/// 1 for each outline whose text stands on its head, 0 for the others; -1 if nobody looked.
fn line_angles(page: &Page) -> Vec<i8> {
    if page.params.document.textline_orientation {
        page.upside_down.iter().map(|&upside_down| i8::from(upside_down)).collect()
    } else {
        vec![-1; page.quads.len()]
    }
}

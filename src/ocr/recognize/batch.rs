//! Which lines go through the recognition model together: a part of the result, since the width of a batch, which is
//! that of its widest line, changes what the model reads in the others.

/// Height in pixels of a line as the model takes it.
pub(in crate::ocr) const HEIGHT: usize = 48;

/// Width in pixels that narrower lines are padded to (`rec_image_shape` `[3, 48, 320]` in PaddleX).
const MIN_WIDTH: f64 = 320.0;

/// Width in pixels that wider lines are squeezed to (`max_imgW` in PaddleX).
const MAX_WIDTH: usize = 3200;

/// Lines of a batch (`batch_size` of `TextRecognition` in `OCR.yaml`).
const SIZE: usize = 6;

/// Lines that are given the same width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ocr) struct Batch {
    /// Indices of the lines, in the order of their width over height.
    pub lines: Vec<usize>,
    /// Width in pixels of the batch.
    pub width: usize,
}

impl Batch {
    /// The share of the batch's width that a line with this ratio takes; `ratios` are those of all lines.
    ///
    /// PaddleX's `CTCLabelDecode` (`models/text_recognition/processors.py`), which forgets the largest width.
    pub fn share(&self, line: usize, ratios: &[f64]) -> f64 {
        let widest = self.lines.iter().map(|&line| ratios[line]).fold(MIN_WIDTH / HEIGHT as f64, f64::max);
        ratios[line] / widest
    }
}

/// Sorts lines by their width over height and cuts them into batches of six.
///
/// `ratios` belong to the pieces as they are read, after turning. PaddleX's `pipelines/ocr/pipeline.py`.
pub(in crate::ocr) fn batches(ratios: &[f64]) -> Vec<Batch> {
    let mut order: Vec<usize> = (0..ratios.len()).collect();
    order.sort_by(|&a, &b| ratios[a].total_cmp(&ratios[b]));
    let width = |&line: &usize| padded_width(ratios[line]);
    let batch = |lines: &[usize]| Batch { lines: lines.to_vec(), width: lines.iter().map(width).max().unwrap_or(0) };
    order.chunks(SIZE).map(batch).collect()
}

/// Width in pixels that a line with this ratio takes, with padding (`OCRReisizeNormImg`).
fn padded_width(ratio: f64) -> usize {
    let least = MIN_WIDTH / HEIGHT as f64;
    ((HEIGHT as f64 * ratio.max(least)) as usize).min(MAX_WIDTH)
}

/// Width in pixels that a line with this ratio is resized to (`OCRReisizeNormImg`).
pub(in crate::ocr) fn resized_width(ratio: f64) -> usize {
    ((HEIGHT as f64 * ratio).ceil() as usize).min(padded_width(ratio))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::ocr::opencv::recordings::recorded;

    #[derive(Deserialize)]
    struct Case {
        size: [u32; 2],
        resized: usize,
        padded: usize,
    }

    #[test]
    fn lines_are_as_wide_as_in_the_reference() {
        for Case { size: [width, height], resized, padded } in recorded("batch") {
            let ratio = f64::from(width) / f64::from(height);
            assert_eq!([resized_width(ratio), padded_width(ratio)], [resized, padded], "{width}x{height}");
        }
    }

    proptest! {
        #[test]
        fn every_line_is_in_one_batch_and_fits(ratios in prop::collection::vec(0.01..200.0_f64, 0..40)) {
            let batches = batches(&ratios);
            let order: Vec<usize> = batches.iter().flat_map(|batch| batch.lines.clone()).collect();
            prop_assert!(order.windows(2).all(|pair| ratios[pair[0]] <= ratios[pair[1]]));
            let mut lines = order.clone();
            lines.sort_unstable();
            prop_assert_eq!(lines, (0..ratios.len()).collect::<Vec<_>>());
            for (number, batch) in batches.iter().enumerate() {
                prop_assert!(batch.lines.len() == SIZE || number + 1 == batches.len());
                prop_assert!(batch.lines.iter().all(|&line| resized_width(ratios[line]) <= batch.width));
            }
        }
    }
}

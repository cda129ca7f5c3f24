//! How wide a line is given to the recognition model: a part of the result, since what the model reads depends on how
//! much of the tensor is padding.

use crate::ocr::Profile;

/// Height in pixels of a line as the model takes it.
pub(in crate::ocr) const HEIGHT: usize = 48;

/// Width in pixels that wider lines are squeezed to (`max_imgW` in PaddleX).
const MAX_WIDTH: usize = 3200;

/// Width in pixels that narrower lines are padded to by the reference (`rec_image_shape` `[3, 48, 320]` in PaddleX).
const BATCHED_MIN_WIDTH: f64 = 320.0;

/// Lines that the reference gives the same width (`batch_size` of `TextRecognition` in `OCR.yaml`).
const BATCH: usize = 6;

/// The narrowest tensor for a line that stands alone: with less, models read single characters worse.
const MIN_WIDTH: usize = 96;

/// The widths of tensors for lines that stand alone are multiples of this, so that they find each other's memory.
const STEP: usize = 8;

/// The widths of such tensors for an engine that makes code for each width it meets.
const FEW: [usize; 13] = [96, 128, 192, 256, 320, 448, 576, 768, 1024, 1344, 1792, 2432, MAX_WIDTH];

/// Which widths tensors may have for lines that stand alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ocr) enum Widths {
    /// As narrow as the line allows.
    Tight,
    /// Few.
    Few,
}

/// How a line lies in its tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::ocr) struct Fit {
    /// Width in pixels that the line is resized to.
    pub line: usize,
    /// Width in pixels of the tensor: what the line leaves is padding.
    pub tensor: usize,
    /// The share of the tensor that the line takes, by which places in the text become places on the page.
    pub share: f64,
}

/// How lines are given to the model; `ratios` are their widths over heights, as they are read, after turning.
pub(in crate::ocr) fn fits(ratios: &[f64], profile: Profile, widths: Widths) -> Vec<Fit> {
    match profile {
        Profile::Screen => ratios.iter().map(|&ratio| alone(ratio, widths)).collect(),
        Profile::Paddle => batched(ratios),
    }
}

/// With as little padding as there can be.
fn alone(ratio: f64, widths: Widths) -> Fit {
    let line = ((HEIGHT as f64 * ratio).ceil() as usize).clamp(1, MAX_WIDTH);
    let tensor = match widths {
        Widths::Tight => line.next_multiple_of(STEP).max(MIN_WIDTH),
        Widths::Few => FEW.into_iter().find(|width| *width >= line).unwrap_or(MAX_WIDTH),
    };
    Fit { line, tensor, share: line as f64 / tensor as f64 }
}

/// As wide as the reference's batches: sorted by their ratios and cut into sixes, lines are as wide as the widest of
/// their six (`pipelines/ocr/pipeline.py`). That the six run together changes nothing, so here they do not.
fn batched(ratios: &[f64]) -> Vec<Fit> {
    let mut order: Vec<usize> = (0..ratios.len()).collect();
    order.sort_by(|&a, &b| ratios[a].total_cmp(&ratios[b]));
    let mut fits = vec![Fit { line: 0, tensor: 0, share: 0.0 }; ratios.len()];
    for batch in order.chunks(BATCH) {
        let tensor = batch.iter().map(|&line| padded_width(ratios[line])).max().unwrap_or(0);
        // PaddleX's `CTCLabelDecode` (`models/text_recognition/processors.py`), which forgets the largest width.
        let widest = batch.iter().map(|&line| ratios[line]).fold(BATCHED_MIN_WIDTH / HEIGHT as f64, f64::max);
        for &line in batch {
            fits[line] = Fit { line: resized_width(ratios[line]), tensor, share: ratios[line] / widest };
        }
    }
    fits
}

/// Width in pixels that a line with this ratio takes, with padding (`OCRReisizeNormImg`).
fn padded_width(ratio: f64) -> usize {
    let least = BATCHED_MIN_WIDTH / HEIGHT as f64;
    ((HEIGHT as f64 * ratio.max(least)) as usize).min(MAX_WIDTH)
}

/// Width in pixels that a line with this ratio is resized to (`OCRReisizeNormImg`).
fn resized_width(ratio: f64) -> usize {
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
            let fit = fits(&[f64::from(width) / f64::from(height)], Profile::Paddle, Widths::Tight)[0];
            assert_eq!([fit.line, fit.tensor], [resized, padded], "{width}x{height}");
        }
    }

    #[test]
    fn six_lines_of_the_reference_are_as_wide_as_the_widest_of_them() {
        let ratios = [30.0, 1.0, 2.0, 3.0, 4.0, 20.0, 5.0];
        let tensors: Vec<usize> = fits(&ratios, Profile::Paddle, Widths::Tight).iter().map(|fit| fit.tensor).collect();
        assert_eq!(tensors, [1440, 960, 960, 960, 960, 960, 960]);
    }

    proptest! {
        #[test]
        fn every_line_fits(ratios in prop::collection::vec(0.01..200.0_f64, 0..40)) {
            let [screen, paddle] = [Profile::Screen, Profile::Paddle].map(|profile| fits(&ratios, profile, Widths::Tight));
            let few = fits(&ratios, Profile::Screen, Widths::Few);
            for (few, tight) in few.iter().zip(&screen) {
                prop_assert!(few.line == tight.line && few.tensor >= few.line);
                prop_assert!(FEW.contains(&few.tensor) && few.tensor <= 2 * tight.tensor);
            }
            prop_assert_eq!([screen.len(), paddle.len()], [ratios.len(), ratios.len()]);
            for (screen, paddle) in screen.iter().zip(&paddle) {
                prop_assert!(0 < screen.line && screen.line <= screen.tensor && paddle.line <= paddle.tensor);
                prop_assert!(screen.tensor % STEP == 0 && screen.share <= 1.0);
                prop_assert!(screen.tensor < (paddle.line + 1).max(MIN_WIDTH) + STEP);
            }
        }
    }
}

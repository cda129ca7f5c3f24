//! What a model says of a trial input, and whether two models say the same as far as text is concerned.
//!
//! The last digits of an output are the processor's business: each has its own order of additions, and rounds where others
//! do not. What is made of an output are boxes around the pixels above a threshold, the most probable class of each step,
//! and scores.

use crate::ocr::params::Params;

/// A value may differ by this part of itself, or of [`SMALL`] if it is less. Roundings come to 1.4e-4 on the models of
/// PP-OCRv5 and v6 on x86-64, and to some more on aarch64; a wrong rule changes values by many times themselves.
const TOLERANCE: f32 = 5e-3;

/// A pixel that is this near to the threshold may come to lie on its other side.
const MARGIN: f32 = 1e-3;

/// Values below it count as this large: nothing depends on how improbable text or a class is.
const SMALL: f32 = 0.1;

/// The first output of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstOutput {
    /// As the runtime says: `[images, 1, height, width]` of a detection model, `[images, steps, classes]` of a recognition
    /// model.
    pub shape: Vec<usize>,
    /// As many as the product of `shape`, row-major.
    pub values: Vec<f32>,
}

/// In what a folded model answers other than its original.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub(super) enum Difference {
    #[error("{}", t!("fold.other_shape"))]
    Shape,
    #[error("{}", t!("fold.other_mask", count = count))]
    Mask { count: usize },
    #[error("{}", t!("fold.other_classes", count = count))]
    Classes { count: usize },
    #[error("{}", t!("fold.other_values", by = by))]
    Values { by: f32 },
}

impl FirstOutput {
    /// By how much the values of `found` differ at most, as parts of themselves, if both lead to the same text.
    ///
    /// # Errors
    /// The first [`Difference`] that there is.
    pub(super) fn agrees_with(&self, found: &Self) -> Result<f32, Difference> {
        if self.shape != found.shape || self.values.len() != found.values.len() || self.values.is_empty() {
            return Err(Difference::Shape);
        }
        match *self.shape.as_slice() {
            [_, 1, _, _] => same_mask(&self.values, &found.values)?,
            [_, _, classes] if classes > 0 => same_classes(&self.values, &found.values, classes)?,
            _ => {}
        }
        let pairs = self.values.iter().zip(&found.values);
        let differences = pairs.map(|(expected, found)| (expected - found).abs() / expected.abs().max(SMALL));
        // A NaN on either side stays, and is within no tolerance.
        let by = differences.fold(0.0, |worst: f32, by| if by > worst || by.is_nan() { by } else { worst });
        if by <= TOLERANCE { Ok(by) } else { Err(Difference::Values { by }) }
    }
}

/// No pixel may come to lie on the other side of the threshold that is not next to it.
fn same_mask(expected: &[f32], found: &[f32]) -> Result<(), Difference> {
    let threshold = Params::default().thresh as f32;
    let is_other = |(expected, found): &(&f32, &f32)| {
        (**expected > threshold) != (**found > threshold) && (*expected - threshold).abs() > MARGIN
    };
    match expected.iter().zip(found).filter(is_other).count() {
        0 => Ok(()),
        count => Err(Difference::Mask { count }),
    }
}

/// No step may have another most probable class.
fn same_classes(expected: &[f32], found: &[f32], classes: usize) -> Result<(), Difference> {
    let steps = expected.chunks_exact(classes).zip(found.chunks_exact(classes));
    match steps.filter(|(expected, found)| most_probable(expected) != most_probable(found)).count() {
        0 => Ok(()),
        count => Err(Difference::Classes { count }),
    }
}

fn most_probable(step: &[f32]) -> Option<usize> {
    step.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(class, _)| class)
}

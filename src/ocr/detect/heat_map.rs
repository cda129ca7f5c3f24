//! The detection model's answer.

/// How probably each pixel is text.
pub struct HeatMap<'a> {
    /// `[height, width]`, row-major, `0.0..=1.0`; not empty.
    pub values: &'a [f32],
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

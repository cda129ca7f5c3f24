//! What a model and its folded form are asked, to see that they answer the same.

use prost::Message;

use super::onnx::{ModelProto, data_type};

/// The letters T, E, X, T: rows from the top, bits from the left.
const LETTERS: [[u8; 7]; 4] = {
    let t = [0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100];
    let e = [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111];
    let x = [0b10001, 0b10001, 0b01010, 0b00100, 0b01010, 0b10001, 0b10001];
    [t, e, x, t]
};
/// Height and width of a letter in dots, with the gap to the next for the width.
const LETTER: [usize; 2] = [7, 6];
/// Pixels of a dot, large enough for both PP-OCR generations to read the letters.
const DOT: usize = 3;
/// Height of a line in pixels: that of the recognition models.
const LINE: usize = 48;
/// What a dimension is that the model leaves open: a multiple of 32, which is what detection models need.
const OPEN: usize = 160;

/// An input: lines of dark text on a light ground, so that detection finds and recognition reads something.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialInput {
    /// Images, channels, height, width.
    pub shape: [usize; 4],
    /// As many as the product of `shape`, row-major, -1.0 for ink and 1.0 for paper.
    pub values: Vec<f32>,
}

impl TrialInput {
    /// An input that fits a model: two images if it takes as many as one likes. Nothing if the bytes are not a model of
    /// one image input of 32-bit floats.
    pub(super) fn for_model(model: &[u8]) -> Option<Self> {
        let graph = ModelProto::decode(model).ok()?.graph?;
        let [input] = graph.input.as_slice() else { return None };
        let tensor = input.r#type.as_ref()?.tensor_type.as_ref()?;
        if tensor.elem_type != Some(data_type::FLOAT) {
            return None;
        }
        let mut shape = [2, 3, OPEN, OPEN];
        let dims = &tensor.shape.as_ref()?.dim;
        if dims.len() != shape.len() {
            return None;
        }
        for (length, dim) in shape.iter_mut().zip(dims) {
            // Longer than any image model has them; a damaged file must not make us ask for all memory.
            if let Some(fixed) = dim.dim_value.filter(|fixed| *fixed > 0) {
                *length = usize::try_from(fixed).ok().filter(|fixed| *fixed <= 4096)?;
            }
        }
        Some(Self::new(shape))
    }

    fn new(shape: [usize; 4]) -> Self {
        let [images, channels, height, width] = shape;
        let plane = |image: usize| {
            let pixel = move |at: usize| if is_ink(at / width, at % width, 5 * image) { -1.0 } else { 1.0 };
            (0..height * width).map(pixel)
        };
        let values = (0..images).flat_map(|image| (0..channels).flat_map(move |_| plane(image))).collect();
        Self { shape, values }
    }
}

/// Whether a pixel is part of a letter when the text begins at this distance from the left.
fn is_ink(row: usize, column: usize, indent: usize) -> bool {
    let row = (row % LINE).checked_sub((LINE - LETTER[0] * DOT) / 2).map(|row| row / DOT);
    let column = column.checked_sub(indent + 2 * DOT).map(|column| column / DOT);
    let (Some(row), Some(column)) = (row, column) else { return false };
    let letter = LETTERS[column / LETTER[1] % LETTERS.len()];
    // The gap is the sixth bit from the left, one to the right of the lowest.
    row < LETTER[0] && (letter[row] << 1) >> (LETTER[1] - 1 - column % LETTER[1]) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_shows_text() {
        let rows = |probe: &TrialInput, columns: usize| -> Vec<String> {
            let row = |row: usize| (0..columns).map(move |column| (row, column));
            let dot = |(row, column): (usize, usize)| {
                let at = (13 + DOT * row) * probe.shape[3] + 6 + DOT * column;
                if probe.values[at] < 0.0 { '#' } else { '.' }
            };
            (0..7).map(|at| row(at).map(dot).collect()).collect()
        };
        let probe = TrialInput::new([1, 3, 48, 160]);
        let text = [
            "#####.#####.#...#.#####",
            "..#...#.....#...#...#..",
            "..#...#......#.#....#..",
            "..#...####....#.....#..",
            "..#...#......#.#....#..",
            "..#...#.....#...#...#..",
            "..#...#####.#...#...#..",
        ];
        assert_eq!(rows(&probe, 23), text);
        assert_eq!(probe.values.len(), 3 * 48 * 160);
    }
}

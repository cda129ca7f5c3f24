//! From the recognition model's probabilities per time step to text.

use super::glyphs::Glyph;

/// The characters a recognition model knows. Class 0 is "no character" (the blank of CTC), the last class a space.
#[derive(Debug)]
pub(in crate::ocr) struct Alphabet(Vec<String>);

/// What a line says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::ocr) struct Decoded {
    pub text: String,
    /// Mean probability of the characters; 0.0 if there are none.
    pub score: f32,
    /// The time step of each character of `text`.
    pub steps: Vec<usize>,
    /// How many time steps the line takes, without the padding of its batch.
    pub columns: f64,
    /// Where its characters are, white space left out; empty where nobody looked.
    pub glyphs: Vec<Glyph>,
}

/// The most probable class of a time step.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Likeliest {
    class: usize,
    probability: f32,
}

impl Alphabet {
    /// `list`: a character on each line, as in a model's metadata. White space counts.
    pub fn new(list: &str) -> Self {
        let lines = list.strip_suffix('\n').unwrap_or(list).split('\n');
        let characters = lines.map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned());
        Self(characters.chain([" ".to_owned()]).collect())
    }

    /// How many classes a model with these characters tells apart.
    pub fn classes(&self) -> usize {
        self.0.len() + 1
    }

    /// The text in `steps`, `[time, classes]`, row-major: the likeliest class of each step, without blanks and without
    /// repetitions. All steps count as the line's own.
    ///
    /// PaddleX's `CTCLabelDecode` (`models/text_recognition/processors.py`).
    pub fn decode(&self, steps: &[f32]) -> Decoded {
        let mut text = String::new();
        let mut kept = Vec::new();
        let mut places = Vec::new();
        let mut before = 0;
        for (place, step) in steps.chunks_exact(self.classes()).enumerate() {
            let Likeliest { class, probability } = likeliest(step);
            if class != 0 && class != before {
                let character = &self.0[class - 1];
                text.push_str(character);
                places.extend(character.chars().map(|_| place));
                kept.push(probability);
            }
            before = class;
        }
        let columns = (steps.len() / self.classes()) as f64;
        Decoded { text, score: mean(&kept), steps: places, columns, glyphs: Vec::new() }
    }
}

/// The first of the largest values. The loops over whole chunks become vector instructions: one pass finds the value, a
/// second one, short where the blank wins as it mostly does, its place.
fn likeliest(step: &[f32]) -> Likeliest {
    const LANES: usize = 32;
    let (chunks, rest) = step.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    let probability = lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
    let holds = |chunk: &[f32; LANES]| chunk.iter().filter(|&&value| value >= probability).count() > 0;
    let start = LANES * chunks.iter().position(holds).unwrap_or(chunks.len());
    let offset = step[start..].iter().position(|&value| value >= probability);
    Likeliest { class: offset.map_or(0, |offset| start + offset), probability }
}

/// `numpy.mean` of floats; 0.0 without any.
fn mean(values: &[f32]) -> f32 {
    if values.is_empty() { 0.0 } else { sum(values) / values.len() as f32 }
}

/// NumPy's pairwise sum in single precision (`pairwise_sum` in `loops_utils.h.src`): the order shows in the last digit.
fn sum(values: &[f32]) -> f32 {
    const LANES: usize = 8;
    const BLOCK: usize = 128;
    if values.len() < LANES {
        return values.iter().sum();
    }
    if values.len() > BLOCK {
        let half = values.len() / 2;
        let (left, right) = values.split_at(half - half % LANES);
        return sum(left) + sum(right);
    }
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    let [left, right] = [0, 4].map(|at| (lanes[at] + lanes[at + 1]) + (lanes[at + 2] + lanes[at + 3]));
    rest.iter().fold(left + right, |sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::ocr::opencv::recordings::{noise, recorded};

    #[derive(Deserialize)]
    struct Case {
        seed: u64,
        steps: usize,
        text: String,
        score: f32,
    }

    /// Probabilities in which the given classes win.
    fn steps(classes: &[usize], alphabet: &Alphabet) -> Vec<f32> {
        let mut steps = vec![0.1; classes.len() * alphabet.classes()];
        for (step, &class) in steps.chunks_exact_mut(alphabet.classes()).zip(classes) {
            step[class] = 0.5;
        }
        steps
    }

    #[test]
    fn texts_and_scores_are_those_of_the_reference() {
        let alphabet = Alphabet::new("a\nb\nc");
        for case in recorded::<Case>("ctc") {
            let levels = noise(case.seed, case.steps * alphabet.classes());
            let steps: Vec<f32> = levels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
            let Decoded { text, score, .. } = alphabet.decode(&steps);
            assert_eq!((text, score.to_bits()), (case.text, case.score.to_bits()));
        }
    }

    #[test]
    fn white_space_and_line_ends_of_windows_are_no_trouble() {
        let alphabet = Alphabet::new("\u{3000}\r\n\u{a0}\r\nx\r\n");
        assert_eq!(alphabet.classes(), 5);
        assert_eq!(alphabet.decode(&steps(&[1, 2, 3, 4], &alphabet)).text, "\u{3000}\u{a0}x ");
    }

    #[test]
    fn a_model_that_answers_no_numbers_has_read_nothing() {
        let alphabet = Alphabet::new(&"x\n".repeat(62));
        for steps in [[f32::NAN; 64], [f32::NEG_INFINITY; 64]] {
            let Decoded { text, score, .. } = alphabet.decode(&steps);
            assert_eq!((text.as_str(), score.to_bits()), ("", 0));
        }
    }

    #[test]
    fn nothing_to_read_scores_nothing() {
        let alphabet = Alphabet::new("a\nb");
        let nothing = alphabet.decode(&steps(&[0, 0], &alphabet));
        assert_eq!(nothing, Decoded { columns: 2.0, ..Decoded::default() });
        assert_eq!(alphabet.decode(&[]), Decoded::default());
    }

    proptest! {
        #[test]
        fn repetitions_and_blanks_do_not_show(classes in prop::collection::vec(0..5_usize, 0..40)) {
            let alphabet = Alphabet::new("a\nb\nc");
            let stretched: Vec<usize> = classes.iter().flat_map(|&class| [class, class]).collect();
            let decoded = alphabet.decode(&steps(&classes, &alphabet));
            prop_assert_eq!(&decoded.text, &alphabet.decode(&steps(&stretched, &alphabet)).text);
            let spread: Vec<usize> = classes.iter().flat_map(|&class| [class, 0]).collect();
            let all: String = classes.iter().filter(|&&class| class > 0).map(|&class| &"abc "[class - 1..class]).collect();
            prop_assert_eq!(alphabet.decode(&steps(&spread, &alphabet)).text, all);
            let score = if decoded.text.is_empty() { 0.0 } else { 0.5 };
            prop_assert_eq!(decoded.score.to_bits(), f32::to_bits(score));
            prop_assert_eq!(decoded.steps.len(), decoded.text.chars().count());
        }

        #[test]
        fn the_first_of_the_largest_wins(values in prop::collection::vec(0..6_u8, 1..400)) {
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            let largest = values.iter().copied().fold(f32::MIN, f32::max);
            let first = values.iter().position(|&value| value >= largest).unwrap();
            prop_assert_eq!(likeliest(&values), Likeliest { class: first, probability: largest });
        }
    }
}

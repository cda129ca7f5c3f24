//! From the recognition model's probabilities per time step to text.

use std::ops::Range;

use half::bf16;

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

/// How likely classes are, `[time, classes]`, row-major.
#[derive(Debug, Clone, Copy)]
pub(in crate::ocr) enum Scores<'s> {
    /// As probabilities.
    Probabilities(&'s [f32]),
    /// As what probabilities are made of: the softmax of each time step.
    Logits(&'s [f32]),
    /// The same in bf16.
    Bf16Logits(&'s [bf16]),
}

impl Scores<'_> {
    fn len(self) -> usize {
        match self {
            Self::Probabilities(values) | Self::Logits(values) => values.len(),
            Self::Bf16Logits(values) => values.len(),
        }
    }

    /// Those of one time step; `room` is where they are put if they have to be.
    fn step<'r>(&self, step: Range<usize>, room: &'r mut Vec<f32>) -> &'r [f32]
    where
        Self: 'r,
    {
        match *self {
            Self::Probabilities(values) | Self::Logits(values) => &values[step],
            Self::Bf16Logits(values) => {
                room.clear();
                // The first half of the same number in 32 bits; the crate's own way asks for NaNs, and cannot be vectorized.
                room.extend(values[step].iter().map(|value| f32::from_bits(u32::from(value.to_bits()) << 16)));
                room
            }
        }
    }

    /// The probability of the likeliest class of a time step.
    fn probability(self, step: &[f32], likeliest: Likeliest) -> f32 {
        match self {
            Self::Probabilities(_) => likeliest.value,
            Self::Logits(_) | Self::Bf16Logits(_) => {
                1.0 / step.iter().map(|value| (value - likeliest.value).exp()).sum::<f32>()
            }
        }
    }
}

/// The likeliest class of a time step.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Likeliest {
    class: usize,
    value: f32,
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

    /// The text in `scores`: the likeliest class of each step, without blanks and without
    /// repetitions. All steps count as the line's own.
    ///
    /// PaddleX's `CTCLabelDecode` (`models/text_recognition/processors.py`).
    pub fn decode(&self, scores: Scores<'_>) -> Decoded {
        let (classes, mut room) = (self.classes(), Vec::new());
        let mut text = String::new();
        let mut kept = Vec::new();
        let mut places = Vec::new();
        let mut before = 0;
        let count = scores.len() / classes;
        for place in 0..count {
            let step = scores.step(place * classes..(place + 1) * classes, &mut room);
            let likeliest = likeliest(step);
            let class = likeliest.class;
            if class != 0 && class != before {
                let character = &self.0[class - 1];
                text.push_str(character);
                places.extend(character.chars().map(|_| place));
                kept.push(scores.probability(step, likeliest));
            }
            before = class;
        }
        Decoded { text, score: mean(&kept), steps: places, columns: count as f64, glyphs: Vec::new() }
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
    let value = lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
    let holds = |chunk: &[f32; LANES]| chunk.iter().filter(|&&one| one >= value).count() > 0;
    let start = LANES * chunks.iter().position(holds).unwrap_or(chunks.len());
    let offset = step[start..].iter().position(|&one| one >= value);
    Likeliest { class: offset.map_or(0, |offset| start + offset), value }
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

    fn decoded(alphabet: &Alphabet, classes: &[usize]) -> Decoded {
        alphabet.decode(Scores::Probabilities(&steps(classes, alphabet)))
    }

    #[test]
    fn without_its_last_step_a_model_says_the_same() {
        let alphabet = Alphabet::new("a\nb\nc");
        // Quarters, which bf16 has.
        let logits: Vec<f32> =
            noise(7, 20 * alphabet.classes()).iter().map(|&byte| f32::from(byte / 16) / 4.0).collect();
        let softmax = |step: &[f32]| {
            let sum: f32 = step.iter().map(|value| value.exp()).sum();
            step.iter().map(|value| value.exp() / sum).collect::<Vec<f32>>()
        };
        let probabilities: Vec<f32> = logits.chunks_exact(alphabet.classes()).flat_map(softmax).collect();
        let expected = alphabet.decode(Scores::Probabilities(&probabilities));
        assert!(expected.text.len() > 5, "{}", expected.text);
        let halves: Vec<bf16> = logits.iter().copied().map(bf16::from_f32).collect();
        for scores in [Scores::Logits(&logits), Scores::Bf16Logits(&halves)] {
            let found = alphabet.decode(scores);
            assert!((found.score - expected.score).abs() < 1e-5, "{} instead of {}", found.score, expected.score);
            assert_eq!(Decoded { score: expected.score, ..found }, expected);
        }
    }

    #[test]
    fn texts_and_scores_are_those_of_the_reference() {
        let alphabet = Alphabet::new("a\nb\nc");
        for case in recorded::<Case>("ctc") {
            let levels = noise(case.seed, case.steps * alphabet.classes());
            let steps: Vec<f32> = levels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
            let Decoded { text, score, .. } = alphabet.decode(Scores::Probabilities(&steps));
            assert_eq!((text, score.to_bits()), (case.text, case.score.to_bits()));
        }
    }

    #[test]
    fn white_space_and_line_ends_of_windows_are_no_trouble() {
        let alphabet = Alphabet::new("\u{3000}\r\n\u{a0}\r\nx\r\n");
        assert_eq!(alphabet.classes(), 5);
        assert_eq!(decoded(&alphabet, &[1, 2, 3, 4]).text, "\u{3000}\u{a0}x ");
    }

    #[test]
    fn a_model_that_answers_no_numbers_has_read_nothing() {
        let alphabet = Alphabet::new(&"x\n".repeat(62));
        for steps in [[f32::NAN; 64], [f32::NEG_INFINITY; 64]] {
            let Decoded { text, score, .. } = alphabet.decode(Scores::Probabilities(&steps));
            assert_eq!((text.as_str(), score.to_bits()), ("", 0));
        }
    }

    #[test]
    fn nothing_to_read_scores_nothing() {
        let alphabet = Alphabet::new("a\nb");
        let nothing = decoded(&alphabet, &[0, 0]);
        assert_eq!(nothing, Decoded { columns: 2.0, ..Decoded::default() });
        assert_eq!(alphabet.decode(Scores::Probabilities(&[])), Decoded::default());
    }

    proptest! {
        #[test]
        fn repetitions_and_blanks_do_not_show(classes in prop::collection::vec(0..5_usize, 0..40)) {
            let alphabet = Alphabet::new("a\nb\nc");
            let stretched: Vec<usize> = classes.iter().flat_map(|&class| [class, class]).collect();
            let found = decoded(&alphabet, &classes);
            prop_assert_eq!(&found.text, &decoded(&alphabet, &stretched).text);
            let spread: Vec<usize> = classes.iter().flat_map(|&class| [class, 0]).collect();
            let all: String = classes.iter().filter(|&&class| class > 0).map(|&class| &"abc "[class - 1..class]).collect();
            prop_assert_eq!(decoded(&alphabet, &spread).text, all);
            let score = if found.text.is_empty() { 0.0 } else { 0.5 };
            prop_assert_eq!(found.score.to_bits(), f32::to_bits(score));
            prop_assert_eq!(found.steps.len(), found.text.chars().count());
        }

        #[test]
        fn the_first_of_the_largest_wins(values in prop::collection::vec(0..6_u8, 1..400)) {
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            let largest = values.iter().copied().fold(f32::MIN, f32::max);
            let first = values.iter().position(|&value| value >= largest).unwrap();
            prop_assert_eq!(likeliest(&values), Likeliest { class: first, value: largest });
        }
    }
}

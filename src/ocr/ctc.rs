//! From the recognition model's probabilities per time step to text.

/// The characters a recognition model knows. Class 0 is "no character" (the blank of CTC), the last class a space.
#[derive(Debug)]
pub(super) struct Alphabet(Vec<String>);

/// What a line says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Decoded {
    pub text: String,
    /// Mean probability of the characters; 0.0 if there are none.
    pub score: f32,
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
    /// repetitions.
    ///
    /// PaddleX's `CTCLabelDecode` (`models/text_recognition/processors.py`).
    pub fn decode(&self, steps: &[f32]) -> Decoded {
        let mut text = String::new();
        let mut kept = Vec::new();
        let mut before = 0;
        for step in steps.chunks_exact(self.classes()) {
            let Likeliest { class, probability } = likeliest(step);
            if class != 0 && class != before {
                text.push_str(&self.0[class - 1]);
                kept.push(probability);
            }
            before = class;
        }
        Decoded { text, score: mean(&kept) }
    }
}

/// The first of the largest values. One pass in blocks: the compiler turns the inner maximum into vector instructions.
fn likeliest(step: &[f32]) -> Likeliest {
    const BLOCK: usize = 64;
    let mut best = (f32::NEG_INFINITY, 0);
    for (index, block) in step.chunks(BLOCK).enumerate() {
        let mut lanes = [f32::NEG_INFINITY; 16];
        for values in block.chunks(lanes.len()) {
            for (lane, &value) in lanes.iter_mut().zip(values) {
                *lane = if value > *lane { value } else { *lane };
            }
        }
        let largest = lanes.into_iter().fold(f32::NEG_INFINITY, f32::max);
        if largest > best.0 {
            best = (largest, index * BLOCK);
        }
    }
    let (probability, start) = best;
    let offset = step[start..].iter().position(|&value| value >= probability).unwrap_or(0);
    Likeliest { class: start + offset, probability }
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

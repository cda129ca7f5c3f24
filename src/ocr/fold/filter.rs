//! The numbers inside a convolution, and what may be done to them.

use super::graph::Graph;
use super::onnx::{NodeProto, TensorProto, data_type};

/// A constant of 32-bit floats, in double precision while it is worked on: rounded once, at the end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    /// Lengths of the dimensions, outermost first; none for a single number.
    pub dims: Vec<usize>,
    /// As many as the product of `dims`, the last dimension running fastest.
    pub values: Vec<f64>,
}

impl Weights {
    /// A list.
    pub fn list(values: Vec<f64>) -> Self {
        Self { dims: vec![values.len()], values }
    }

    /// Reads a tensor that lies in the file itself; nothing if it is of another type or its length is wrong.
    pub fn read(tensor: &TensorProto) -> Option<Self> {
        let elsewhere = tensor.data_location.is_some_and(|location| location != 0) || tensor.segment.is_some();
        if elsewhere || tensor.data_type != Some(data_type::FLOAT) {
            return None;
        }
        let dims: Vec<usize> = tensor.dims.iter().map(|dim| usize::try_from(*dim)).collect::<Result<_, _>>().ok()?;
        let length = dims.iter().try_fold(1_usize, |product, dim| product.checked_mul(*dim))?;
        let values: Vec<_> = match &tensor.raw_data {
            Some(raw) if raw.len() % 4 == 0 => {
                raw.as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
            }
            Some(_) => return None,
            None => tensor.float_data.iter().copied().map(f64::from).collect(),
        };
        (values.len() == length).then_some(Self { dims, values })
    }

    /// The tensor of this name with these values.
    pub fn write(&self, name: &str) -> TensorProto {
        TensorProto {
            dims: self.dims.iter().map(|dim| *dim as i64).collect(),
            data_type: Some(data_type::FLOAT),
            name: Some(name.to_owned()),
            raw_data: Some(self.values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect()),
            ..TensorProto::default()
        }
    }

    /// The value of a single number that does not add dimensions to an image.
    pub fn scalar(&self) -> Option<f64> {
        match *self.values {
            [value] if self.dims.len() <= 4 => Some(value),
            _ => None,
        }
    }

    /// A value for each channel of an image `[n, channels, h, w]` that this is added to or multiplied with; nothing if
    /// it differs within a channel.
    pub fn per_channel(&self, channels: usize) -> Option<Vec<f64>> {
        if let Some(value) = self.scalar() {
            return Some(vec![value; channels]);
        }
        let fits = *self.dims == [1, channels, 1, 1] || *self.dims == [channels, 1, 1];
        fits.then(|| self.values.clone())
    }
}

/// The constant filter and bias of a convolution over images.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    /// `Conv`: outputs, inputs of a group, height, width. `ConvTranspose`: inputs, outputs, height, width.
    pub dims: [usize; 4],
    /// As many as the product of `dims`.
    pub weights: Vec<f64>,
    /// One for each output channel.
    pub bias: Vec<f64>,
    transposed: bool,
}

impl Filter {
    /// A filter of a `Conv`. The caller gives lengths that agree.
    pub fn new(dims: [usize; 4], weights: Vec<f64>, bias: Vec<f64>) -> Self {
        Self { dims, weights, bias, transposed: false }
    }

    /// The filter of a `Conv`, or of a `ConvTranspose` without groups; nothing if it is not constant, not of 32-bit
    /// floats, or not over two dimensions.
    pub fn of(graph: &Graph, node: &NodeProto) -> Option<Self> {
        let transposed = node.is("ConvTranspose");
        if !(node.is("Conv") || transposed && node.number("group", 1) == 1) {
            return None;
        }
        let weights = graph.weights(node.input.get(1)?)?;
        let dims: [usize; 4] = weights.dims.as_slice().try_into().ok()?;
        let outputs = dims[usize::from(transposed)];
        let bias = match node.input.get(2).map(String::as_str) {
            None | Some("") => vec![0.0; outputs],
            Some(name) => graph.weights(name)?.values,
        };
        let fits = bias.len() == outputs && !weights.values.is_empty();
        fits.then_some(Self { dims, weights: weights.values, bias, transposed })
    }

    /// Gives a convolution this filter.
    pub fn put(self, graph: &mut Graph, at: usize) {
        let weights = graph.add_constant(Weights { dims: self.dims.to_vec(), values: self.weights });
        let bias = graph.add_constant(Weights::list(self.bias));
        let node = &mut graph.nodes[at];
        node.input.truncate(1);
        node.input.extend([weights, bias]);
    }

    /// The number of output channels.
    pub fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// Makes output channel `c` come out as `scale[c]` times what it was, plus `shift[c]`.
    pub fn map_outputs(&mut self, scale: &[f64], shift: &[f64]) {
        let (outputs, area) = (self.outputs(), self.dims[2] * self.dims[3]);
        let run = if self.transposed { area } else { self.dims[1] * area };
        for (block, weights) in self.weights.chunks_exact_mut(run).enumerate() {
            for weight in weights {
                *weight *= scale[block % outputs];
            }
        }
        for (bias, (scale, shift)) in self.bias.iter_mut().zip(scale.iter().zip(shift)) {
            *bias = *bias * scale + shift;
        }
    }

    /// Makes the convolution of `input` give what that of `scale` times `input` gave.
    pub fn scale_inputs(&mut self, scale: f64) {
        for weight in &mut self.weights {
            *weight *= scale;
        }
    }

    /// Makes the convolution of `input` give what that of `input` plus `shift` gave. Exact only where the filter never
    /// reaches over the edge of the image.
    pub fn shift_inputs(&mut self, shift: f64) {
        let run = self.dims[1] * self.dims[2] * self.dims[3];
        for (bias, weights) in self.bias.iter_mut().zip(self.weights.chunks_exact(run)) {
            *bias += shift * weights.iter().sum::<f64>();
        }
    }

    /// Adds output channels that are always zero. For a `Conv` without groups.
    pub fn add_outputs(&mut self, count: usize) {
        let run = self.dims[1] * self.dims[2] * self.dims[3];
        self.dims[0] += count;
        self.weights.resize(self.dims[0] * run, 0.0);
        self.bias.resize(self.dims[0], 0.0);
    }

    /// Adds input channels that count for nothing. For a `Conv` without groups.
    pub fn add_inputs(&mut self, count: usize) {
        let area = self.dims[2] * self.dims[3];
        let run = self.dims[1] * area;
        let wider =
            |weights: &[f64]| weights.iter().copied().chain(std::iter::repeat_n(0.0, count * area)).collect::<Vec<_>>();
        self.weights = self.weights.chunks_exact(run).flat_map(wider).collect();
        self.dims[1] += count;
    }
}

//! The numbers inside a convolution, and what may be done to them.

use super::graph::Graph;
use super::onnx::NodeProto;
use super::weights::Weights;

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

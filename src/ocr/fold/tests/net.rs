//! Small networks for the tests, made step by step.

use prost::Message;

use super::super::graph::Graph;
use super::super::onnx::{GraphProto, ModelProto, NodeProto, OperatorSetIdProto, ValueInfoProto};
use super::super::weights::Weights;

/// A network under construction: each step reads what the one before wrote.
#[derive(Default)]
pub struct Net {
    pub model: ModelProto,
    /// Channels of the images it takes.
    pub inputs: usize,
    /// The value that the last step wrote, and its channels.
    pub value: String,
    pub channels: usize,
    random: u32,
}

impl Net {
    /// Takes images of so many channels.
    pub fn new(channels: usize) -> Self {
        let opset_import = vec![OperatorSetIdProto { domain: None, version: Some(14) }];
        let input = vec![ValueInfoProto { name: Some("x".into()), ..Default::default() }];
        let graph = Some(GraphProto { input, ..Default::default() });
        let model = ModelProto { ir_version: Some(8), opset_import, graph, ..Default::default() };
        Self { model, inputs: channels, value: "x".into(), channels, random: 1 }
    }

    pub fn graph(&mut self) -> &mut GraphProto {
        self.model.graph.as_mut().unwrap()
    }

    /// Numbers between -1 and 1.
    pub fn numbers(&mut self, count: usize) -> Vec<f64> {
        let next = |_| {
            self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(self.random >> 8) / f64::from(1 << 23) - 1.0
        };
        (0..count).map(next).collect()
    }

    /// A constant of such numbers, or of these.
    pub fn constant(&mut self, dims: &[usize]) -> String {
        let values = self.numbers(dims.iter().product());
        self.given(dims, values)
    }

    pub fn given(&mut self, dims: &[usize], values: Vec<f64>) -> String {
        let name = format!("c{}", self.graph().initializer.len());
        let tensor = Weights { dims: dims.to_vec(), values }.write(&name);
        self.graph().initializer.push(tensor);
        name
    }

    /// A step: an operator over the value and these further inputs.
    pub fn step(&mut self, operator: &str, further: &[&str]) -> &mut Self {
        let input = [self.value.as_str()].iter().chain(further).map(|name| (*name).to_owned()).collect();
        self.value = format!("v{}", self.graph().node.len());
        let node = NodeProto::new(operator, input, self.value.clone());
        self.graph().node.push(node);
        self
    }

    fn last(&mut self) -> &mut NodeProto {
        self.graph().node.last_mut().unwrap()
    }

    /// A convolution that keeps the size of the image.
    pub fn conv(&mut self, outputs: usize, kernel: usize) -> &mut Self {
        let filter = self.constant(&[outputs, self.channels, kernel, kernel]);
        self.channels = outputs;
        self.step("Conv", &[&filter]).kernel(kernel, 1)
    }

    /// The same for each channel alone.
    pub fn depthwise(&mut self, kernel: usize) -> &mut Self {
        let filter = self.constant(&[self.channels, 1, kernel, kernel]);
        let groups = self.channels;
        self.step("Conv", &[&filter]).kernel(kernel, groups)
    }

    fn kernel(&mut self, kernel: usize, groups: usize) -> &mut Self {
        let node = std::mem::take(self.last()).with_number("group", groups as i64);
        *self.last() = node.with_numbers("pads", &[kernel as i64 / 2; 4]);
        self
    }

    /// A transposed convolution that doubles the image.
    pub fn double(&mut self, outputs: usize) -> &mut Self {
        let filter = self.constant(&[self.channels, outputs, 2, 2]);
        let bias = self.constant(&[outputs]);
        self.channels = outputs;
        self.step("ConvTranspose", &[&filter, &bias]);
        *self.last() = std::mem::take(self.last()).with_numbers("strides", &[2, 2]);
        self
    }

    /// Multiplies with, or adds, a constant of these dimensions.
    pub fn by(&mut self, operator: &str, dims: &[usize]) -> &mut Self {
        let constant = self.constant(dims);
        self.step(operator, &[&constant])
    }

    /// A learnable affine block.
    pub fn affine(&mut self) -> &mut Self {
        self.by("Mul", &[1]).by("Add", &[1])
    }

    pub fn normalize(&mut self) -> &mut Self {
        let lists: Vec<_> = (0..3).map(|_| self.constant(&[self.channels])).collect();
        let variance = self.numbers(self.channels).iter().map(|value| value * value + 0.1).collect();
        let variance = self.given(&[self.channels], variance);
        self.step("BatchNormalization", &[&lists[0], &lists[1], &lists[2], &variance])
    }

    /// A squeeze-and-excitation block; the value is the scale of each channel.
    pub fn squeeze(&mut self) -> &mut Self {
        let channels = self.channels;
        self.step("GlobalAveragePool", &[]).conv(2, 1).step("Relu", &[]).conv(channels, 1).step("HardSigmoid", &[])
    }

    /// Makes the value an output of the model.
    pub fn output(&mut self) -> &mut Self {
        let name = Some(self.value.clone());
        self.graph().output.push(ValueInfoProto { name, ..Default::default() });
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.model.encode_to_vec()
    }
}

/// The operators of a serialized model, in running order.
pub fn operators(model: &[u8]) -> Vec<String> {
    let graph = ModelProto::decode(model).unwrap().graph.unwrap();
    graph.node.iter().map(|node| node.op_type.clone().unwrap()).collect()
}

/// A constant of a serialized model, found by who reads it: the operator's place and the place among its inputs.
pub fn constant(model: &[u8], node: usize, input: usize) -> Weights {
    let graph = Graph::open(ModelProto::decode(model).unwrap().graph.unwrap());
    graph.weights(&graph.nodes[node].input[input]).unwrap()
}

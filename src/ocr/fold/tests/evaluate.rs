//! The operators that the tests use, word for word from their definitions, without a thought for speed.

use std::collections::HashMap;

use prost::Message;

use super::super::onnx::{ModelProto, NodeProto};
use super::super::weights::Weights;

/// What a model answers to an input: its outputs in their order.
pub fn answer(model: &[u8], input: Weights) -> Vec<Weights> {
    let graph = ModelProto::decode(model).unwrap().graph.unwrap();
    let mut values: HashMap<String, Weights> = HashMap::new();
    for tensor in &graph.initializer {
        values.insert(tensor.name.clone().unwrap(), Weights::read(tensor).unwrap());
    }
    // An input that an operator may do without.
    values.insert(String::new(), Weights { dims: vec![0], values: vec![] });
    values.insert(graph.input[0].name.clone().unwrap(), input);
    for node in &graph.node {
        let inputs: Vec<_> = node.input.iter().map(|name| values[name].clone()).collect();
        values.insert(node.output[0].clone(), apply(node, &inputs));
    }
    graph.output.iter().map(|output| values[output.name.as_ref().unwrap()].clone()).collect()
}

fn apply(node: &NodeProto, inputs: &[Weights]) -> Weights {
    let first = inputs.first().cloned().unwrap_or(Weights { dims: vec![], values: vec![] });
    match node.op_type.as_deref().unwrap() {
        "Identity" => first,
        "Constant" => Weights::read(node.attribute("value").unwrap().t.as_ref().unwrap()).unwrap(),
        "Relu" => each(first, |x| x.max(0.0)),
        "Sigmoid" => each(first, |x| 1.0 / (1.0 + (-x).exp())),
        "HardSigmoid" => each(first, |x| (0.2 * x + 0.5).clamp(0.0, 1.0)),
        "HardSwish" => each(first, |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
        "Add" => pairs(&first, &inputs[1], |a, b| a + b),
        "Mul" => pairs(&first, &inputs[1], |a, b| a * b),
        "GlobalAveragePool" => pool(&first),
        "BatchNormalization" => normalize(&first, &inputs[1..]),
        "Conv" => convolve(node, &first, &inputs[1..]),
        "ConvTranspose" => double(&first, &inputs[1..]),
        "Concat" => concatenate(inputs),
        "Resize" => enlarge(&first, &inputs[2]),
        "SpaceToDepth" => gather(&first, node.number("blocksize", 0) as usize),
        "DepthToSpace" => spread(&first, node.number("blocksize", 0) as usize),
        other => panic!("no test needs {other}"),
    }
}

fn image(dims: [usize; 4], pixel: impl Fn([usize; 4]) -> f64) -> Weights {
    let [n, c, h, w] = dims;
    let at = |i: usize| [i / (c * h * w), i / (h * w) % c, i / w % h, i % w];
    Weights { dims: dims.to_vec(), values: (0..n * c * h * w).map(|i| pixel(at(i))).collect() }
}

/// A value by its place, the missing outer dimensions and those of length one repeated; zero outside.
fn get(tensor: &Weights, place: [isize; 4]) -> f64 {
    let mut at = 0;
    for (dim, place) in tensor.dims.iter().zip(&place[4 - tensor.dims.len()..]) {
        let place = if *dim == 1 { 0 } else { *place };
        match usize::try_from(place) {
            Ok(place) if place < *dim => at = at * dim + place,
            _ => return 0.0,
        }
    }
    tensor.values[at]
}

fn dims(tensor: &Weights) -> [usize; 4] {
    tensor.dims.as_slice().try_into().unwrap()
}

fn each(mut tensor: Weights, function: impl Fn(f64) -> f64) -> Weights {
    tensor.values.iter_mut().for_each(|value| *value = function(*value));
    tensor
}

fn pairs(a: &Weights, b: &Weights, function: impl Fn(f64, f64) -> f64) -> Weights {
    let length = |tensor: &Weights, at: usize| {
        let missing = 4 - tensor.dims.len();
        if at < missing { 1 } else { tensor.dims[at - missing] }
    };
    image(std::array::from_fn(|at| length(a, at).max(length(b, at))), |place| {
        let place = place.map(|at| at as isize);
        function(get(a, place), get(b, place))
    })
}

fn pool(large: &Weights) -> Weights {
    let [n, c, h, w] = dims(large);
    image([n, c, 1, 1], |[n, c, ..]| {
        let pixels = &large.values[(n * large.dims[1] + c) * h * w..][..h * w];
        pixels.iter().sum::<f64>() / (h * w) as f64
    })
}

fn normalize(x: &Weights, parameters: &[Weights]) -> Weights {
    let [gamma, beta, mean, variance] = parameters else { panic!("four parameters") };
    image(dims(x), |[n, c, h, w]| {
        let x = get(x, [n, c, h, w].map(|at| at as isize));
        (x - mean.values[c]) / (variance.values[c] + 1e-5).sqrt() * gamma.values[c] + beta.values[c]
    })
}

fn convolve(node: &NodeProto, x: &Weights, filter: &[Weights]) -> Weights {
    let numbers = |name: &str, at: usize| node.attribute(name).map_or(0, |attribute| attribute.ints[at]) as usize;
    let [top, left, bottom, right] = std::array::from_fn(|at| numbers("pads", at));
    let (stride, groups) = (numbers("strides", 0).max(1), node.number("group", 1) as usize);
    let ([n, _, h, w], [outputs, inputs, kh, kw]) = (dims(x), dims(&filter[0]));
    let size = |length: usize, kernel: usize| (length - kernel) / stride + 1;
    image([n, outputs, size(top + h + bottom, kh), size(left + w + right, kw)], |[n, c, row, column]| {
        let mut sum = filter.get(1).map_or(0.0, |bias| bias.values[c]);
        for (i, (y, x_)) in (0..inputs).flat_map(|i| (0..kh * kw).map(move |k| (i, (k / kw, k % kw)))) {
            let from = [n, c / (outputs / groups) * inputs + i, row * stride + y, column * stride + x_];
            let pad = [0, 0, top as isize, left as isize];
            let pixel = get(x, std::array::from_fn(|at| from[at] as isize - pad[at]));
            sum += pixel * filter[0].values[((c * inputs + i) * kh + y) * kw + x_];
        }
        sum
    })
}

/// A transposed convolution with a filter of 2×2 and strides of 2.
fn double(x: &Weights, filter: &[Weights]) -> Weights {
    let ([n, inputs, h, w], outputs) = (dims(x), filter[0].dims[1]);
    image([n, outputs, 2 * h, 2 * w], |[n, c, row, column]| {
        let bias = filter.get(1).map_or(0.0, |bias| bias.values[c]);
        let term = |i: usize| {
            let weight = filter[0].values[((i * outputs + c) * 2 + row % 2) * 2 + column % 2];
            get(x, [n, i, row / 2, column / 2].map(|at| at as isize)) * weight
        };
        bias + (0..inputs).map(term).sum::<f64>()
    })
}

fn spread(small: &Weights, block: usize) -> Weights {
    let [n, c, h, w] = dims(small);
    let channels = c / block / block;
    image([n, channels, h * block, w * block], |[n, c, row, column]| {
        let from = (row % block * block + column % block) * channels + c;
        get(small, [n, from, row / block, column / block].map(|at| at as isize))
    })
}

fn gather(large: &Weights, block: usize) -> Weights {
    let [n, channels, h, w] = dims(large);
    image([n, channels * block * block, h / block, w / block], |[n, c, row, column]| {
        let (pixel, c) = (c / channels, c % channels);
        let from = [n, c, row * block + pixel / block, column * block + pixel % block];
        get(large, from.map(|at| at as isize))
    })
}

/// Channels one behind the other.
fn concatenate(inputs: &[Weights]) -> Weights {
    let ([n, _, h, w], channels) = (dims(&inputs[0]), inputs.iter().map(|input| input.dims[1]).sum());
    image([n, channels, h, w], |[n, mut c, row, column]| {
        let input = inputs.iter().find(|input| {
            let here = c < input.dims[1];
            c -= if here { 0 } else { input.dims[1] };
            here
        });
        get(input.unwrap(), [n, c, row, column].map(|at| at as isize))
    })
}

/// The nearest pixel above and to the left, counted from the corner of the image.
fn enlarge(small: &Weights, scales: &Weights) -> Weights {
    let (from, scale) = (dims(small), |at: usize| scales.values[at]);
    image(std::array::from_fn(|at| (from[at] as f64 * scale(at)) as usize), |place| {
        get(small, std::array::from_fn(|at| (place[at] as f64 / scale(at)).floor() as isize))
    })
}

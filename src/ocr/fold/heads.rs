//! Two shapes that detection networks have at their ends, written so that ONNX Runtime passes over the image less often.

use super::affine::sweep;
use super::filter::Filter;
use super::graph::Graph;
use super::onnx::NodeProto;
use super::weights::Weights;

/// A squeeze-and-excitation block with a shortcut, `x + x·s`, becomes `x·(s + 1)`: the sum is over a number for each
/// channel instead of over the image.
pub(super) fn excite(graph: &mut Graph) -> bool {
    sweep(graph, |graph, at| {
        let add = &graph.nodes[at];
        let (true, [left, right]) = (add.is("Add"), add.input.as_slice()) else { return None };
        let found = excitation(graph, left, right).or_else(|| excitation(graph, right, left));
        let (product, scale) = found.filter(|(product, _)| *product < at)?;
        let image = graph.nodes[product].input.iter().find(|input| **input != scale)?.clone();
        let output = graph.nodes.remove(at).output;
        let one = graph.add_constant(Weights::list(vec![1.0]));
        let sum = graph.new_name("excitation");
        graph.nodes[product].input = vec![image, sum.clone()];
        graph.nodes[product].output = output;
        graph.nodes.insert(product, NodeProto::new("Add", vec![scale, one], sum));
        Some(())
    })
}

/// The position of `image · scale` if `product` is that and read once, and the name of `scale`, a number per channel.
fn excitation(graph: &Graph, image: &str, product: &str) -> Option<(usize, String)> {
    graph.only_reader(product)?;
    let at = graph.nodes.iter().position(|node| node.is("Mul") && node.result() == product)?;
    let scale = match graph.nodes[at].input.as_slice() {
        [left, right] if left == image => right,
        [left, right] if right == image => left,
        _ => return None,
    };
    (scale != image && pooled(graph, scale)).then(|| (at, scale.clone()))
}

/// Whether a value comes from a global pooling through a convolution of 32-bit floats.
fn pooled(graph: &Graph, value: &str) -> bool {
    let mut convolved = false;
    let mut value = value;
    // Pooling, convolution, activation, convolution, activation; biases may stand apart.
    for _ in 0..8 {
        let Some(writer) = graph.writer(value) else { return false };
        if writer.is("GlobalAveragePool") {
            return convolved;
        }
        let Some(first) = writer.input.first() else { return false };
        if writer.is("Conv") {
            convolved |= Filter::of(graph, writer).is_some();
        } else if !["HardSigmoid", "Sigmoid", "Relu"].iter().any(|operator| writer.is(operator)) {
            return false;
        }
        value = first;
    }
    false
}

/// Two transposed convolutions that double the image without overlap, down to one channel (the head of a differentiable
/// binarization), become two convolutions over the small image whose channels are the pixels of the large one.
pub(super) fn unfold_upsampling(graph: &mut Graph) -> bool {
    sweep(graph, |graph, at| {
        let first = doubling(graph, at)?;
        let relu = graph.only_reader(graph.nodes[at].result()).filter(|relu| graph.nodes[*relu].is("Relu"))?;
        let last = graph.only_reader(graph.nodes[relu].result())?;
        let second = doubling(graph, last).filter(|second| second.outputs() == 1)?;
        let sigmoid = graph.only_reader(graph.nodes[last].result()).filter(|next| graph.nodes[*next].is("Sigmoid"))?;

        let (inputs, middle) = (first.dims[0], first.dims[1]);
        convolve(graph, at, Filter::new([4 * middle, inputs, 1, 1], quarters(&first), first.bias.repeat(4)));
        let pixels = Filter::new([16, 4 * middle, 1, 1], sixteenths(&second), second.bias.repeat(16));
        convolve(graph, last, pixels);
        let blocks = graph.new_name("blocks");
        let image = std::mem::replace(&mut graph.nodes[sigmoid].output, vec![blocks.clone()]).remove(0);
        let spread = NodeProto::new("DepthToSpace", vec![blocks], image).with_number("blocksize", 4);
        graph.nodes.insert(sigmoid + 1, spread);
        Some(())
    })
}

/// The filter of a transposed convolution whose output pixels each come from one input pixel, four from each.
fn doubling(graph: &Graph, at: usize) -> Option<Filter> {
    let node = &graph.nodes[at];
    let filter = node.is("ConvTranspose").then(|| Filter::of(graph, node))??;
    let odd = ["auto_pad", "output_shape"].iter().any(|name| node.attribute(name).is_some());
    let plain = node.all("pads", 0) && node.all("dilations", 1) && node.all("output_padding", 0) && !odd;
    let strides = node.attribute("strides").is_some_and(|strides| *strides.ints == [2, 2]);
    (filter.dims[2..] == [2, 2] && plain && strides).then_some(filter)
}

/// The weights of a doubling as a convolution: output channel `q · middle + m` is channel `m` of quarter `q`.
fn quarters(filter: &Filter) -> Vec<f64> {
    let [inputs, middle, ..] = filter.dims;
    let weight = |output: usize, input: usize| filter.weights[(input * middle + output % middle) * 4 + output / middle];
    (0..4 * middle).flat_map(|output| (0..inputs).map(move |input| weight(output, input))).collect()
}

/// The weights of a doubling to one channel, over channels from [`quarters`]: output channel `4 · row + column`.
fn sixteenths(filter: &Filter) -> Vec<f64> {
    let middle = filter.dims[0];
    let weight = |pixel: usize, input: usize| {
        let (row, column) = (pixel / 4, pixel % 4);
        let quarter = row / 2 * 2 + column / 2;
        let within = row % 2 * 2 + column % 2;
        if input / middle == quarter { filter.weights[input % middle * 4 + within] } else { 0.0 }
    };
    (0..16).flat_map(|pixel| (0..4 * middle).map(move |input| weight(pixel, input))).collect()
}

/// Turns an operator into a convolution of single pixels that reads and writes the same values.
fn convolve(graph: &mut Graph, at: usize, filter: Filter) {
    let node = &mut graph.nodes[at];
    let (image, output) = (node.input[0].clone(), node.output[0].clone());
    *node = NodeProto::new("Conv", vec![image], output).with_numbers("kernel_shape", &[1, 1]);
    filter.put(graph, at);
}

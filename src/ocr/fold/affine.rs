//! Scales and shifts, folded into the convolution before them or the convolutions after them.

use super::filter::Filter;
use super::graph::Graph;
use super::onnx::NodeProto;
use super::weights::Weights;

/// A scale nearer to zero than this is not divided by.
const MIN_SCALE: f64 = 1e-6;

/// What multiplies or shifts the channels of a convolution's output, and nothing else reads it, goes into its filter:
/// biases apart, batch normalization, and the learnable affine blocks before an activation.
pub(super) fn into_writers(graph: &mut Graph) -> bool {
    sweep(graph, |graph, at| {
        let value = graph.nodes[at].result().to_owned();
        let reader = graph.only_reader(&value)?;
        let mut filter = Filter::of(graph, &graph.nodes[at])?;
        let (scale, shift) = channel_map(graph, &graph.nodes[reader], &value, filter.outputs())?;
        filter.map_outputs(&scale, &shift);
        filter.put(graph, at);
        graph.nodes[at].output = std::mem::take(&mut graph.nodes[reader].output);
        graph.nodes.remove(reader);
        Some(())
    })
}

/// A scale that only convolutions read goes into their filters, and a shift into those that never reach over an edge:
/// the learnable affine blocks after an activation.
pub(super) fn into_readers(graph: &mut Graph) -> bool {
    sweep(graph, |graph, at| scale_readers(graph, at).or_else(|| shift_readers(graph, at)))
}

/// Offers each operator in turn to a rule, again as long as the rule takes it.
pub(super) fn sweep(graph: &mut Graph, rule: impl Fn(&mut Graph, usize) -> Option<()>) -> bool {
    let (mut at, mut changed) = (0, false);
    while at < graph.nodes.len() {
        match rule(graph, at) {
            Some(()) => changed = true,
            None => at += 1,
        }
    }
    changed
}

/// The convolutions that read a value as their image; nothing if anything else reads it.
pub(super) fn convolutions(graph: &Graph, value: &str) -> Option<Vec<(usize, Filter)>> {
    let readers = graph.readers(value);
    if readers.is_empty() || graph.is_output(value) {
        return None;
    }
    readers.into_iter().map(|at| Some((at, image_filter(graph, at, value)?))).collect()
}

/// The filter of a `Conv` that reads a value as its image and as nothing else.
fn image_filter(graph: &Graph, at: usize, value: &str) -> Option<Filter> {
    let node = &graph.nodes[at];
    let image = node.input.iter().position(|input| input == value) == Some(0);
    let once = node.input.iter().filter(|input| *input == value).count() == 1;
    (node.is("Conv") && image && once).then(|| Filter::of(graph, node))?
}

/// What an operator does to each channel of a value: a scale, then a shift.
pub(super) fn channel_map(
    graph: &Graph,
    node: &NodeProto,
    value: &str,
    channels: usize,
) -> Option<(Vec<f64>, Vec<f64>)> {
    if node.is("BatchNormalization") {
        return normalization(graph, node, value, channels);
    }
    let (constant, input) = graph.constant_operand(node)?;
    let constant = constant.per_channel(channels).filter(|_| input == value)?;
    match node.op_type.as_deref() {
        Some("Add") if node.is("Add") => Some((vec![1.0; channels], constant)),
        Some("Mul") if node.is("Mul") => Some((constant, vec![0.0; channels])),
        _ => None,
    }
}

fn normalization(graph: &Graph, node: &NodeProto, value: &str, channels: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let known = |name: &str| matches!(name, "epsilon" | "momentum" | "training_mode");
    let plain = node.attribute.iter().all(|attribute| attribute.name.as_deref().is_some_and(known));
    let [input, parameters @ ..] = node.input.as_slice() else { return None };
    if !plain || node.number("training_mode", 0) != 0 || input != value {
        return None;
    }
    let lists: Option<Vec<_>> = parameters.iter().map(|name| graph.weights(name)).collect();
    let [gamma, beta, mean, variance]: [Weights; 4] = lists?.try_into().ok()?;
    if [&gamma, &beta, &mean, &variance].iter().any(|list| list.values.len() != channels) {
        return None;
    }
    // The default of the operator's definition.
    let epsilon = f64::from(node.attribute("epsilon").and_then(|attribute| attribute.f).unwrap_or(1e-5));
    let deviation = variance.values.iter().map(|variance| (variance + epsilon).sqrt());
    let scale: Vec<_> = gamma.values.iter().zip(deviation).map(|(gamma, sigma)| gamma / sigma).collect();
    let centred = mean.values.iter().zip(&scale).map(|(mean, scale)| mean * scale);
    let shift = beta.values.iter().zip(centred).map(|(beta, centred)| beta - centred).collect();
    Some((scale, shift))
}

/// `Mul` and then `Add`: the scale goes into the convolutions, and the shift is divided by it. A `Mul` alone stays: it
/// may be the end of a GELU, which ONNX Runtime recognizes only as a whole.
fn scale_readers(graph: &mut Graph, at: usize) -> Option<()> {
    let (constant, image) = graph.nodes[at].is("Mul").then(|| graph.constant_operand(&graph.nodes[at]))??;
    let scale = constant.scalar().filter(|scale| scale.abs() >= MIN_SCALE)?;
    let add = graph.only_reader(graph.nodes[at].result()).filter(|reader| graph.nodes[*reader].is("Add"))?;
    let shift = graph.constant_operand(&graph.nodes[add])?.0.scalar()?;
    for (reader, mut filter) in convolutions(graph, graph.nodes[add].result())? {
        filter.scale_inputs(scale);
        filter.put(graph, reader);
    }
    let shift = graph.add_constant(Weights::list(vec![shift / scale]));
    graph.nodes[add].input = vec![image, shift];
    graph.nodes.remove(at);
    Some(())
}

fn shift_readers(graph: &mut Graph, at: usize) -> Option<()> {
    let (constant, image) = graph.nodes[at].is("Add").then(|| graph.constant_operand(&graph.nodes[at]))??;
    let shift = constant.scalar()?;
    let sum = graph.nodes[at].result().to_owned();
    let mut moved = None;
    for reader in graph.readers(&sum) {
        let filter = image_filter(graph, reader, &sum).filter(|_| inside(&graph.nodes[reader]));
        if let Some(mut filter) = filter {
            filter.shift_inputs(shift);
            filter.put(graph, reader);
            graph.nodes[reader].input[0].clone_from(&image);
            moved = Some(());
        }
    }
    if moved.is_some() && graph.readers(&sum).is_empty() && !graph.is_output(&sum) {
        graph.nodes.remove(at);
    }
    moved
}

/// Whether a convolution mixes all channels and never reaches over the edge of the image.
fn inside(node: &NodeProto) -> bool {
    let padded = node.attribute("auto_pad").is_some() || !node.all("pads", 0);
    node.number("group", 1) == 1 && !padded
}

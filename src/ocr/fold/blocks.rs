//! Keeping images in the layout in which ONNX Runtime's convolutions are fast.

use super::affine::{channel_map, convolutions, sweep};
use super::filter::Filter;
use super::graph::Graph;
use super::onnx::NodeProto;

/// ONNX Runtime keeps the channels of neighbouring convolutions in blocks of 16 (AVX-512) or 8
/// (`MlasNchwcGetBlockSize`), and an operator that cannot work on blocks makes it copy the image there and back.
const BLOCK: usize = 16;

/// A scale and shift that had to stay becomes a convolution with one weight for each channel, which works on blocks of
/// channels. The same multiplication and addition, without the copying.
pub(super) fn into_depthwise(graph: &mut Graph) -> bool {
    sweep(graph, depthwise)
}

/// Pads the few channels between two convolutions with empty ones up to a whole block, so that they stay in blocks.
pub(super) fn fill_blocks(graph: &mut Graph) -> bool {
    sweep(graph, |graph, at| {
        let node = &graph.nodes[at];
        let ungrouped = |node: &NodeProto| node.number("group", 1) == 1;
        let mut filter = node.is("Conv").then(|| Filter::of(graph, node))??;
        let missing = BLOCK.checked_sub(filter.outputs()).filter(|missing| *missing > 0 && ungrouped(node))?;
        let readers = convolutions(graph, node.result())?;
        if !readers.iter().all(|(reader, _)| ungrouped(&graph.nodes[*reader])) {
            return None;
        }
        filter.add_outputs(missing);
        filter.put(graph, at);
        for (reader, mut filter) in readers {
            filter.add_inputs(missing);
            filter.put(graph, reader);
        }
        Some(())
    })
}

fn depthwise(graph: &mut Graph, at: usize) -> Option<()> {
    let (_, image) = graph.constant_operand(&graph.nodes[at])?;
    let channels = channels(graph, &image).filter(|channels| channels % BLOCK == 0)?;
    let (scale, mut shift) = channel_map(graph, &graph.nodes[at], &image, channels)?;
    let mut last = at;
    let value = graph.nodes[at].result();
    if let Some(add) = graph.only_reader(value).filter(|add| *add > at && graph.nodes[*add].is("Add"))
        && let Some((_, added)) = channel_map(graph, &graph.nodes[add], value, channels)
    {
        for (shift, added) in shift.iter_mut().zip(added) {
            *shift += added;
        }
        last = add;
    }
    let on_blocks = ["Conv", "GlobalAveragePool", "AveragePool"];
    let gains = |reader: usize| on_blocks.iter().any(|operator| graph.nodes[reader].is(operator));
    if !graph.readers(graph.nodes[last].result()).into_iter().any(gains) {
        return None;
    }
    let output = graph.nodes[last].result().to_owned();
    let node = NodeProto::new("Conv", vec![image], output).with_number("group", channels as i64);
    graph.nodes[at] = node.with_numbers("kernel_shape", &[1, 1]);
    Filter::new([channels, 1, 1, 1], scale, shift).put(graph, at);
    if last != at {
        graph.nodes.remove(last);
    }
    Some(())
}

/// How many channels the image has that a convolution, or an activation or pooling after one, writes.
pub(super) fn channels(graph: &Graph, value: &str) -> Option<usize> {
    let same = ["HardSwish", "HardSigmoid", "Relu", "Sigmoid", "AveragePool", "MaxPool"];
    let mut writer = graph.writer(value)?;
    // An activation and a pooling are all that the models have between a convolution and its scale.
    for _ in 0..2 {
        if same.iter().any(|operator| writer.is(operator)) {
            writer = graph.writer(writer.input.first()?)?;
        }
    }
    Filter::of(graph, writer).map(|filter| filter.outputs())
}

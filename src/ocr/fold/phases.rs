//! A convolution over a map that was just doubled, done on the map as it was before.

use super::affine::sweep;
use super::blocks::channels;
use super::filter::Filter;
use super::graph::Graph;
use super::onnx::NodeProto;
use super::weights::Weights;

/// Row and column, in a block of 2×2 pixels, of the four phases of a doubled map, in the order in which
/// `SpaceToDepth` and `DepthToSpace` have them.
const PHASES: [[usize; 2]; 4] = [[0, 0], [0, 1], [1, 0], [1, 1]];

/// The local head of PP-OCRv5_server's detector: a small map, doubled, beside a base of that size; a convolution of 3×3
/// over both, an activation, and a convolution of single pixels.
struct Head {
    /// Where doubling, concatenation, convolution, activation and last convolution are, in running order.
    nodes: [usize; 5],
    filter: Filter,
    base: String,
    /// Channels of the base, and the first of them in the concatenation.
    base_channels: usize,
    base_start: usize,
    small: String,
    small_channels: usize,
}

/// Around a pixel of a doubled map, 3×3 pixels are only 2×2 different ones, and which those are depends on the pixel's
/// phase alone. So the head becomes four convolutions of 2×2 over the small map, one for each phase of the output; the
/// base joins it with its blocks of 2×2 as channels. Nothing but the last map has the full size any more.
///
/// The full size is even, as `SpaceToDepth` needs it: the base is concatenated with a doubled map.
pub(super) fn over_doubled(graph: &mut Graph) -> bool {
    sweep(graph, |graph, at| {
        let head = Head::at(graph, at)?;
        head.replace(graph);
        Some(())
    })
}

impl Head {
    /// The head that begins with the doubling at `at`, if it is one, and four convolutions need no more products.
    fn at(graph: &Graph, at: usize) -> Option<Self> {
        let reader = |at: usize, operator: &str| {
            graph.only_reader(graph.nodes[at].result()).filter(|reader| graph.nodes[*reader].is(operator))
        };
        let small = doubled(graph, &graph.nodes[at])?;
        let concat = reader(at, "Concat").filter(|concat| graph.nodes[*concat].number("axis", 0) == 1)?;
        let conv = reader(concat, "Conv")?;
        let relu = reader(conv, "Relu")?;
        let last = reader(relu, "Conv")?;
        let nodes = [at, concat, conv, relu, last];
        let filter = plain_filter(graph, &graph.nodes[conv], 3)?;
        plain_filter(graph, &graph.nodes[last], 1)?;

        let [left, right] = graph.nodes[concat].input.as_slice() else { return None };
        let base_first = right == graph.nodes[at].result();
        let base = if base_first { left } else { right }.clone();
        let small_channels = channels(graph, &small)?;
        let base_channels = filter.dims[1].checked_sub(small_channels)?;
        let base_start = if base_first { 0 } else { small_channels };
        let gains = 4 * (4 * base_channels + small_channels) <= 9 * filter.dims[1];
        let ordered = nodes.is_sorted_by(|before, after| before < after);
        let head = Self { nodes, filter, base, base_channels, base_start, small, small_channels };
        (gains && ordered && base_channels > 0).then_some(head)
    }

    fn replace(&self, graph: &mut Graph) {
        let [.., last] = self.nodes;
        let (pixels, image) = (graph.new_name("pixels"), graph.new_name("image"));
        let bias = graph.add_constant(Weights::list(self.filter.bias.clone()));
        let inputs = vec![pixels.clone(), self.small.clone()];
        let mut nodes = vec![
            NodeProto::new("SpaceToDepth", vec![self.base.clone()], pixels).with_number("blocksize", 2),
            NodeProto::new("Concat", inputs, image.clone()).with_number("axis", 1),
        ];
        let mut outputs = Vec::new();
        for [row, column] in PHASES {
            let weights = graph.add_constant(self.weights(row, column));
            let names = ["sum", "activation", "phase"].map(|noun| graph.new_name(noun));
            let pads = [1 - row, 1 - column, row, column].map(|pad| pad as i64);
            let conv = NodeProto::new("Conv", vec![image.clone(), weights, bias.clone()], names[0].clone());
            nodes.push(conv.with_numbers("kernel_shape", &[2, 2]).with_numbers("pads", &pads));
            nodes.push(NodeProto::new("Relu", vec![names[0].clone()], names[1].clone()));
            let mut pointwise = graph.nodes[last].clone();
            pointwise.input[0].clone_from(&names[1]);
            pointwise.output = vec![names[2].clone()];
            pointwise.name = Some(names[2].clone());
            nodes.push(pointwise);
            outputs.push(names[2].clone());
        }
        let phases = graph.new_name("phases");
        let output = graph.nodes[last].result().to_owned();
        nodes.push(NodeProto::new("Concat", outputs, phases.clone()).with_number("axis", 1));
        nodes.push(NodeProto::new("DepthToSpace", vec![phases], output).with_number("blocksize", 2));
        graph.nodes.splice(last..=last, nodes);
        for at in self.nodes[..4].iter().rev() {
            graph.nodes.remove(*at);
        }
    }

    /// The filter of 2×2 for a phase, over the four pixels of each block of the base and then the small map: every
    /// weight goes to where the pixel that it meets has gone.
    fn weights(&self, row: usize, column: usize) -> Weights {
        let [outputs, total, ..] = self.filter.dims;
        let inputs = 4 * self.base_channels + self.small_channels;
        let mut weights = Weights { dims: vec![outputs, inputs, 2, 2], values: vec![0.0; outputs * inputs * 4] };
        for (at, weight) in self.filter.weights.iter().enumerate() {
            let (output, input) = (at / 9 / total, at / 9 % total);
            // Counted from the upper left pixel of the block before.
            let (y, x) = (row + at / 3 % 3 + 1, column + at % 3 + 1);
            let input = match input.checked_sub(self.base_start).filter(|channel| *channel < self.base_channels) {
                Some(channel) => (y % 2 * 2 + x % 2) * self.base_channels + channel,
                None if self.base_start == 0 => input + 3 * self.base_channels,
                None => input + 4 * self.base_channels,
            };
            weights.values[((output * inputs + input) * 2 + y / 2 - row) * 2 + x / 2 - column] += weight;
        }
        weights
    }
}

/// The map of which an operator makes one of twice the height and width, every pixel four times.
fn doubled(graph: &Graph, node: &NodeProto) -> Option<String> {
    let says = |name: &str, text: &str| {
        node.attribute(name).and_then(|attribute| attribute.s.as_deref()) == Some(text.as_bytes())
    };
    let nearest = says("mode", "nearest") && says("nearest_mode", "floor");
    let plain = nearest && says("coordinate_transformation_mode", "asymmetric") && node.attribute("axes").is_none();
    // Between the map and the scales is a region that only another mode uses; behind them may be sizes instead.
    let (true, [map, _, scales]) = (node.is("Resize") && plain, node.input.as_slice()) else { return None };
    (graph.weights(scales)?.values == [1.0, 1.0, 2.0, 2.0]).then(|| map.clone())
}

/// The filter of a convolution that goes over every pixel and mixes all channels, if it is a square of that size.
fn plain_filter(graph: &Graph, node: &NodeProto, size: usize) -> Option<Filter> {
    let pads = match node.attribute("pads") {
        Some(pads) => *pads.ints == [size as i64 / 2; 4],
        None => size == 1,
    };
    let every = node.all("strides", 1) && node.all("dilations", 1) && node.number("group", 1) == 1;
    let plain = pads && every && node.attribute("auto_pad").is_none();
    Filter::of(graph, node).filter(|filter| plain && filter.dims[2..] == [size, size])
}

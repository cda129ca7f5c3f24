//! A graph opened for rewriting: operators in running order, constants by name, and who reads what.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::onnx::{AttributeProto, GraphProto, NodeProto, TensorProto, attribute_type};
use super::weights::Weights;

/// Weights nearer to zero than this become zero: denormal numbers slow a CPU down a hundredfold, and no sum of a
/// network notices them. (`f32` turns denormal at 1.2e-38; the rest is room for a small weight times a small input.)
const NEGLIGIBLE: f64 = 1e-30;

/// See the module. Values are named, and each name is written once.
pub(super) struct Graph {
    /// The operators, each after those whose outputs it reads.
    pub nodes: Vec<NodeProto>,
    /// Those of the file, as they are there.
    constants: BTreeMap<String, TensorProto>,
    /// Those that folding made.
    made: BTreeMap<String, Weights>,
    outputs: HashSet<String>,
    names: HashSet<String>,
    /// How often a new name was looked for.
    named: usize,
    /// All else of the message, and the initializers that a caller of the model may override.
    rest: GraphProto,
}

impl Graph {
    /// Opens a message. Constants (initializers that no caller can override, `Constant` nodes) go under their names,
    /// `Identity` nodes vanish.
    pub fn open(mut message: GraphProto) -> Self {
        let overridable: HashSet<_> = message.input.iter().filter_map(|input| input.name.clone()).collect();
        let outputs: HashSet<_> = message.output.iter().filter_map(|output| output.name.clone()).collect();
        let (fixed, kept) = std::mem::take(&mut message.initializer)
            .into_iter()
            .partition::<Vec<_>, _>(|tensor| tensor.name.as_ref().is_some_and(|name| !overridable.contains(name)));
        message.initializer = kept;
        let mut constants: BTreeMap<_, _> =
            fixed.into_iter().filter_map(|tensor| Some((tensor.name.clone()?, tensor))).collect();

        let mut nodes = Vec::new();
        for mut node in std::mem::take(&mut message.node) {
            match take_constant(&mut node, &outputs) {
                Some(tensor) => drop(constants.insert(node.output[0].clone(), tensor)),
                None => nodes.push(node),
            }
        }
        let nodes = without_identities(nodes, &outputs);
        let names = nodes.iter().flat_map(|node| node.input.iter().chain(&node.output)).cloned();
        let names = names.chain(constants.keys().cloned()).chain(overridable).collect();
        Self { nodes, constants, made: BTreeMap::new(), outputs, names, named: 0, rest: message }
    }

    /// Closes the graph: constants that nothing reads are left out, negligible weights are zero, and the shapes once
    /// noted for inner values, which may have changed, are gone.
    pub fn close(mut self) -> GraphProto {
        let used: HashSet<_> = self.nodes.iter().flat_map(|node| &node.input).chain(&self.outputs).collect();
        let made = self.made.iter().map(|(name, weights)| (name.clone(), weights.write(name)));
        let mut constants = self.constants;
        constants.extend(made);
        // In the order of their names, so that folding once more changes nothing.
        for (_, mut tensor) in constants.into_iter().filter(|(name, _)| used.contains(name)) {
            flush_negligible(&mut tensor);
            self.rest.initializer.push(tensor);
        }
        self.rest.node = self.nodes;
        self.rest.value_info.clear();
        self.rest
    }

    /// The positions of the operators that read a value, one for each time they read it, in running order.
    pub fn readers(&self, value: &str) -> Vec<usize> {
        let reads = |node: &NodeProto| node.input.iter().filter(|input| *input == value).count();
        self.nodes.iter().enumerate().flat_map(|(at, node)| std::iter::repeat_n(at, reads(node))).collect()
    }

    /// The position of the operator that reads a value, if there is one alone, it reads it once, and the value is not
    /// an output of the model.
    pub fn only_reader(&self, value: &str) -> Option<usize> {
        match *self.readers(value) {
            [reader] if !self.is_output(value) => Some(reader),
            _ => None,
        }
    }

    /// The operator that writes a value.
    pub fn writer(&self, value: &str) -> Option<&NodeProto> {
        self.nodes.iter().find(|node| node.output.iter().any(|output| output == value))
    }

    /// Whether a value is an output of the model.
    pub fn is_output(&self, value: &str) -> bool {
        self.outputs.contains(value)
    }

    /// The values of a constant of 32-bit floats.
    pub fn weights(&self, name: &str) -> Option<Weights> {
        self.made.get(name).cloned().or_else(|| Weights::read(self.constants.get(name)?))
    }

    /// Adds a constant and returns its name.
    pub fn add_constant(&mut self, weights: Weights) -> String {
        let name = self.new_name("constant");
        self.made.insert(name.clone(), weights);
        name
    }

    /// A name that nothing in the graph has, ending in what it stands for.
    pub fn new_name(&mut self, noun: &str) -> String {
        loop {
            self.named += 1;
            let name = format!("fold.{}.{noun}", self.named);
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }

    /// The constant among the two inputs of a binary operator, and the name of the other input.
    pub fn constant_operand(&self, node: &NodeProto) -> Option<(Weights, String)> {
        let [left, right] = node.input.as_slice() else { return None };
        match (self.weights(left), self.weights(right)) {
            (None, Some(constant)) => Some((constant, left.clone())),
            (Some(constant), None) => Some((constant, right.clone())),
            _ => None,
        }
    }
}

impl NodeProto {
    /// Whether this is the standard operator of that name with one output.
    pub fn is(&self, operator: &str) -> bool {
        matches!(self.domain.as_deref(), None | Some("" | "ai.onnx"))
            && self.op_type.as_deref() == Some(operator)
            && self.output.len() == 1
    }

    /// The name of the first output; empty if there is none.
    pub fn result(&self) -> &str {
        self.output.first().map_or("", String::as_str)
    }

    /// The attribute of a name.
    pub fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))
    }

    /// An attribute that is a number, or what it is when it is not there.
    pub fn number(&self, name: &str, default: i64) -> i64 {
        self.attribute(name).and_then(|attribute| attribute.i).unwrap_or(default)
    }

    /// Whether every number of a list attribute is this one; an absent list counts as true.
    pub fn all(&self, name: &str, number: i64) -> bool {
        self.attribute(name).is_none_or(|attribute| attribute.ints.iter().all(|found| *found == number))
    }

    /// A new operator with one output.
    pub fn new(operator: &str, input: Vec<String>, output: String) -> Self {
        let name = Some(output.clone());
        Self { input, output: vec![output], name, op_type: Some(operator.to_owned()), ..Self::default() }
    }

    /// The same with an attribute that is a number.
    pub fn with_number(mut self, name: &str, number: i64) -> Self {
        let r#type = Some(attribute_type::INT);
        let name = Some(name.to_owned());
        self.attribute.push(AttributeProto { name, i: Some(number), r#type, ..AttributeProto::default() });
        self
    }

    /// The same with an attribute that is a list of numbers.
    pub fn with_numbers(mut self, name: &str, numbers: &[i64]) -> Self {
        let r#type = Some(attribute_type::INTS);
        let name = Some(name.to_owned());
        self.attribute.push(AttributeProto { name, ints: numbers.to_vec(), r#type, ..AttributeProto::default() });
        self
    }
}

/// The tensor of a `Constant` node under the name of the node's output.
fn take_constant(node: &mut NodeProto, outputs: &HashSet<String>) -> Option<TensorProto> {
    if !node.is("Constant") || outputs.contains(node.result()) {
        return None;
    }
    let value = node.attribute.iter_mut().find(|attribute| attribute.name.as_deref() == Some("value"))?;
    let mut tensor = value.t.take()?;
    tensor.name = Some(node.output[0].clone());
    Some(tensor)
}

/// Leaves out `Identity` nodes: who read their outputs reads their inputs.
fn without_identities(nodes: Vec<NodeProto>, outputs: &HashSet<String>) -> Vec<NodeProto> {
    let mut originals: HashMap<String, String> = HashMap::new();
    let mut kept = Vec::with_capacity(nodes.len());
    for mut node in nodes {
        for input in &mut node.input {
            if let Some(original) = originals.get(input) {
                input.clone_from(original);
            }
        }
        if node.is("Identity") && node.input.len() == 1 && !outputs.contains(node.result()) {
            originals.insert(node.output.remove(0), node.input.remove(0));
        } else {
            kept.push(node);
        }
    }
    kept
}

/// Single numbers stay: one may be the epsilon that keeps a division finite.
fn flush_negligible(tensor: &mut TensorProto) {
    let Some(mut weights) = Weights::read(tensor).filter(|weights| weights.values.len() > 1) else { return };
    let negligible = |value: &f64| *value != 0.0 && value.abs() < NEGLIGIBLE;
    if weights.values.iter().any(negligible) {
        for value in weights.values.iter_mut().filter(|value| negligible(value)) {
            *value = 0.0;
        }
        *tensor = weights.write(tensor.name.as_deref().unwrap_or_default());
    }
}

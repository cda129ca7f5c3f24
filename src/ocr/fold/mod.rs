//! Rewrites exported PP-OCR models so that they run faster and give the same numbers.
//!
//! The exports keep what training left behind: learnable affine blocks, biases as additions of their own, batch
//! normalization after convolutions, weights so small that a CPU traps on them. Each rule here is exact algebra; only
//! roundings differ. [`fold`] turns bytes into bytes; [`folded`] keeps the result beside the original.

mod affine;
mod agreement;
mod blocks;
mod cache;
mod filter;
mod graph;
mod heads;
mod logits;
mod name;
mod onnx;
mod phases;
mod refusal;
#[cfg(test)]
mod tests;
mod trial_input;
mod weights;

use std::path::{Path, PathBuf};

use prost::Message;

use super::Options;
use super::piece::Cores;
use super::session::{self, Output, Session};
use graph::Graph;
use onnx::ModelProto;

pub use agreement::FirstOutput;
pub(crate) use cache::siblings;
pub use cache::{Damaged, damaged, folded, remove};
pub(crate) use logits::{Logits, logits};
pub(crate) use refusal::{forget_refusal, is_refused};
pub use trial_input::TrialInput;

/// Changes whenever [`fold`] would give other bytes for some model, so that older results are made anew.
pub const VERSION: u32 = 2;

/// In order: a rule is only asked when those before it have nothing left to do.
const RULES: [fn(&mut Graph) -> bool; 7] = [
    affine::into_writers,
    affine::into_readers,
    heads::excite,
    heads::unfold_upsampling,
    phases::over_doubled,
    blocks::into_depthwise,
    blocks::fill_blocks,
];

/// Why a model was not folded. It can still be run as it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are not a serialized ONNX model.
    #[error("{}", t!("fold.malformed"))]
    Malformed(#[source] prost::DecodeError),
    /// The file has fields that this version of the format does not have, and they would be lost.
    #[error("{}", t!("fold.unknown_fields"))]
    UnknownFields,
    /// The model is of a time when constants were inputs, or when operators meant something else.
    #[error("{}", t!("fold.outdated"))]
    Outdated,
    /// The model has branches or loops.
    #[error("{}", t!("fold.control_flow"))]
    ControlFlow,
}

/// Folds a serialized ONNX model (the content of an `.onnx` file) and returns it serialized.
///
/// Inputs, outputs and metadata stay. The same input gives the same bytes; folding what is folded changes nothing.
///
/// # Errors
/// Any [`Error`]: the model must then be used as it is.
pub fn fold(model: &[u8]) -> Result<Vec<u8>, Error> {
    let mut message = ModelProto::decode(model).map_err(Error::Malformed)?;
    // Bytes that did not come back would be missing from the result.
    if message.encoded_len() != model.len() {
        return Err(Error::UnknownFields);
    }
    check(&message)?;
    if let Some(graph) = message.graph.take() {
        let mut graph = Graph::open(graph);
        while RULES.iter().any(|rule| rule(&mut graph)) {}
        message.graph = Some(graph.close());
    }
    Ok(message.encode_to_vec())
}

/// [`folded`] with the ONNX Runtime of `options` as the judge; the models that `options` names are not looked at.
///
/// # Errors
/// As those of [`folded`].
pub fn folded_by_runtime(original: &Path, sha256: &str, options: &Options) -> Result<PathBuf, Damaged> {
    let runtime = || session::probe(&options.runtime).map(str::to_owned);
    folded(original, sha256, runtime, |file, probe| {
        let session = Session::load(file, options)?;
        let output = session.run(Cores::One, probe.shape, &probe.values)?;
        Ok::<_, session::Error>(FirstOutput { shape: shape(&output), values: output.values()?.to_vec() })
    })
}

/// That of a map or of steps; of anything else the number of its values does.
fn shape(output: &Output<'_>) -> Vec<usize> {
    match (output.tensor::<4>(), output.tensor::<3>()) {
        (Ok((shape, _)), _) => shape.to_vec(),
        (_, Ok((shape, _))) => shape.to_vec(),
        _ => output.values().map(<[f32]>::len).into_iter().collect(),
    }
}

/// Refuses what the rules do not understand.
fn check(model: &ModelProto) -> Result<(), Error> {
    let standard = |domain: Option<&str>| matches!(domain, None | Some("" | "ai.onnx"));
    let opset = model.opset_import.iter().find(|opset| standard(opset.domain.as_deref()));
    // Version 4 of the format separated constants from inputs; set 7 of the operators made `Add` and `Mul` broadcast.
    if model.ir_version.unwrap_or(0) < 4 || opset.and_then(|opset| opset.version).unwrap_or(0) < 7 {
        return Err(Error::Outdated);
    }
    let mut attributes = model.graph.iter().flat_map(|graph| &graph.node).flat_map(|node| &node.attribute);
    if attributes.any(|attribute| attribute.g.is_some() || !attribute.graphs.is_empty()) {
        return Err(Error::ControlFlow);
    }
    Ok(())
}

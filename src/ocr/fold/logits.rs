//! A model that tells classes apart, without its last step.

use prost::Message;

use super::onnx::{AttributeProto, ModelProto, attribute_type, data_type};

/// How the values before the last step are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logits {
    /// In 32 bits.
    F32,
    /// In bf16: half the memory, for an engine that computes in it anyway.
    Bf16,
}

/// A serialized ONNX model whose last step makes probabilities of its values (`Softmax`), without that step: what is
/// likeliest stays, and the largest tensor there is need not be gone through for the sake of a few probabilities.
/// None if it ends in another way.
#[must_use]
pub fn logits(model: &[u8], form: Logits) -> Option<Vec<u8>> {
    let mut message = ModelProto::decode(model).ok()?;
    let graph = message.graph.as_mut()?;
    let output = graph.output.first_mut()?;
    let name = output.name.clone()?;
    let last = graph.node.iter_mut().find(|node| node.output == [name.as_str()])?;
    if last.op_type.as_deref() != Some("Softmax") {
        return None;
    }
    last.attribute.clear();
    match form {
        Logits::F32 => last.op_type = Some("Identity".to_owned()),
        Logits::Bf16 => {
            last.op_type = Some("Cast".to_owned());
            last.attribute.push(AttributeProto {
                name: Some("to".to_owned()),
                i: Some(data_type::BFLOAT16.into()),
                r#type: Some(attribute_type::INT),
                ..AttributeProto::default()
            });
            output.r#type.as_mut()?.tensor_type.as_mut()?.elem_type = Some(data_type::BFLOAT16);
        }
    }
    Some(message.encode_to_vec())
}

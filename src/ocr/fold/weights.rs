//! The numbers of a constant.

use super::onnx::{TensorProto, data_type};

/// A constant of 32-bit floats, in double precision while it is worked on: rounded once, at the end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    /// Lengths of the dimensions, outermost first; none for a single number.
    pub dims: Vec<usize>,
    /// As many as the product of `dims`, the last dimension running fastest.
    pub values: Vec<f64>,
}

impl Weights {
    /// A list.
    pub fn list(values: Vec<f64>) -> Self {
        Self { dims: vec![values.len()], values }
    }

    /// Reads a tensor that lies in the file itself; nothing if it is of another type or its length is wrong.
    pub fn read(tensor: &TensorProto) -> Option<Self> {
        let elsewhere = tensor.data_location.is_some_and(|location| location != 0) || tensor.segment.is_some();
        if elsewhere || tensor.data_type != Some(data_type::FLOAT) {
            return None;
        }
        let dims: Vec<usize> = tensor.dims.iter().map(|dim| usize::try_from(*dim)).collect::<Result<_, _>>().ok()?;
        let length = dims.iter().try_fold(1_usize, |product, dim| product.checked_mul(*dim))?;
        let values: Vec<_> = match &tensor.raw_data {
            Some(raw) if raw.len() % 4 == 0 => {
                raw.as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
            }
            Some(_) => return None,
            None => tensor.float_data.iter().copied().map(f64::from).collect(),
        };
        (values.len() == length).then_some(Self { dims, values })
    }

    /// The tensor of this name with these values.
    pub fn write(&self, name: &str) -> TensorProto {
        TensorProto {
            dims: self.dims.iter().map(|dim| *dim as i64).collect(),
            data_type: Some(data_type::FLOAT),
            name: Some(name.to_owned()),
            raw_data: Some(self.values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect()),
            ..TensorProto::default()
        }
    }

    /// The value of a single number that does not add dimensions to an image.
    pub fn scalar(&self) -> Option<f64> {
        match *self.values {
            [value] if self.dims.len() <= 4 => Some(value),
            _ => None,
        }
    }

    /// A value for each channel of an image `[n, channels, h, w]` that this is added to or multiplied with; nothing if
    /// it differs within a channel.
    pub fn per_channel(&self, channels: usize) -> Option<Vec<f64>> {
        if let Some(value) = self.scalar() {
            return Some(vec![value; channels]);
        }
        let fits = *self.dims == [1, channels, 1, 1] || *self.dims == [channels, 1, 1];
        fits.then(|| self.values.clone())
    }
}

//! Models, each computed by one of two engines. It knows tensors and files, and nothing of text or boxes.

mod arena;
mod onnxruntime;
mod openvino;

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use half::{bf16, f16};
use ort::value::DynValue;
use serde::{Serialize, Serializer};

use super::Options;
use super::piece::Cores;
use crate::untrusted::Untrusted;

pub use onnxruntime::probe;
pub(crate) use onnxruntime::{held, shrink};
pub use openvino::probe as probe_openvino;

/// What can go wrong between us and an engine.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The library cannot be loaded: not there, damaged, for another machine, or older than 1.23.
    #[error("{}", t!("ocr.runtime_unusable", file = file.display()))]
    Library {
        /// The library that was asked for.
        file: PathBuf,
        /// What the loader said.
        source: ort::LoadDynamicError,
    },
    /// The library is loaded but does not start.
    #[error("{}", t!("ocr.runtime_unusable", file = file.display()))]
    Start {
        /// The library that was asked for.
        file: PathBuf,
        /// What ONNX Runtime said.
        source: RuntimeMessage,
    },
    /// This process has another ONNX Runtime loaded already, and a process can hold only one.
    #[error("{}", t!("ocr.runtime_twice", loaded = loaded.display(), asked = asked.display()))]
    SecondLibrary {
        /// The library in use.
        loaded: PathBuf,
        /// The library that was asked for.
        asked: PathBuf,
    },
    /// OpenVINO cannot be loaded, or has no plugin for this processor.
    #[error("{}", t!("ocr.openvino_unusable", file = file.display()))]
    OpenVino {
        /// The library that was asked for.
        file: PathBuf,
        /// What the loader or OpenVINO said.
        source: RuntimeMessage,
    },
    /// The model file cannot be read, or the engine does not accept it.
    #[error("{}", t!("ocr.model_unusable", file = file.display()))]
    Model {
        /// The model file.
        file: PathBuf,
        /// What the engine said; names from the file may be among it.
        source: RuntimeMessage,
    },
    /// A model failed while it ran; out of memory is the usual cause.
    #[error("{}", t!("ocr.run_failed", file = file.display()))]
    Run {
        /// The model file.
        file: PathBuf,
        /// What the engine said; names from the file may be among it.
        source: RuntimeMessage,
    },
    /// The model answers with something else than a text detector or recognizer does.
    #[error("{}", t!("ocr.model_unfit", file = file.display()))]
    Unfit {
        /// The model file.
        file: PathBuf,
    },
}

/// Words of an engine.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct RuntimeMessage(Untrusted);

impl RuntimeMessage {
    fn new(words: impl fmt::Display) -> Self {
        Self(Untrusted::new(&words.to_string()))
    }
}

/// How finely a model computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// In 32 bits, as it was trained.
    F32,
    /// In 16 bits, eight of which are digits: where the processor has instructions for that, in half the time or less.
    Bf16,
}

/// What computes a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Provider {
    /// ONNX Runtime, in 32 bits: the reference.
    #[default]
    OnnxRuntime,
    /// OpenVINO.
    OpenVino(Precision),
}

impl Provider {
    /// As logs and documents call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OnnxRuntime => "onnxruntime",
            Self::OpenVino(Precision::F32) => "openvino-f32",
            Self::OpenVino(Precision::Bf16) => "openvino-bf16",
        }
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A model ready to run, on the CPU: by several threads at the same time, which share its weights.
pub(super) struct Session {
    model: LoadedModel,
    file: PathBuf,
}

enum LoadedModel {
    OnnxRuntime(Box<onnxruntime::OrtModel>),
    OpenVino(openvino::OpenVinoModel),
}

impl Session {
    /// Loads the model in `file` with the ONNX Runtime of `options`.
    pub fn load(file: &Path, options: &Options) -> Result<Self, Error> {
        let model = LoadedModel::OnnxRuntime(Box::new(onnxruntime::OrtModel::load(file, options)?));
        Ok(Self { model, file: file.to_owned() })
    }

    /// Loads the model in `file` for `provider`; in OpenVINO as `change` makes it, if that makes something else of it.
    pub fn load_for(
        provider: Provider,
        file: &Path,
        options: &Options,
        change: impl FnOnce(&[u8], Precision) -> Option<Vec<u8>>,
    ) -> Result<Self, Error> {
        let (Provider::OpenVino(precision), Some(openvino)) = (provider, &options.openvino) else {
            return Self::load(file, options);
        };
        let unreadable = |error| Error::Model { file: file.to_owned(), source: RuntimeMessage::new(error) };
        let model = fs::read(file).map_err(unreadable)?;
        let changed = change(&model, precision).unwrap_or(model);
        let net = openvino::OpenVinoModel::compile(file, changed, precision, (&openvino.library, options.threads))?;
        Ok(Self { model: LoadedModel::OpenVino(net), file: file.to_owned() })
    }

    /// The file this model came from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The lines stored under `key` in the model's metadata, each without what could act on a terminal.
    pub fn metadata(&self, key: &str) -> Option<String> {
        match &self.model {
            LoadedModel::OnnxRuntime(net) => net.metadata(key),
            LoadedModel::OpenVino(net) => net.metadata(key),
        }
    }

    /// Runs the model on one `[batch, channels, height, width]` tensor. `input` holds as many values as `shape` says.
    pub fn run(&self, cores: Cores, shape: [usize; 4], input: &[f32]) -> Result<Output<'_>, Error> {
        let answer = match &self.model {
            LoadedModel::OnnxRuntime(net) => net.run(cores, shape, input).map(ModelAnswer::OnnxRuntime),
            LoadedModel::OpenVino(net) => net.run(shape, input).map(ModelAnswer::OpenVino),
        };
        self.output(answer)
    }

    /// As [`Session::run`], for a model that takes half precision.
    pub fn run_half(&self, cores: Cores, shape: [usize; 4], input: &[f32]) -> Result<Output<'_>, Error> {
        let LoadedModel::OnnxRuntime(net) = &self.model else { return Err(self.unfit()) };
        self.output(net.run_half(cores, shape, input).map(ModelAnswer::OnnxRuntime))
    }

    /// Has [`Cores::AllIfSmall`] mean all from here on, if the model is small: it is loaded once more for that. OpenVINO
    /// decides that by itself.
    pub fn widen(&self) {
        if let LoadedModel::OnnxRuntime(net) = &self.model {
            net.widen();
        }
    }

    /// Whether [`Cores::AllIfSmall`] is more than one.
    pub fn spreads(&self) -> bool {
        matches!(&self.model, LoadedModel::OnnxRuntime(net) if net.spreads())
    }

    /// Whether each new shape of an input costs time and memory, so that it is worth filling up inputs to few shapes.
    pub fn wants_few_shapes(&self) -> bool {
        matches!(&self.model, LoadedModel::OpenVino(_))
    }

    fn output<'s>(&'s self, answer: Result<ModelAnswer<'s>, RuntimeMessage>) -> Result<Output<'s>, Error> {
        match answer {
            Ok(answer) => Ok(Output { answer, file: &self.file }),
            Err(source) => Err(Error::Run { file: self.file.clone(), source }),
        }
    }

    fn unfit(&self) -> Error {
        Error::Unfit { file: self.file.clone() }
    }
}

/// What a model answered; the tensor stays in the engine's own memory.
pub(super) struct Output<'s> {
    answer: ModelAnswer<'s>,
    file: &'s Path,
}

enum ModelAnswer<'s> {
    OnnxRuntime(DynValue),
    OpenVino(openvino::OpenVinoAnswer<'s>),
}

impl Output<'_> {
    /// The first output: its shape, which has `RANK` dimensions, and its values in row-major order.
    pub fn tensor<const RANK: usize>(&self) -> Result<([usize; RANK], &[f32]), Error> {
        let (shape, values) = match &self.answer {
            ModelAnswer::OnnxRuntime(value) => {
                let (shape, values) = value.try_extract_tensor::<f32>().map_err(|_| self.unfit())?;
                (self.dimensions(shape)?, values)
            }
            ModelAnswer::OpenVino(answer) => {
                let (shape, values) = answer.tensor().ok_or_else(|| self.unfit())?;
                (self.dimensions(&shape)?, values)
            }
        };
        Ok((shape, values))
    }

    /// The same of a model that answers in half precision.
    pub fn half_tensor<const RANK: usize>(&self) -> Result<([usize; RANK], Vec<f32>), Error> {
        let ModelAnswer::OnnxRuntime(value) = &self.answer else { return Err(self.unfit()) };
        let (shape, values) = value.try_extract_tensor::<f16>().map_err(|_| self.unfit())?;
        Ok((self.dimensions(shape)?, values.iter().map(|value| value.to_f32()).collect()))
    }

    /// The same of a model that answers in bf16; none if it is another kind of answer.
    pub fn bf16_tensor<const RANK: usize>(&self) -> Option<([usize; RANK], &[bf16])> {
        let ModelAnswer::OpenVino(answer) = &self.answer else { return None };
        let (shape, values) = answer.bf16_tensor()?;
        Some((self.dimensions(&shape).ok()?, values))
    }

    fn dimensions<const RANK: usize>(&self, shape: &[i64]) -> Result<[usize; RANK], Error> {
        let shape: &[i64; RANK] = shape.try_into().map_err(|_| self.unfit())?;
        let mut dimensions = [0; RANK];
        for (dimension, &size) in dimensions.iter_mut().zip(shape) {
            *dimension = usize::try_from(size).map_err(|_| self.unfit())?;
        }
        Ok(dimensions)
    }

    /// The values of the first output in row-major order, whatever its shape.
    pub fn values(&self) -> Result<&[f32], Error> {
        match &self.answer {
            ModelAnswer::OnnxRuntime(value) => {
                let (_, values) = value.try_extract_tensor::<f32>().map_err(|_| self.unfit())?;
                Ok(values)
            }
            ModelAnswer::OpenVino(answer) => answer.tensor().map(|(_, values)| values).ok_or_else(|| self.unfit()),
        }
    }

    /// The complaint that this output is none of the expected kind.
    pub fn unfit(&self) -> Error {
        Error::Unfit { file: self.file.to_owned() }
    }
}

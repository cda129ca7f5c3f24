//! OpenVINO: loads its library, and runs models with it. The only module that names its crate.
//!
//! It makes code for each shape of an input that it meets: 30 to 80 ms and some 6 MB for each, which it keeps. Whoever
//! asks it fills inputs up to few shapes.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use half::bf16;
use openvino::{CompiledModel, Core, DeviceType, ElementType, InferRequest, RwPropertyKey, Shape, Tensor};
use prost::Message;

use super::{Error, Precision, RuntimeMessage};
use crate::untrusted::plain_lines;

/// Of the code that is made for shapes, what is kept for so many parts of a model: some ten shapes of a detector.
const KEPT: &str = "1500";

/// The library that this process has loaded. It cannot be unloaded, and there cannot be a second one.
static LOADED: Mutex<Option<LoadedOpenVino>> = Mutex::new(None);

struct LoadedOpenVino {
    library: PathBuf,
    core: Core,
}

/// A convolution of 3 channels into 8 that all have the weight 1/8, and no negative values after it; made by
/// `probe_model.py`.
const PROBE_MODEL: &[u8] = include_bytes!("probe.onnx");

/// Loads the OpenVINO at `library` (`libopenvino_c`) and has it compute a small model in each precision.
///
/// On a processor that the library was not built for, or a system that it does not know, this may end the process, so
/// whoever is not sure calls it in a child process.
///
/// # Errors
/// [`Error::OpenVino`] or [`Error::SecondLibrary`].
pub fn probe(library: &Path) -> Result<(), Error> {
    const SIDE: usize = 8;
    let image = [1.0; 3 * SIDE * SIDE];
    for precision in [Precision::F32, Precision::Bf16] {
        let net = OpenVinoModel::compile(library, PROBE_MODEL.to_vec(), precision, (library, NonZeroUsize::MIN))?;
        let answer = net.run([1, 3, SIDE, SIDE], &image).map_err(|source| broken(library, source))?;
        let inside = answer.tensor().and_then(|(_, features)| features.get(SIDE + 1).copied());
        // 27 values of 1, which both precisions hold exactly.
        if inside != Some(27.0 / 8.0) {
            return Err(unusable(library, "it computes something else than it should"));
        }
    }
    Ok(())
}

fn unusable(library: &Path, words: impl std::fmt::Display) -> Error {
    broken(library, RuntimeMessage::new(words))
}

fn broken(library: &Path, source: RuntimeMessage) -> Error {
    Error::OpenVino { file: library.to_owned(), source }
}

/// The core, made now if there is none yet.
fn loaded(library: &Path) -> Result<MutexGuard<'static, Option<LoadedOpenVino>>, Error> {
    let mut place = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(loaded) = &*place {
        if loaded.library != library {
            return Err(Error::SecondLibrary { loaded: loaded.library.clone(), asked: library.to_owned() });
        }
        return Ok(place);
    }
    openvino_sys::library::load_from(library).map_err(|words| unusable(library, words))?;
    let core = Core::new().map_err(|error| unusable(library, error))?;
    *place = Some(LoadedOpenVino { library: library.to_owned(), core });
    Ok(place)
}

/// As many lanes as share a stream: what a model needs for a run, and the code for each shape, is there once for all of
/// them. Two threads in one run take two thirds of the time that one takes, and half the memory of two runs.
const LANES_IN_A_STREAM: usize = 2;

/// A compiled model, and a request for each thread that runs it at the same time.
pub(super) struct OpenVinoModel {
    compiled: Mutex<CompiledModel>,
    /// Those that nobody uses at the moment.
    requests: Mutex<Vec<InferRequest>>,
    described: ModelDescription,
}

impl OpenVinoModel {
    /// Compiles an ONNX `model` that came from `file`, for as many threads as there are lanes.
    pub fn compile(
        file: &Path,
        model: Vec<u8>,
        precision: Precision,
        (library, lanes): (&Path, NonZeroUsize),
    ) -> Result<Self, Error> {
        let mut loaded = loaded(library)?;
        let core = &mut loaded.as_mut().ok_or_else(|| unusable(library, "no core"))?.core;
        let (threads, streams) = (lanes.to_string(), lanes.get().div_ceil(LANES_IN_A_STREAM).to_string());
        let precision = match precision {
            Precision::F32 => "f32",
            Precision::Bf16 => "bf16",
        };
        let properties = [
            (RwPropertyKey::HintInferencePrecision, precision),
            (RwPropertyKey::NumStreams, &streams),
            (RwPropertyKey::InferenceNumThreads, &threads),
            // The lanes are whose threads they are, and other processes want cores, too.
            (RwPropertyKey::HintEnableCpuPinning, "NO"),
            (RwPropertyKey::Other("CPU_RUNTIME_CACHE_CAPACITY".into()), KEPT),
        ];
        let damaged = |words: RuntimeMessage| Error::Model { file: file.to_owned(), source: words };
        let described =
            ModelDescription::decode(model.as_slice()).map_err(|error| damaged(RuntimeMessage::new(error)))?;
        let compile = || {
            core.set_properties(&DeviceType::CPU, properties)?;
            let read = core.read_model_from_buffer(&model, None)?;
            drop(model);
            core.compile_model(&read, DeviceType::CPU)
        };
        let compiled = compile().map_err(|error| damaged(RuntimeMessage::new(error)))?;
        Ok(Self { compiled: Mutex::new(compiled), requests: Mutex::default(), described })
    }

    /// See [`super::Session::metadata`].
    pub fn metadata(&self, key: &str) -> Option<String> {
        let entry = self.described.metadata_props.iter().find(|entry| entry.key == key)?;
        Some(plain_lines(&entry.value))
    }

    /// The first output for `input`, which has the `shape`, as the only input.
    pub fn run(&self, shape: [usize; 4], input: &[f32]) -> Result<OpenVinoAnswer<'_>, RuntimeMessage> {
        self.infer(shape, input).map_err(RuntimeMessage::new)
    }

    fn infer(&self, shape: [usize; 4], input: &[f32]) -> Result<OpenVinoAnswer<'_>, openvino::InferenceError> {
        let shape = Shape::new(&shape.map(|side| side as i64))?;
        let mut tensor = Tensor::new(ElementType::F32, &shape)?;
        tensor.get_data_mut::<f32>()?.copy_from_slice(input);
        let mut request = self.request()?;
        request.set_input_tensor(&tensor)?;
        request.infer()?;
        let output = request.get_output_tensor_by_index(0)?;
        Ok(OpenVinoAnswer { output, request: Some(request), net: self })
    }

    fn request(&self) -> Result<InferRequest, openvino::InferenceError> {
        let free = self.requests.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match free {
            Some(request) => Ok(request),
            None => self.compiled.lock().unwrap_or_else(PoisonError::into_inner).create_infer_request(),
        }
    }
}

/// What a model answered, in the memory of a request, which is used again when this is dropped.
pub(super) struct OpenVinoAnswer<'n> {
    output: Tensor,
    /// Only none while it is dropped.
    request: Option<InferRequest>,
    net: &'n OpenVinoModel,
}

impl OpenVinoAnswer<'_> {
    /// Its shape and its values in row-major order; none if they are no 32-bit floats.
    pub fn tensor(&self) -> Option<(Vec<i64>, &[f32])> {
        self.values(ElementType::F32)
    }

    /// The same in bf16.
    pub fn bf16_tensor(&self) -> Option<(Vec<i64>, &[bf16])> {
        self.values(ElementType::Bf16)
    }

    /// `T` is what `kind` stands for.
    fn values<T>(&self, kind: ElementType) -> Option<(Vec<i64>, &[T])> {
        if self.output.get_element_type().ok()? != kind {
            return None;
        }
        let shape = self.output.get_shape().ok()?.get_dimensions().to_vec();
        Some((shape, self.output.get_data::<T>().ok()?))
    }
}

impl Drop for OpenVinoAnswer<'_> {
    fn drop(&mut self) {
        let request = self.request.take();
        self.net.requests.lock().unwrap_or_else(PoisonError::into_inner).extend(request);
    }
}

/// What is said about a model in its file (`ModelProto` in ONNX's `onnx-ml.proto`); all else is passed over.
#[derive(Message)]
struct ModelDescription {
    #[prost(message, repeated, tag = "14")]
    metadata_props: Vec<MetadataEntry>,
}

/// `StringStringEntryProto`.
#[derive(Message)]
struct MetadataEntry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

//! The only module that names `ort`: loads the ONNX Runtime library and runs models with it.
//! It knows tensors and files, and nothing of text or boxes.

mod arena;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use half::f16;
use ort::environment::{Environment, GlobalThreadPoolOptions};
use ort::logging::LogLevel;
use ort::session::{Session as Model, SessionOutputs};
use ort::value::{PrimitiveTensorElementType, TensorRef};

use super::{Options, Threads};
use arena::Arena;

/// What can go wrong between us and ONNX Runtime.
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
        source: ort::Error,
    },
    /// This process has another ONNX Runtime loaded already, and a process can hold only one.
    #[error("{}", t!("ocr.runtime_twice", loaded = loaded.display(), asked = asked.display()))]
    SecondLibrary {
        /// The library in use.
        loaded: PathBuf,
        /// The library that was asked for.
        asked: PathBuf,
    },
    /// The model file cannot be read, or ONNX Runtime does not accept it.
    #[error("{}", t!("ocr.model_unusable", file = file.display()))]
    Model {
        /// The model file.
        file: PathBuf,
        /// What ONNX Runtime said.
        source: ort::Error,
    },
    /// A model failed while it ran; out of memory is the usual cause.
    #[error("{}", t!("ocr.run_failed", file = file.display()))]
    Run {
        /// The model file.
        file: PathBuf,
        /// What ONNX Runtime said.
        source: ort::Error,
    },
    /// The model answers with something else than a text detector or recognizer does.
    #[error("{}", t!("ocr.model_unfit", file = file.display()))]
    Unfit {
        /// The model file.
        file: PathBuf,
    },
}

/// Loads the ONNX Runtime at `library` and starts it; returns how it describes its build.
///
/// On a CPU the library was not built for this may end the process (an illegal instruction),
/// so whoever is not sure calls it in a child process.
///
/// # Errors
/// [`Error::Library`], [`Error::Start`] or [`Error::SecondLibrary`].
pub fn probe(library: &Path) -> Result<&'static str, Error> {
    environment(library, NonZeroUsize::MIN)?;
    Ok(ort::info())
}

/// Loads the ONNX Runtime of `options`, unless it is there already; returns how it describes its build.
///
/// # Errors
/// Those of [`probe`].
pub(super) fn build(options: &Options) -> Result<&'static str, Error> {
    environment(&options.runtime, options.threads.count())?;
    Ok(ort::info())
}

/// A model ready to run, on the CPU.
pub(super) struct Session {
    model: Model,
    file: PathBuf,
}

impl Session {
    /// Loads the model in `file` with the runtime and threads of `options`.
    ///
    /// The memory pattern is off because it doubles the memory of a repeated large shape and gains no time; all sessions
    /// share one arena because they mostly take turns, so what one has freed is the next one's (`docs/memory.md` has the
    /// measurements). Threads of a session's own spin for work while it runs, and no longer: the next session to run is
    /// another one.
    pub fn load(file: &Path, options: &Options) -> Result<Self, Error> {
        let environment = environment(&options.runtime, options.threads.count())?;
        let commit = || -> ort::Result<Model> {
            let builder = Model::builder(&environment)?
                .with_log_level(LogLevel::Error)?
                .with_memory_pattern(false)?
                .with_env_allocators()?;
            let mut builder = match options.threads {
                Threads::Shared(_) => builder,
                Threads::Own(count) => builder
                    .with_independent_thread_pool()?
                    .with_intra_threads(count.get())?
                    .with_config_entry(SPIN_WHILE_RUNNING[0], SPIN_WHILE_RUNNING[1])?,
            };
            builder.commit_from_file(file)
        };
        match commit() {
            Ok(model) => Ok(Self { model, file: file.to_owned() }),
            Err(source) => Err(Error::Model { file: file.to_owned(), source }),
        }
    }

    /// The file this model came from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The text stored under `key` in the model's metadata.
    pub fn metadata(&self, key: &str) -> Option<String> {
        self.model.metadata().ok()?.custom(key)
    }

    /// Runs the model on one `[batch, channels, height, width]` tensor. `input` holds as many values as `shape` says.
    pub fn run(&mut self, shape: [usize; 4], input: &[f32]) -> Result<Output<'_>, Error> {
        let file = &self.file;
        let failed = |source| Error::Run { file: file.clone(), source };
        let tensor = TensorRef::from_array_view((shape, input)).map_err(failed)?;
        let values = self.model.run(ort::inputs![tensor]).map_err(failed)?;
        Ok(Output { values, file })
    }

    /// As [`Session::run`], for a model that takes half precision.
    pub fn run_half(&mut self, shape: [usize; 4], input: &[f32]) -> Result<Output<'_>, Error> {
        let file = &self.file;
        let failed = |source| Error::Run { file: file.clone(), source };
        let input: Vec<f16> = input.iter().copied().map(f16::from_f32).collect();
        let tensor = TensorRef::from_array_view((shape, input.as_slice())).map_err(failed)?;
        let values = self.model.run(ort::inputs![tensor]).map_err(failed)?;
        Ok(Output { values, file })
    }
}

/// What a model answered; the tensor stays in the runtime's own memory.
pub(super) struct Output<'s> {
    values: SessionOutputs<'s>,
    file: &'s Path,
}

impl Output<'_> {
    /// The first output: its shape, which has `RANK` dimensions, and its values in row-major order.
    pub fn tensor<const RANK: usize>(&self) -> Result<([usize; RANK], &[f32]), Error> {
        self.extract()
    }

    /// The same of a model that answers in half precision.
    pub fn half_tensor<const RANK: usize>(&self) -> Result<([usize; RANK], Vec<f32>), Error> {
        let (shape, values) = self.extract::<f16, RANK>()?;
        Ok((shape, values.iter().map(|value| value.to_f32()).collect()))
    }

    fn extract<T: PrimitiveTensorElementType, const RANK: usize>(&self) -> Result<([usize; RANK], &[T]), Error> {
        let unfit = || self.unfit();
        if self.values.len() == 0 {
            return Err(unfit());
        }
        let (shape, values) = self.values[0].try_extract_tensor::<T>().map_err(|_| unfit())?;
        let mut dimensions = [0; RANK];
        if shape.len() != RANK {
            return Err(unfit());
        }
        for (dimension, &size) in dimensions.iter_mut().zip(shape.iter()) {
            *dimension = usize::try_from(size).map_err(|_| unfit())?;
        }
        Ok((dimensions, values))
    }

    /// The values of the first output in row-major order, whatever its shape.
    pub fn values(&self) -> Result<&[f32], Error> {
        if self.values.len() == 0 {
            return Err(self.unfit());
        }
        let (_, values) = self.values[0].try_extract_tensor::<f32>().map_err(|_| self.unfit())?;
        Ok(values)
    }

    /// The complaint that this output is none of the expected kind.
    pub fn unfit(&self) -> Error {
        Error::Unfit { file: self.file.to_owned() }
    }
}

/// The runtime this process has loaded. ONNX Runtime allows one environment per process, once, so it is kept for good.
static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

struct Loaded {
    library: PathBuf,
    environment: Environment,
    /// None if the sessions could not be made to share one.
    arena: Option<Arena>,
}

/// The setting of a session whose threads are not to spin between two runs (`onnxruntime_session_options_config_keys.h`).
const SPIN_WHILE_RUNNING: [&str; 2] = ["session.force_spinning_stop", "1"];

/// The environment and its threads, which all sessions share that take turns: if each had threads of its own that spin
/// for work, those would steal each other's cores, and threads that do not spin wake too late (both measured).
fn environment(library: &Path, threads: NonZeroUsize) -> Result<Environment, Error> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(Loaded { library: file, environment, .. }) = loaded.as_ref() {
        if file != library {
            return Err(Error::SecondLibrary { loaded: file.clone(), asked: library.to_owned() });
        }
        return Ok(environment.clone());
    }
    let builder = ort::init_from(library).map_err(|source| Error::Library { file: library.to_owned(), source })?;
    let start = || -> ort::Result<Environment> {
        let threads = GlobalThreadPoolOptions::default().with_intra_threads(threads.get())?.with_spin_control(true)?;
        builder.with_telemetry(false).with_logger(Arc::new(log)).with_global_thread_pool(threads).build()
    };
    let environment = start().map_err(|source| Error::Start { file: library.to_owned(), source })?;
    environment.set_log_level(LogLevel::Warning);
    let arena = match Arena::share(&environment) {
        Ok(arena) => Some(arena),
        Err(error) => {
            // Each session then has an arena of its own, and the process is larger.
            tracing::warn!(%error, "the sessions cannot share their memory");
            None
        }
    };
    *loaded = Some(Loaded { library: library.to_owned(), environment: environment.clone(), arena });
    Ok(environment)
}

/// Bytes that the shared arena has taken from the system, used or not; none if there is no arena, or it does not say.
pub fn held() -> Option<u64> {
    let loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    loaded.as_ref()?.arena.as_ref()?.held()
}

/// Gives back what no tensor uses in the shared arena. A process without a runtime has nothing to give.
pub fn shrink() {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(arena) = loaded.as_mut().and_then(|loaded| loaded.arena.as_mut()) else { return };
    if let Err(error) = arena.shrink() {
        tracing::warn!(%error, "the runtime keeps its memory");
    }
}

/// Passes what ONNX Runtime has to say on to our log; its own way is standard error, past every filter.
fn log(level: LogLevel, category: &str, _id: &str, _place: &str, message: &str) {
    match level {
        LogLevel::Fatal | LogLevel::Error => tracing::warn!(category, message, "onnxruntime"),
        LogLevel::Warning | LogLevel::Info | LogLevel::Verbose => tracing::debug!(category, message, "onnxruntime"),
    }
}

//! ONNX Runtime: loads its library, and runs models with it. Besides [`arena`](super::arena), the only module that names
//! `ort`.

use std::ffi::CString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::ptr::{self, NonNull};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use half::f16;
use ort::AsPointer as _;
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session as Model;
use ort::value::{DynValue, Outlet, TensorRef, Value, ValueTypeMarker};

use super::arena::Arena;
use super::{Error, RuntimeMessage};
use crate::ocr::Options;
use crate::ocr::piece::Cores;
use crate::untrusted::{Untrusted, plain_lines};

impl From<ort::Error> for RuntimeMessage {
    fn from(error: ort::Error) -> Self {
        Self(Untrusted::new(&error.to_string()))
    }
}

/// Loads the ONNX Runtime at `library` and starts it; returns how it describes its build.
///
/// On a CPU the library was not built for this may end the process (an illegal instruction),
/// so whoever is not sure calls it in a child process.
///
/// # Errors
/// [`Error::Library`], [`Error::Start`] or [`Error::SecondLibrary`].
pub fn probe(library: &Path) -> Result<&'static str, Error> {
    environment(library)?;
    Ok(ort::info())
}

/// A larger model does not get a second set of weights for the sake of lone pieces: on all cores they would be faster, but
/// the weights would be twice in memory.
const WIDE_AT_MOST: u64 = 64 << 20;

/// A model in ONNX Runtime: on one core and, if it is small, on all.
pub(super) struct OrtModel {
    /// Computes on its caller's thread alone.
    narrow: Model,
    /// Computes on all cores; loaded when it is asked for first, none if there is but one core.
    wide: OnceLock<Option<Model>>,
    /// Whether there may be two of it in memory only because that is faster.
    is_small: bool,
    options: Options,
    input: CString,
    output: CString,
    file: PathBuf,
}

impl OrtModel {
    /// Loads the model in `file` with the runtime of `options`.
    pub fn load(file: &Path, options: &Options) -> Result<Self, Error> {
        let narrow = model(file, options, NonZeroUsize::MIN)?;
        let first = |outlets: &[Outlet]| CString::new(outlets.first()?.name()).ok();
        let names = first(narrow.inputs()).zip(first(narrow.outputs()));
        let (input, output) = names.ok_or_else(|| Error::Unfit { file: file.to_owned() })?;
        let is_small = file.metadata().is_ok_and(|metadata| metadata.len() <= WIDE_AT_MOST);
        Ok(Self {
            narrow,
            wide: OnceLock::new(),
            is_small,
            options: options.clone(),
            input,
            output,
            file: file.to_owned(),
        })
    }

    /// See [`super::Session::metadata`].
    pub fn metadata(&self, key: &str) -> Option<String> {
        let text = self.narrow.metadata().ok()?.custom(key)?;
        Some(plain_lines(&text))
    }

    /// The first output for `input`, which has the `shape`, as the first input.
    pub fn run(&self, cores: Cores, shape: [usize; 4], input: &[f32]) -> Result<DynValue, RuntimeMessage> {
        let tensor = TensorRef::from_array_view((shape, input))?;
        Ok(self.answer(self.model(cores), &tensor)?)
    }

    /// As [`OrtModel::run`], in half precision.
    pub fn run_half(&self, cores: Cores, shape: [usize; 4], input: &[f32]) -> Result<DynValue, RuntimeMessage> {
        let input: Vec<f16> = input.iter().copied().map(f16::from_f32).collect();
        let tensor = TensorRef::from_array_view((shape, input.as_slice()))?;
        Ok(self.answer(self.model(cores), &tensor)?)
    }

    /// Has [`Cores::AllIfSmall`] mean all from here on, if the model is small: it is loaded once more for that.
    pub fn widen(&self) {
        if self.is_small {
            self.wide();
        }
    }

    /// Whether [`Cores::AllIfSmall`] is more than one.
    pub fn spreads(&self) -> bool {
        self.is_small && matches!(self.wide.get(), Some(Some(_)))
    }

    /// What computes on `cores`. If what would use all of them cannot be had, one core does it, too.
    fn model(&self, cores: Cores) -> &Model {
        let wide = match cores {
            Cores::AllIfSmall if self.spreads() => self.wide(),
            Cores::One | Cores::AllIfSmall => None,
            Cores::All => self.wide(),
        };
        wide.unwrap_or(&self.narrow)
    }

    /// The model on all cores, which is loaded if it is not yet; none if there is but one core.
    fn wide(&self) -> Option<&Model> {
        let load = || {
            let threads = self.options.threads;
            let is_more = threads > NonZeroUsize::MIN;
            is_more.then(|| model(&self.file, &self.options, threads).ok()).flatten()
        };
        self.wide.get_or_init(load).as_ref()
    }

    /// The first output for `input` as the first input.
    ///
    /// `ort` takes `&mut Model` for a run, since some of the runtime's devices cannot run twice at a time. The CPU can:
    /// "Multiple threads can invoke the `Run()` method on the same inference session object", whose kernels are stateless
    /// (onnxruntime.ai/docs/reference/high-level-design.html).
    fn answer<T: ValueTypeMarker + ?Sized>(&self, model: &Model, input: &Value<T>) -> ort::Result<DynValue> {
        let mut output = ptr::null_mut();
        #[expect(
            unsafe_code,
            reason = "`ort` has no safe call for it; names and input outlive the call, and the output, which is ours, \
                      is wrapped with the session's allocator at once"
        )]
        unsafe {
            let status = (ort::api().Run)(
                model.ptr().cast_mut(),
                ptr::null(),
                [self.input.as_ptr()].as_ptr(),
                [input.ptr()].as_ptr(),
                1,
                [self.output.as_ptr()].as_ptr(),
                1,
                &raw mut output,
            );
            ort::Error::result_from_status(status)?;
            let output = NonNull::new(output).ok_or_else(|| ort::Error::new("the model gave nothing"))?;
            Ok(DynValue::from_ptr(output, Some(model.allocator())))
        }
    }
}

/// Loads the model in `file` with the ONNX Runtime of `options`. Each run computes on its caller's thread and, if `threads`
/// are more than one, on others of the session's own.
///
/// The memory pattern is off because it doubles the memory of a repeated large shape and gains no time; all sessions
/// share one arena, so what one has freed is the next one's (`docs/memory.md` has the measurements). Threads of a
/// session's own spin for work while it runs, and no longer: the cores are others' then.
fn model(file: &Path, options: &Options, threads: NonZeroUsize) -> Result<Model, Error> {
    let environment = environment(&options.runtime)?;
    let kleidiai = if options.kleidiai { "0" } else { "1" };
    let commit = || -> ort::Result<Model> {
        Model::builder(&environment)?
            .with_log_level(LogLevel::Error)?
            .with_memory_pattern(false)?
            .with_env_allocators()?
            .with_intra_threads(threads.get())?
            .with_config_entry(SPIN_WHILE_RUNNING[0], SPIN_WHILE_RUNNING[1])?
            .with_config_entry(WITHOUT_KLEIDIAI, kleidiai)?
            .commit_from_file(file)
    };
    commit().map_err(|error| Error::Model { file: file.to_owned(), source: error.into() })
}

/// The runtime this process has loaded. ONNX Runtime allows one environment per process, once, so it is kept for good.
static LOADED: Mutex<Option<LoadedRuntime>> = Mutex::new(None);

struct LoadedRuntime {
    library: PathBuf,
    environment: Environment,
    /// None if the sessions could not be made to share one.
    arena: Option<Arena>,
}

/// The setting of a session whose threads are not to spin between two runs (`onnxruntime_session_options_config_keys.h`).
const SPIN_WHILE_RUNNING: [&str; 2] = ["session.force_spinning_stop", "1"];

/// The setting of a session that is not to use `KleidiAI`, "1" or "0" (the same file).
const WITHOUT_KLEIDIAI: &str = "mlas.disable_kleidiai";

fn environment(library: &Path) -> Result<Environment, Error> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(LoadedRuntime { library: file, environment, .. }) = loaded.as_ref() {
        if file != library {
            return Err(Error::SecondLibrary { loaded: file.clone(), asked: library.to_owned() });
        }
        return Ok(environment.clone());
    }
    let builder = ort::init_from(library).map_err(|source| Error::Library { file: library.to_owned(), source })?;
    let start = || -> ort::Result<Environment> { builder.with_telemetry(false).with_logger(Arc::new(log)).build() };
    let environment = start().map_err(|error| Error::Start { file: library.to_owned(), source: error.into() })?;
    environment.set_log_level(LogLevel::Warning);
    let arena = match Arena::share(&environment) {
        Ok(arena) => Some(arena),
        Err(error) => {
            // Each session then has an arena of its own, and the process is larger.
            tracing::warn!(%error, "memory-not-shared");
            None
        }
    };
    *loaded = Some(LoadedRuntime { library: library.to_owned(), environment: environment.clone(), arena });
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
        tracing::warn!(%error, "memory-kept");
    }
}

/// Passes what ONNX Runtime has to say on to our log; its own way is standard error, past every filter.
fn log(level: LogLevel, category: &str, _id: &str, _place: &str, message: &str) {
    // Names from the file of a model may be among it.
    let said = Untrusted::new(message);
    match level {
        LogLevel::Fatal | LogLevel::Error => tracing::warn!(category, %said, "onnxruntime"),
        LogLevel::Warning | LogLevel::Info | LogLevel::Verbose => tracing::debug!(category, %said, "onnxruntime"),
    }
}

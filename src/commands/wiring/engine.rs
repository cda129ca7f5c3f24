//! What every verb that reads text needs: models, a runtime that loads, threads.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs};

use anyhow::{Context as _, Error, Result};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use crate::backend::Offer;
use crate::commands::Settings;
use crate::commands::models::Progress;
use crate::config::{Config, ModelChoice, Threads};
use crate::models::{self, Choice, Kind, Library, Registry, Store, Wanted};
use crate::ocr::{self, Switches, decode, document, fold};
use crate::worker::{self, Load, Loaded, Worker};
use crate::{cli, cores, pdf};

/// The hidden verb that loads the runtime and exits: see [`check_runtime`].
pub const PROBE: &str = "probe-runtime";

/// The most that the files of both text models may have together for images to be read side by side: each engine holds
/// its models once more. With the larger sets a machine with 4 GB would run short.
const LIGHT_MODELS: u64 = 64 << 20;

/// Images that may wait for a fallback's engine: as many as it reads while Bob's plugin waits for an answer, a minute.
/// Nobody else asks it.
const PATIENT_PLACES: usize = 60;

/// The runtime cannot be loaded here.
#[derive(Debug, thiserror::Error)]
#[error("{}", t!("engine.runtime_unusable", file = file, reason = reason))]
pub struct RuntimeUnusable {
    file: String,
    reason: String,
}

/// Everything that a read needs, in memory.
///
/// # Errors
/// Those of [`options`]; the models' own.
pub fn load(flags: &cli::Engine, settings: &Settings) -> Result<ocr::Engine> {
    Ok(ocr::Engine::load(&options(flags, settings)?)?)
}

/// A worker, and what can be known of its engine from outside.
pub struct Spawned {
    /// The thread and its queue.
    pub worker: Worker,
    /// What kept it from getting an engine.
    pub failures: UnboundedReceiver<Error>,
    /// Whether an engine is in memory now.
    pub is_loaded: Arc<AtomicBool>,
    /// What it reads with where a request does not say.
    pub offer: Offer,
}

/// Starts the thread that loads the engine of `flags` and `settings` and reads with it.
///
/// # Errors
/// If the system gives no thread.
pub fn spawn(flags: cli::Engine, settings: Settings, load: Load) -> Result<Spawned> {
    let options = worker::Options {
        places: match load {
            Load::AtOnce => settings.config.serve.queue,
            Load::WhenNeeded { .. } => PATIENT_PLACES,
        },
        load,
        decode: decode::Limits { max_pixels: settings.config.serve.max_pixels },
        rest: settings.config.serve.rest(),
    };
    let (failed, failures) = mpsc::unbounded_channel();
    let is_loaded = Arc::new(AtomicBool::new(false));
    let presence = Arc::clone(&is_loaded);
    let offer = offer(&settings);
    let load = move || {
        let Loaded { whole: mut read, half } = loaded(&flags, &settings).map_err(|error| {
            let words = format!("{error:#}");
            // Nobody listens after the start; the worker logs the words.
            let _ = failed.send(error);
            words
        })?;
        let presence = Presence::begin(&presence);
        let whole: worker::Reader = Box::new(move |image, params, stop| {
            // Held by the reader, so that it ends with the engine.
            let _ = &presence;
            read(image, params, stop)
        });
        Ok::<_, String>(Loaded { whole, half })
    };
    let worker = Worker::spawn(options, load).context(t!("engine.no_thread"))?;
    Ok(Spawned { worker, failures, is_loaded, offer })
}

fn pdf_limits(config: &Config) -> pdf::Limits {
    pdf::Limits { pages: config.serve.max_pages, pixels: config.serve.max_pixels, ..pdf::Limits::default() }
}

/// Says that an engine is in memory, for as long as it lives.
struct Presence(Arc<AtomicBool>);

impl Presence {
    fn begin(flag: &Arc<AtomicBool>) -> Self {
        flag.store(true, Ordering::Relaxed);
        Self(Arc::clone(flag))
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Fetches what a read would need and is missing; loads nothing.
///
/// # Errors
/// Those of [`models::ensure`].
pub fn fetch(flags: &cli::Engine, settings: &Settings) -> Result<()> {
    ready(flags, settings, &mut Progress::silent()).map(drop)
}

/// Finds models and runtime, fetching what is missing, and checks that the runtime loads.
///
/// # Errors
/// Those of [`models::ensure`]; [`RuntimeUnusable`].
pub fn options(flags: &cli::Engine, settings: &Settings) -> Result<ocr::Options> {
    let ready = ready(flags, settings, &mut settings.progress())?;
    check_runtime(&ready.runtime)?;
    let options = ocr::Options {
        runtime: ready.runtime,
        detection: ready.detection,
        recognition: ready.recognition,
        document: document_models(&settings.store()),
        max_candidates: ready.max_candidates,
        threads: ocr::Threads::Shared(threads(settings.config.ocr.threads)),
    };
    if flags.no_fold {
        return Ok(options);
    }
    Ok(folded(options, &settings.store())?)
}

/// The same models in their folded form, which is made at the first use.
///
/// # Errors
/// [`models::Error::Altered`] when a model is to be folded and has other bytes than it should.
pub fn folded(options: ocr::Options, store: &Store) -> Result<ocr::Options, models::Error> {
    let fold = |model: &Path| match store.files().find(|file| store.path(file) == model) {
        Some(file) => fold::folded_by_runtime(model, &file.sha256.to_string(), &options)
            .map_err(|damaged| store.altered(file, damaged.found)),
        None => Ok(model.to_owned()),
    };
    let (detection, recognition) = (fold(&options.detection)?, fold(&options.recognition)?);
    Ok(ocr::Options { detection, recognition, ..options })
}

/// What a worker reads with: an engine with all threads, and the way to others with half of them if two images may be
/// read at a time. Those need no checks of their own: the same files have been loaded before.
fn loaded(flags: &cli::Engine, settings: &Settings) -> Result<Loaded> {
    let options = options(flags, settings)?;
    let whole = reader(&options)?;
    tracing::info!(threads = options.threads.count(), "the engine is loaded");
    if options.threads.count() == NonZeroUsize::MIN || !is_light(&options) {
        return Ok(whole.into());
    }
    let halved = ocr::Options { threads: options.threads.half(), ..options };
    let half = move || {
        let reader = reader(&halved)?;
        tracing::info!(threads = halved.threads.count(), "an engine for images side by side is loaded");
        Ok(reader)
    };
    Ok(Loaded { whole, half: Some(Arc::new(half)) })
}

fn reader(options: &ocr::Options) -> Result<worker::Reader, ocr::Error> {
    let mut engine = ocr::Engine::load(options)?;
    Ok(Box::new(move |image, params, stop| engine.read(image, params, stop)))
}

/// Whether the models are small enough for more than one engine.
fn is_light(options: &ocr::Options) -> bool {
    let size = |file: &Path| fs::metadata(file).map_or(u64::MAX, |file| file.len());
    size(&options.detection).saturating_add(size(&options.recognition)) <= LIGHT_MODELS
}

/// What the service of `settings` offers to those who ask it.
#[must_use]
pub fn offer(settings: &Settings) -> Offer {
    Offer {
        usual: settings.config.ocr.params(),
        document: document_models(&settings.store()),
        pdf: pdf_limits(&settings.config),
        places: settings.config.serve.queue,
    }
}

/// Where the document models are. A read that asks for one looks whether it is there.
fn document_models(store: &Store) -> document::Models {
    document::Models {
        orientation: store.document_model(Kind::DocOrientation),
        unwarping: store.document_model(Kind::Unwarping),
        textline_orientation: store.document_model(Kind::TextlineOrientation),
    }
}

/// The document models that the settings switch on.
fn document_kinds(switches: Switches) -> Vec<Kind> {
    let kinds = [
        (switches.orientation, Kind::DocOrientation),
        (switches.unwarping, Kind::Unwarping),
        (switches.textline_orientation, Kind::TextlineOrientation),
    ];
    kinds.into_iter().filter_map(|(is_on, kind)| is_on.then_some(kind)).collect()
}

fn ready(flags: &cli::Engine, settings: &Settings, progress: &mut Progress) -> Result<models::Ready> {
    let choice = match &settings.config.ocr.models {
        ModelChoice::Auto => Choice::Auto,
        ModelChoice::Set(name) => Registry::embedded().choice(name)?,
    };
    let runtime = flags.onnxruntime.clone().map_or(Library::Pulled, Library::Given);
    let document = document_kinds(settings.config.ocr.switches());
    let wanted = Wanted { choice, runtime, document };
    Ok(models::ensure(&settings.store(), &settings.network()?, &wanted, &mut |event| progress.show(&event))?)
}

/// Loads the runtime in a child first: on a CPU without the instructions it was built for, or with a damaged file, it
/// dies by a signal, and nothing in the process could say why.
fn check_runtime(library: &Path) -> Result<()> {
    let program = env::current_exe().context(t!("engine.no_program"))?;
    let probed = Command::new(program).arg(PROBE).arg(library).output().context(t!("engine.no_program"))?;
    if probed.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&probed.stderr);
    let reason = match words.lines().next() {
        Some(line) if probed.status.code().is_some() => line.to_owned(),
        _ => t!("engine.runtime_died", status = probed.status).into_owned(),
    };
    Err(RuntimeUnusable { file: library.display().to_string(), reason }.into())
}

/// The child's part of [`check_runtime`]: the reason on standard error when it fails.
///
/// # Errors
/// When the library cannot be loaded.
pub fn probe(library: &Path) -> Result<()> {
    ocr::session::probe(library)?;
    Ok(())
}

/// As many as `wanted`, or as the cores of this machine are.
fn threads(wanted: Threads) -> NonZeroUsize {
    match wanted {
        Threads::Exactly(count) => count,
        Threads::Auto => cores::count(),
    }
}

//! What every verb that reads text needs: models, a runtime that loads, threads.

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::{env, io};

use anyhow::{Context as _, Error, Result};
use image::RgbImage;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::watch;

use super::openvino::{self, Circumstances};
use crate::backend::Offer;
use crate::commands::Settings;
use crate::commands::models::Progress;
use crate::config::{Config, ModelChoice, Threads};
use crate::models::{self, Choice, Kind, Library, Registry, Store, Wanted};
use crate::ocr::detect::Allowance;
use crate::ocr::{self, Page, Params, Profile, Providers, Switches, decode, document, fold};
use crate::processor::Processor;
use crate::report;
use crate::worker::{self, LanePool, Load, Worker};
use crate::{cli, cores, pdf, wording};

/// The hidden verb that loads the runtime and exits: see [`check_library`].
pub const PROBE: &str = "probe-runtime";

/// Images that may wait for a fallback's engine: as many as it reads while Bob's plugin waits for an answer, a minute.
/// Nobody else asks it.
const PATIENT_PLACES: usize = 60;

/// An engine's library cannot be loaded here.
#[derive(Debug, thiserror::Error)]
#[error("{}", t!("engine.runtime_unusable", file = file, reason = reason))]
pub struct EngineUnusable {
    file: String,
    /// In the child's words.
    pub(super) reason: String,
}

/// Everything that a read needs, in memory.
pub struct LoadedEngine {
    /// The models.
    pub engine: ocr::Engine,
    /// What they run on.
    pub lanes: LanePool,
}

impl LoadedEngine {
    /// Reads `image` on all lanes.
    ///
    /// # Errors
    /// Those of [`ocr::Engine::read_on`].
    pub fn read(&self, image: Arc<RgbImage>, params: &Params) -> Result<Page, ocr::Error> {
        self.lanes.read(&self.engine, image, params)
    }
}

/// Loads the engine of `flags` and `settings`.
///
/// # Errors
/// Those of [`options`]; the models' own.
pub fn load(flags: &cli::EngineFlags, settings: &Settings) -> Result<LoadedEngine> {
    loaded(&options(flags, settings)?)
}

/// Loads the engine of `options`.
///
/// # Errors
/// The models' own; if the system gives no thread.
pub fn loaded(options: &ocr::Options) -> Result<LoadedEngine> {
    let engine = pipeline(options)?;
    Ok(LoadedEngine { engine, lanes: LanePool::start(options.threads, 0).context(t!("engine.no_thread"))? })
}

/// The engine of `options`; without OpenVINO, if that does not take the models.
fn pipeline(options: &ocr::Options) -> Result<ocr::Engine, ocr::Error> {
    match ocr::Engine::load(options) {
        Err(error) if options.openvino.is_some() => {
            report::tell(&t!("engine.openvino_unusable", reason = format!("{:#}", Error::from(error))));
            ocr::Engine::load(&ocr::Options { openvino: None, ..options.clone() })
        }
        loaded => loaded,
    }
}

/// A worker, and what can be known of its engine from outside.
pub struct Spawned {
    /// The lanes and their queue.
    pub worker: Worker,
    /// What kept it from getting an engine.
    pub failures: UnboundedReceiver<Error>,
    /// What it reads with where a request does not say.
    pub offer: Offer,
    /// What computes the models, once they were loaded.
    pub providers: watch::Receiver<Option<Providers>>,
}

/// Starts the lanes, one of which loads the engine of `flags` and `settings`.
///
/// # Errors
/// If the system gives no thread.
pub fn spawn(flags: cli::EngineFlags, settings: Settings, load: Load) -> Result<Spawned> {
    let options = worker::Options {
        places: match load {
            Load::AtOnce => settings.config.serve.queue,
            Load::WhenNeeded { .. } => PATIENT_PLACES,
        },
        lanes: threads(settings.config.ocr.threads),
        load,
        decode: decode::Limits { max_pixels: settings.config.serve.max_pixels },
        rest: settings.config.serve.rest(),
    };
    let (failed, failures) = mpsc::unbounded_channel();
    let offer = offer(&settings);
    let (loaded, providers) = watch::channel(None);
    let load = move || {
        reader(&flags, &settings, &loaded).map_err(|error| {
            let words = wording::chain(&*error);
            // Nobody listens after the start; the worker logs the words.
            let _ = failed.send(error);
            words
        })
    };
    let worker = Worker::spawn(options, load).context(t!("engine.no_thread"))?;
    Ok(Spawned { worker, failures, offer, providers })
}

fn reader(
    flags: &cli::EngineFlags,
    settings: &Settings,
    loaded: &watch::Sender<Option<Providers>>,
) -> Result<worker::ReadOnLanes> {
    let options = options(flags, settings)?;
    let engine = Arc::new(pipeline(&options)?);
    engine.widen();
    loaded.send_replace(Some(engine.providers(Profile::Screen)));
    tracing::info!(models = options.name, threads = options.threads, "engine-loaded");
    Ok(Arc::new(move |image, params, lanes| {
        let engine = Arc::clone(&engine);
        Box::pin(async move { engine.read_on(image, &params, &*lanes).await })
    }))
}

fn pdf_limits(config: &Config) -> pdf::Limits {
    pdf::Limits { pages: config.serve.max_pages, pixels: config.serve.max_pixels, ..pdf::Limits::default() }
}

/// Fetches what a read would need and is missing; loads nothing.
///
/// # Errors
/// Those of [`models::ensure`].
pub fn fetch(flags: &cli::EngineFlags, settings: &Settings) -> Result<()> {
    ready(flags, settings, &mut Progress::silent()).map(drop)
}

/// Finds models and runtime, fetching what is missing, and checks that the runtime loads.
///
/// # Errors
/// Those of [`models::ensure`]; [`EngineUnusable`].
pub fn options(flags: &cli::EngineFlags, settings: &Settings) -> Result<ocr::Options> {
    let ready = ready(flags, settings, &mut settings.progress())?;
    check_library(EngineLibrary::OnnxRuntime(&ready.runtime))?;
    let store = settings.store();
    let options = ocr::Options {
        name: ready.set.name.clone(),
        openvino: openvino::chosen(circumstances(&ready, &settings.config, &store), &store),
        runtime: ready.runtime,
        detection: ready.detection,
        recognition: ready.recognition,
        document: document_models(&store),
        max_candidates: ready.max_candidates,
        allowance: allowance(ready.set, &settings.config),
        coarse_first: ready.set.coarse_first,
        threads: threads(settings.config.ocr.threads),
        kleidiai: settings.config.ocr.kleidiai,
    };
    if flags.no_fold {
        return Ok(options);
    }
    Ok(folded(options, &store)?)
}

/// What looking at a whole page may take with `set`: `serve.max_rss`, which an idle server keeps to as well.
fn allowance(set: &models::Set, config: &Config) -> Option<Allowance> {
    let bytes = config.serve.rest().max_resident?;
    Some(Allowance { per_pixel: set.memory_per_pixel?, bytes })
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
fn document_models(store: &Store) -> document::ModelPaths {
    document::ModelPaths {
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

fn ready(flags: &cli::EngineFlags, settings: &Settings, progress: &mut Progress) -> Result<models::Ready> {
    let choice = match &settings.config.ocr.models {
        ModelChoice::Auto => Choice::Auto,
        ModelChoice::Set(name) => Registry::embedded().choice(name)?,
    };
    let runtime = flags.onnxruntime.clone().map_or(Library::Pulled, Library::Given);
    let document = document_kinds(settings.config.ocr.switches());
    let wanted = Wanted { choice, runtime, document };
    Ok(models::ensure(&settings.store(), &settings.network()?, &wanted, &mut |event| progress.show(&event))?)
}

/// What the engine is chosen by.
fn circumstances(ready: &models::Ready, config: &Config, store: &Store) -> Circumstances {
    Circumstances {
        engine: config.ocr.engine,
        precision: config.ocr.precision,
        processor: Processor::here(),
        is_installed: store.installed_openvino().is_some(),
        bf16: ready.bf16,
    }
}

/// The library of an engine, by its file.
#[derive(Debug, Clone, Copy)]
pub enum EngineLibrary<'a> {
    /// `libonnxruntime`.
    OnnxRuntime(&'a Path),
    /// `libopenvino_c`.
    OpenVino(&'a Path),
}

/// Loads an engine's library in a child first: on a CPU without the instructions it was built for, or with a damaged file,
/// it dies by a signal, and nothing in the process could say why.
///
/// # Errors
/// [`EngineUnusable`], also if there can be no child.
pub(super) fn check_library(library: EngineLibrary<'_>) -> Result<(), EngineUnusable> {
    let (file, flag) = match library {
        EngineLibrary::OnnxRuntime(file) => (file, None),
        EngineLibrary::OpenVino(file) => (file, Some("--openvino")),
    };
    let unusable = |reason: String| EngineUnusable { file: file.display().to_string(), reason };
    let probe = || -> io::Result<Output> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(PROBE).arg(file).args(flag).output()
    };
    let probed = probe().map_err(|error| unusable(format!("{}: {error}", t!("engine.no_program"))))?;
    if probed.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&probed.stderr);
    let reason = match words.lines().next() {
        Some(line) if probed.status.code().is_some() => line.to_owned(),
        _ => t!("engine.runtime_died", status = probed.status).into_owned(),
    };
    Err(unusable(reason))
}

/// The child's part of [`check_library`]: the reason on standard error when it fails.
///
/// # Errors
/// When the library cannot be loaded.
pub fn probe(library: EngineLibrary<'_>) -> Result<()> {
    match library {
        EngineLibrary::OnnxRuntime(file) => ocr::session::probe(file).map(drop)?,
        EngineLibrary::OpenVino(file) => ocr::session::probe_openvino(file)?,
    }
    Ok(())
}

/// As many as `wanted`, or as the cores of this machine are.
fn threads(wanted: Threads) -> NonZeroUsize {
    match wanted {
        Threads::Exactly(count) => count,
        Threads::Auto => cores::count(),
    }
}

//! The parts put together, until somebody says stop.

use std::convert::Infallible;
use std::os::fd::OwnedFd;
use std::path::{self, Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;
use std::{io, mem};

use anyhow::{Context as _, Result};
use tokio::sync::watch;

use super::{fetching, journal::Journal, leftovers, line, log_file, notices};
use crate::{
    backend::{
        Local, Proxy,
        proxy::{Counts, Estimates, ModelFiles, Standby, Upload},
    },
    cli,
    commands::{
        Settings,
        wiring::{
            self,
            engine::{self, Spawned},
            serving,
        },
    },
    config::{FallbackMode, Listen, Recompress},
    control::{self, CauseReport, Desk, Ending, EngineState, Farewell, PathState, Predecessor, Status, Takeover},
    http::{self, App, Failures, Limits, Stop},
    language::Language,
    memory,
    metrics::Metrics,
    ocr::Providers,
    open_files, report, service, signals,
    tunnel::{self, State, Supervisor, Tunnel},
    wording,
    worker::{self, Load},
};

/// How long requests under way may take once somebody has said stop: whoever logs out waits for it.
const DRAIN: Duration = Duration::from_secs(10);

/// What the predecessor's requests may take at the longest: an answer, the end of a connection, and that of ssh.
const SUCCESSION: Duration = Duration::from_secs(75);

/// Answers Bob until SIGTERM, SIGINT, `down`, or until another one takes its place. What it returns holds the connections
/// of those who wait for the end.
///
/// # Errors
/// When a port is taken, or the settings cannot be used.
pub async fn run(callers: &cli::Callers, flags: cli::EngineFlags, settings: Settings) -> Result<Farewell> {
    memory::return_large_blocks();
    open_files::allow_enough();
    let signalled = signalled().context(t!("up.no_runtime"))?;
    let guards = serving::guards(callers, &settings.config)?;
    let Place { listeners, offer, managed } = Place::take(&settings, callers, &guards).await?;
    let (proxy, view, supervisor) = open(flags, &settings)?;
    // Whoever asks for it may be in another folder.
    let token_file = callers.token_file.as_ref().and_then(|file| path::absolute(file).ok());
    let notifies = settings.config.notify.fallback;
    let view = View { listen: addresses(&listeners), token_file, quiet: settings.quiet, managed, notifies, ..view };
    // Nothing can go wrong any more, so the one before may stop.
    let (control, predecessor) = match offer {
        Some(offer) => offer.accept().await.map(|(control, predecessor)| (control, Some(predecessor)))?,
        None => (control::Server::bind(&control::socket(&settings.paths.state))?, None),
    };
    let view = Arc::new(view);
    greet(&view, predecessor.as_ref());
    let stopped = control.stopped();
    let quiet = settings.quiet;
    let shutdown = async move {
        tokio::select! {
            () = signalled => Stop::Soon,
            ending = stopped => stop(ending, quiet),
        }
    };
    let sockets = Arc::downgrade(&listeners);
    let app = App {
        backend: proxy,
        guards,
        limits: Limits { drain_time: DRAIN, ..serving::limits(&settings.config) },
        language: wiring::language(&settings.config),
        failures: Failures::WithStatusOk,
        metrics: Metrics::new(),
    };
    let farewell = Farewell::default();
    let served = Box::pin(http::serve(listeners, app, shutdown));
    let desk = Desk { status: telling(&view), sockets: move || duplicates(&sockets).filter(|_| !managed) };
    let told = Box::pin(control.serve(desk, &farewell));
    accompany(served, told, Succession { predecessor, supervisor }, &view, &settings.paths.log_file()).await;
    drop(control);
    Ok(farewell)
}

/// Where Bob connects to, and who was there before.
struct Place {
    listeners: Arc<[http::Listener]>,
    offer: Option<Takeover>,
    /// The sockets are a service manager's, which starts this process again.
    managed: bool,
}

impl Place {
    /// Takes the sockets of the service manager or of the `up` that runs, and opens what is missing.
    async fn take(settings: &Settings, callers: &cli::Callers, guards: &http::Guards) -> Result<Self> {
        let mut wanted = settings.config.listen.clone();
        let addresses: Vec<_> = wanted.iter().map(|listen| listen.address()).collect();
        let inherited = service::sockets::inherited(&addresses).context(t!("up.bad_sockets"))?;
        let managed = !inherited.is_empty();
        // Whoever wrote the unit wants those as well that are not in the configuration.
        let others = inherited.iter().filter_map(|socket| socket.local_addr().ok());
        wanted.extend(others.filter(|bound| !addresses.contains(bound)).map(Listen::Required));
        let mut offer = super::predecessor(settings).await?;
        let handed = offer.as_mut().map(|offer| mem::take(&mut offer.sockets)).unwrap_or_default();
        let open = inherited.into_iter().chain(handed).collect();
        let listeners = serving::listen_for_bob(&wanted, open, callers, guards).await?;
        Ok(Self { listeners: listeners.into(), offer, managed })
    }
}

/// The sockets once more, for as long as connections are taken.
fn duplicates(listeners: &Weak<[http::Listener]>) -> Option<Vec<OwnedFd>> {
    listeners.upgrade()?.iter().map(|listener| listener.duplicate().ok()).collect()
}

/// How the server ends because of `ending`.
fn stop(ending: Ending, quiet: bool) -> Stop {
    match ending {
        Ending::Down => Stop::Soon,
        Ending::Replaced { by } => {
            tracing::info!(pid = by, "replaced");
            if !quiet {
                report::tell(&t!("up.replaced", pid = by));
            }
            Stop::Replaced
        }
    }
}

/// What `status` is told, in the language that it asks for.
fn telling(view: &Arc<View>) -> impl Fn(Option<Language>) -> Status + Send + Sync + 'static {
    let view = Arc::clone(view);
    move |language| view.status(language.unwrap_or_else(Language::installed))
}

/// Waits for SIGTERM, SIGINT, or the end of the terminal it is shown on: nobody could see it any more.
fn signalled() -> io::Result<impl Future<Output = ()>> {
    let told = signals::termination()?;
    let closed = line::is_on_terminal().then(signals::hangup).transpose()?;
    let closed = async move {
        match closed {
            Some(closed) => closed.await,
            None => std::future::pending().await,
        }
    };
    Ok(async move {
        tokio::select! { () = told => {}, () = closed => {} }
    })
}

/// Who looks after the tunnel now, and who did before.
struct Succession {
    predecessor: Option<Predecessor>,
    supervisor: Option<Supervisor>,
}

impl Succession {
    /// Keeps the path up, once the process before has let go of the state folder and of its ssh.
    async fn run(&mut self) -> Infallible {
        if let Some(predecessor) = self.predecessor.take() {
            let pid = predecessor.pid;
            let is_gone = predecessor.gone(SUCCESSION).await;
            if is_gone {
                tracing::info!(pid, "predecessor-gone");
            } else {
                tracing::info!(pid, "predecessor-stays");
            }
        }
        match &mut self.supervisor {
            Some(supervisor) => supervisor.run().await,
            None => std::future::pending().await,
        }
    }
}

/// Runs everything beside `served`, and ends ssh after it.
async fn accompany(
    served: impl Future<Output = ()>,
    told: impl Future<Output = Infallible>,
    mut succession: Succession,
    view: &Arc<View>,
    log: &Path,
) {
    let follow = async {
        if let Some(tunnel) = &view.tunnel {
            view.journal.follow(tunnel).await;
        }
        std::future::pending::<()>().await;
    };
    let show = async {
        if !view.quiet && line::is_possible() {
            line::show(|| view.status(Language::installed())).await;
        }
        std::future::pending::<()>().await;
    };
    let notify = async {
        if view.notifies {
            match notices::tell(|| view.status(Language::installed())).await {}
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = notify => {}
        () = served => {}
        never = told => match never {},
        never = succession.run() => match never {},
        () = follow => {}
        () = show => {}
        never = leftovers::give_back(&view.counts, view.engine.as_ref().map(|engine| engine.state.clone())) => match never {},
        never = log_file::keep_small(log) => match never {},
    }
    if let Some(supervisor) = succession.supervisor {
        supervisor.close().await;
    }
}

/// The backend, what can be seen of it, and who looks after the tunnel.
fn open(flags: cli::EngineFlags, settings: &Settings) -> Result<(Proxy, View, Option<Supervisor>)> {
    let config = &settings.config;
    let Some(host) = &config.tunnel.host else {
        let spawned = engine::spawn(flags, settings.clone(), Load::AtOnce)?;
        let engine = Some(LocalEngine::of(&spawned));
        let proxy = Proxy::local(Local::new(spawned.worker, spawned.offer));
        let view = View { engine, ..View::new(&proxy, None, None) };
        return Ok((proxy, view, None));
    };
    let (tunnel, supervisor) = tunnel::open(wiring::tunnel(host, &config.tunnel, &settings.paths)?);
    let (fallback, engine) = match config.fallback.mode {
        FallbackMode::Off => (None, None),
        mode => {
            let (fallback, engine) = fallback(flags, settings, mode)?;
            (Some(fallback), Some(engine))
        }
    };
    let upload = match config.tunnel.recompress {
        Recompress::Auto => Upload::Recompressed,
        Recompress::Off => Upload::AsItIs,
    };
    let model_files = fallback.as_ref().map(|fallback| fallback.model_files.clone());
    let proxy = Proxy::remote(tunnel.clone(), upload, fallback, wiring::language(config));
    let view = View { engine, model_files, ..View::new(&proxy, Some(host.clone()), Some(tunnel)) };
    Ok((proxy, view, Some(supervisor)))
}

fn fallback(flags: cli::EngineFlags, settings: &Settings, mode: FallbackMode) -> Result<(Standby, LocalEngine)> {
    let config = &settings.config.fallback;
    let model_files = fetching::keep(flags.clone(), settings.clone())?;
    let spawned = engine::spawn(flags, settings.clone(), Load::WhenNeeded { idle: config.idle_unload.0 })?;
    let engine = LocalEngine::of(&spawned);
    let race_after = (mode == FallbackMode::Race).then_some(config.deadline.0);
    Ok((Standby { local: Local::new(spawned.worker, spawned.offer), race_after, model_files }, engine))
}

fn addresses(listeners: &[http::Listener]) -> Vec<String> {
    listeners.iter().filter_map(http::Listener::address).map(|address| address.to_string()).collect()
}

/// Where Bob has to ask, and how to get a server if there is none.
fn greet(view: &View, predecessor: Option<&Predecessor>) {
    tracing::info!(addresses = wording::list(&view.listen), host = view.host, managed = view.managed, "listening");
    if view.quiet {
        return;
    }
    if let Some(Predecessor { pid, .. }) = predecessor {
        report::tell(&t!("up.replaces", pid = pid));
    }
    for address in view.listen.iter().take(1) {
        report::tell(&t!("up.listening", url = format!("http://{address}/ocr")));
    }
    if view.host.is_none() {
        report::tell_in_sentences(&t!("up.no_host"));
    }
}

/// What can be seen of this machine's engine.
struct LocalEngine {
    state: watch::Receiver<worker::State>,
    providers: watch::Receiver<Option<Providers>>,
}

impl LocalEngine {
    fn of(spawned: &Spawned) -> Self {
        Self { state: spawned.worker.watch(), providers: spawned.providers.clone() }
    }
}

/// What can be seen of the daemon while it runs.
struct View {
    host: Option<String>,
    tunnel: Option<Tunnel>,
    journal: Journal,
    counts: Arc<Counts>,
    estimates: Estimates,
    engine: Option<LocalEngine>,
    /// Whether what the engine is loaded from is here; it is, unless somebody is fetching it.
    model_files: Option<watch::Receiver<ModelFiles>>,
    listen: Vec<String>,
    token_file: Option<PathBuf>,
    /// A service manager holds the sockets.
    managed: bool,
    /// Nobody wants to see more than what goes wrong.
    quiet: bool,
    /// The desktop tells that this machine reads in the server's place.
    notifies: bool,
}

impl View {
    fn new(proxy: &Proxy, host: Option<String>, tunnel: Option<Tunnel>) -> Self {
        let journal = Journal::new(path_state(tunnel.as_ref().map(Tunnel::state).as_ref()));
        let (counts, estimates) = (proxy.counts(), proxy.estimates());
        Self {
            host,
            tunnel,
            journal,
            counts,
            estimates,
            engine: None,
            model_files: None,
            listen: Vec::new(),
            token_file: None,
            managed: false,
            quiet: false,
            notifies: false,
        }
    }

    fn status(&self, language: Language) -> Status {
        let files = self.model_files.as_ref().map_or(ModelFiles::Present, |files| *files.borrow());
        let engine =
            self.engine.as_ref().map_or(EngineState::Off, |engine| engine_state(&engine.state.borrow(), files));
        let providers = self.engine.as_ref().and_then(|engine| *engine.providers.borrow());
        let state = self.tunnel.as_ref().map(Tunnel::state);
        let entry = self.journal.last();
        let round_trip = match &state {
            Some(State::Up { round_trip, .. }) => Some(round_trip.as_secs_f64() * 1000.0),
            _ => None,
        };
        let last = self.tunnel.as_ref().and_then(Tunnel::last_cause);
        Status {
            healthy: state.as_ref().map_or(engine != EngineState::Unavailable, State::is_up),
            state: path_state(state.as_ref()),
            since: humantime::format_rfc3339_seconds(entry.since).to_string(),
            attempts: entry.attempts,
            cause: state.as_ref().and_then(State::cause).map(|cause| CauseReport::of(cause, language)),
            last_cause: last.as_ref().map(|(cause, _)| CauseReport::of(cause, language)),
            host: self.host.clone(),
            round_trip_ms: round_trip,
            server: self.tunnel.as_ref().and_then(Tunnel::server),
            listen: self.listen.clone(),
            token_file: self.token_file.clone(),
            requests: self.counts.requests(),
            fallbacks: self.counts.fallbacks(),
            recent: self.counts.recent(),
            measured: self.estimates.measured(),
            engine,
            reads_with: providers.map(|providers| providers.to_string()),
            managed: self.managed,
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

fn path_state(tunnel: Option<&State>) -> PathState {
    tunnel.map_or(PathState::Local, PathState::from)
}

/// What can be seen of an engine whose models may still have to be fetched.
fn engine_state(worker: &worker::State, files: ModelFiles) -> EngineState {
    match (worker, files) {
        (worker::State::Failed(_), _) | (_, ModelFiles::Missing) => EngineState::Unavailable,
        (worker::State::Loading, _) | (_, ModelFiles::Fetching) => EngineState::Loading,
        (worker::State::Ready, ModelFiles::Present) => EngineState::Loaded,
        (worker::State::Unloaded, ModelFiles::Present) => EngineState::Unloaded,
    }
}

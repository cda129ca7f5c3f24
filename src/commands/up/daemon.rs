//! The parts put together, until somebody says stop.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::watch;

use super::{fetching, journal::Journal, line};
use crate::{
    backend::{
        Local, Proxy,
        proxy::{Counts, Estimates, Fallback, ModelFiles, Upload},
    },
    cli,
    commands::{
        Settings,
        wiring::{self, engine, serving},
    },
    config::{FallbackMode, Recompress},
    control::{self, CauseReport, EngineState, Farewell, PathState, Status},
    http::{self, App, Failures, Limits},
    memory,
    metrics::Metrics,
    report, signals,
    tunnel::{self, State, Supervisor, Tunnel},
    worker::{self, Load},
};

/// How long requests under way may take once somebody has said stop: whoever logs out waits for it.
const DRAIN: Duration = Duration::from_secs(10);

/// Answers Bob until SIGTERM, SIGINT or `down`. What it returns holds the connections of those who wait for the end.
///
/// # Errors
/// When a port is taken, or the settings cannot be used.
pub async fn run(callers: &cli::Callers, flags: cli::Engine, settings: Settings) -> Result<Farewell> {
    memory::return_large_blocks();
    let signalled = signalled().context(t!("up.no_runtime"))?;
    let guards = serving::guards(callers, &settings.config)?;
    let listeners = serving::listen_for_bob(&settings.config.listen, callers, &guards).await?;
    let path = control::socket(&settings.paths.state);
    let control = control::Server::bind(&path)?;
    let (proxy, view, supervisor) = open(flags, &settings)?;
    let view = Arc::new(View { listen: addresses(&listeners), quiet: settings.quiet, ..view });
    greet(&view);
    let stopped = control.stopped();
    let shutdown = async move {
        tokio::select! { () = signalled => {}, () = stopped => {} }
    };
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
    accompany(served, supervisor, &control, &view, &farewell).await;
    drop(control);
    Ok(farewell)
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

/// Runs everything beside `served`, and ends ssh after it.
async fn accompany(
    served: impl Future<Output = ()>,
    mut supervisor: Option<Supervisor>,
    control: &control::Server,
    view: &Arc<View>,
    farewell: &Farewell,
) {
    let status = {
        let view = Arc::clone(view);
        move || view.status()
    };
    let supervise = async {
        match &mut supervisor {
            Some(supervisor) => match supervisor.run().await {},
            None => std::future::pending::<()>().await,
        }
    };
    let follow = async {
        if let Some(tunnel) = &view.tunnel {
            view.journal.follow(tunnel).await;
        }
        std::future::pending::<()>().await;
    };
    let show = async {
        if !view.quiet && line::is_possible() {
            line::show(|| view.status()).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = served => {}
        () = control.serve(status, farewell) => {}
        () = supervise => {}
        () = follow => {}
        () = show => {}
    }
    if let Some(supervisor) = supervisor {
        supervisor.close().await;
    }
}

/// The backend, what can be seen of it, and who looks after the tunnel.
fn open(flags: cli::Engine, settings: &Settings) -> Result<(Proxy, View, Option<Supervisor>)> {
    let config = &settings.config;
    let Some(host) = &config.tunnel.host else {
        let spawned = engine::spawn(flags, settings.clone(), Load::AtOnce)?;
        let engine = Some(spawned.worker.watch());
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

fn fallback(
    flags: cli::Engine,
    settings: &Settings,
    mode: FallbackMode,
) -> Result<(Fallback, watch::Receiver<worker::State>)> {
    let config = &settings.config.fallback;
    let model_files = fetching::keep(flags.clone(), settings.clone())?;
    let spawned = engine::spawn(flags, settings.clone(), Load::WhenNeeded { idle: config.idle_unload.0 })?;
    let engine = spawned.worker.watch();
    let race_after = (mode == FallbackMode::Race).then_some(config.deadline.0);
    Ok((Fallback { local: Local::new(spawned.worker, spawned.offer), race_after, model_files }, engine))
}

fn addresses(listeners: &[http::Listener]) -> Vec<String> {
    listeners.iter().filter_map(http::Listener::address).map(|address| address.to_string()).collect()
}

/// Where Bob has to ask, and how to get a server if there is none.
fn greet(view: &View) {
    tracing::info!(addresses = ?view.listen, host = view.host, "listening");
    if view.quiet {
        return;
    }
    for address in view.listen.iter().take(1) {
        report::tell(&t!("up.listening", url = format!("http://{address}/ocr")));
    }
    if view.host.is_none() {
        report::tell(&t!("up.no_host"));
    }
}

/// What can be seen of the daemon while it runs.
struct View {
    host: Option<String>,
    tunnel: Option<Tunnel>,
    journal: Journal,
    counts: Arc<Counts>,
    estimates: Estimates,
    engine: Option<watch::Receiver<worker::State>>,
    /// Whether what the engine is loaded from is here; it is, unless somebody is fetching it.
    model_files: Option<watch::Receiver<ModelFiles>>,
    listen: Vec<String>,
    /// Nobody wants to see more than what goes wrong.
    quiet: bool,
}

impl View {
    fn new(proxy: &Proxy, host: Option<String>, tunnel: Option<Tunnel>) -> Self {
        let journal = Journal::new(path_state(tunnel.as_ref().map(Tunnel::state).as_ref()));
        let (counts, estimates) = (proxy.counts(), proxy.estimates());
        let listen = Vec::new();
        Self { host, tunnel, journal, counts, estimates, engine: None, model_files: None, listen, quiet: false }
    }

    fn status(&self) -> Status {
        let files = self.model_files.as_ref().map_or(ModelFiles::Present, |files| *files.borrow());
        let engine = self.engine.as_ref().map_or(EngineState::Off, |worker| engine_state(&worker.borrow(), files));
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
            cause: state.as_ref().and_then(State::cause).map(CauseReport::from),
            last_cause: last.as_ref().map(|(cause, _)| CauseReport::from(cause)),
            host: self.host.clone(),
            round_trip_ms: round_trip,
            server: self.tunnel.as_ref().and_then(Tunnel::server),
            listen: self.listen.clone(),
            requests: self.counts.requests(),
            fallbacks: self.counts.fallbacks(),
            measured: self.estimates.measured(),
            engine,
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

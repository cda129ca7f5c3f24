//! `jkocr serve`: OCR for others, on this machine's engine.

use std::future::pending;

use anyhow::{Context as _, Error, Result};
use tokio::sync::mpsc::UnboundedReceiver;

use super::Settings;
use super::wiring::engine::{self, Spawned};
use super::wiring::{self, serving};
use crate::backend::Local;
use crate::config::{Address, Config};
use crate::http::{self, App, Failures, Guards, Limits, SocketAccess, Stop};
use crate::metrics::Metrics;
use crate::report::Exit;
use crate::worker::{self, Load};
use crate::{cli, open_files, signals};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When the address is taken or must not be listened on, and when there is no engine at the start.
pub fn run(flags: cli::Serve, mut settings: Settings) -> Result<Exit> {
    flags.apply(&mut settings.config);
    let prefix = flags.prefix_file.as_deref().map(serving::secret).transpose()?;
    let guards = Guards { prefix, ..serving::guards(&flags.callers, &settings.config)? };
    let runtime = tokio::runtime::Runtime::new().context(t!("serve.no_runtime"))?;
    runtime.block_on(serve(flags, settings, guards))
}

async fn serve(flags: cli::Serve, settings: Settings, guards: Guards) -> Result<Exit> {
    open_files::allow_enough();
    let terminated = signals::termination().context(t!("serve.no_runtime"))?;
    let shutdown = async {
        terminated.await;
        watchdog::stopping();
        Stop::Soon
    };
    // Before the models, which take longer: a port that is taken is told at once.
    let address = &settings.config.serve.listen;
    let access = if flags.socket_group { SocketAccess::Group } else { SocketAccess::Owner };
    let listener = serving::listen(address, access, &flags.callers, &guards).await?;
    // With port 0, the port that was given.
    let address = listener.address().map_or_else(|| address.clone(), Address::Tcp);
    tracing::info!(addresses = %address, "listening");
    let (limits, language) = (limits(&settings.config), wiring::language(&settings.config));
    let Spawned { worker, mut failures, offer, .. } = engine::spawn(flags.engine, settings, Load::AtOnce)?;
    let (engine, pulse) = (worker.watch(), worker.pulse());
    let app = App {
        backend: Local::new(worker, offer),
        guards,
        limits,
        language,
        failures: Failures::WithTheirStatus,
        metrics: Metrics::new(),
    };
    tokio::select! {
        () = http::serve([listener].into(), app, shutdown) => Ok(Exit::Done),
        error = failed_start(engine.clone(), &mut failures) => Err(error),
        () = watchdog::report(engine, pulse) => Ok(Exit::Done),
    }
}

/// Ready when the engine failed before it was ever ready.
async fn failed_start(
    mut engine: tokio::sync::watch::Receiver<worker::State>,
    failures: &mut UnboundedReceiver<Error>,
) -> Error {
    let first = engine.wait_for(|state| !matches!(state, worker::State::Loading)).await;
    match first.map(|state| state.clone()) {
        Ok(worker::State::Failed(cause)) => failures.try_recv().unwrap_or_else(|_| Error::new(cause)),
        _ => pending().await,
    }
}

#[cfg(target_os = "linux")]
use worker::watchdog;

/// Elsewhere there is no systemd that would want to be told.
#[cfg(not(target_os = "linux"))]
mod watchdog {
    use super::{pending, worker};

    pub async fn report(_engine: tokio::sync::watch::Receiver<worker::State>, _pulse: worker::Pulse) {
        pending::<()>().await;
    }

    pub fn stopping() {}
}

fn limits(config: &Config) -> Limits {
    Limits { answer_time: config.serve.request_timeout.0, ..serving::limits(config) }
}

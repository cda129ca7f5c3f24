//! `jkocr serve`: OCR for others, on this machine's engine.

use std::{fs, future::pending, io, net::IpAddr, path::Path};

use anyhow::{Context as _, Error, Result};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    Settings,
    engine::{self, Spawned},
    wiring,
};
use crate::{
    backend::Local,
    cli,
    config::{Address, Config},
    http::{self, App, Failures, Guards, Limits, Listener, Secret},
    metrics::Metrics,
    report::{Exit, Misuse},
    worker::{self, Load},
};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When the address is taken or must not be listened on, and when there is no engine at the start.
pub fn run(flags: cli::Serve, mut settings: Settings) -> Result<Exit> {
    flags.apply(&mut settings.config);
    let guards = guards(&flags, &settings.config)?;
    let runtime = tokio::runtime::Runtime::new().context(t!("serve.no_runtime"))?;
    runtime.block_on(serve(flags, settings, guards))
}

async fn serve(flags: cli::Serve, settings: Settings, guards: Guards) -> Result<Exit> {
    let shutdown = http::termination().context(t!("serve.no_runtime"))?;
    // Before the models, which take longer: a port that is taken is told at once.
    let listener = listen(&settings.config.serve.listen, &flags).await?;
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
        () = http::serve(vec![listener], app, shutdown) => Ok(Exit::Done),
        error = failed_start(engine.clone(), &mut failures) => Err(error),
        () = tell_systemd(engine, pulse) => Ok(Exit::Done),
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
async fn tell_systemd(engine: tokio::sync::watch::Receiver<worker::State>, pulse: worker::Pulse) {
    http::systemd::report(engine, pulse).await;
}

#[cfg(not(target_os = "linux"))]
async fn tell_systemd(_engine: tokio::sync::watch::Receiver<worker::State>, _pulse: worker::Pulse) {
    pending::<()>().await;
}

async fn listen(address: &Address, flags: &cli::Serve) -> Result<Listener> {
    let listener = match address {
        Address::Tcp(address) => Listener::tcp(*address).await?,
        Address::Unix(path) => {
            Listener::unix(path, if flags.socket_group { http::Access::Group } else { http::Access::Owner }).await?
        }
    };
    // With port 0, the port that was given.
    let address = listener.address().map_or_else(|| address.clone(), Address::Tcp);
    tracing::info!(%address, "listening");
    Ok(listener)
}

/// Who may ask. Beyond this machine, only those with a token.
fn guards(flags: &cli::Serve, config: &Config) -> Result<Guards> {
    let token = flags.token_file.as_deref().map(secret).transpose()?;
    let prefix = flags.prefix_file.as_deref().map(secret).transpose()?;
    let outside = match &config.serve.listen {
        Address::Tcp(address) => Some(address.ip()).filter(|ip| !ip.is_loopback()),
        Address::Unix(_) => None,
    };
    match outside {
        Some(ip) if !flags.allow_remote || token.is_none() => Err(refused(ip)),
        _ => Ok(Guards { allowed_hosts: config.serve.allowed_hosts.clone(), token, prefix }),
    }
}

fn refused(ip: IpAddr) -> Error {
    Misuse(t!("serve.not_loopback", ip = ip).into_owned()).into()
}

fn secret(file: &Path) -> Result<Secret> {
    let text = fs::read_to_string(file).with_context(|| t!("serve.secret_unreadable", file = file.display()))?;
    Secret::new(&text)
        .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
        .with_context(|| t!("serve.secret_empty", file = file.display()))
}

fn limits(config: &Config) -> Limits {
    Limits {
        max_body: config.serve.max_body.as_u64(),
        answer_time: config.serve.request_timeout.0,
        ..Limits::default()
    }
}

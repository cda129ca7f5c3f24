//! `jkocr up` and `jkocr local`: Bob's ports, and behind them the tunnel, this machine's engine, or both.

mod daemon;
mod detach;
mod fetching;
mod journal;
mod leftovers;
mod line;
mod log_file;
mod notices;

use anyhow::{Context as _, Error, Result};

use super::{Settings, wiring};
use crate::cli;
use crate::control::{self, Client, Takeover};
use crate::report::Exit;

/// Answers Bob until it is told to end, in the place of one that runs already: that one's sockets are taken over, so
/// nobody is refused, and it ends when it has answered what it had begun with.
///
/// # Errors
/// When a service manager runs another one, a port is taken, or the settings cannot be used.
pub fn run(flags: cli::up::Up, mut settings: Settings) -> Result<Exit> {
    flags.apply(&mut settings.config);
    settings.config.tunnel.host = wiring::named(settings.config.tunnel.host);
    start(flags.background, &flags.callers, flags.engine, settings)
}

/// Answers Bob without a tunnel.
///
/// # Errors
/// Those of [`run`].
pub fn run_local(flags: cli::up::Local, mut settings: Settings) -> Result<Exit> {
    flags.apply(&mut settings.config);
    start(flags.background, &flags.callers, flags.engine, settings)
}

fn start(
    background: cli::up::Background,
    callers: &cli::Callers,
    engine: cli::EngineFlags,
    settings: Settings,
) -> Result<Exit> {
    let runtime = tokio::runtime::Runtime::new().context(t!("up.no_runtime"))?;
    if background.detach {
        runtime.block_on(refuse_managed(&settings))?;
        return runtime.block_on(detach::run(&settings));
    }
    if background.detached {
        // Fails only if it is a session of its own already.
        let _ = rustix::process::setsid();
    }
    // Those who said `down` are let go last of all.
    let farewell = runtime.block_on(daemon::run(callers, engine, settings))?;
    // A download under way would hold the end up.
    runtime.shutdown_background();
    drop(farewell);
    Ok(Exit::Done)
}

/// One that a service manager runs is started anew by the manager only: its sockets are the manager's.
async fn refuse_managed(settings: &Settings) -> Result<()> {
    let Some(client) = Client::connect(&control::socket(&settings.paths.state)).await? else { return Ok(()) };
    let status = client.status().await?;
    if status.managed { Err(Error::msg(t!("up.managed", pid = status.pid))) } else { Ok(()) }
}

/// The sockets of the one that runs, if there is one: this process goes on in its place.
async fn predecessor(settings: &Settings) -> Result<Option<Takeover>> {
    refuse_managed(settings).await?;
    let path = control::socket(&settings.paths.state);
    let Some(client) = Client::connect(&path).await? else { return Ok(None) };
    if let Ok(offer) = client.hand_over().await {
        return Ok(Some(offer));
    }
    // It may be too old to know the question, or have ended meanwhile.
    let Some(client) = Client::connect(&path).await? else { return Ok(None) };
    let pid = client.status().await?.pid;
    Err(Error::msg(t!("up.running", pid = pid)))
}

//! `jkocr up` and `jkocr local`: Bob's ports, and behind them the tunnel, this machine's engine, or both.

mod daemon;
mod detach;
mod fetching;
mod journal;
mod line;

use anyhow::{Context as _, Error, Result};

use super::{Settings, wiring};
use crate::cli;
use crate::control::{self, Client};
use crate::report::Exit;

/// Answers Bob until it is told to end.
///
/// # Errors
/// When another one runs, a port is taken, or the settings cannot be used.
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
    flags.engine.apply(&mut settings.config);
    settings.config.tunnel.host = None;
    start(flags.background, &flags.callers, flags.engine, settings)
}

fn start(
    background: cli::up::Background,
    callers: &cli::Callers,
    engine: cli::Engine,
    settings: Settings,
) -> Result<Exit> {
    let runtime = tokio::runtime::Runtime::new().context(t!("up.no_runtime"))?;
    runtime.block_on(refuse_second(&settings))?;
    if background.detach {
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

async fn refuse_second(settings: &Settings) -> Result<()> {
    match Client::connect(&control::socket(&settings.paths.state)).await? {
        None => Ok(()),
        Some(client) => {
            let pid = client.status().await?.pid;
            Err(Error::msg(t!("up.running", pid = pid)))
        }
    }
}

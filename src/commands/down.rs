//! `jkocr down`: ends the running `up`.

use std::time::Duration;

use anyhow::{Context as _, Error, Result};

use super::Settings;
use crate::control::{self, Client};
use crate::report::{self, Exit};
use crate::shell::CommandLine;

/// How long it may take: requests under way are finished first.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks it to end, and waits until it has.
///
/// # Errors
/// When it does not answer, or does not end.
pub fn run(settings: &Settings) -> Result<Exit> {
    let runtime = tokio::runtime::Runtime::new().context(t!("up.no_runtime"))?;
    runtime.block_on(async {
        let Some(mut client) = Client::connect(&control::socket(&settings.paths.state)).await? else {
            report::tell(&t!("up.not_running"));
            return Ok(Exit::Done);
        };
        let (pid, managed) = client.stop().await?;
        if !client.gone(PATIENCE).await {
            return Err(Error::msg(t!("up.not_ended", pid = pid, command = CommandLine::new("kill").number(pid))));
        }
        report::tell(&t!("up.ended", pid = pid));
        if managed {
            report::tell(&t!("up.ended_managed"));
        }
        Ok(Exit::Done)
    })
}

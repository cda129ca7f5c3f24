//! `--detach`: the same command in a session of its own, with a log file; back once it answers.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::time::{Instant, sleep};

use super::{Settings, log_file};
use crate::control::{self, Client};
use crate::report::{self, Exit};
use crate::untrusted::Untrusted;

/// How long the new process may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often to look.
const LOOK: Duration = Duration::from_millis(30);

/// Lines of the log that are shown when it did not start.
const LAST_LINES: usize = 8;

/// The most characters of such a line.
const LONGEST: usize = 4096;

/// Starts it, and waits until it answers or has ended.
///
/// # Errors
/// If it cannot be started or its log cannot be written.
pub async fn run(settings: &Settings) -> Result<Exit> {
    let log = settings.paths.log_file();
    let mut child = spawn(&log)?;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            report::tell(&t!("up.detached_died", status = status));
            report::tell(last_lines(&log).trim_end());
            return Ok(if status.code() == Some(2) { Exit::Misused } else { Exit::Failed });
        }
        if answers(settings, child.id()).await {
            report::tell(&t!("up.detached", pid = child.id(), log = log.display()));
            return Ok(Exit::Done);
        }
        sleep(LOOK).await;
    }
    report::tell(&t!("up.detached_silent", pid = child.id(), log = log.display()));
    Ok(Exit::Failed)
}

fn spawn(log: &Path) -> Result<Child> {
    let output = log_file::create(log).with_context(|| t!("up.log_unwritable", path = log.display()))?;
    let program = env::current_exe().context(t!("engine.no_program"))?;
    let arguments = env::args_os().skip(1).map(|argument| match argument.to_str() {
        Some("--detach") => "--detached".into(),
        _ => argument,
    });
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .spawn()
        .context(t!("engine.no_program"))
}

async fn answers(settings: &Settings, pid: u32) -> bool {
    match Client::connect(&control::socket(&settings.paths.state)).await {
        Ok(Some(client)) => client.status().await.is_ok_and(|status| status.pid == pid),
        _ => false,
    }
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let start = lines.len().saturating_sub(LAST_LINES);
    let shown: Vec<_> = lines[start..].iter().map(|line| Untrusted::up_to(LONGEST, line).to_string() + "\n").collect();
    shown.concat()
}

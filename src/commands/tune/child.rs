//! The trials: each is a `jkocr bench` of its own, since what a process held at most, and the runtime it has loaded, stay
//! with it.

use std::env;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;
use tokio::process::Command;
use tokio::runtime;
use tokio::time::timeout;

use crate::cli::tune::Tune;
use crate::commands::Settings;
use crate::config::LanguageChoice;
use crate::report::Interrupted;
use crate::signals;
use crate::tune::{Measured, Outcome, Trial};
use crate::untrusted::Untrusted;

/// How often the line on the terminal moves.
const TICK: Duration = Duration::from_millis(100);

/// What `jkocr bench --json` says, as far as it matters here.
#[derive(Deserialize)]
struct BenchOutput {
    images: Vec<BenchImage>,
    memory: BenchMemory,
}

#[derive(Deserialize)]
struct BenchImage {
    lines: usize,
    /// Milliseconds.
    total: f64,
}

#[derive(Deserialize)]
struct BenchMemory {
    peak: Option<u64>,
}

/// What is to be tried.
pub(super) struct Trials {
    /// Set, its place among the sets, threads.
    pub trials: Vec<(String, usize, NonZeroUsize)>,
    /// How many pictures each reads.
    pub pictures: usize,
}

/// Tries all of `plan`, one after the other.
///
/// # Errors
/// [`Interrupted`] by a signal, which ends the trial under way as well; if the program cannot be started.
pub(super) fn try_all(
    flags: &Tune,
    settings: &Settings,
    config_file: Option<&Path>,
    plan: &Trials,
) -> Result<Vec<Trial>> {
    let program = env::current_exe().context(t!("engine.no_program"))?;
    let bar = line(settings.quiet);
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context(t!("up.no_runtime"))?;
    let trials = runtime.block_on(async {
        let (end, hangup) = (signals::termination()?, signals::hangup()?);
        let work = async {
            let mut trials = Vec::new();
            for (number, (set, rank, threads)) in (1..).zip(&plan.trials) {
                let all = plan.trials.len();
                bar.set_message(
                    t!("tune.trying", set = set, threads = threads, number = number, all = all).into_owned(),
                );
                let mut command = Command::new(&program);
                // The rest of the time is for loading, and for the read that each picture gets in any case.
                let at_most = flags.limit.0 / 2 / plan.pictures.max(1) as u32;
                command.args(["bench", "--json", "--models", set]).arg(format!("--threads={threads}"));
                command.arg(format!("--at-most={}", humantime::format_duration(at_most)));
                command.args(arguments(flags, settings, config_file));
                let outcome = outcome(&mut command, flags).await?;
                trials.push(Trial { set: set.clone(), rank: *rank, threads: *threads, outcome });
            }
            Ok::<_, anyhow::Error>(trials)
        };
        tokio::select! {
            trials = work => trials,
            () = end => Err(Interrupted.into()),
            () = hangup => Err(Interrupted.into()),
        }
    });
    bar.finish_and_clear();
    trials
}

/// What shows on a terminal meanwhile; nothing elsewhere.
fn line(quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(None, target);
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(TICK);
    bar
}

/// What `jkocr bench` is told in every trial.
fn arguments(flags: &Tune, settings: &Settings, config_file: Option<&Path>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![format!("--rounds={}", flags.rounds).into()];
    if let Some(file) = config_file {
        arguments.extend(["--config".into(), file.into()]);
    }
    if settings.offline {
        arguments.push("--offline".into());
    }
    match settings.config.language {
        LanguageChoice::Auto => {}
        LanguageChoice::Chinese => arguments.push("--lang=zh".into()),
        LanguageChoice::English => arguments.push("--lang=en".into()),
    }
    if flags.files.is_empty() {
        arguments.push("--samples".into());
    } else {
        arguments.push("--".into());
        arguments.extend(flags.files.iter().map(Into::into));
    }
    arguments
}

/// Runs a trial, within its time. It ends with the future.
async fn outcome(command: &mut Command, flags: &Tune) -> Result<Outcome> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let child = command.spawn().context(t!("engine.no_program"))?;
    match timeout(flags.limit.0, child.wait_with_output()).await {
        Err(_) => Ok(Outcome::TooLong(flags.limit.0)),
        Ok(output) => Ok(read(&output.context(t!("engine.no_program"))?)),
    }
}

fn read(output: &Output) -> Outcome {
    match serde_json::from_slice::<BenchOutput>(&output.stdout) {
        Ok(BenchOutput { images, memory }) if output.status.success() => Outcome::Measured(Measured {
            times: images.iter().map(|image| Duration::from_secs_f64(image.total.max(0.0) / 1e3)).collect(),
            lines: images.iter().map(|image| image.lines).collect(),
            memory: memory.peak,
        }),
        _ => {
            let words = String::from_utf8_lossy(&output.stderr);
            let title = format!("{}: ", t!("report.error"));
            let reason = words.lines().find_map(|line| line.strip_prefix(&title));
            Outcome::Failed(Untrusted::new(reason.unwrap_or(&t!("tune.ended", status = output.status))))
        }
    }
}

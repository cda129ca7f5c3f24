//! `jkocr status`: how the running `up` is.

use anyhow::{Context as _, Result};

use super::Settings;
use crate::{
    backend::proxy::MovingAverages,
    cli,
    control::{self, Client, EngineState, PathState, Status},
    report::{self, Exit},
    shell::CommandLine,
    untrusted::Untrusted,
    wording,
};

/// Prints it; the exit code says whether all is well.
///
/// # Errors
/// When it runs and does not answer.
pub fn run(flags: &cli::up::Status, settings: &Settings) -> Result<Exit> {
    let runtime = tokio::runtime::Runtime::new().context(t!("up.no_runtime"))?;
    let status = runtime.block_on(async {
        match Client::connect(&control::socket(&settings.paths.state)).await? {
            Some(client) => client.status().await.map(Some),
            None => Ok(None),
        }
    })?;
    match &status {
        Some(status) if flags.json => report::show(&(serde_json::to_string_pretty(status)? + "\n"))?,
        Some(status) => report::show(&words(status))?,
        None if flags.json => {
            report::show(&format!("{}\n", serde_json::json!({ "healthy": false, "state": "stopped" })))?;
        }
        None => report::tell(&t!("up.not_running")),
    }
    Ok(if status.is_some_and(|status| status.healthy) { Exit::Done } else { Exit::Unhealthy })
}

fn words(status: &Status) -> String {
    let mut lines = vec![format!("{}  ·  {}", status.state_in_words(), status.lasted())];
    let is_fine = matches!(status.state, PathState::Up | PathState::Local);
    if let Some(cause) = &status.cause {
        lines.push(cause.message.clone());
        lines.push(cause.remedy.clone());
    } else if let Some(cause) = &status.last_cause {
        lines.push(t!("up.last_cause", cause = cause.message).into_owned());
        if !is_fine {
            lines.push(cause.remedy.clone());
        }
    } else if !is_fine {
        lines.push(t!("up.nothing_to_do").into_owned());
    }
    if status.attempts > 1 {
        lines.push(t!("up.attempts", count = status.attempts).into_owned());
    }
    if let Some(round_trip) = status.round_trip_ms {
        lines.push(t!("up.round_trip", ms = format!("{round_trip:.1}")).into_owned());
    }
    if let Some(server) = &status.server {
        lines.push(t!("up.server", name = server).into_owned());
        lines.extend(other_version(server));
    }
    lines.push(t!("up.listen", addresses = wording::list(&status.listen)).into_owned());
    let requests = &status.requests;
    let (remote, local, failed) = (requests.remote, requests.local, requests.failed);
    lines.push(t!("up.requests_by", remote = remote, local = local, failed = failed).into_owned());
    for (reason, count) in &status.fallbacks {
        lines.push(t!("up.fallbacks", reason = reason, count = count).into_owned());
    }
    lines.extend(expected(&status.measured));
    if !status.recent.is_empty() {
        lines.push(t!("up.recent").into_owned());
        lines.extend(status.recent.iter().map(|request| format!("  {}", request.in_words())));
    }
    lines.push(match &status.reads_with {
        Some(engine) if status.engine == EngineState::Loaded => {
            t!("up.engine_loaded_with", engine = engine).into_owned()
        }
        _ => engine(status.engine).into_owned(),
    });
    lines.push(t!("up.process", pid = status.pid, version = status.version).into_owned());
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// What to do about a server that calls itself a jkocr of another version.
pub fn other_version(server: &Untrusted) -> Option<String> {
    let ours = env!("CARGO_PKG_VERSION");
    let theirs = server.strip_prefix("jkocr/").filter(|theirs| *theirs != ours)?;
    let (name, command) = (format!("jkocr/{theirs}"), CommandLine::new("jkocr deploy"));
    Some(t!("up.server_version", name = name, ours = ours, command = command).into_owned())
}

/// What the last requests took, as far as it is known.
fn expected(measured: &MovingAverages) -> Option<String> {
    let ms = |value: Option<f64>| value.map(|ms| format!("{ms:.0}"));
    let rate = measured.upload_rate.map(|rate| bytesize::ByteSize(rate as u64).display().si().to_string());
    let parts: Vec<String> = [
        rate.map(|rate| t!("up.expected_upload", rate = rate)),
        ms(measured.server_ms).map(|ms| t!("up.expected_server", ms = ms)),
        ms(measured.here_ms).map(|ms| t!("up.expected_here", ms = ms)),
        ms(measured.load_ms).map(|ms| t!("up.expected_load", ms = ms)),
    ]
    .into_iter()
    .flatten()
    .map(std::borrow::Cow::into_owned)
    .collect();
    (!parts.is_empty()).then(|| t!("up.expected", parts = wording::list(parts)).into_owned())
}

fn engine(state: EngineState) -> std::borrow::Cow<'static, str> {
    match state {
        EngineState::Off => t!("up.engine_off"),
        EngineState::Loading => t!("up.engine_loading"),
        EngineState::Loaded => t!("up.engine_loaded"),
        EngineState::Unloaded => t!("up.engine_unloaded"),
        EngineState::Unavailable => t!("up.engine_unavailable"),
    }
}

//! `jkocr doctor`: what is wrong, and the one thing to do about it.

use std::env;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use directories::BaseDirs;
use indicatif::ProgressBar;
use toml::{Table, Value};

use super::settings::speak;
use super::wiring::{self, engine};
use crate::config::{self, Config, EngineChoice, FallbackMode, ModelChoice};
use crate::doctor::{
    self, Bundle, Configuration, Facts, Finding, Report, Setting, Subject, gather, is_healthy, judge, redacted, render,
};
use crate::models::{Choice, Library, Registry, Store};
use crate::paths::{self, Paths};
use crate::report::{self, Exit, Interrupted};
use crate::server_programs::ServerPrograms;
use crate::untrusted::Untrusted;
use crate::{cli, signals, wording};

/// The most of the end of the log that goes into a report: in bytes, and in lines.
const LOG: (u64, usize) = (64 << 10, 200);

/// Looks at everything, and says what is wrong. A configuration that cannot be used is one of the findings.
///
/// # Errors
/// When no folder for our files is known, or the report cannot be written.
pub fn run(flags: &cli::Doctor, global: &cli::Global, server_programs: &ServerPrograms) -> Result<Exit> {
    let paths = Paths::discover(|name| env::var(name).ok())?;
    let subject = Subject { server_programs: server_programs.clone(), ..subject(flags, global, &paths)? };
    let runtime = tokio::runtime::Runtime::new().context(t!("up.no_runtime"))?;
    let seen = {
        let _waiting = Spinner::show();
        runtime.block_on(look(&subject))
    };
    // A name server that does not answer would hold the end up.
    runtime.shutdown_background();
    let facts = seen?;
    let findings = judge(&facts);
    if flags.json {
        report::show(&(serde_json::to_string_pretty(&Report::new(&facts, &findings))? + "\n"))?;
    } else {
        report::show(&render::text(&findings, report::columns(io::stdout())))?;
    }
    if let Some(file) = &flags.report {
        write(file, &facts, &findings, &paths).with_context(|| t!("doctor.report_failed", file = file.display()))?;
        report::tell(&t!("doctor.report_written", file = file.display()));
    }
    Ok(if is_healthy(&findings) { Exit::Done } else { Exit::Unhealthy })
}

/// Looks, until a signal says to stop: what was started for it ends before this returns.
async fn look(subject: &Subject) -> Result<Facts> {
    let (stopped, hung_up) = (signals::termination()?, signals::hangup()?);
    tokio::select! {
        facts = gather(subject) => Ok(facts),
        () = stopped => Err(Interrupted.into()),
        () = hung_up => Err(Interrupted.into()),
    }
}

/// What to look at. Settings that cannot be used leave out what depends on them.
fn subject(flags: &cli::Doctor, global: &cli::Global, paths: &Paths) -> Result<Subject> {
    let source = match &global.config {
        Some(file) => config::ConfigFile::Named(file),
        None => config::ConfigFile::Usual(&paths.config_file),
    };
    let loaded = config::load(source, |name| env::var(name).ok());
    speak(global.lang, loaded.as_ref().ok().map(|loaded| &loaded.config));
    let usable = loaded.map_err(|error| wording::chain(&error)).and_then(|loaded| {
        let tunnel =
            wiring::tunnel("", &loaded.config.tunnel, paths).map_err(|error| wording::chain(error.as_ref()))?;
        Ok((loaded, tunnel))
    });
    let program = env::current_exe().context(t!("engine.no_program"))?;
    let mut subject = Subject {
        configuration: Configuration::Broken { error: String::new() },
        listen: Vec::new(),
        host: None,
        tunnel: None,
        reading: doctor::LocalReading::WhenDown,
        choice: Ok(Choice::Auto),
        store: Store::new(Registry::embedded(), paths.data.clone()),
        library: env::var_os("ORT_DYLIB_PATH").map_or(Library::Pulled, |file| Library::Given(file.into())),
        may_use_openvino: false,
        loader: vec![program.into(), engine::PROBE.into()],
        state: paths.state.clone(),
        variables: env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        server_programs: ServerPrograms::default(),
    };
    match usable {
        Err(error) => subject.configuration = Configuration::Broken { error },
        Ok((loaded, tunnel)) => {
            let (config::ConfigFile::Usual(file) | config::ConfigFile::Named(file)) = source;
            let settings = settings(&loaded, flags.host.as_deref());
            subject.configuration = Configuration::Loaded { file: file.to_owned(), exists: file.exists(), settings };
            apply(&mut subject, flags, loaded.config);
            subject.tunnel = Some(tunnel);
        }
    }
    Ok(subject)
}

fn apply(subject: &mut Subject, flags: &cli::Doctor, config: Config) {
    subject.listen = config.listen;
    subject.host = wiring::named(flags.host.clone().or(config.tunnel.host));
    subject.reading = match config.fallback.mode {
        FallbackMode::Off => doctor::LocalReading::Never,
        FallbackMode::WhenDown | FallbackMode::Race => doctor::LocalReading::WhenDown,
    };
    subject.may_use_openvino = config.ocr.engine != EngineChoice::OnnxRuntime;
    subject.choice = match config.ocr.models {
        ModelChoice::Auto => Ok(Choice::Auto),
        ModelChoice::Set(name) => Registry::embedded().choice(&name).map_err(|error| error.to_string()),
    };
}

/// The settings that are not the built-in ones.
fn settings(loaded: &config::Loaded, host: Option<&str>) -> Vec<Setting> {
    let table = Table::try_from(&loaded.config).unwrap_or_default();
    let mut settings: Vec<_> =
        loaded.origins.iter().filter_map(|(key, origin)| setting(&table, key, *origin)).collect();
    if let Some(host) = host {
        settings.retain(|setting| setting.key != "tunnel.host");
        let value = Value::from(host).to_string();
        settings.push(Setting { key: "tunnel.host".to_owned(), value, origin: doctor::SettingOrigin::Flag });
    }
    settings
}

fn setting(table: &Table, key: &str, origin: config::Origin) -> Option<Setting> {
    let origin = match origin {
        config::Origin::Default => return None,
        config::Origin::File => doctor::SettingOrigin::File,
        config::Origin::Environment => doctor::SettingOrigin::Environment,
    };
    let value = match key.split_once('.') {
        Some((section, name)) => table.get(section)?.get(name)?,
        None => table.get(key)?,
    };
    let value = match value {
        // The value of a proxy command may hold a password.
        Value::Array(options) if key == "tunnel.ssh_options" => Value::Array(options.iter().map(name_of).collect()),
        value => value.clone(),
    };
    Some(Setting { key: key.to_owned(), value: value.to_string(), origin })
}

fn name_of(option: &Value) -> Value {
    let name = option.as_str().unwrap_or_default().split(['=', ' ']).next().unwrap_or_default();
    Value::from(format!("{name}=…"))
}

/// Writes everything into a file that only its owner can read, in one go.
fn write(file: &Path, facts: &Facts, findings: &[Finding], paths: &Paths) -> Result<()> {
    let bundle = Bundle { report: Report::new(facts, findings), facts, log: log(&paths.log_file()) };
    let mut text = serde_json::to_vec_pretty(&bundle)?;
    text.push(b'\n');
    Ok(paths::replace(file, 0o600, &text)?)
}

/// The last lines of the log, without anything that is nobody's business. No log is no trouble.
fn log(path: &Path) -> Vec<Untrusted> {
    let text = end_of(path).unwrap_or_default();
    let home = BaseDirs::new().map(|folders| folders.home_dir().to_owned());
    let lines: Vec<_> = text.lines().collect();
    let start = lines.len().saturating_sub(LOG.1);
    lines[start..].iter().map(|line| redacted(line, home.as_deref())).collect()
}

fn end_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG.0)))?;
    let mut bytes = Vec::new();
    file.take(LOG.0).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Something that moves on a terminal, since a host that does not answer takes its time.
struct Spinner(Option<ProgressBar>);

impl Spinner {
    fn show() -> Self {
        Self(io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner().with_message(t!("doctor.looking").into_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        }))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

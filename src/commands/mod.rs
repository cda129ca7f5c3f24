//! One function for each verb: load the settings, wire the parts, run.

use std::env;

use anyhow::Result;
use rust_i18n::t;
use tracing_subscriber::filter::LevelFilter;

use crate::{
    cli::{self, Cli, Color, Command},
    config::{self, Config, LanguageChoice},
    language::Language,
    log::{self, LogFormat},
    paths::Paths,
    report::Exit,
};

/// What every verb starts from.
pub struct Settings {
    /// File and environment merged; a verb puts its flags on top.
    pub config: Config,
    /// Where files live.
    pub paths: Paths,
    /// Whether downloads are forbidden.
    pub offline: bool,
}

/// Runs the verb of a command line.
///
/// # Errors
/// Whatever kept the verb from being done, ready for [`crate::report::print`].
pub fn run(cli: Cli) -> Result<Exit> {
    choose_colors(cli.global.color);
    log::start(level(&cli), log_format(&cli));
    let settings = settings(&cli.global)?;
    match cli.command {
        None => {
            anstream::print!("{}", t!("usage.first_steps"));
            Ok(Exit::Done)
        }
        Some(_) => Ok(Exit::Done),
    }
}

fn choose_colors(color: Color) {
    match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Daemons say what they do; the other verbs only what went wrong.
fn level(cli: &Cli) -> LevelFilter {
    if cli.global.quiet {
        return LevelFilter::ERROR;
    }
    let usual = match cli.command {
        Some(Command::Serve(_)) => 1,
        Some(Command::Ocr(_)) | None => 0,
    };
    match usual + cli.global.verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

fn log_format(cli: &Cli) -> LogFormat {
    match &cli.command {
        Some(Command::Serve(serve)) => serve.log_format,
        _ => LogFormat::Text,
    }
}

fn settings(global: &cli::Global) -> Result<Settings> {
    let variable = |name: &str| env::var(name).ok();
    let paths = Paths::discover(variable)?;
    let source = match &global.config {
        Some(file) => config::Source::Named(file),
        None => config::Source::Usual(&paths.config_file),
    };
    let mut config = config::load(source, variable)?.config;
    config.language = global.lang.unwrap_or(config.language);
    match config.language {
        LanguageChoice::Auto => {}
        LanguageChoice::Chinese => Language::Chinese.install(),
        LanguageChoice::English => Language::English.install(),
    }
    Ok(Settings { config, paths, offline: global.offline })
}

//! One function for each verb: load the settings, wire the parts, run.

pub mod bench;
mod columns;
pub mod config;
pub mod deploy;
pub mod doctor;
pub mod down;
pub mod generated;
mod host_key;
pub mod init;
pub mod logs;
pub mod models;
pub mod ocr;
mod prompt;
pub mod serve;
pub mod service;
mod settings;
pub mod status;
pub mod tune;
pub mod up;
mod version;
pub mod wiring;

use std::io::{self, IsTerminal as _};

use anyhow::Result;
use tracing_subscriber::filter::LevelFilter;

use crate::cli::{self, Cli, Color, Command};
use crate::config::{self as settings_of, UnknownVariable};
use crate::log::{self, LogFormat};
use crate::pdf::painter;
use crate::report::{self, Exit};
use crate::server_programs::ServerPrograms;
pub use settings::Settings;
use wiring::engine::{self, EngineLibrary};

/// Runs the verb of a command line, with the programs for servers that came with this one.
///
/// # Errors
/// Whatever kept the verb from being done, ready for [`crate::report::print`].
pub fn run(cli: Cli, server_programs: &ServerPrograms) -> Result<Exit> {
    choose_colors(cli.global.color);
    if cli.version {
        return version::run(&cli, server_programs);
    }
    log::start(level(&cli), log_format(&cli));
    // Some verbs do without: a broken configuration must not break a shell's start, and the doctor says what is broken.
    let settings = Settings::of(&cli);
    tell_unknown_variables(&cli);
    match cli.command {
        None => bare(&settings?),
        Some(Command::Init(flags)) => init::run(flags, &settings?, cli.global.config.as_deref(), server_programs),
        Some(Command::Deploy(flags)) => deploy::run(flags, &settings?, cli.global.config.as_deref(), server_programs),
        Some(Command::Up(flags)) => up::run(flags, settings?),
        Some(Command::Local(flags)) => up::run_local(flags, settings?),
        Some(Command::Down) => down::run(&settings?),
        Some(Command::Status(flags)) => status::run(&flags, &settings?),
        Some(Command::Logs(flags)) => logs::run(&flags, &settings?),
        Some(Command::Doctor(flags)) => doctor::run(&flags, &cli.global, server_programs),
        Some(Command::Ocr(flags)) => ocr::run(&flags, settings?),
        Some(Command::Serve(flags)) => serve::run(flags, settings?),
        Some(Command::Config(flags)) => {
            let settings = Settings::even_broken(settings, &cli.global)?;
            config::run(&flags.command, &settings, cli.global.config.as_deref())
        }
        Some(Command::Models(models)) => {
            let settings = settings?;
            let mut outputs = models::Outputs { results: &mut io::stdout().lock(), progress: &mut settings.progress() };
            models::run(models.command, &settings.store(), &settings.network()?, &mut outputs)
        }
        Some(Command::Service(service)) => service::run(&service.command, &settings?, cli.global.config.as_deref()),
        Some(Command::Completions(flags)) => generated::completions(&flags),
        Some(Command::Man(flags)) => generated::manual(&flags),
        Some(Command::Bench(flags)) => bench::run(&flags, settings?),
        Some(Command::Tune(flags)) => tune::run(&flags, &settings?, cli.global.config.as_deref()),
        Some(Command::DrawPdf { build, first, last, pixels }) => {
            draw_pdf(painter::PageRequest { build, first, last, pixels })
        }
        Some(Command::ProbeRuntime { library, openvino }) => {
            let library =
                if openvino { EngineLibrary::OpenVino(&library) } else { EngineLibrary::OnnxRuntime(&library) };
            engine::probe(library).map(|()| Exit::Done)
        }
    }
}

/// Without a verb: the first steps, or, once there is a configuration, how things are.
fn bare(settings: &Settings) -> Result<Exit> {
    if settings.paths.config_file.exists() {
        return status::run(&cli::up::Status { json: false }, settings);
    }
    report::show(&t!("usage.first_steps"))?;
    Ok(Exit::Done)
}

/// Says which variables look like ours and are none.
fn tell_unknown_variables(cli: &Cli) {
    let is_for_programs = matches!(
        cli.command,
        Some(Command::Completions(_) | Command::Man(_) | Command::DrawPdf { .. } | Command::ProbeRuntime { .. })
    );
    if is_for_programs || cli.global.quiet {
        return;
    }
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for UnknownVariable { name, nearest } in settings_of::unknown(names) {
        report::tell(&if let Some(nearest) = nearest {
            t!("config.unknown_variable", name = name, nearest = nearest)
        } else {
            t!("config.unknown_variable_alone", name = name)
        });
    }
}

fn draw_pdf(order: painter::PageRequest) -> Result<Exit> {
    painter::run(order)?;
    Ok(Exit::Done)
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
        Some(Command::Serve(cli::Serve { log_level: Some(level), .. })) => return level,
        // On a terminal there is a status line instead.
        Some(Command::Up(_) | Command::Local(_)) if io::stderr().is_terminal() => match cli.global.verbose {
            0 => return LevelFilter::ERROR,
            _ => 0,
        },
        Some(Command::Serve(_) | Command::Up(_) | Command::Local(_)) => 1,
        // What the tunnel's log would say is said in words.
        Some(Command::Init(_) | Command::Deploy(_) | Command::Doctor(_)) if cli.global.verbose == 0 => {
            return LevelFilter::ERROR;
        }
        _ => 0,
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
        Some(Command::Up(up)) => up.background.log_format,
        Some(Command::Local(local)) => local.background.log_format,
        _ => LogFormat::Text,
    }
}

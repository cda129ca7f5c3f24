//! The log: `tracing` to standard error, as text or as JSON.
//!
//! Nothing of an image or its text is ever a field; that is the callers' part.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// The variable that overrides the flags, in `tracing`'s filter syntax (`info,jkocr::tunnel=debug`).
pub const FILTER_VARIABLE: &str = "JKOCR_LOG";

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object a line.
    Json,
}

/// Starts the log of the process: `level` and above, unless `JKOCR_LOG` says otherwise.
pub fn start(level: LevelFilter, format: LogFormat) {
    let filter =
        EnvFilter::builder().with_env_var(FILTER_VARIABLE).with_default_directive(level.into()).from_env_lossy();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(anstream_allows_color()).with_target(false).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

fn anstream_allows_color() -> bool {
    match anstream::ColorChoice::global() {
        anstream::ColorChoice::Auto => {
            io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        }
        anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
        anstream::ColorChoice::Never => false,
    }
}

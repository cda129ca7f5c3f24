//! The log: `tracing` to standard error, as sentences or as JSON (docs/log.schema.json). The message of an event is its
//! name; its sentence is in `src/locales/log.yml`, but for what only `-v -v` shows. A line that cannot be written is lost, and nothing else.
//!
//! Nothing of an image or its text is ever a field; that is the callers' part.

mod line;
mod lossy;
mod sentence;

use std::io::{self, IsTerminal as _};
use std::sync::Arc;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{Directive, LevelFilter};

use line::LineFormat;
pub(crate) use line::local_time;
use lossy::Lossy;
pub(crate) use sentence::{duration, reason};

/// The variable that overrides the flags, in `tracing`'s filter syntax (`info,jkocr::tunnel=debug`).
pub const FILTER_VARIABLE: &str = "JKOCR_LOG";

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// A time and a sentence, for people.
    Text,
    /// An object a line.
    Json,
}

/// Starts the log of the process: `level` and above, unless `JKOCR_LOG` says otherwise.
pub fn start(level: LevelFilter, format: LogFormat) {
    let (filter, ignored) = filter(level, &std::env::var(FILTER_VARIABLE).unwrap_or_default());
    let writer = Arc::new(Lossy::new(io::stderr(), format));
    // The library would say with `eprintln!` that it cannot write, and that panics where standard error is the trouble.
    let log = tracing_subscriber::fmt().with_env_filter(filter).log_internal_errors(false).with_writer(writer);
    log.event_format(LineFormat { format, is_colored: anstream_allows_color() }).init();
    for directive in ignored {
        tracing::warn!(directive, "log-filter");
    }
}

/// The filter that `text` describes, and the parts of it that mean nothing.
fn filter(level: LevelFilter, text: &str) -> (EnvFilter, Vec<String>) {
    let (known, ignored): (Vec<_>, Vec<_>) =
        text.split(',').filter(|part| !part.is_empty()).partition(|part| part.parse::<Directive>().is_ok());
    // Without any of them the default counts.
    let filter = EnvFilter::builder().with_default_directive(level.into()).parse_lossy(known.join(","));
    (filter, ignored.into_iter().map(str::to_owned).collect())
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

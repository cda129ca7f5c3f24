//! What a person is told when a command fails: one line, one hint, one exit code.

use std::io;
use std::os::fd::AsFd;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::tunnel::Cause;
use crate::{config, deploy, models, service, setup, wording};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// How a command ended, as its exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for.
    Done,
    /// Not, or not all of it.
    Failed,
    /// The command line or the configuration cannot be used.
    Misused,
    /// `status` and `doctor`: something is wrong.
    Unhealthy,
    /// By Ctrl-C.
    Interrupted,
}

/// Flags that do not go together in a way the parser cannot know.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misuse(pub String);

/// An error with the one thing to do about it where it happened.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub struct Advised {
    source: Box<dyn std::error::Error + Send + Sync>,
    advice: String,
}

impl Advised {
    /// `error`, about which `advice` says what to do.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>, advice: String) -> Self {
        Self { source: error.into(), advice }
    }
}

/// The user pressed Ctrl-C where it is caught.
#[derive(Debug, thiserror::Error)]
#[error("{}", t!("report.interrupted"))]
pub struct Interrupted;

impl Exit {
    /// Every way to end.
    pub const ALL: [Self; 5] = [Self::Done, Self::Failed, Self::Misused, Self::Unhealthy, Self::Interrupted];

    /// What the process exits with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Misused => 2,
            Self::Unhealthy => 3,
            Self::Interrupted => 130,
        }
    }

    /// What that means, for the manual.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "Everything that was asked for is done.",
            Self::Failed => "It could not be done, or not all of it; standard error says why.",
            Self::Misused => "The command line or the configuration cannot be used.",
            Self::Unhealthy => "status and doctor: something is wrong, or jkocr does not run.",
            Self::Interrupted => "It was interrupted (Ctrl-C).",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Prints `error` with the one thing to do about it, and says with what to exit.
///
/// A reader that has closed standard output is no error: nothing is printed.
#[must_use]
pub fn print(error: &anyhow::Error) -> Exit {
    if error.chain().any(is_closed_pipe) {
        return Exit::Done;
    }
    if error.is::<Interrupted>() {
        return Exit::Interrupted;
    }
    print_with_hint(error);
    let misused = error.chain().any(|cause| cause.is::<config::Error>() || cause.is::<Misuse>());
    if misused { Exit::Misused } else { Exit::Failed }
}

/// Prints `error` with the one thing to do about it.
pub fn print_with_hint(error: &anyhow::Error) {
    print_line(&wording::chain(error.as_ref()), hint(error).as_deref());
}

/// Prints what was asked for on standard output.
///
/// # Errors
/// If it cannot be written there.
pub fn show(text: &str) -> io::Result<()> {
    use std::io::Write as _;
    anstream::stdout().lock().write_all(text.as_bytes())
}

/// The columns of the terminal that `output` is shown on, if it is and says so.
pub fn columns(output: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(output).ok()?;
    (size.ws_col > 0).then_some(size.ws_col.into())
}

/// Tells a person on standard error. Where that cannot be written, nobody can be told, and the work goes on.
pub fn tell(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}

/// `text`, of which the first line begins at column `used`, in lines that fit the terminal, if standard error is one; those
/// that are begun because of it are indented.
pub(crate) fn fitted(text: &str, used: usize, indent: usize) -> String {
    let Some(columns) = columns(io::stderr()) else { return text.to_owned() };
    let lines = text.split('\n').enumerate();
    let lines = lines.map(|(at, line)| wording::wrapped(line, columns, if at == 0 { used } else { 0 }, indent));
    lines.collect::<Vec<_>>().join("\n")
}

/// Tells a person in sentences, which are broken where the terminal ends.
pub fn tell_in_sentences(text: &str) {
    tell(&fitted(text, 0, 0));
}

/// Asks a person on standard error, and leaves the rest of the line for the answer.
pub fn ask(question: &str, default: Option<&str>) {
    use std::io::Write as _;
    let default = default.map(|default| format!(" [{default}]")).unwrap_or_default();
    let question = fitted(&format!("{question}{default}"), 0, 0);
    let _ = write!(anstream::stderr().lock(), "{question}{}", t!("punctuation.colon"));
}

/// Prints an error's text, with a hint below it if there is one.
pub fn print_line(error: &str, hint: Option<&str>) {
    use std::io::Write as _;
    let mut stderr = anstream::stderr().lock();
    // A closed standard error leaves nobody to tell.
    let colon = t!("punctuation.colon");
    for (style, name, text) in [(ERROR, t!("report.error"), Some(error)), (HINT, t!("report.hint"), hint)] {
        if let Some(text) = text {
            let text = fitted(text, format!("{name}{colon}").width(), 2);
            let _ = writeln!(stderr, "{style}{name}{style:#}{colon}{text}");
        }
    }
}

/// The one thing to do next, for the errors that have one.
fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(hint_of)
}

fn hint_of(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(Advised { advice, .. }) = cause.downcast_ref() {
        return Some(advice.clone());
    }
    if let Some(config::Error::Missing { .. }) = cause.downcast_ref() {
        return Some(t!("report.config_missing").into_owned());
    }
    if let Some(error) = cause.downcast_ref::<service::Error>() {
        return error.hint();
    }
    if let Some(error) = cause.downcast_ref::<deploy::Error>() {
        return error.hint();
    }
    if let Some(error) = cause.downcast_ref::<setup::Error>() {
        return error.hint();
    }
    if let Some(cause) = cause.downcast_ref::<Cause>() {
        return Some(cause.remedy());
    }
    cause.downcast_ref::<models::Error>().and_then(models::Error::hint)
}

fn is_closed_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

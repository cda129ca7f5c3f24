//! Downloads as a person sees them: bars on a terminal, a line for each file elsewhere.

use std::io::{self, IsTerminal as _, Write};

use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::models::{Event, FileSize};
use crate::report;
use crate::untrusted::Untrusted;
use crate::wording;

/// A bar for what has a known size: name, bar, bytes, rate, time left.
pub const BAR: &str = "{msg}  {bar:24}  {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta}";

/// For what has none.
const SPINNER: &str = "{msg}  {spinner}  {decimal_bytes}  {decimal_bytes_per_sec}";

/// Where the words about downloads go.
pub struct Progress {
    form: Medium,
    /// The reason of the last failure that was tried again: it is not told twice.
    retried: Option<String>,
}

enum Medium {
    Bars { bar: Option<ProgressBar> },
    Lines { output: Box<dyn Write + Send> },
    Silent,
}

impl Progress {
    /// Standard error: bars if it is a terminal, lines otherwise.
    #[must_use]
    pub fn stderr() -> Self {
        if io::stderr().is_terminal() {
            return Self { form: Medium::Bars { bar: None }, retried: None };
        }
        Self::lines(Box::new(io::stderr()))
    }

    /// Lines, into `output`.
    #[must_use]
    pub fn lines(output: Box<dyn Write + Send>) -> Self {
        Self { form: Medium::Lines { output }, retried: None }
    }

    /// Nothing: `--quiet`.
    #[must_use]
    pub fn silent() -> Self {
        Self { form: Medium::Silent, retried: None }
    }

    /// Prints a line; bars stay below it.
    pub fn note(&mut self, line: &str) {
        let fitted = || report::fitted(line, 0, 2);
        match &mut self.form {
            Medium::Bars { bar: Some(bar) } => bar.suspend(|| write_line(&mut io::stderr(), &fitted())),
            Medium::Bars { bar: None } => write_line(&mut io::stderr(), &fitted()),
            Medium::Lines { output } => write_line(output, line),
            Medium::Silent => {}
        }
    }

    /// Shows what happened.
    pub fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { what, from, done, total } => self.start(what, from, *done, *total),
            Event::Advanced { done } => self.advance(*done),
            Event::Retrying { error } => {
                let reason = Some(error.chain());
                if reason == std::mem::replace(&mut self.retried, reason.clone()) {
                    return;
                }
            }
            _ => self.end(),
        }
        // Where the beginning of each file has its line, its end has none.
        let is_told = matches!((event, &self.form), (Event::Installed { .. }, Medium::Lines { .. }));
        if let Some(line) = line(event).filter(|_| !is_told) {
            self.note(&line);
        }
    }

    fn start(&mut self, what: &str, from: &str, done: u64, total: Option<u64>) {
        self.end();
        self.retried = None;
        if let Medium::Bars { bar } = &mut self.form {
            let template = if total.is_some() { BAR } else { SPINNER };
            let style = ProgressStyle::with_template(template).expect("the templates above are valid");
            let new = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr()).with_style(style);
            new.set_message(what.to_owned());
            new.set_position(done);
            new.reset_eta();
            *bar = Some(new);
        } else {
            self.note(&started(what, from, done, total));
        }
    }

    fn advance(&self, done: u64) {
        if let Medium::Bars { bar: Some(bar) } = &self.form {
            bar.set_position(done);
        }
    }

    fn end(&mut self) {
        if let Medium::Bars { bar } = &mut self.form
            && let Some(bar) = bar.take()
        {
            bar.finish_and_clear();
        }
    }
}

/// Nobody is left to tell when standard error is closed.
fn write_line(output: &mut impl Write, line: &str) {
    let _ = writeln!(output, "{line}");
}

fn started(what: &str, from: &str, done: u64, total: Option<u64>) -> String {
    let size =
        total.map_or_else(|| t!("models.progress.unknown_size").into_owned(), |total| DecimalBytes(total).to_string());
    match done {
        0 => t!("models.progress.started", what = what, from = from, size = size).into_owned(),
        _ => {
            t!("models.progress.resumed", what = what, from = from, size = size, done = DecimalBytes(done)).into_owned()
        }
    }
}

/// The line for what is no matter of bytes.
fn line(event: &Event<'_>) -> Option<String> {
    let line = match event {
        Event::Waiting => t!("models.progress.waiting"),
        Event::Chosen { set, others } => {
            let others: Vec<_> = others.iter().map(|set| set.name.as_str()).collect();
            t!("models.progress.chosen", set = set.name, others = wording::list(others))
        }
        Event::Planned { files } => {
            let ids: Vec<_> = files.iter().map(|file| file.id.as_str()).collect();
            let size = size(FileSize::sum(files.iter().map(|file| file.travels())));
            t!("models.progress.planned", files = wording::list(ids), size = size)
        }
        Event::WholeWheel { wheel } => t!("models.progress.whole_wheel", wheel = wheel),
        Event::Retrying { error } => t!("models.progress.retrying", reason = error.chain()),
        Event::SourceFailed { file, from, error } => {
            t!("models.progress.source_failed", what = file.id, from = from, reason = error.chain())
        }
        Event::Skipped { path, error } => {
            t!("models.progress.skipped", path = Untrusted::from(*path), reason = error.chain())
        }
        Event::Installed { file } => t!("models.progress.installed", what = file.id),
        Event::Started { .. } | Event::Advanced { .. } => return None,
    };
    Some(line.into_owned())
}

fn size(size: FileSize) -> String {
    match size {
        FileSize::Exactly(bytes) => DecimalBytes(bytes).to_string(),
        FileSize::About(bytes) => format!("~{}", DecimalBytes(bytes)),
        FileSize::Unknown => t!("models.progress.unknown_size").into_owned(),
    }
}

//! The live status line on a terminal.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::backend::proxy::Requests;
use crate::commands::status::other_version;
use crate::control::{CauseReport, PathState, Status};
use crate::report;
use crate::wording::wrapped;

/// How often it is looked at anew.
const LOOK: Duration = Duration::from_secs(1);

/// Room for the spinner, and for the `^C` that a terminal shows: after a full line it begins the next one, and the line
/// cannot be cleared.
const MARGIN: usize = 5;

/// Those of a terminal that does not say how many it has.
const USUAL_COLUMNS: usize = 80;

/// Whether somebody looks at what is written.
pub fn is_on_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether a line that changes can be shown, and nothing else is written to the same place.
pub fn is_possible() -> bool {
    is_on_terminal() && !tracing::enabled!(tracing::Level::WARN)
}

/// Shows `status` for as long as it is polled, and a line for each request above it.
pub async fn show(status: impl Fn() -> Status) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    let _clear = Clear(bar.clone());
    let (mut told, mut shown, mut server) = (None, 0, None);
    loop {
        let status = status();
        let columns = report::columns(io::stderr()).unwrap_or(USUAL_COLUMNS).saturating_sub(MARGIN);
        if let Some(news) = news(&status, &mut told, columns) {
            bar.println(news);
        }
        if status.server != server {
            server.clone_from(&status.server);
            if let Some(words) = server.as_ref().and_then(other_version) {
                bar.println(words);
            }
        }
        for request in status.recent.iter().rev().filter(|request| request.number > shown) {
            bar.println(fit(&request.in_words(), columns));
        }
        shown = status.recent.first().map_or(shown, |latest| latest.number);
        bar.set_message(line(&status, columns));
        bar.tick();
        tokio::time::sleep(LOOK).await;
    }
}

struct Clear(ProgressBar);

impl Drop for Clear {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The beginning of `text`, as much as `columns` hold.
fn fit(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |char: &char| {
        used += char.width().unwrap_or(0);
        used <= columns
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// What is wrong and what to do, once per cause: the line itself has no room for it.
fn news(status: &Status, told: &mut Option<CauseReport>, columns: usize) -> Option<String> {
    if status.healthy {
        *told = None;
    }
    let cause = status.cause.as_ref().filter(|cause| told.as_ref() != Some(*cause))?;
    *told = Some(cause.clone());
    let [message, remedy] = [(&cause.message, 0), (&cause.remedy, 2)].map(|(text, at)| wrapped(text, columns, at, at));
    Some(format!("{message}\n  {remedy}"))
}

/// A part of the line. Of those that do not fit, the one with the highest rank goes first.
struct LinePart {
    rank: u8,
    text: String,
}

/// The status in `columns`. What to do is cut last.
fn line(status: &Status, columns: usize) -> String {
    let mut parts = parts(status);
    while width(&parts) > columns && parts.iter().any(|part| part.rank > 0) {
        let last = parts.iter().enumerate().max_by_key(|(_, part)| part.rank).map(|(at, _)| at);
        last.map(|at| parts.remove(at));
    }
    fit(&joined(&parts), columns)
}

/// Between two parts.
const BETWEEN: &str = " · ";

fn joined(parts: &[LinePart]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(BETWEEN)
}

fn width(parts: &[LinePart]) -> usize {
    joined(parts).width()
}

/// What the line says, in order.
fn parts(status: &Status) -> Vec<LinePart> {
    let part = |rank, text: std::borrow::Cow<'_, str>| Some(LinePart { rank, text: text.into_owned() });
    let Requests { remote, local, failed } = status.requests;
    let is_local = status.state == PathState::Local;
    let cause = status.cause.as_ref();
    let last = status.last_cause.as_ref().filter(|_| status.healthy);
    let parts = [
        part(0, status.state_in_short().into()),
        status.round_trip_ms.and_then(|ms| part(4, crate::log::duration(ms.round() as u64).into())),
        (!is_local).then(|| t!("up.server_count", count = remote)).and_then(|text| part(2, text)),
        part(1, t!("up.here_count", count = local)),
        (failed > 0).then(|| t!("up.failed_count", count = failed)).and_then(|text| part(3, text)),
        part(6, status.lasted().into()),
        last.and_then(|cause| part(7, t!("up.last_cause", cause = cause.message))),
        cause.and_then(|cause| part(0, cause.remedy.as_str().into())),
    ];
    parts.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn a_line_ends_where_the_terminal_does() {
        assert_eq!(fit("connected", 9), "connected");
        assert_eq!(fit("connected", 8), "connect…");
        assert_eq!(fit("已连接 vps", 6), "已连…");
        assert_eq!(fit("已连接", 0), "…");
    }
}

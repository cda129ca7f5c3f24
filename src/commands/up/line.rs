//! The live status line on a terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::control::{CauseReport, Status};

/// How often it is looked at anew.
const LOOK: Duration = Duration::from_secs(1);

/// Room for the spinner, and for the `^C` that a terminal shows: after a full line it begins the next one, and the line
/// cannot be cleared.
const MARGIN: usize = 5;

/// Whether somebody looks at what is written.
pub fn is_on_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether a line that changes can be shown, and nothing else is written to the same place.
pub fn is_possible() -> bool {
    is_on_terminal() && !tracing::enabled!(tracing::Level::WARN)
}

/// Shows `status` for as long as it is polled.
pub async fn show(status: impl Fn() -> Status) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
    let _clear = Clear(bar.clone());
    let mut told = None;
    loop {
        let status = status();
        if let Some(news) = news(&status, &mut told) {
            bar.println(news);
        }
        bar.set_message(fit(&words(&status), columns().saturating_sub(MARGIN)));
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

/// The columns of the terminal; 80 if it does not say.
fn columns() -> usize {
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 => size.ws_col.into(),
        _ => 80,
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
fn news(status: &Status, told: &mut Option<CauseReport>) -> Option<String> {
    if status.healthy {
        *told = None;
    }
    let cause = status.cause.as_ref().filter(|cause| told.as_ref() != Some(*cause))?;
    *told = Some(cause.clone());
    Some(format!("{}\n  {}", cause.message, cause.remedy))
}

fn words(status: &Status) -> String {
    let requests = status.requests.remote + status.requests.local + status.requests.failed;
    let mut words = vec![status.state_in_words(), status.lasted()];
    if let Some(round_trip) = status.round_trip_ms {
        words.push(t!("up.round_trip", ms = format!("{round_trip:.0}")).into_owned());
    }
    words.push(t!("up.requests", count = requests).into_owned());
    if let Some(cause) = status.cause.as_ref().or(status.last_cause.as_ref()) {
        words.push(t!("up.last_cause", cause = cause.message).into_owned());
    }
    words.join("  ·  ")
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

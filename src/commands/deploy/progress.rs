//! What is sent, as a person sees it: a bar on a terminal, a line elsewhere.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::commands::models::BAR;
use crate::deploy::size;
use crate::report;

const SPINNER: &str = "{spinner} {msg}  {elapsed}";

/// One thing that takes a while.
pub struct Progress {
    bar: Option<ProgressBar>,
    what: String,
    is_told: bool,
    is_quiet: bool,
}

impl Progress {
    /// For bytes of `what`, whose number comes with the first of them.
    pub fn sending(what: String, is_quiet: bool) -> Self {
        Self { bar: None, what, is_told: false, is_quiet }
    }

    /// For what has no measure.
    pub fn waiting(what: String, is_quiet: bool) -> Self {
        let mut progress = Self { bar: None, what, is_told: true, is_quiet };
        if progress.is_shown() {
            let style = ProgressStyle::with_template(SPINNER).expect("the template above is valid");
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style);
            bar.set_message(progress.what.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            progress.bar = Some(bar);
        } else if !is_quiet {
            report::tell(&progress.what);
        }
        progress
    }

    /// So many bytes of `total` are there.
    pub fn sent(&mut self, done: u64, total: u64) {
        if !self.is_told {
            self.is_told = true;
            if self.is_shown() {
                let style = ProgressStyle::with_template(BAR).expect("the template above is valid");
                let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()).with_style(style);
                bar.set_message(self.what.clone());
                bar.set_position(done);
                bar.reset_eta();
                self.bar = Some(bar);
            } else if !self.is_quiet {
                let (rest, all) = (size(total.saturating_sub(done)), size(total));
                report::tell(&t!("deploy.sending", what = self.what, rest = rest, total = all));
            }
        }
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    fn is_shown(&self) -> bool {
        !self.is_quiet && io::stderr().is_terminal()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

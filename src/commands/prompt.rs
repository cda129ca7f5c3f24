//! Who answers a question: a person at a terminal, or nobody.
//!
//! The line is edited by the terminal itself and nothing is drawn over, so whatever is said before stays to be read, on
//! a terminal of any width.

use std::io::{self, IsTerminal as _};
use std::thread;

use anyhow::{Context as _, Result};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::runtime;
use tokio::sync::oneshot;

use crate::report::{self, Interrupted};

/// Who answers what no flag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// A person.
    Terminal,
    /// The defaults, by the user's own wish.
    Defaults,
    /// There is no one.
    Nobody,
}

impl Prompt {
    /// The defaults if those are wished for; or else whoever sits at the terminal.
    pub fn new(defaults: bool) -> Self {
        let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        match (defaults, is_terminal) {
            (true, _) => Self::Defaults,
            (false, true) => Self::Terminal,
            (false, false) => Self::Nobody,
        }
    }

    /// Asks until the answer can be read by `parse`. An empty answer is `default`, if there is one.
    ///
    /// # Errors
    /// [`Interrupted`] by Ctrl-C, and when the terminal has no more answers; those of the terminal.
    pub fn ask<T, E: ToString>(
        question: &str,
        default: Option<&str>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T> {
        loop {
            report::ask(question, default);
            let line = line()?;
            let answer = match (line.trim(), default) {
                ("", Some(default)) => default,
                ("", None) => continue,
                (answer, _) => answer,
            };
            match parse(answer) {
                Ok(value) => return Ok(value),
                Err(error) => report::tell_in_sentences(&error.to_string()),
            }
        }
    }

    /// Asks for what nobody may see while it is typed. Ends when the [`Hidden`] of the terminal that was asked for before does.
    ///
    /// # Errors
    /// Those of [`Prompt::ask`].
    pub fn password(question: &str) -> Result<String> {
        report::ask(question, None);
        let typed = line();
        // The end of the line was not shown either.
        report::tell("");
        typed
    }

    /// Asks for a yes or a no, in words of either language. `default` is the answer where there is no person.
    ///
    /// # Errors
    /// Those of [`Prompt::ask`].
    pub fn yes_or_no(self, question: &str, default: bool) -> Result<bool> {
        if self != Self::Terminal {
            return Ok(default);
        }
        let parse = |answer: &str| match answer.to_lowercase().as_str() {
            "y" | "yes" | "是" | "好" => Ok(true),
            "n" | "no" | "否" | "不" => Ok(false),
            _ => Err(t!("init.error.yes_or_no")),
        };
        Self::ask(question, Some(if default { "y" } else { "n" }), parse)
    }
}

/// The next line of standard input, unless Ctrl-C comes first, which may be caught by now and would not end the waiting.
fn line() -> Result<String> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context(t!("up.no_runtime"))?;
    let (answer, answered) = oneshot::channel();
    // Not one of the runtime's own, which would wait for it in vain.
    thread::spawn(move || answer.send(io::stdin().lines().next()));
    let line = runtime.block_on(async {
        tokio::select! {
            line = answered => line.ok().flatten(),
            _ = tokio::signal::ctrl_c() => None,
        }
    });
    let Some(line) = line else {
        // The cursor stands behind the question.
        report::tell("");
        return Err(Interrupted.into());
    };
    Ok(line?)
}

/// A terminal that does not show what is typed, for as long as this lives.
pub struct Hidden(Option<Termios>);

impl Hidden {
    /// The terminal of standard input.
    pub fn new() -> Self {
        let before = tcgetattr(io::stdin()).ok();
        if let Some(before) = &before {
            let mut hidden = before.clone();
            hidden.local_modes.remove(LocalModes::ECHO);
            // Where it cannot be, the terminal shows what is typed, as any terminal does.
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &hidden);
        }
        Self(before)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}

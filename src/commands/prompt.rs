//! Who answers a question: a person at a terminal, or nobody.

use std::io::{self, IsTerminal as _};

use anyhow::Result;
use dialoguer::Input;

use crate::report::Interrupted;

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
    /// [`Interrupted`]; those of the terminal.
    pub fn ask<T, E: ToString>(
        question: &str,
        default: Option<String>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Result<T> {
        let mut input = Input::<String>::new()
            .with_prompt(question)
            .validate_with(|answer: &String| parse(answer.trim()).map(drop).map_err(|error| error.to_string()));
        if let Some(default) = default {
            input = input.default(default);
        }
        let answer = input.interact_text().map_err(stopped)?;
        parse(answer.trim()).map_err(|error| anyhow::Error::msg(error.to_string()))
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
        Self::ask(question, Some(if default { "y" } else { "n" }.to_owned()), parse)
    }
}

/// Ctrl-C ends the program in the middle of a question; anything else is an error of the terminal.
fn stopped(error: dialoguer::Error) -> anyhow::Error {
    let dialoguer::Error::IO(error) = error;
    if error.kind() == io::ErrorKind::Interrupted { Interrupted.into() } else { error.into() }
}

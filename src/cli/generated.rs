//! What can be made of the command line itself: completions for shells and pages of the manual.
//!
//! Always in English and of the same bytes, whatever the terminal, the language and the environment are.

use std::io::{self, Write};

use clap::Command;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use super::help;
use super::manual::page;
use crate::language::Language;
use crate::models::Registry;

/// The names of arguments that are models to read with, and of those that are files of the store.
const MODELS: &str = "models";
const NAMES: &str = "names";

/// Writes the completions of `shell`.
///
/// # Errors
/// Those of `output`.
pub fn completions(shell: Shell, output: &mut impl Write) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut with_names(visible(&command())), "jkocr", &mut script);
    match (shell, String::from_utf8(script)) {
        (Shell::Bash, Ok(script)) => output.write_all(with_hosts(&script).as_bytes()),
        (_, Ok(script)) => output.write_all(script.as_bytes()),
        (_, Err(error)) => output.write_all(error.as_bytes()),
    }
}

/// The command line, in English.
fn command() -> Command {
    help::command(Language::English)
}

/// `command` with the names of models where some are expected: the parser takes any, and says what is wrong with it.
fn with_names(command: Command) -> Command {
    let sets: Vec<&'static str> = Registry::embedded().sets().iter().map(|set| set.name.as_str()).collect();
    let command = command.mut_args(|argument| match argument.get_id().as_str() {
        MODELS if !argument.is_positional() => {
            argument.value_parser(PossibleValuesParser::new(["auto"].iter().chain(&sets).copied()))
        }
        NAMES => argument.value_parser(PossibleValuesParser::new(sets.iter().copied().chain(["onnxruntime"]))),
        _ => argument,
    });
    command.mut_subcommands(with_names)
}

/// A script of bash that offers the hosts of ssh's configuration where one is expected.
fn with_hosts(script: &str) -> String {
    const HOSTS: &str = "_jkocr_hosts() {
    awk 'tolower($1) == \"host\" { for (i = 2; i <= NF; i++) if ($i !~ /[*?!]/) print $i }' ~/.ssh/config 2>/dev/null
}

";
    HOSTS.to_owned() + &script.replace("[HOST]", "$(_jkocr_hosts)")
}

/// Every page of the manual with the name of its file: `jkocr.1` first, then one for each verb.
///
/// # Errors
/// None but those of writing to memory.
pub fn manual() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = visible(&command());
    command.build();
    let mut pages = Vec::new();
    add_pages(&command, &mut pages)?;
    Ok(pages)
}

fn add_pages(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    pages.push(page(command)?);
    command.get_subcommands().try_for_each(|verb| add_pages(verb, pages))
}

/// `command` without what `--help` does not show: the generators would show it.
fn visible(command: &Command) -> Command {
    let mut copy = Command::new(command.get_name().to_owned())
        .disable_help_subcommand(true)
        .subcommand_required(command.is_subcommand_required_set())
        .args(command.get_arguments().filter(|argument| !argument.is_hide_set()))
        .subcommands(command.get_subcommands().filter(|verb| !verb.is_hide_set()).map(visible));
    if let Some(about) = command.get_about() {
        copy = copy.about(about.clone());
    }
    if let Some(about) = command.get_long_about() {
        copy = copy.long_about(about.clone());
    }
    if let Some(help) = command.get_after_help() {
        copy = copy.after_help(help.clone());
    }
    match command.get_version() {
        Some(_) => copy.version(env!("CARGO_PKG_VERSION")).disable_version_flag(true),
        None => copy,
    }
}

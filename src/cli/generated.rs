//! What can be made of the command line itself: completions for shells and pages of the manual.
//!
//! Always in English and of the same bytes, whatever the terminal, the language and the environment are.

use std::io::{self, Write};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Cli;

/// Writes the completions of `shell`.
///
/// # Errors
/// Those of `output`.
pub fn completions(shell: Shell, output: &mut impl Write) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut visible(&Cli::command()), "jkocr", &mut script);
    output.write_all(&script)
}

/// Every page of the manual with the name of its file: `jkocr.1` first, then one for each verb.
///
/// # Errors
/// None but those of writing to memory.
pub fn manual() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut command = visible(&Cli::command());
    command.build();
    let mut pages = Vec::new();
    add_pages(&command, &mut pages)?;
    Ok(pages)
}

fn add_pages(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    let man = Man::new(command.clone()).manual("jkocr");
    let mut page = Vec::new();
    man.render(&mut page)?;
    pages.push((man.get_filename(), page));
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
        Some(version) => copy.version(version.to_owned()),
        None => copy,
    }
}

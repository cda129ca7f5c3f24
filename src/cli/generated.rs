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

/// The name of arguments that are hosts of ssh.
const HOST: &str = "host";

/// Writes the completions of `shell`.
///
/// # Errors
/// Those of `output`.
pub fn completions(shell: Shell, output: &mut impl Write) -> io::Result<()> {
    let mut script = Vec::new();
    let mut command = with_names(visible(&command()));
    clap_complete::generate(shell, &mut command, "jkocr", &mut script);
    let script = String::from_utf8(script).map_err(io::Error::other)?;
    output.write_all(with_hosts(shell, &script, &command).as_bytes())
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

/// `script` of `shell` that offers the hosts of ssh's configuration where `command` expects one; those of shells that
/// cannot tell them stay as they are.
fn with_hosts(shell: Shell, script: &str, command: &Command) -> String {
    const BASH: &str = "_jkocr_hosts() {
    awk 'tolower($1) == \"host\" { for (i = 2; i <= NF; i++) if ($i !~ /[*?!]/) print $i }' ~/.ssh/config 2>/dev/null
}

";
    let verbs: Vec<_> = command
        .get_subcommands()
        .filter(|verb| verb.get_positionals().any(|argument| argument.get_id() == HOST))
        .map(Command::get_name)
        .collect();
    match shell {
        Shell::Bash => verbs.iter().fold(BASH.to_owned() + script, |script, verb| {
            let begin = format!("jkocr__subcmd__{verb})\n            opts=\"");
            script.replace(&begin, &format!("{begin}$(_jkocr_hosts) "))
        }),
        // Both shells come with a function that knows them.
        Shell::Zsh => {
            let is_host = |line: &str| line.starts_with(&format!("'::{HOST} -- "));
            let with = |line: &str| {
                if is_host(line) { line.replace(":_default'", ":_ssh_hosts'") } else { line.to_owned() }
            };
            script.lines().map(|line| with(line) + "\n").collect()
        }
        Shell::Fish => {
            let line = |verb: &&str| {
                format!(
                    "complete -c jkocr -n \"__fish_jkocr_using_subcommand {verb}\" -f -a \"(__fish_print_hostnames)\"\n"
                )
            };
            script.to_owned() + &verbs.iter().map(line).collect::<String>()
        }
        _ => script.to_owned(),
    }
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

//! Parsing, and what is said when the command line cannot be used.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;

use bytesize::ByteSize;
use clap::FromArgMatches;
use clap::error::{ContextKind, ErrorKind};

use super::{Cli, help};
use crate::language::Language;
use crate::report;

/// Parses the command line; help, versions and misuse are printed here.
///
/// # Errors
/// The exit code: 0 after `--help` and `--version`, 2 when the command line cannot be used.
pub fn parse(arguments: impl IntoIterator<Item = OsString>, language: Language) -> Result<Cli, ExitCode> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let parsed = help::command(language).color(colors(&arguments)).try_get_matches_from(arguments);
    parsed.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| explain(&error, language))
}

/// What `--color` says, for what is printed before it is parsed: help and misuse.
fn colors(arguments: &[OsString]) -> clap::ColorChoice {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str()).take_while(|word| *word != "--");
    let value = words.find_map(|word| match word.strip_prefix("--color")? {
        "" => Some(None),
        value => value.strip_prefix('=').map(Some),
    });
    let value = value.and_then(|value| value.or_else(|| words.next()));
    let (help, rest) = match value {
        Some("never") => (clap::ColorChoice::Never, anstream::ColorChoice::Never),
        Some("always") => (clap::ColorChoice::Always, anstream::ColorChoice::Always),
        _ => (clap::ColorChoice::Auto, anstream::ColorChoice::Auto),
    };
    rest.write_global();
    help
}

fn explain(error: &clap::Error, language: Language) -> ExitCode {
    let translated = match language {
        Language::English => None,
        Language::Chinese => sentence(error),
    };
    match translated {
        Some(sentence) => report::print_line(&sentence, Some(&t!("usage.see_help"))),
        // Help and version; and in English, the parser's own words.
        None => drop(error.print()),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// What is wrong, from the catalogue; `None` for what is no mistake.
fn sentence(error: &clap::Error) -> Option<String> {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let sentence = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        ErrorKind::UnknownArgument => t!("usage.unknown_argument", argument = argument),
        ErrorKind::InvalidSubcommand => {
            t!("usage.unknown_command", name = context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingRequiredArgument => t!("usage.missing_argument", argument = argument),
        ErrorKind::ArgumentConflict => {
            t!("usage.conflict", argument = argument, other = context(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if error.get(ContextKind::InvalidValue).is_some() => {
            let value = context(ContextKind::InvalidValue);
            let valid = context(ContextKind::ValidValue);
            if valid.is_empty() {
                t!("usage.invalid_value", argument = argument, value = value)
            } else {
                t!("usage.invalid_choice", argument = argument, value = value, valid = valid)
            }
        }
        _ => t!("usage.unusable"),
    };
    Some(sentence.into_owned())
}

/// A score or threshold: a number from 0 to 1.
pub(super) fn score(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(score) if (0.0..=1.0).contains(&score) => Ok(score),
        _ => Err(t!("usage.not_a_score").into_owned()),
    }
}

/// An amount of memory: bytes, or with a unit (`900MB`, `1GiB`).
pub(super) fn size(text: &str) -> Result<ByteSize, String> {
    text.parse().map_err(|_| t!("serve.not_a_size").into_owned())
}

/// An address to listen on: an IP address or `localhost`.
pub(super) fn host(text: &str) -> Result<IpAddr, String> {
    match text {
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        _ => text.parse().map_err(|_| t!("usage.not_an_ip").into_owned()),
    }
}

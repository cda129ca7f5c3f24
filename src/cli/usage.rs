//! Parsing, and what is said when the command line cannot be used.

use std::ffi::OsString;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::num::{IntErrorKind, ParseIntError};
use std::process::ExitCode;

use bytesize::ByteSize;
use clap::FromArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Cli, help};
use crate::language::Language;
use crate::nearest::nearest;
use crate::shell::{CommandLine, FilePath};
use crate::{catalogue, report, wording};

/// Parses the command line; help, versions and misuse are printed here.
///
/// # Errors
/// The exit code: 0 after `--help` and `--version`, 2 when the command line cannot be used.
pub fn parse(arguments: impl IntoIterator<Item = OsString>, language: Language) -> Result<Cli, ExitCode> {
    let arguments: Vec<_> = asked_in_words(arguments.into_iter().collect());
    let command = help::command(language).color(colors(&arguments));
    let words = arguments.clone();
    let parsed = command.clone().try_get_matches_from(arguments);
    parsed.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| explain(&error, &command, &words))
}

/// `jkocr help ocr` is `jkocr ocr --help`, and `jkocr version` is `jkocr --version`.
fn asked_in_words(mut arguments: Vec<OsString>) -> Vec<OsString> {
    match arguments.get(1).and_then(|word| word.to_str()) {
        Some("help") => {
            arguments.remove(1);
            arguments.push("--help".into());
        }
        Some("version") if arguments.len() == 2 => arguments[1] = "--version".into(),
        _ => {}
    }
    arguments
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

fn explain(error: &clap::Error, command: &clap::Command, arguments: &[OsString]) -> ExitCode {
    match sentence(error, command) {
        Some(sentence) => report::print_line(&sentence, Some(&see_help(error, command, arguments))),
        // Help and version.
        None => show(error),
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Prints help and versions. The parser ends every heading with a colon of English, which is not that of a Chinese one.
fn show(error: &clap::Error) {
    use std::io::Write as _;
    let headings = ["commands", "arguments", "options", "global_options"];
    let headings =
        headings.map(|name| catalogue::find(Language::Chinese, &format!("help.headings.{name}")).unwrap_or_default());
    let text = headings.iter().fold(error.render().ansi().to_string(), |text, heading| {
        text.replace(&format!("{heading}:"), &format!("{heading}："))
    });
    let columns = if error.use_stderr() { report::columns(io::stderr()) } else { report::columns(io::stdout()) };
    let text = columns.map_or(text.clone(), |columns| help::fitted(&text, columns));
    // A closed output leaves nobody to show it to.
    let _ = if error.use_stderr() {
        anstream::stderr().lock().write_all(text.as_bytes())
    } else {
        anstream::stdout().lock().write_all(text.as_bytes())
    };
}

/// Where to read on: the settings where one was to be named, or else the help of the command that was given.
fn see_help(error: &clap::Error, command: &clap::Command, arguments: &[OsString]) -> String {
    let mut line = CommandLine::new("jkocr");
    let mut below = command;
    for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
        let Some(verb) = below.find_subcommand(word).filter(|verb| !verb.is_hide_set()) else { continue };
        line = FilePath::parse(verb.get_name()).map_or(line.clone(), |name| line.word(&name));
        below = verb;
    }
    let argument = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    if ["<KEY>", "[KEY]"].contains(&argument.as_str()) {
        return t!("usage.see_settings").into_owned();
    }
    t!("usage.see_help", command = line).into_owned()
}

/// What is wrong, from the catalogue; `None` for what is no mistake.
fn sentence(error: &clap::Error, command: &clap::Command) -> Option<String> {
    let context = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let sentence = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        ErrorKind::UnknownArgument => {
            if let Some(nearest) = first(error, ContextKind::SuggestedArg) {
                t!("usage.unknown_argument_but", argument = argument, nearest = nearest)
            } else {
                t!("usage.unknown_argument", argument = argument)
            }
        }
        ErrorKind::InvalidSubcommand => {
            let name = context(ContextKind::InvalidSubcommand);
            if let Some(nearest) = verb_like(&name, command) {
                t!("usage.unknown_command_but", name = name, nearest = nearest)
            } else {
                t!("usage.unknown_command", name = name)
            }
        }
        ErrorKind::MissingRequiredArgument => t!("usage.missing_argument", argument = argument),
        ErrorKind::MissingSubcommand => t!("usage.missing_command"),
        ErrorKind::ArgumentConflict => {
            t!("usage.conflict", argument = argument, other = context(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if error.get(ContextKind::InvalidValue).is_some() => {
            let value = context(ContextKind::InvalidValue);
            return Some(invalid_value(error, &argument, &value));
        }
        _ => t!("usage.unusable"),
    };
    Some(sentence.into_owned())
}

/// The first of what the parser names there.
fn first(error: &clap::Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        _ => None,
    }
}

/// The command that somebody meant.
fn verb_like<'c>(name: &str, command: &'c clap::Command) -> Option<&'c str> {
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set()).map(clap::Command::get_name);
    nearest(name, verbs.chain(["help", "version"]))
}

fn invalid_value(error: &clap::Error, argument: &str, value: &str) -> String {
    if value.is_empty() {
        return t!("usage.missing_value", argument = argument).into_owned();
    }
    if let Some(ContextValue::Strings(valid)) = error.get(ContextKind::ValidValue)
        && !valid.is_empty()
    {
        let list = wording::list(valid);
        let is_long = valid.len() > MOST_CHOICES;
        return match nearest(value, valid.iter().map(String::as_str)) {
            Some(nearest) if is_long => {
                t!("usage.invalid_value_but", argument = argument, value = value, nearest = nearest)
            }
            Some(nearest) => {
                t!("usage.invalid_choice_but", argument = argument, value = value, valid = list, nearest = nearest)
            }
            None if is_long => t!("usage.invalid_value", argument = argument, value = value),
            None => t!("usage.invalid_choice", argument = argument, value = value, valid = list),
        }
        .into_owned();
    }
    let sentence = t!("usage.invalid_value", argument = argument, value = value);
    match std::error::Error::source(error) {
        Some(reason) => format!("{sentence}{}{}", t!("punctuation.colon"), why(reason)),
        None => sentence.into_owned(),
    }
}

/// More than these are not listed in a sentence.
const MOST_CHOICES: usize = 20;

/// What a parser of values says.
fn why(reason: &(dyn std::error::Error + 'static)) -> String {
    let text = reason.to_string();
    // Those of the standard library, and what the parser makes of a range: `99999 is not in 0..=65535`.
    let is_zero = |error: &ParseIntError| *error.kind() == IntErrorKind::Zero;
    if text.contains(" is not in 1..") || reason.downcast_ref().is_some_and(is_zero) {
        return t!("usage.out_of_range").into_owned();
    }
    if reason.is::<ParseIntError>() || text.contains("invalid digit") {
        return t!("usage.not_a_number").into_owned();
    }
    if let Some((least, most)) = text.split_once(" is not in ").and_then(|(_, range)| range.split_once("..=")) {
        return t!("usage.not_between", least = least, most = most).into_owned();
    }
    wording::chain(reason)
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

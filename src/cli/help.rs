//! The help in Chinese: the same command, its texts replaced from the catalogue.

use clap::{Arg, ArgAction, CommandFactory};
use unicode_width::UnicodeWidthStr as _;

use super::Cli;
use crate::catalogue;
use crate::language::Language;
use crate::wording::wrapped;

const TEMPLATE: &str = "{before-help}{about-with-newline}\n{usage-heading}{usage}\n\n{all-args}{after-help}";

/// The command line of `jkocr`, with its help in `language`.
#[must_use]
pub fn command(language: Language) -> clap::Command {
    match language {
        Language::English => unquoted(Cli::command()),
        Language::Chinese => translated(Cli::command(), "help"),
    }
}

/// The texts of `command` without the quotes that the documentation of the code has around names.
fn unquoted(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|argument| match argument.get_help().map(ToString::to_string) {
        Some(help) => argument.help(help.replace('`', "")),
        None => argument,
    });
    command.mut_subcommands(unquoted)
}

/// Replaces the texts of `command` and what is below it; `path` is its key in the catalogue.
fn translated(command: clap::Command, path: &str) -> clap::Command {
    let usage = t!("help.headings.usage", locale = "zh");
    let mut command = command
        .help_template(TEMPLATE.replace("{usage-heading}", &usage))
        .subcommand_help_heading(t!("help.headings.commands", locale = "zh").into_owned())
        .disable_help_flag(true)
        .mut_args(|argument| translated_argument(argument, path));
    let flag = |name: &'static str, short, action| {
        translated_argument(Arg::new(name).long(name).short(short).action(action), path)
    };
    command = command.arg(flag("help", 'h', ArgAction::Help));
    if let Some(about) = lookup(&format!("{path}.about")) {
        command = command.about(about);
    }
    if let Some(examples) = lookup(&format!("{path}.examples")) {
        command = command.after_help(examples);
    }
    let verbs: Vec<_> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    for verb in verbs {
        let path = format!("{path}.{}", verb.replace('-', "_"));
        command = command.mut_subcommand(verb, |verb| translated(verb, &path));
    }
    command
}

fn translated_argument(argument: Arg, path: &str) -> Arg {
    let heading = if argument.is_positional() {
        "help.headings.arguments"
    } else if argument.is_global_set() {
        "help.headings.global_options"
    } else {
        "help.headings.options"
    };
    let id = argument.get_id().as_str().to_owned();
    // Flags that every command has are described once.
    let text = lookup(&format!("{path}.{id}")).or_else(|| lookup(&format!("help.{id}"))).unwrap_or_default();
    let text = text + &notes(&argument);
    let argument = argument.help(text).help_heading(t!(heading, locale = "zh").into_owned()).hide_env(true);
    if argument.get_action().takes_values() {
        argument.hide_possible_values(true).hide_default_value(true)
    } else {
        argument
    }
}

/// What the parser itself would add to the help of `argument`, in English.
fn notes(argument: &Arg) -> String {
    let mut notes = String::new();
    let values: Vec<_> = argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if argument.get_action().takes_values() && !values.is_empty() {
        notes += &t!("help.notes.values", locale = "zh", values = values.join("、"));
    }
    let default = argument.get_default_values().first().map(|value| value.to_string_lossy());
    if let Some(default) = default.filter(|_| argument.get_action().takes_values()) {
        notes += &t!("help.notes.default", locale = "zh", default = default);
    }
    if let Some(variable) = argument.get_env() {
        notes += &t!("help.notes.variable", locale = "zh", variable = variable.to_string_lossy());
    }
    notes
}

/// `help` with the lines broken that are wider than a terminal of `columns`: the parser breaks at spaces only, which Chinese
/// has few of. What is explained stays in its column.
#[must_use]
pub(super) fn fitted(help: &str, columns: usize) -> String {
    help.split('\n').map(|line| fitted_line(line, columns)).collect::<Vec<_>>().join("\n")
}

fn fitted_line(line: &str, columns: usize) -> String {
    let plain = anstream::adapter::strip_str(line).to_string();
    if plain.width() <= columns {
        return line.to_owned();
    }
    // The name and what it means are apart by two spaces or more; a text alone is indented.
    let indent = plain.len() - plain.trim_start().len();
    let gap = plain[indent..].find("  ").map(|at| indent + at);
    let begin = gap.map_or(indent, |gap| plain.len() - plain[gap..].trim_start().len());
    let (name, meaning) = plain.split_at(begin);
    // Styles are in names alone.
    let Some(styled) = line.strip_suffix(meaning) else { return line.to_owned() };
    let column = name.width();
    format!("{styled}{}", wrapped(meaning, columns, column, column))
}

fn lookup(key: &str) -> Option<String> {
    catalogue::find(Language::Chinese, key).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text of `command` that has no Chinese one.
    fn missing(command: &clap::Command, path: &str) -> Vec<String> {
        let mut keys = Vec::new();
        let mut want = |keys_to_try: &[String]| {
            if keys_to_try.iter().all(|key| lookup(key).is_none()) {
                keys.push(keys_to_try[0].clone());
            }
        };
        if command.get_about().is_some() {
            want(&[format!("{path}.about")]);
        }
        if command.get_after_help().is_some() {
            want(&[format!("{path}.examples")]);
        }
        for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
            let id = argument.get_id();
            want(&[format!("{path}.{id}"), format!("help.{id}")]);
        }
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            keys.extend(missing(verb, &format!("{path}.{}", verb.get_name().replace('-', "_"))));
        }
        keys
    }

    #[test]
    fn every_help_text_exists_in_chinese() {
        assert_eq!(missing(&Cli::command(), "help"), Vec::<String>::new());
    }

    /// Every command of `command` whose help shows no example.
    fn without_examples(command: &clap::Command) -> Vec<String> {
        let has_some = command.get_after_help().is_some_and(|help| help.to_string().contains("Examples:\n"));
        let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let own = (!has_some).then(|| command.get_name().to_owned());
        own.into_iter().chain(verbs.flat_map(without_examples)).collect()
    }

    #[test]
    fn every_help_has_examples() {
        assert_eq!(without_examples(&Cli::command()), Vec::<String>::new());
    }

    #[test]
    fn names_in_help_have_no_quotes_around_them() {
        for language in [Language::English, Language::Chinese] {
            let mut command = command(language);
            let mut verbs = vec![command.render_long_help().to_string()];
            verbs.extend(command.get_subcommands_mut().map(|verb| verb.render_long_help().to_string()));
            for help in verbs {
                assert!(!help.contains('`'), "{help}");
            }
        }
    }

    /// All but what may be pasted: commands in usage and examples.
    #[test]
    fn help_in_chinese_fits_a_narrow_terminal() {
        let mut command = command(Language::Chinese).term_width(60);
        let mut helps = vec![command.render_help().to_string(), command.render_long_help().to_string()];
        for verb in command.get_subcommands_mut() {
            let mut verb = verb.clone().term_width(60);
            helps.extend([verb.render_help().to_string(), verb.render_long_help().to_string()]);
        }
        for help in helps {
            let fits = |line: &str| line.width() <= 60 || line.contains("jkocr ") || line.starts_with("用法");
            let fitted = fitted(&help, 60);
            assert!(fitted.lines().all(fits), "{fitted}");
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(letters(&fitted), letters(&help));
        }
        let line = "  init  设置到 OCR 服务器的连接：提问、试登录、写入 config.toml";
        assert_eq!(fitted(line, 40), "  init  设置到 OCR 服务器的连接：提问、\n        试登录、写入 config.toml");
    }

    #[test]
    fn the_chinese_command_line_is_consistent() {
        let command = command(Language::Chinese);
        command.clone().debug_assert();
        let help = command.clone().render_help().to_string();
        assert!(help.contains("用法：") && !help.contains("Options:") && !help.contains("[default"), "{help}");
    }
}

//! Every message exists in both languages, says the same with the same values, and is used.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A message by language.
type Message = BTreeMap<String, String>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found
}

fn collect(prefix: &str, value: &Value, messages: &mut BTreeMap<String, Message>) {
    for (name, value) in value.as_object().unwrap() {
        match value {
            Value::String(text) => {
                messages.entry(prefix.to_owned()).or_default().insert(name.clone(), text.clone());
            }
            Value::Object(_) if prefix.is_empty() => collect(name, value, messages),
            Value::Object(_) => collect(&format!("{prefix}.{name}"), value, messages),
            _ => {}
        }
    }
}

fn catalogue() -> BTreeMap<String, Message> {
    let mut messages = BTreeMap::new();
    for file in files(&root().join("src/locales"), "yml") {
        let value: Value = serde_saphyr::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        collect("", &value, &mut messages);
    }
    messages
}

/// English help is the doc comments; `cli::help` tests that the Chinese one is complete.
fn is_help(key: &str) -> bool {
    key.starts_with("help.")
}

fn sources() -> String {
    files(&root().join("src"), "rs").iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).map(|rest| rest.split('}').next().unwrap()).collect()
}

#[test]
fn every_message_exists_in_both_languages_with_the_same_values() {
    let mut wrong = Vec::new();
    for (key, message) in catalogue().iter().filter(|(key, _)| !is_help(key)) {
        match (message.get("en"), message.get("zh")) {
            (Some(english), Some(chinese)) if placeholders(english) == placeholders(chinese) => {}
            (Some(_), Some(_)) => wrong.push(format!("{key}: the values differ")),
            (None, _) => wrong.push(format!("{key}: no English")),
            (_, None) => wrong.push(format!("{key}: no Chinese")),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_message_asked_for_is_there() {
    let (catalogue, sources) = (catalogue(), sources());
    let calls = sources.match_indices("t!(").filter(|(at, _)| !sources[..*at].ends_with(char::is_alphanumeric));
    let asked =
        calls.filter_map(|(at, call)| sources[at + call.len()..].trim_start().strip_prefix('"')?.split('"').next());
    let missing: BTreeSet<_> = asked.filter(|key| !catalogue.contains_key(*key)).collect();
    assert_eq!(missing, BTreeSet::new());
}

/// What is between backticks: names, and what people paste.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether a value is a part of what is between backticks there, beside words of ours. A line of a configuration is
/// nothing for a shell.
fn is_command_with_a_value(quoted: &str) -> bool {
    let is_setting = quoted.contains(" = ") || quoted.starts_with("%{setting} ");
    let rest = quoted.strip_prefix("%{command}").unwrap_or(quoted);
    rest.contains("%{") && quoted.contains(char::is_whitespace) && !is_setting
}

/// `command` is quoted for the shell (`shell::CommandLine`, as the compiler sees to); nothing else may be put into one.
#[test]
fn no_value_is_put_into_a_command() {
    let wrong: BTreeSet<_> = catalogue()
        .iter()
        .flat_map(|(key, message)| message.values().map(move |text| (key.clone(), text.clone())))
        .filter(|(_, text)| quoted(text).any(is_command_with_a_value))
        .collect();
    assert_eq!(wrong, BTreeSet::new());
    for (quoted, is_one) in
        [("kill %{pid}", true), ("%{command} FILE", false), ("%{command} %{file}", true), ("%{file}", false)]
    {
        assert_eq!(is_command_with_a_value(quoted), is_one, "{quoted}");
    }
}

/// The messages of a cause of the tunnel have its name for programs in their keys.
fn of_a_cause(key: &str) -> Option<String> {
    let area = key.strip_prefix("tunnel.")?;
    let area = area.strip_suffix(".what").or_else(|| area.strip_suffix(".remedy"))?;
    Some(area.replace('_', "-"))
}

/// The words of values of events, by the beginning of their keys.
const WORDS_OF_VALUES: [&str; 6] =
    ["log.outcome_", "log.source_", "log.reason_", "log.change_", "log.backend_", "log.lines_lost"];

#[test]
fn every_message_is_used() {
    let (catalogue, sources) = (catalogue(), sources());
    let is_said = |text: &str| sources.contains(&format!("\"{text}\""));
    let is_event = |key: &str| {
        key.strip_prefix("log.").is_some_and(|event| is_said(&event.replace('_', "-")))
            || WORDS_OF_VALUES.iter().any(|beginning| key.starts_with(beginning))
    };
    let is_used =
        |key: &str| is_help(key) || is_said(key) || of_a_cause(key).is_some_and(|id| is_said(&id)) || is_event(key);
    let unused: Vec<_> = catalogue.keys().filter(|key| !is_used(key)).collect();
    assert_eq!(unused, Vec::<&String>::new());
}

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
    text.split("%{").skip(1).map(|rest| rest.split(['}', '|']).next().unwrap()).collect()
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

/// Names that Chinese sentences keep: programs, formats, units, words of the configuration and of other programs.
const NAMES: &str = include_str!("../data/names.txt");

/// Stands for what is quoted and for values.
const SOMETHING: &str = "◦";

/// `text` without what is quoted, and without its values.
fn bare(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let unquoted = parts.fold(String::new(), |text, (at, part)| text + if at % 2 == 0 { part } else { SOMETHING });
    let mut parts = unquoted.split("%{");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |bare, part| bare + SOMETHING + part.split_once('}').map_or("", |(_, rest)| rest))
}

fn is_han(char: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&char)
}

/// What is wrong with an English sentence.
fn faults_in_english(text: &str) -> Option<String> {
    let foreign = |char: char| is_han(char) || "，。：；、（）「」！？".contains(char);
    if let Some(char) = bare(text).chars().find(|char| foreign(*char)) {
        return Some(format!("`{char}` is no English"));
    }
    [". .", "..\"", ": :", ",,", ";;", " ,"].into_iter().find(|fault| bare(text).contains(fault)).map(str::to_owned)
}

/// What is wrong with a Chinese one.
fn faults_in_chinese(text: &str) -> Option<String> {
    let text = bare(text);
    let chars: Vec<_> = text.chars().collect();
    for pair in chars.windows(2) {
        if is_han(pair[0]) && ":,;!?".contains(pair[1]) {
            return Some(format!("`{}{}` mixes the two", pair[0], pair[1]));
        }
        if "。，：；、".contains(pair[0]) && "。，：；、".contains(pair[1]) {
            return Some(format!("`{}{}` says it twice", pair[0], pair[1]));
        }
    }
    let words = text.split(|char: char| !char.is_ascii_alphanumeric() && !"_.~/-".contains(char));
    let words = words
        .map(|word| word.trim_matches(['.', '-', '/']))
        .filter(|word| word.starts_with(|char: char| char.is_ascii_alphabetic()));
    let foreign: Vec<_> = words.filter(|word| NAMES.lines().all(|name| name != *word)).collect();
    (!foreign.is_empty()).then(|| format!("{foreign:?} is no Chinese"))
}

#[test]
fn every_message_is_in_one_language_and_punctuated_in_it() {
    let mut wrong = Vec::new();
    for (key, message) in catalogue().iter().filter(|(key, _)| !is_help(key)) {
        wrong.extend(faults_in_english(&message["en"]).map(|fault| format!("{key}, en: {fault}")));
        wrong.extend(faults_in_chinese(&message["zh"]).map(|fault| format!("{key}, zh: {fault}")));
    }
    assert_eq!(wrong, Vec::<String>::new());
    for (text, is_good) in
        [("服务器：%{name}", true), ("服务器: %{name}", false), ("完成。。", false), ("the server", false)]
    {
        assert_eq!(faults_in_chinese(text).is_none(), is_good, "{text}");
    }
    assert!(faults_in_english("the server： up").is_some() && faults_in_english("the server: up").is_none());
}

#[test]
fn help_quotes_no_names() {
    let quoted: Vec<_> = catalogue()
        .into_iter()
        .filter(|(key, _)| is_help(key))
        .filter(|(key, message)| !key.ends_with("examples") && message.values().any(|text| text.contains('`')))
        .map(|(key, _)| key)
        .collect();
    assert_eq!(quoted, Vec::<String>::new());
}

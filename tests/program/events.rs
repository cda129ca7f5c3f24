//! The log: each event that people may see has a sentence, and programs can rely on its name and its fields.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common;

/// Fields by event.
type Events = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What is between the bracket that `text` begins after and the one that belongs to it.
fn in_brackets(text: &str) -> &str {
    let (mut depth, mut quoted) = (1, false);
    for (at, char) in text.char_indices() {
        match char {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

/// The arguments of a call.
fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut parts) = (0, false, vec![String::new()]);
    for char in text.chars() {
        match char {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        if char == ',' && depth == 0 && !quoted {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(char);
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// Every event of the sources that is logged without `-v -v`.
fn events() -> Events {
    let mut events = Events::new();
    for file in files(&root().join("src")).iter().filter(|file| file.extension().is_some_and(|ending| ending == "rs")) {
        let source = fs::read_to_string(file).unwrap();
        for level in ["tracing::info!(", "tracing::warn!(", "tracing::error!(", "log_at!("] {
            for (at, _) in source.match_indices(level).filter(|(at, _)| !source[*at..].starts_with("log_at!($")) {
                let mut arguments = arguments(in_brackets(&source[at + level.len()..]));
                if level == "log_at!(" {
                    arguments = [&arguments[1..], &["\"request\"".to_owned()]].concat();
                }
                let Some(event) =
                    arguments.pop().and_then(|last| Some(last.strip_prefix('"')?.strip_suffix('"')?.to_owned()))
                else {
                    continue;
                };
                let name = |field: &String| {
                    let name = field.split('=').next().unwrap().trim().trim_start_matches(['?', '%']);
                    name.rsplit('.').next().unwrap().to_owned()
                };
                events.entry(event).or_default().extend(arguments.iter().map(name));
            }
        }
    }
    events
}

/// The catalogue's sentences of events.
fn sentences() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = fs::read_to_string(root().join("src/locales/log.yml")).unwrap();
    let file: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>> = serde_saphyr::from_str(&text).unwrap();
    file["log"].clone()
}

#[test]
fn every_event_has_a_sentence_whose_values_it_has() {
    let (sentences, events) = (sentences(), events());
    assert!(events.len() > 40, "{events:?}");
    for (event, fields) in &events {
        let sentence = sentences.get(&event.replace('-', "_")).unwrap_or_else(|| panic!("`{event}` has no sentence"));
        for part in sentence["en"].split("%{").skip(1) {
            let value = part.split(['}', '|']).next().unwrap();
            assert!(fields.contains(value), "`{event}` has no `{value}`: {fields:?}");
        }
    }
}

fn schema() -> Value {
    serde_json::from_slice(&fs::read(root().join("docs/log.schema.json")).unwrap()).unwrap()
}

/// `JKOCR_REGENERATE=1` adds what is new; what was once written there is never taken out.
#[test]
fn the_schema_names_every_event_and_its_fields() {
    let mut schema = schema();
    let told = schema["x-events"].clone();
    for (event, fields) in events() {
        for field in fields {
            let known = &mut schema["x-events"][event.as_str()];
            if !known.as_array().is_some_and(|known| known.contains(&Value::from(field.as_str()))) {
                match known.as_array_mut() {
                    Some(known) => known.push(field.into()),
                    None => *known = Value::from(vec![field]),
                }
            }
        }
        schema["x-events"].as_object_mut().unwrap().entry(event).or_insert_with(|| Value::Array(Vec::new()));
    }
    if std::env::var_os("JKOCR_REGENERATE").is_some() {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        fs::write(root().join("docs/log.schema.json"), text).unwrap();
    } else {
        assert_eq!(told, schema["x-events"], "docs/log.schema.json: run this test with JKOCR_REGENERATE=1");
    }
}

#[test]
fn a_log_in_json_is_what_the_schema_says() {
    let home = tempfile::tempdir().unwrap();
    let run = |language: &str| {
        let mut command = common::jkocr();
        // Without models and network it starts, logs, and fails.
        command.env("JKOCR_HOME", home.path()).env("JKOCR_OFFLINE", "1").env("JKOCR_LANGUAGE", language);
        let output = command.args(["serve", "--port", "0", "--log-format", "json"]).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let schema = jsonschema::validator_for(&schema()).unwrap();
    let told = |language: &str| -> Vec<Value> {
        let log = run(language);
        let lines = log.lines().filter(|line| line.starts_with('{'));
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let english = told("en");
    assert!(!english.is_empty());
    for line in &english {
        schema.validate(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    let chinese = told("zh");
    assert_eq!(english[0]["event"], "listening");
    assert_eq!(chinese[0]["event"], "listening");
    assert!(english[0]["message"].as_str().unwrap().starts_with("listening on 127.0.0.1:"), "{english:?}");
    assert!(chinese[0]["message"].as_str().unwrap().starts_with("监听 127.0.0.1:"), "{chinese:?}");
}

#[test]
fn a_line_for_people_is_the_local_time_and_a_sentence() {
    let home = tempfile::tempdir().unwrap();
    let run = |language: &str, zone: &str| {
        let mut command = common::jkocr();
        command.env("JKOCR_HOME", home.path()).env("JKOCR_OFFLINE", "1").env("TZ", zone);
        let output = command.args(["--lang", language, "serve", "--port", "0"]).output().unwrap();
        String::from_utf8(output.stderr).unwrap().lines().next().unwrap().to_owned()
    };
    let hour = |line: &str| line[11..13].parse::<i32>().unwrap_or_else(|_| panic!("{line}"));
    let (here, there) = (run("en", "UTC"), run("zh", "UTC-8"));
    assert!(here[19..].starts_with("  listening on 127.0.0.1:"), "{here}");
    assert!(there[19..].starts_with("  监听 127.0.0.1:"), "{there}");
    assert!([8, 9].contains(&(hour(&there) - hour(&here)).rem_euclid(24)), "{here}\n{there}");
}

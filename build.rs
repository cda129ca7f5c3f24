//! Turns the message catalogue, `src/locales/*.yml`, into a sorted table that the compiler can search.
//!
//! A message without one of its languages, or with other values in one than in the other, stops the build here. A
//! call of `t!` with a key or a value that no message has stops it where the call is (`src/catalogue.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;

/// One node of a file: a text, or what has this name and more after the next dot.
#[derive(Deserialize)]
#[serde(untagged)]
enum Node {
    Text(String),
    Below(BTreeMap<String, Node>),
}

/// Texts by language.
type Message = BTreeMap<String, String>;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new("src/locales");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut messages = BTreeMap::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let text = fs::read_to_string(&path)?;
        let file: BTreeMap<String, Node> =
            serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        collect("", file, &mut messages)?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("messages.rs"), table(&messages)?)?;
    Ok(())
}

fn collect(path: &str, node: BTreeMap<String, Node>, messages: &mut BTreeMap<String, Message>) -> Result<(), String> {
    for (name, node) in node {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match node {
            Node::Below(nodes) => collect(&below, nodes, messages)?,
            Node::Text(text) => {
                let message = messages.entry(path.to_owned()).or_default();
                if message.insert(name, text).is_some() {
                    return Err(format!("`{path}` is in two files of src/locales"));
                }
            }
        }
    }
    Ok(())
}

/// The Rust array of all messages, ordered by key.
fn table(messages: &BTreeMap<String, Message>) -> Result<String, Box<dyn Error>> {
    let mut table = String::from("[\n");
    for (key, message) in messages {
        let chinese = message.get("zh").ok_or_else(|| format!("`{key}` has no Chinese text"))?;
        // English help is the doc comments of the command line.
        let english = match message.get("en") {
            None if key.starts_with("help.") => chinese,
            other => other.ok_or_else(|| format!("`{key}` has no English text"))?,
        };
        let values = values(english);
        if values != self::values(chinese) {
            return Err(format!("the two texts of `{key}` have different values").into());
        }
        writeln!(table, "Sentence {{ key: {key:?}, en: {english:?}, zh: {chinese:?}, values: &{values:?} }},")?;
    }
    Ok(table + "]\n")
}

/// The names in `%{name}`.
fn values(text: &str) -> Vec<&str> {
    let names: BTreeSet<_> = text.split("%{").skip(1).filter_map(|rest| rest.split(['}', '|']).next()).collect();
    names.into_iter().collect()
}

//! Turns the message catalogue, `src/locales/*.yml`, into a sorted table that the compiler can search, and says which
//! build this is.
//!
//! A message without one of its languages, or with other values in one than in the other, stops the build here. A
//! call of `t!` with a key or a value that no message has stops it where the call is (`src/catalogue.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
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
    name_the_build()?;
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

/// What `--version` says: the version, and in brackets the commit, where one is known, and the target.
fn name_the_build() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=JKOCR_COMMIT");
    let (version, target) = (env::var("CARGO_PKG_VERSION")?, env::var("TARGET")?);
    let commit = env::var("JKOCR_COMMIT").ok().filter(|commit| !commit.is_empty()).or_else(checked_out);
    let build: Vec<_> = commit.into_iter().chain([target.clone()]).collect();
    println!("cargo::rustc-env=BUILD_VERSION={version} ({})", build.join(", "));
    println!("cargo::rustc-env=BUILD_TARGET={target}");
    Ok(())
}

/// The commit of this clone. Development builds do without: each commit would compile everything again.
fn checked_out() -> Option<String> {
    if env::var("PROFILE").ok()? != "release" || !Path::new(".git").exists() {
        return None;
    }
    println!("cargo::rerun-if-changed={}", git(&["rev-parse", "--git-path", "logs/HEAD"])?);
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
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

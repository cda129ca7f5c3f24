//! `jkocr config`: what is in force and from where, and changes of `config.toml` that keep what people wrote there.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use serde_json::{Map, json};

use super::Settings;
use crate::cli::config::ConfigCommand;
use crate::config::{self, Loaded, Origin, SettingInForce};
use crate::models::Registry;
use crate::report::{self, Exit, Misuse};
use crate::setup::{self, config_file, text_file};

/// Does what is asked with the settings of `file`.
///
/// # Errors
/// When the file cannot be used or written, or the value is none that the setting can have.
pub fn run(command: &ConfigCommand, settings: &Settings, file: Option<&Path>) -> Result<Exit> {
    let file = file.unwrap_or(&settings.paths.config_file);
    match command {
        ConfigCommand::Path => report::show(&format!("{}\n", file.display()))?,
        ConfigCommand::Show { key, json } => show(key.as_deref(), *json, file)?,
        ConfigCommand::Set { key, value } => set(key, value, file)?,
    }
    Ok(Exit::Done)
}

fn show(key: Option<&str>, is_json: bool, file: &Path) -> Result<()> {
    let loaded = config::load(config::ConfigFile::Usual(file), |name| std::env::var(name).ok())?;
    let is_asked = |key: &str, entry: &SettingInForce| key == entry.key || key == entry.section();
    let entries: Vec<_> =
        config::entries(&loaded).into_iter().filter(|entry| key.is_none_or(|key| is_asked(key, entry))).collect();
    if is_json {
        let all: Map<_, _> = entries
            .iter()
            .map(|entry| (entry.key.to_owned(), json!({ "value": entry.json, "origin": entry.origin.name() })))
            .collect();
        return Ok(report::show(&(serde_json::to_string_pretty(&all)? + "\n"))?);
    }
    if let Some(entry) = entries.iter().find(|entry| key == Some(entry.key)) {
        // For scripts: the value alone.
        return Ok(report::show(&format!("{}\n", entry.plain))?);
    }
    let mut text = format!("# {}\n", heading(file, &loaded));
    let mut section = "";
    let width = entries.iter().map(|entry| entry.line().chars().count()).max().unwrap_or(0).min(48);
    for entry in &entries {
        if entry.section() != section {
            section = entry.section();
            writeln!(text, "\n[{section}]")?;
        }
        writeln!(text, "{:width$}  # {}", entry.line(), origin(entry.key, entry.origin))?;
    }
    Ok(report::show(&text)?)
}

fn heading(file: &Path, loaded: &Loaded) -> String {
    if loaded.origins.iter().any(|(_, origin)| *origin == Origin::File) || file.exists() {
        return file.display().to_string();
    }
    t!("config.no_file", file = file.display()).into_owned()
}

/// Where a value comes from.
fn origin(key: &str, origin: Origin) -> String {
    match origin {
        Origin::Default => t!("config.origin_default").into_owned(),
        Origin::File => t!("config.origin_file").into_owned(),
        Origin::Environment => config::variable_name(key),
    }
}

fn set(key: &str, value: &str, file: &Path) -> Result<()> {
    let value = config::parse(key, value)?;
    // Any name is one for the file; a command that reads would have to refuse it.
    if let ("ocr.models", Some(name)) = (key, value.as_str()) {
        Registry::embedded().choice(name).map_err(|error| Misuse(error.to_string()))?;
    }
    let old = text_file::read(file)?.unwrap_or_default();
    let new = config_file::with_value(&old, key, &value)
        .map_err(|source| setup::Error::NotToml { file: file.to_owned(), source })?;
    // What the file would then say is looked at before it says it.
    config::check(file, &new)?;
    if new != old {
        text_file::replace(file, &new)?;
    }
    report::tell(&t!("config.is_set", key = key, file = file.display()));
    let variable = config::variable_name(key);
    if std::env::var_os(&variable).is_some_and(|value| !value.is_empty()) {
        report::tell(&t!("config.variable_wins", variable = variable));
    }
    Ok(())
}

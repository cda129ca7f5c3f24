//! Reading the file and the environment; finding the key someone meant.

use std::path::{Path, PathBuf};
use std::{fs, io};

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::{Config, reason};

/// How a setting is written in a `JKOCR_*` variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum VariableForm {
    /// The variable's text is the value.
    Text,
    /// A number, as in TOML.
    Number,
    /// `true` or `false`, or `1` or `0`.
    Switch,
    /// Items between commas.
    List,
}

/// Every key of [`Config`]. A test keeps it and the structs equal.
const KEYS: &[(&str, VariableForm)] = &[
    ("language", VariableForm::Text),
    ("listen", VariableForm::List),
    ("tunnel.host", VariableForm::Text),
    ("tunnel.remote", VariableForm::Text),
    ("tunnel.ssh", VariableForm::Text),
    ("tunnel.ssh_options", VariableForm::List),
    ("tunnel.connect_timeout", VariableForm::Text),
    ("tunnel.keepalive_interval", VariableForm::Text),
    ("tunnel.keepalive_count", VariableForm::Number),
    ("tunnel.recompress", VariableForm::Text),
    ("fallback.mode", VariableForm::Text),
    ("fallback.deadline", VariableForm::Text),
    ("fallback.idle_unload", VariableForm::Text),
    ("ocr.models", VariableForm::Text),
    ("ocr.engine", VariableForm::Text),
    ("ocr.precision", VariableForm::Text),
    ("ocr.profile", VariableForm::Text),
    ("ocr.threads", VariableForm::Number),
    ("ocr.reading_order", VariableForm::Text),
    ("ocr.layout", VariableForm::Text),
    ("ocr.ruby", VariableForm::Text),
    ("ocr.use_doc_orientation_classify", VariableForm::Switch),
    ("ocr.use_doc_unwarping", VariableForm::Switch),
    ("ocr.use_textline_orientation", VariableForm::Switch),
    ("ocr.kleidiai", VariableForm::Switch),
    ("serve.listen", VariableForm::Text),
    ("serve.max_body", VariableForm::Text),
    ("serve.max_pixels", VariableForm::Number),
    ("serve.max_pages", VariableForm::Number),
    ("serve.queue", VariableForm::Number),
    ("serve.idle_shrink", VariableForm::Text),
    ("serve.max_rss", VariableForm::Text),
    ("serve.request_timeout", VariableForm::Text),
    ("serve.allowed_hosts", VariableForm::List),
    ("notify.fallback", VariableForm::Switch),
];

/// Why there is no usable configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is there but cannot be read.
    #[error("{}", t!("config.unreadable", file = file.display()))]
    Unreadable {
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that was asked for by name is not there.
    #[error("{}", t!("config.missing", file = file.display()))]
    Missing { file: PathBuf },
    /// A key that no setting has.
    #[error("{}", unknown_key(file, *line, key, *nearest))]
    UnknownKey {
        file: PathBuf,
        /// 1-based.
        line: usize,
        /// The key, with its sections.
        key: String,
        /// The known key that looks most like it.
        nearest: Option<&'static str>,
    },
    /// A value that its setting cannot have, for `jkocr config set`.
    #[error("{}", t!("config.invalid_value", key = key, reason = reason))]
    InvalidValue {
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Not TOML, or a value that its setting cannot have.
    #[error("{}", t!("config.invalid", file = file.display(), line = line, reason = reason))]
    Invalid {
        file: PathBuf,
        /// 1-based.
        line: usize,
        /// What the parser said.
        reason: String,
    },
    /// A `JKOCR_*` variable with a value that its setting cannot have.
    #[error("{}", t!("config.invalid_variable", variable = variable, reason = reason))]
    InvalidVariable {
        variable: String,
        /// What the parser said.
        reason: String,
    },
}

fn unknown_key(file: &Path, line: usize, key: &str, nearest: Option<&str>) -> String {
    let file = file.display();
    if let Some(nearest) = nearest {
        t!("config.unknown_key", file = file, line = line, key = key, nearest = nearest).into_owned()
    } else {
        t!("config.unknown_key_alone", file = file, line = line, key = key).into_owned()
    }
}

/// Where a setting's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// `config.toml`.
    File,
    /// A `JKOCR_*` variable.
    Environment,
}

impl Origin {
    /// Its name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
        }
    }
}

/// The settings in force, and where each comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Every key with its origin, in the order of the documentation.
    pub origins: Vec<(&'static str, Origin)>,
}

/// Which file to read.
#[derive(Debug, Clone, Copy)]
pub enum ConfigFile<'a> {
    /// The platform's place for it: no file there is an empty file.
    Usual(&'a Path),
    /// Named by the user: it must exist.
    Named(&'a Path),
}

/// Reads the file, then the environment on top of it.
///
/// `variable` looks up an environment variable; `JKOCR_TUNNEL_HOST` overrides `tunnel.host`.
///
/// # Errors
/// [`Error`] names the file and line, or the variable, that has to be changed.
pub fn load(source: ConfigFile<'_>, variable: impl Fn(&str) -> Option<String>) -> Result<Loaded, Error> {
    let (file, text) = read(source)?;
    let (mut config, mut table) = parse_file(file, &text)?;
    let mut origins: Vec<_> = KEYS.iter().map(|(key, _)| (*key, origin(&table, key))).collect();
    for ((key, kind), (_, origin)) in KEYS.iter().zip(&mut origins) {
        let name = variable_name(key);
        let Some(text) = variable(&name).filter(|text| !text.is_empty()) else { continue };
        let invalid = |reason: String| Error::InvalidVariable { variable: name.clone(), reason };
        insert(&mut table, key, value(&text, *kind).map_err(&invalid)?);
        // Once for each variable, so that the error can name it.
        config = table.clone().try_into().map_err(|error: toml::de::Error| invalid(reason::words(error.message())))?;
        *origin = Origin::Environment;
    }
    Ok(Loaded { config, origins })
}

/// What `text` would say as the file `file`.
///
/// # Errors
/// Those of [`load`].
pub fn check(file: &Path, text: &str) -> Result<Config, Error> {
    parse_file(file, text).map(|(config, _)| config)
}

fn parse_file(file: &Path, text: &str) -> Result<(Config, Table), Error> {
    check_keys(file, text)?;
    let invalid = |error: toml::de::Error| Error::Invalid {
        file: file.to_owned(),
        line: line_at(text, error.span().map_or(0, |span| span.start)),
        reason: reason::words(error.message()),
    };
    Ok((toml::from_str(text).map_err(invalid)?, toml::from_str(text).map_err(invalid)?))
}

/// Every key, in the order of the documentation.
pub fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(key, _)| *key)
}

/// Every section, in the order of the documentation.
pub fn sections() -> impl Iterator<Item = &'static str> {
    let mut before = None;
    let section = |key: &'static str| Some(key.split_once('.')?.0);
    keys().filter_map(section).filter(move |section| before.replace(*section) != Some(*section))
}

/// The value that `text` is for `key`, written as in a variable.
///
/// # Errors
/// [`Error::InvalidValue`] if the setting cannot have it.
pub fn parse(key: &str, text: &str) -> Result<Value, Error> {
    // The command line takes known keys alone.
    let (key, form) = KEYS.iter().copied().find(|(known, _)| *known == key).unwrap_or(KEYS[0]);
    let invalid = |reason: String| Error::InvalidValue { key, reason };
    let value = value(text, form).map_err(invalid)?;
    let mut table = Table::new();
    insert(&mut table, key, value.clone());
    table.try_into::<Config>().map_err(|error| invalid(reason::words(error.message())))?;
    Ok(value)
}

fn read(source: ConfigFile<'_>) -> Result<(&Path, String), Error> {
    let (ConfigFile::Usual(file) | ConfigFile::Named(file)) = source;
    match (fs::read_to_string(file), source) {
        (Ok(text), _) => Ok((file, text)),
        (Err(error), ConfigFile::Usual(_)) if error.kind() == io::ErrorKind::NotFound => Ok((file, String::new())),
        (Err(error), ConfigFile::Named(_)) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::Missing { file: file.to_owned() })
        }
        (Err(source), _) => Err(Error::Unreadable { file: file.to_owned(), source }),
    }
}

/// Finds the first key that no setting has.
fn check_keys(file: &Path, text: &str) -> Result<(), Error> {
    // What is not TOML at all is reported by the parse into `Config`, with its reason.
    let Ok(document) = DeTable::parse(text) else { return Ok(()) };
    let unknown = |path: String, offset| {
        let nearest = nearest(&path);
        Err(Error::UnknownKey { file: file.to_owned(), line: line_at(text, offset), key: path, nearest })
    };
    for (key, value) in document.get_ref() {
        let name = key.get_ref();
        match value.get_ref() {
            DeValue::Table(section) if is_section(name) => {
                for inner in section.keys() {
                    let path = format!("{name}.{}", inner.get_ref());
                    if !is_key(&path) {
                        return unknown(path, inner.span().start);
                    }
                }
            }
            _ if is_key(name) || is_section(name) => {}
            _ => return unknown(name.to_string(), key.span().start),
        }
    }
    Ok(())
}

fn is_key(path: &str) -> bool {
    KEYS.iter().any(|(key, _)| *key == path)
}

fn is_section(name: &str) -> bool {
    sections().any(|section| section == name)
}

/// Keys of the past, and what they are called now.
const RENAMED: &[(&str, &str)] = &[("ocr.paragraphs", "ocr.layout")];

/// The key or section whose spelling is closest to `path`; a section counts with its name alone.
fn nearest(path: &str) -> Option<&'static str> {
    if let Some((_, new)) = RENAMED.iter().find(|(old, _)| *old == path) {
        return Some(new);
    }
    let (section, last) = path.rsplit_once('.').unwrap_or(("", path));
    let alone = |key: &'static str| key.rsplit('.').next().unwrap_or(key);
    // The right word in the wrong section is nearer than a similar path.
    if let Some(key) = keys().find(|key| alone(key) == last) {
        return Some(key);
    }
    let own = keys().filter(|key| key.starts_with(&format!("{section}.")));
    let found = crate::nearest::nearest(last, own.map(alone))
        .and_then(|name| keys().find(|key| alone(key) == name && key.starts_with(&format!("{section}."))));
    found.or_else(|| crate::nearest::nearest(path, keys().chain(sections())))
}

fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// `tunnel.host` is overridden by `JKOCR_TUNNEL_HOST`.
#[must_use]
pub fn variable_name(key: &str) -> String {
    format!("JKOCR_{}", key.replace('.', "_").to_ascii_uppercase())
}

fn value(text: &str, kind: VariableForm) -> Result<Value, String> {
    match kind {
        VariableForm::Text => Ok(Value::String(text.to_owned())),
        VariableForm::Number => match text.replace('_', "").parse() {
            Ok(number) => Ok(Value::Integer(number)),
            Err(_) => Err(wrong_kind(text, "config.wants_number")),
        },
        VariableForm::Switch => match text {
            "1" | "true" => Ok(Value::Boolean(true)),
            "0" | "false" => Ok(Value::Boolean(false)),
            _ => Err(wrong_kind(text, "config.wants_switch")),
        },
        VariableForm::List => {
            Ok(text.split(',').map(|item| Value::String(item.trim().to_owned())).collect::<Vec<_>>().into())
        }
    }
}

fn wrong_kind(text: &str, wanted: &'static str) -> String {
    t!("config.wrong_kind", value = text, wanted = crate::catalogue::text(wanted, &[])).into_owned()
}

fn origin(table: &Table, key: &str) -> Origin {
    let found = match key.split_once('.') {
        Some((section, name)) => table.get(section).and_then(|section| section.get(name)),
        None => table.get(key),
    };
    if found.is_some() { Origin::File } else { Origin::Default }
}

fn insert(table: &mut Table, key: &str, value: Value) {
    let Some((section, name)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return;
    };
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests;

//! The settings in force, one by one.

use toml::{Table, Value};

use super::{Loaded, Origin};

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingInForce {
    /// Its key.
    pub key: &'static str,
    /// Its value as TOML; nothing if it has none.
    pub value: Option<String>,
    /// Its value alone: a text without quotes.
    pub plain: String,
    /// Its value as JSON.
    pub json: serde_json::Value,
    /// Where the value comes from.
    pub origin: Origin,
}

impl SettingInForce {
    /// The section it is in; empty for those before all sections.
    #[must_use]
    pub fn section(&self) -> &'static str {
        self.key.split_once('.').map_or("", |(section, _)| section)
    }

    /// Its line in a `config.toml`.
    #[must_use]
    pub fn line(&self) -> String {
        let name = self.key.rsplit('.').next().unwrap_or(self.key);
        match &self.value {
            Some(value) => format!("{name} = {value}"),
            None => format!("# {name} ="),
        }
    }
}

/// Every setting of `loaded`, in the order of the documentation.
#[must_use]
pub fn entries(loaded: &Loaded) -> Vec<SettingInForce> {
    // A configuration is plain values: it always has a table.
    let table = Table::try_from(&loaded.config).unwrap_or_default();
    let value = |key: &str| match key.split_once('.') {
        Some((section, name)) => table.get(section).and_then(|section| section.get(name)),
        None => table.get(key),
    };
    let entry = |(key, origin): &(&'static str, Origin)| {
        let value = value(key);
        let plain = match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(items)) => {
                let items = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned));
                items.collect::<Vec<_>>().join(",")
            }
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let json = value.and_then(|value| serde_json::to_value(value).ok()).unwrap_or_default();
        SettingInForce { key, value: value.map(ToString::to_string), plain, json, origin: *origin }
    };
    loaded.origins.iter().map(entry).collect()
}

//! The sentences of events, out of the catalogue: `tunnel-up` has that of `log.tunnel_up`.
//!
//! What stands between `[` and `]` is left out if one of its values is not there. A value that has a word of its own in
//! the catalogue is said by it: `source` that is `remote`, by `log.source_remote`.

use std::iter;

use bytesize::ByteSize;
use serde_json::Value;

use crate::catalogue;
use crate::language::Language;
use crate::untrusted::plain_lines;

/// What an event is in the catalogue.
fn key(name: &str) -> String {
    format!("log.{}", name.replace('-', "_").to_ascii_lowercase())
}

/// What `event` says with `fields`. One that only programmers see has no sentence, and shows what it has.
pub(super) fn sentence(event: &str, fields: &[(&'static str, Value)]) -> String {
    let Some(pattern) = catalogue::find(Language::installed(), &key(event)) else {
        let fields = fields.iter().map(|(name, value)| format!("{name}={}", shown(value)));
        return iter::once(event.to_owned()).chain(fields).collect::<Vec<_>>().join(" ");
    };
    let mut text = String::new();
    for (at, part) in pattern.split('[').enumerate() {
        let (optional, fixed) = if at == 0 { ("", part) } else { part.split_once(']').unwrap_or((part, "")) };
        text += &filled(optional, fields).unwrap_or_default();
        text += &filled(fixed, fields).unwrap_or_else(|| fixed.to_owned());
    }
    text
}

/// `pattern` with its values; `None` if one is not there.
fn filled(pattern: &str, fields: &[(&'static str, Value)]) -> Option<String> {
    let mut parts = pattern.split("%{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        let (name, forms) = name.split_once('|').map_or((name, None), |(name, forms)| (name, Some(forms)));
        let (_, value) = fields.iter().find(|(field, _)| *field == name)?;
        let value = word(name, value);
        text += &value;
        if let Some(forms) = forms {
            text.push(' ');
            text += catalogue::plural(&value, forms);
        }
        text += rest;
    }
    Some(text)
}

/// A value as a person reads it.
fn word(name: &str, value: &Value) -> String {
    match (name, value.as_u64()) {
        ("bytes" | "before" | "after" | "resident" | "limit", Some(bytes)) => {
            ByteSize(bytes).display().si().to_string()
        }
        ("ms", Some(ms)) => duration(ms),
        _ => {
            let text = shown(value);
            match catalogue::find(Language::installed(), &key(&format!("{name}_{text}"))) {
                Some(word) => word.to_owned(),
                None if name == "outcome" => t!("log.outcome_other", outcome = text).into_owned(),
                None if name == "reason" && is_name(&text) => reason(&text),
                None => text,
            }
        }
    }
}

/// Why something was read on this machine, or not at all, by its name for programs.
pub(crate) fn reason(name: &str) -> String {
    match catalogue::find(Language::installed(), &key(&format!("reason_{name}"))) {
        Some(words) => words.to_owned(),
        None => t!("log.reason_other").into_owned(),
    }
}

/// Whether `text` is a name for programs.
fn is_name(text: &str) -> bool {
    text.chars().all(|char| char.is_ascii_lowercase() || ['-', '_'].contains(&char))
}

/// Milliseconds as people say them.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1000 => t!("log.milliseconds", count = ms).into_owned(),
        _ => t!("log.seconds", count = format!("{:.1}", ms as f64 / 1000.0)).into_owned(),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => plain_lines(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_without_its_value_is_left_out() {
        let mut fields = vec![("outcome", "ok".into()), ("source", "remote".into()), ("bytes", 2000.into())];
        fields.push(("ms", 840.into()));
        assert_eq!(sentence("request", &fields), "read by the server: 2.0 kB, 840 ms");
        fields.push(("lines", 3.into()));
        fields.extend([("width", 640.into()), ("height", 480.into()), ("models", "v6-small".into())]);
        assert_eq!(sentence("request", &fields), "read by the server with v6-small: 640×480, 2.0 kB, 3 lines, 840 ms");
        assert_eq!(sentence("nothing of the catalogue", &[("a", 1.into())]), "nothing of the catalogue a=1");
    }
}

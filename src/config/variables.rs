//! The variables that are ours, and those that somebody took for one.

use super::load::{keys, variable_name};
use crate::nearest::nearest;

/// Variables that are no settings, and what they mean, for the manual.
pub(crate) const OTHERS: [(&str, &str); 4] = [
    ("JKOCR_HOME", "one folder for configuration, models, sockets and logs"),
    ("JKOCR_CONFIG", "the configuration file, instead of the usual one"),
    ("JKOCR_OFFLINE", "1 forbids downloads"),
    ("JKOCR_LOG", "what the log says, part by part: info,jkocr::tunnel=debug"),
];

/// How the names of ours begin.
const BEGINNING: &str = "JKOCR_";

/// A variable that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownVariable {
    /// Its name.
    pub name: String,
    /// The one that was meant, if that can be guessed.
    pub nearest: Option<String>,
}

/// Those of `names` that look like ours and are none.
#[must_use]
pub fn unknown(names: impl IntoIterator<Item = String>) -> Vec<UnknownVariable> {
    let known: Vec<_> = keys().map(variable_name).chain(OTHERS.iter().map(|(name, _)| (*name).to_owned())).collect();
    let unknown = names.into_iter().filter(|name| name.starts_with(BEGINNING) && !known.contains(name));
    let mut unknown: Vec<_> = unknown
        .map(|name| UnknownVariable {
            nearest: nearest(&name[BEGINNING.len()..], known.iter().map(|known| &known[BEGINNING.len()..]))
                .map(|nearest| format!("{BEGINNING}{nearest}")),
            name,
        })
        .collect();
    unknown.sort_by(|one, other| one.name.cmp(&other.name));
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_variable_is_found() {
        let names = ["JKOCR_OCR_THREAD", "JKOCR_TUNNEL_HOST", "JKOCR_WHATEVER", "PATH", "JKOCR_HOME"];
        let found: Vec<_> = unknown(names.map(str::to_owned)).into_iter().map(|one| (one.name, one.nearest)).collect();
        assert_eq!(
            found,
            [
                ("JKOCR_OCR_THREAD".to_owned(), Some("JKOCR_OCR_THREADS".to_owned())),
                ("JKOCR_WHATEVER".to_owned(), None)
            ]
        );
    }
}

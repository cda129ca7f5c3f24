//! Which of the two languages people are spoken to in.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

/// Whether the process speaks Chinese. It decides nothing else, so no other memory hangs on it.
static CHINESE: AtomicBool = AtomicBool::new(false);

/// The header of a request that names the language of its answer's messages, where the asker's differs from the
/// service's: a browser's page, another jkocr.
pub(crate) const LANGUAGE_HEADER: &str = "x-jkocr-language";

/// A language that every message exists in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh")]
    Chinese,
}

impl Language {
    /// The key of this language in the catalogue (`src/locales`), and its name in the configuration.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// The language to speak before the configuration is read: `--lang`, `JKOCR_LANGUAGE`, then the environment.
    pub(crate) fn asked_for(
        arguments: impl IntoIterator<Item = String>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let mut arguments = arguments.into_iter();
        let flag = arguments.find_map(|argument| match argument.strip_prefix("--lang") {
            Some("") => Some(None),
            Some(value) => value.strip_prefix('=').map(|value| Some(value.to_owned())),
            None => None,
        });
        let flag = flag.and_then(|value| value.or_else(|| arguments.next()));
        match flag.or_else(|| variable("JKOCR_LANGUAGE")).as_deref() {
            Some("zh") => Self::Chinese,
            Some("en") => Self::English,
            _ => Self::from_environment(variable),
        }
    }

    /// The language a POSIX environment asks for: the first of `LC_ALL`, `LC_MESSAGES`, `LANG` that is set decides.
    ///
    /// `variable` looks a variable up; anything that does not start with `zh` is English.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable)
            .find(|value| !value.is_empty())
            .unwrap_or_default();
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }

    /// Makes this the language of every message of the process from here on.
    pub(crate) fn install(self) {
        CHINESE.store(self == Self::Chinese, Ordering::Relaxed);
    }

    /// The language of the process: English, or the one that was last installed.
    pub(crate) fn installed() -> Self {
        if CHINESE.load(Ordering::Relaxed) { Self::Chinese } else { Self::English }
    }

    /// The language with that code.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        [Self::English, Self::Chinese].into_iter().find(|language| language.code() == code)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    fn language(variables: &[(&str, &str)]) -> Language {
        Language::from_environment(|name| {
            let found = variables.iter().find(|(key, _)| *key == name)?;
            Some(found.1.to_owned())
        })
    }

    #[test]
    fn a_flag_beats_the_environment() {
        let ask = |arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
            Language::asked_for(arguments, |name| (name == "LANG").then(|| "zh_CN.UTF-8".to_owned()))
        };
        assert_eq!(ask(&["jkocr", "--lang", "en"]), Language::English);
        assert_eq!(ask(&["jkocr", "--lang=en", "ocr"]), Language::English);
        assert_eq!(ask(&["jkocr", "--lang"]), Language::Chinese);
        assert_eq!(ask(&["jkocr", "--language"]), Language::Chinese);
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        assert_eq!(language(&[("LANG", "zh_CN.UTF-8")]), Language::Chinese);
        assert_eq!(language(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]), Language::English);
        assert_eq!(language(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "")]), Language::Chinese);
        assert_eq!(language(&[]), Language::English);
    }
}

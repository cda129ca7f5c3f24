//! Every sentence that people read, in both languages, out of `src/locales` (`build.rs` makes the table).
//!
//! `%{count|line|lines}` is a number with the word that goes with it: "1 line", "2 lines".
//! `t!("upstream.too_large", limit = 3)` is the sentence in the language of the process; with `locale = "zh"` it is the
//! one in Chinese. A key or a value that the catalogue does not have does not compile, and neither does a value called
//! `command` that is no [`CommandLine`](crate::shell::CommandLine): people paste commands into a shell.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use crate::language::Language;
use crate::untrusted::plain_lines;

/// A sentence as the translators wrote it; `%{name}` stands for a value.
struct Sentence {
    key: &'static str,
    en: &'static str,
    zh: &'static str,
    /// The names of its values, in order.
    values: &'static [&'static str],
}

/// Ordered by key.
static MESSAGES: &[Sentence] = &include!(concat!(env!("OUT_DIR"), "/messages.rs"));

/// Names the language of one sentence; no value is called so.
const LOCALE: &str = "locale";

/// A sentence of the catalogue, as `Cow<'static, str>`.
///
/// The key is a literal, which the compiler looks up, or an expression, which says itself when it is not there.
macro_rules! t {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        const _: () = $crate::catalogue::check($key, &[$(stringify!($name)),*]);
        $crate::catalogue::text($key, &[$((stringify!($name), catalogue_value!($name, $value))),*])
    }};
    ($key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::catalogue::text($key, &[$((stringify!($name), catalogue_value!($name, $value))),*])
    };
}

/// A value of a sentence.
macro_rules! catalogue_value {
    (command, $value:expr) => {
        $crate::shell::command(&$value)
    };
    ($name:ident, $value:expr) => {
        &$value
    };
}

/// The sentence called `key` with its `values`; the key itself if there is none.
pub(crate) fn text(key: &str, values: &[(&str, &dyn Display)]) -> Cow<'static, str> {
    let asked = values.iter().find(|(name, _)| *name == LOCALE).map(|(_, code)| code.to_string());
    let language = asked.as_deref().and_then(Language::of_code).unwrap_or_else(Language::installed);
    match find(language, key) {
        Some(text) if values.is_empty() => Cow::Borrowed(text),
        Some(text) => Cow::Owned(filled(text, values)),
        None => Cow::Owned(key.to_owned()),
    }
}

/// The sentence called `key` as it is written, if there is one.
pub(crate) fn find(language: Language, key: &str) -> Option<&'static str> {
    let at = MESSAGES.binary_search_by(|message| message.key.cmp(key)).ok()?;
    Some(match language {
        Language::English => MESSAGES[at].en,
        Language::Chinese => MESSAGES[at].zh,
    })
}

/// Puts the values in, without what could act on a terminal: file names are among them. What a value contains is not
/// looked at again.
fn filled(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut parts = text.split("%{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let known = part.split_once('}').and_then(|(name, rest)| {
            let (name, forms) = name.split_once('|').map_or((name, None), |(name, forms)| (name, Some(forms)));
            let (_, value) = values.iter().find(|(given, _)| *given == name)?;
            Some((plain_lines(&value.to_string()), forms, rest))
        });
        // Writing to a string does not fail.
        let _ = match known {
            Some((value, None, rest)) => write!(filled, "{value}{rest}"),
            Some((value, Some(forms), rest)) => write!(filled, "{value} {}{rest}", plural(&value, forms)),
            None => write!(filled, "%{{{part}"),
        };
    }
    filled
}

/// The one of `line|lines` that goes with a number: English has two forms, and Chinese needs none.
pub(crate) fn plural<'f>(number: &str, forms: &'f str) -> &'f str {
    let (one, more) = forms.split_once('|').unwrap_or((forms, forms));
    if number == "1" { one } else { more }
}

/// Stops the compiler when there is no message called `key`, or it has other values than `names`.
pub(crate) const fn check(key: &str, names: &[&str]) {
    let (mut low, mut high) = (0, MESSAGES.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        match order(MESSAGES[middle].key, key) {
            0 => return check_values(MESSAGES[middle].values, names),
            ..0 => low = middle + 1,
            1.. => high = middle,
        }
    }
    panic!("src/locales has no message with this key");
}

const fn check_values(wanted: &[&str], given: &[&str]) {
    let mut at = 0;
    while at < wanted.len() {
        assert!(contains(given, wanted[at]), "this message has a value that is not given here");
        at += 1;
    }
    at = 0;
    while at < given.len() {
        assert!(contains(wanted, given[at]) || order(given[at], LOCALE) == 0, "this message has no such value");
        at += 1;
    }
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if order(names[at], name) == 0 {
            return true;
        }
        at += 1;
    }
    false
}

/// Below, at or above zero as `one` comes before `other`, is the same or comes after it, byte by byte.
const fn order(one: &str, other: &str) -> isize {
    let (left, right) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < left.len() && at < right.len() {
        if left[at] != right[at] {
            return left[at] as isize - right[at] as isize;
        }
        at += 1;
    }
    left.len() as isize - right.len() as isize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_comes_in_the_language_asked_for_with_its_values() {
        let limit = 3;
        assert_eq!(t!("upstream.too_large", limit = limit, locale = "en"), "the server's answer is larger than 3 MiB");
        assert_eq!(t!("upstream.too_large", locale = "zh", limit = "三"), "服务器的应答超过 三 MiB");
        assert_eq!(t!("upstream.connect", locale = Language::English), "the tunnel's socket does not answer");
    }

    #[test]
    fn a_value_is_put_in_as_it_is_and_once() {
        let values: &[(&str, &dyn Display)] = &[("a", &"%{b}"), ("b", &"B"), (LOCALE, &"en")];
        assert_eq!(filled("%{a}, %{b}%{b} 100 % %{c} %{", values), "%{b}, BB 100 % %{c} %{");
        let name: &[(&str, &dyn Display)] = &[("a", &"x\u{1b}[2J\u{202e}.png\ny")];
        assert_eq!(filled("no %{a}", name), "no x[2J.png\ny");
        for (count, words) in [(0, "0 lines."), (1, "1 line."), (2, "2 lines.")] {
            assert_eq!(filled("%{count|line|lines}.", &[("count", &count)]), words);
        }
    }

    #[test]
    fn every_key_is_found_by_search_and_by_the_compiler() {
        for message in MESSAGES {
            assert_eq!(find(Language::Chinese, message.key), Some(message.zh));
            check(message.key, message.values);
        }
        assert_eq!(text("no.such.key", &[]), "no.such.key");
        let missing = std::panic::catch_unwind(|| check("no.such.key", &[]));
        let wrong = std::panic::catch_unwind(|| check("upstream.too_large", &["limits"]));
        assert!(missing.is_err() && wrong.is_err());
    }
}

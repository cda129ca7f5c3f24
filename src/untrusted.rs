//! Text that others chose: a server, ssh, a proxy command, a file name, an index, a model's metadata.
//!
//! It is wrapped where it enters, and what could act on a terminal is taken out right there, so nothing that is made of
//! it can hold such a character: no message, no log line, no JSON. Read it first and wrap it then: a number or a name
//! that passed a grammar needs no wrapping.

use std::fmt;
use std::ops::Deref;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The most characters that are kept. A line of ssh or a sentence of a server is shorter.
const LONGEST: usize = 512;

/// One line that others chose, without anything that could act on a terminal or turn its text around.
///
/// It cannot be made to hold anything else:
///
/// ```compile_fail
/// let text = jkocr::untrusted::Untrusted { text: "\u{1b}[2J".to_owned(), is_whole: true };
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub struct Untrusted {
    text: String,
    is_whole: bool,
}

impl Untrusted {
    /// `text` as it may be shown: ends of lines and tabs become spaces, other control characters and those that change
    /// the direction of writing go, and what is longer than 512 characters ends with an ellipsis.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::up_to(LONGEST, text)
    }

    /// The same with room for `longest` characters.
    #[must_use]
    pub(crate) fn up_to(longest: usize, text: &str) -> Self {
        let mut shown = text.trim_end().chars().filter_map(shown);
        let mut clean: String = shown.by_ref().take(longest).collect();
        if shown.next().is_some() {
            clean.push('…');
        }
        let is_whole = clean == text;
        Self { text: clean, is_whole }
    }

    /// What may be shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text as it came; `None` if something had to be taken out, so that it no longer names what it named.
    #[must_use]
    pub fn as_it_came(&self) -> Option<&str> {
        self.is_whole.then_some(&self.text)
    }
}

/// Whether `text` could do something to a terminal, or is another text than it seems.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    text.chars().all(|char| shown(char) == Some(char))
}

/// The lines of `text` without anything that could act on a terminal; white space stays, also where it ends a line.
#[must_use]
pub(crate) fn plain_lines(text: &str) -> String {
    text.chars().filter(|char| ['\n', '\t'].contains(char) || shown(*char) == Some(*char)).collect()
}

/// What is shown of a character.
fn shown(char: char) -> Option<char> {
    match char {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
        _ if char.is_control() => None,
        // Marks, embeddings, overrides and isolates of direction; what is never seen and makes two texts look alike:
        // zero-width spaces, the byte order mark, tags.
        '\u{61c}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}' => None,
        _ => Some(char),
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

impl fmt::Debug for Untrusted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, formatter)
    }
}

impl Serialize for Untrusted {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl From<String> for Untrusted {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<&str> for Untrusted {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&Path> for Untrusted {
    fn from(path: &Path) -> Self {
        Self::new(&path.to_string_lossy())
    }
}

impl Deref for Untrusted {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl PartialEq<str> for Untrusted {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl PartialEq<&str> for Untrusted {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_on_a_terminal_or_turns_text_around_is_gone_however_it_is_shown() {
        let text =
            Untrusted::new("a\u{1b}[31mb\u{7}\u{9b}2J\u{7f}\u{202e}c\u{2066}d\u{200f}e\u{61c}f\r\ng\th\u{200b}\0");
        let plain = "a[31mb2Jcdef  g h";
        assert_eq!([text.to_string(), format!("{text:>3}"), text.as_str().to_owned()], [plain, plain, plain]);
        assert_eq!(format!("{text:?}"), format!("{plain:?}"));
        assert_eq!(serde_json::to_string(&text).unwrap(), format!("{plain:?}"));
        assert_eq!(serde_json::from_str::<Untrusted>(r#""x\u001b[2Jy""#).unwrap(), Untrusted::new("x\u{1b}[2Jy"));
        assert_eq!(text.as_it_came(), None);
    }

    #[test]
    fn an_ordinary_text_stays_as_it_is_and_a_long_one_is_cut() {
        for text in ["", "模型加载中。", "OpenSSH_9.2p1 Debian-2+deb12u3", "né à Liège 👩", "/home/me/my keys/id"]
        {
            assert_eq!(Untrusted::new(text).as_it_came(), Some(text));
        }
        let long = Untrusted::new(&"é".repeat(LONGEST + 1));
        assert_eq!((long.as_str().chars().count(), long.as_it_came()), (LONGEST + 1, None));
        assert!(long.as_str().ends_with('…'));
    }

    #[test]
    fn lines_stay_lines_and_keep_their_white_space() {
        assert_eq!(plain_lines("\u{3000}\r\na\u{1b}[2J\n\u{202e}\nb \n"), "\u{3000}\na[2J\n\nb \n");
    }

    proptest! {
        #[test]
        fn whatever_comes_what_is_shown_is_one_plain_line(text in any::<Vec<char>>()) {
            let text = String::from_iter(text);
            let shown = Untrusted::new(&text);
            prop_assert!(is_plain(shown.as_str()));
            prop_assert!(shown.as_str().chars().count() <= LONGEST + 1);
            prop_assert_eq!(shown.as_it_came().is_some(), shown.as_str() == text);
            let again = Untrusted::new(shown.as_str());
            prop_assert_eq!(again.as_str(), shown.as_str().trim_end());
        }
    }
}

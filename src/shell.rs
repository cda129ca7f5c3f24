//! Lines that a person may paste into a shell.
//!
//! A [`CommandLine`] is made of text that is part of this program, and of words that passed a grammar and are quoted for the
//! shell that will read them. Nothing else becomes part of one: text from outside is no `&'static str`, and the words
//! have no other constructor than their `parse`.

use std::fmt;
use std::path::Path;

use serde::{Serialize, Serializer};

use crate::untrusted::is_plain;

/// The most bytes of a word: a path has no more on Linux, and half as many on macOS.
const LONGEST: usize = 4096;

/// A command, or several joined by `&&`, for a POSIX shell.
///
/// ```
/// let line = jkocr::shell::CommandLine::new("ssh").text("-V");
/// ```
///
/// What is not part of this program does not become one: as the one above, but
///
/// ```compile_fail
/// let name = String::from("vps; touch PWNED");
/// let line = jkocr::shell::CommandLine::new("ssh").word(&name);
/// ```
///
/// ```compile_fail
/// let line = jkocr::shell::CommandLine("touch PWNED".to_owned());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine(String);

impl CommandLine {
    /// A command whose text is part of this program.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// A command whose program has a name or a path of the user's choice.
    #[must_use]
    pub fn program(program: &FilePath) -> Self {
        Self(quoted(&program.0))
    }

    /// A variable for the command that is to follow.
    #[must_use]
    pub fn variable(name: &'static str, value: &Value) -> Self {
        Self(format!("{name}={}", quoted(&value.0)))
    }

    /// The same with more text that is part of this program after it.
    #[must_use]
    pub fn text(self, text: &'static str) -> Self {
        Self(self.0 + " " + text)
    }

    /// The same with `word` after it, as one argument.
    #[must_use]
    pub fn word(self, word: &impl Word) -> Self {
        Self(self.0 + " " + &quoted(word.as_str()))
    }

    /// The same with a number after it.
    #[must_use]
    pub fn number(self, number: u32) -> Self {
        Self(format!("{} {number}", self.0))
    }

    /// The same with `line` after it as one argument, for the shell at the other end of ssh.
    #[must_use]
    pub fn remote(self, line: &Self) -> Self {
        Self(self.0 + " " + &quoted(&line.0))
    }

    /// The same, and then `line` if it went well.
    #[must_use]
    pub fn and(self, line: &Self) -> Self {
        Self(self.0 + " && " + &line.0)
    }
}

/// `line`, where the catalogue has a place for a command: nothing else fits there.
pub(crate) fn command(line: &CommandLine) -> &dyn fmt::Display {
    line
}

impl fmt::Display for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for CommandLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What may become a word of a [`CommandLine`]. The types of this module are all there are.
pub trait Word: sealed::Sealed {
    /// The word, not quoted.
    fn as_str(&self) -> &str;
}

mod sealed {
    pub trait Sealed {}
}

/// `text` as one word for a POSIX shell, also at a prompt: nothing is expanded between single quotes.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%_+:,./-=".contains(&byte);
    // `=ls` is the path of `ls` for zsh.
    if !text.is_empty() && text.bytes().all(plain) && !text.starts_with('=') {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Defines a word: a name and the grammar it has passed.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $grammar:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// `text`, if it has the grammar.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let grammar: fn(&str) -> bool = $grammar;
                (text.len() <= LONGEST && is_plain(text) && grammar(text)).then(|| Self(text.to_owned()))
            }
        }

        impl sealed::Sealed for $name {}

        impl Word for $name {
            fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

word! {
    /// A unit of systemd: `jkocr.service`, `jkocr@8081.service`.
    UnitName, |text| {
        let inner = |char: char| char.is_ascii_alphanumeric() || ":-_.\\@".contains(char);
        text.len() < 256 && text.ends_with(".service") && text.starts_with(|char: char| char.is_ascii_alphanumeric()) && text.chars().all(inner)
    }
}

word! {
    /// A host as ssh takes it, with an account or a port if need be: no option, no space.
    HostName, |text| !text.is_empty() && !text.starts_with('-') && !text.contains(char::is_whitespace)
}

word! {
    /// The path of a file: no option.
    FilePath, |text| !text.is_empty() && !text.starts_with('-')
}

word! {
    /// The value of an option: whatever can be shown.
    Value, |_| true
}

impl Value {
    /// As a shell takes it for one word.
    #[must_use]
    pub fn quoted(&self) -> String {
        quoted(&self.0)
    }
}

impl FilePath {
    /// `path`, if it is UTF-8 and has the grammar.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        Self::parse(path.to_str()?)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What a real shell makes of a line that prints its arguments.
    fn printed(line: &CommandLine) -> String {
        let output = Command::new("sh").args(["-c", &line.to_string()]).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_name_with_a_command_in_it_is_no_name() {
        for text in ["jkocr.service; touch PWNED", "$(reboot).service", "jkocr.service\nx", "-H.service", "jkocr", ""] {
            assert_eq!(UnitName::parse(text), None, "{text}");
        }
        for text in ["jkocr.service", "jkocr@8081.service", "jkocr@a\\x2db.service"] {
            assert_eq!(UnitName::parse(text).unwrap().as_str(), text);
        }
        for text in ["-oProxyCommand=x", "a b", "a\u{202e}b", ""] {
            assert_eq!(HostName::parse(text), None, "{text}");
        }
        assert!(FilePath::parse("-rf").is_none() && FilePath::parse("/a\u{1b}[2J").is_none());
    }

    #[test]
    fn a_line_for_the_far_end_stays_one_argument_here() {
        let unit = UnitName::parse("jkocr@a\\x2db.service").unwrap();
        let far = CommandLine::new("sudo systemctl restart").word(&unit);
        let here = CommandLine::new("ssh -t").word(&HostName::parse("me@vps").unwrap()).remote(&far);
        assert_eq!(here.to_string(), r"ssh -t me@vps 'sudo systemctl restart '\''jkocr@a\x2db.service'\'''");
        assert_eq!(CommandLine::new("a").and(&CommandLine::new("b")).to_string(), "a && b");
        let variable = CommandLine::variable("X", &Value::parse("a b").unwrap()).text("env");
        assert_eq!(variable.to_string(), "X='a b' env");
    }

    proptest! {
        #[test]
        fn a_shell_reads_back_the_word_that_went_in(text in "\\PC{1,40}|[-;&|$`'\"\\\\ !*?~#=(){}<>]{1,20}") {
            if let Some(word) = Value::parse(&text) {
                let line = CommandLine::new("printf %s").word(&word);
                prop_assert_eq!(printed(&line), text.clone());
                // And once more, by the shell at the other end.
                prop_assert_eq!(printed(&CommandLine::new("sh -c").remote(&line)), text);
            }
        }
    }
}

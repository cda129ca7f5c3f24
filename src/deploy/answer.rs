//! What a script of ours said on the server, out of all that came back.

use crate::untrusted::Untrusted;

/// The most bytes of an answer; the longest of ours have four thousand.
pub(super) const LONGEST: usize = 64 << 10;

/// The most facts of an answer.
const MOST: usize = 200;

/// Facts that a script said, `key=value` each, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer(Vec<(String, String)>);

impl Answer {
    /// The facts between the two lines that `mark` makes, whatever came before and after. `None` if the lines are not
    /// there or something between them is no fact: keys are of small letters and `_`, values of one line without
    /// control characters.
    #[must_use]
    pub fn parse(output: &[u8], mark: &str) -> Option<Self> {
        let output = String::from_utf8_lossy(output);
        let (_, rest) = output.split_once(&format!("\n@@{mark} begin\n"))?;
        let (body, _) = rest.split_once(&format!("\n@@{mark} end\n"))?;
        let mut facts = Vec::new();
        for line in body.lines().filter(|line| !line.is_empty()) {
            let (key, value) = line.split_once('=')?;
            let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            if !is_key || value.chars().any(char::is_control) || facts.len() == MOST {
                return None;
            }
            facts.push((key.to_owned(), value.trim().to_owned()));
        }
        Some(Self(facts))
    }

    /// The first value of `key`, if it is not empty.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, value)| name == key && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Every value of `key` that is not empty.
    pub fn all(&self, key: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(name, value)| name == key && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The first value of `key` as a number.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<u64> {
        self.text(key)?.parse().ok()
    }

    /// Whether `key` says yes.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        self.text(key) == Some("yes")
    }

    /// The first value of `key`, as it may be shown.
    #[must_use]
    pub fn shown(&self, key: &str) -> Option<Untrusted> {
        self.text(key).map(Untrusted::new)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(output: &str) -> Option<Answer> {
        Answer::parse(output.as_bytes(), "m")
    }

    #[test]
    fn what_a_shell_says_around_it_is_not_part_of_it() {
        let answer = parse("Welcome!\nuid=1\n\n@@m begin\nuid=0\nhome=/root\nsudo=\n\n@@m end\nuid=2\nbye").unwrap();
        assert_eq!((answer.number("uid"), answer.text("home"), answer.text("sudo")), (Some(0), Some("/root"), None));
        assert_eq!(answer.all("uid").count(), 1);
    }

    #[test]
    fn what_is_no_fact_makes_it_no_answer() {
        for body in ["uid", "UID=0", "=0", "a b=0", "uid=\u{1b}[2J", "../x=1"] {
            assert_eq!(parse(&format!("\n@@m begin\n{body}\n\n@@m end\n")), None, "{body}");
        }
        assert_eq!(parse("\n@@m begin\nuid=0\n"), None);
        assert_eq!(parse("\n@@other begin\nuid=0\n\n@@other end\n"), None);
        let many = "a=1\n".repeat(MOST + 1);
        assert_eq!(parse(&format!("\n@@m begin\n{many}\n@@m end\n")), None);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(output in any::<Vec<u8>>()) {
            let framed = [b"\n@@m begin\n".as_slice(), &output, b"\n@@m end\n"].concat();
            for output in [output, framed] {
                if let Some(answer) = Answer::parse(&output, "m") {
                    prop_assert!(answer.0.iter().all(|(_, value)| !value.chars().any(char::is_control)));
                }
            }
        }
    }
}

//! One `Host` block of ours in the user's ssh configuration, between two comments that mark it.
//!
//! Everything outside the marks stays as it is, byte for byte. ssh takes the first value it meets, so the block goes
//! before every other `Host` and `Match`, and after the lines at the top that are for all hosts.

use std::path::PathBuf;

use super::login::{quoted, unquoted};
use super::{Login, SshSettings};

/// The alias that the block gives the server.
pub const ALIAS: &str = "jk-ocr-vps";

const BEGIN: &str = "# >>> jkocr init";
const END: &str = "# <<< jkocr init";

/// What the block says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// `HostName`.
    pub host_name: String,
    pub user: String,
    pub port: u16,
    /// `IdentityFile`, which is then the only key that is offered.
    pub key: Option<PathBuf>,
}

impl Block {
    /// The login that the block describes.
    #[must_use]
    pub fn login(&self) -> Login {
        let Self { host_name, user, port, key } = self.clone();
        Login { host: host_name, user: Some(user), port: Some(port), key }
    }

    /// The first setting of the block for which ssh takes another value, and that value.
    #[must_use]
    pub fn overruled(&self, found: &SshSettings) -> Option<(&'static str, String)> {
        if !found.host_name.eq_ignore_ascii_case(&self.host_name) {
            return Some(("HostName", found.host_name.clone()));
        }
        if found.user != self.user {
            return Some(("User", found.user.clone()));
        }
        (found.port != self.port).then(|| ("Port", found.port.to_string()))
    }

    /// The block in `text`, if there is one.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let lines = lines(text);
        let (begin, end) = marks(&lines)?;
        let value = |name: &str| {
            let found = lines[begin..=end].iter().filter_map(|line| line.trim().split_once(' '));
            found.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.trim().to_owned())
        };
        Some(Self {
            host_name: value("HostName")?,
            user: value("User")?,
            port: value("Port")?.parse().ok()?,
            key: value("IdentityFile").map(|file| unquoted(&file).into()),
        })
    }

    /// `text` with this block in it, in the place of the one that may be there.
    #[must_use]
    pub fn put_into(&self, text: &str) -> String {
        let mut lines = lines(text);
        if let Some((begin, end)) = marks(&lines) {
            let gap = usize::from(lines.get(end + 1).is_some_and(|line| line.trim().is_empty()));
            lines.drain(begin..=end + gap);
        }
        let place = place(&lines);
        let (before, after) = lines.split_at(place);
        let mut text = before.concat();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        // Only at the end of the file: in between, there is a gap after the block.
        if after.is_empty() && !text.is_empty() && !text.ends_with("\n\n") && !text.ends_with("\n\r\n") {
            text.push('\n');
        }
        text += &self.lines();
        if !after.is_empty() {
            text.push('\n');
        }
        text + &after.concat()
    }

    fn lines(&self) -> String {
        let Self { host_name, user, port, key } = self;
        let key = key.as_ref().map_or_else(String::new, |file| {
            format!("    IdentityFile {}\n    IdentitiesOnly yes\n", quoted(&file.to_string_lossy()))
        });
        format!("{BEGIN}\nHost {ALIAS}\n    HostName {host_name}\n    User {user}\n    Port {port}\n{key}{END}\n")
    }
}

/// The lines with their ends.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// First and last line of the block.
fn marks(lines: &[&str]) -> Option<(usize, usize)> {
    let begin = lines.iter().position(|line| line.trim() == BEGIN)?;
    let length = lines[begin..].iter().position(|line| line.trim() == END)?;
    Some((begin, begin + length))
}

/// The line before which the block goes: the first `Host` or `Match`, or the comments right above it.
fn place(lines: &[&str]) -> usize {
    let Some(mut place) = lines.iter().position(|line| begins_section(line)) else { return lines.len() };
    while place > 0 && lines[place - 1].trim_start().starts_with('#') {
        place -= 1;
    }
    place
}

fn begins_section(line: &str) -> bool {
    let keyword: String = line.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    keyword.eq_ignore_ascii_case("host") || keyword.eq_ignore_ascii_case("match")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block() -> Block {
        Block { host_name: "192.0.2.7".to_owned(), user: "me".to_owned(), port: 2222, key: Some("~/.ssh/id".into()) }
    }

    const OURS: &str = "# >>> jkocr init\nHost jk-ocr-vps\n    HostName 192.0.2.7\n    User me\n    Port 2222\n    \
                        IdentityFile ~/.ssh/id\n    IdentitiesOnly yes\n# <<< jkocr init\n";

    #[test]
    fn it_comes_before_every_other_host_and_after_what_is_for_all() {
        let table = [
            ("", OURS.to_owned()),
            ("AddKeysToAgent yes", format!("AddKeysToAgent yes\n\n{OURS}")),
            (
                "AddKeysToAgent yes\nInclude x\n\n# home\nhost=nas\n  User a\nHost *\n  Port 1\n",
                format!("AddKeysToAgent yes\nInclude x\n\n{OURS}\n# home\nhost=nas\n  User a\nHost *\n  Port 1\n"),
            ),
            ("Match all\r\n", format!("{OURS}\nMatch all\r\n")),
            ("HostKeyAlias a\n", format!("HostKeyAlias a\n\n{OURS}")),
        ];
        for (text, expected) in table {
            assert_eq!(block().put_into(text), expected);
        }
    }

    #[test]
    fn a_later_answer_takes_the_place_of_an_earlier_one() {
        let text = block().put_into("Host *\n  Port 1\n");
        let later = Block { host_name: "198.51.100.1".to_owned(), key: None, ..block() };
        let text = later.put_into(&text);
        assert!(text.contains("198.51.100.1") && !text.contains("192.0.2.7"), "{text}");
        assert_eq!(Block::find(&text), Some(later));
        assert!(text.ends_with("\n\nHost *\n  Port 1\n"), "{text}");
    }

    #[test]
    fn one_that_was_moved_behind_others_is_moved_back() {
        let text = format!("Host *\n  User other\n{OURS}");
        assert_eq!(block().put_into(&text), format!("{OURS}\nHost *\n  User other\n"));
    }

    /// Lines as they occur in such files, some of them strange.
    fn a_file() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            Just("Host *".to_owned()),
            Just("Host jk-ocr-vps".to_owned()),
            Just("\tmatch host x".to_owned()),
            Just(String::new()),
            "# [ -~]{0,10}",
            " {0,4}[A-Z][A-Za-z]{2,9}[ =][ -~]{0,10}",
        ];
        (proptest::collection::vec(line, 0..12), prop_oneof![Just("\n"), Just("\r\n")], any::<bool>())
            .prop_map(|(lines, end, closed)| lines.join(end) + if closed { end } else { "" })
    }

    proptest! {
        #[test]
        fn nothing_of_the_others_changes_and_a_second_time_changes_nothing(text in a_file()) {
            let once = block().put_into(&text);
            prop_assert_eq!(&block().put_into(&once), &once);
            prop_assert_eq!(Block::find(&once), Some(block()));
            let (before, rest) = once.split_once(OURS).expect("the block is there");
            let significant = |text: &str| text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(significant(&format!("{before}{rest}")), significant(&text));
            prop_assert!(!before.lines().any(begins_section), "{}", once);
        }
    }
}

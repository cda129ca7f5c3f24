//! Words of a unit file.

use std::fmt::Write as _;

/// `word` as one quoted word of a setting such as `ExecStart=` or `Environment=`.
///
/// Quotes, escapes and specifiers as in systemd.syntax(7) and systemd.unit(5). A `$` stays: only command lines expand
/// it, and ours begin with `:`, which forbids that.
pub(super) fn quoted(word: &str) -> String {
    let mut quoted = String::from('"');
    for character in word.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '%' => quoted.push_str("%%"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

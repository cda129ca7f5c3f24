//! Lines of a log as they may be shown to others: nothing that looks like a secret, nothing that names a home folder.

use std::path::Path;

use crate::untrusted::Untrusted;

/// Letters in a row after which a word is taken for a key or a token. A SHA-256 is as long.
const LONG: usize = 40;

/// The most characters of a line.
const LINE: usize = 400;

/// `line` without control characters and colours, with `~` for `home`, and without accounts in URLs, bearer tokens and
/// long words of letters and digits.
#[must_use]
pub fn redacted(line: &str, home: Option<&Path>) -> Untrusted {
    let plain: String = anstream::adapter::strip_str(line).to_string();
    let plain = Untrusted::up_to(LINE, &plain).to_string();
    let plain = match home.map(|home| home.display().to_string()).filter(|home| home.len() > 1) {
        Some(home) => plain.replace(&home, "~"),
        None => plain,
    };
    let mut words: Vec<String> = Vec::new();
    for word in plain.split(' ') {
        let follows_bearer = words.last().is_some_and(|last| last.to_ascii_lowercase().ends_with("bearer"));
        words.push(if follows_bearer { "…".to_owned() } else { short(&without_account(word)) });
    }
    Untrusted::new(&words.join(" "))
}

/// `scheme://user:password@host` without the part before `@`.
fn without_account(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    match authority.rsplit_once('@') {
        Some((account, _)) => format!("{scheme}://…{}", &rest[account.len()..]),
        None => word.to_owned(),
    }
}

/// Runs of [`LONG`] or more characters of base64, shortened to an ellipsis. `/` ends a run: paths are long.
fn short(word: &str) -> String {
    let is_inner = |char: char| char.is_ascii_alphanumeric() || "+=_-".contains(char);
    let mut out = String::new();
    let mut rest = word;
    while let Some(start) = rest.find(is_inner) {
        let (before, run) = rest.split_at(start);
        let end = run.find(|char| !is_inner(char)).unwrap_or(run.len());
        out += before;
        out += if end >= LONG { "…" } else { &run[..end] };
        rest = &run[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_secret_does_not_get_out() {
        let home = Path::new("/home/me");
        let said = |line: &str| redacted(line, Some(home)).to_string();
        assert_eq!(said("read /home/me/.ssh/id_ed25519"), "read ~/.ssh/id_ed25519");
        assert_eq!(said("via http://me:geheim@proxy:3128/x"), "via http://…@proxy:3128/x");
        assert_eq!(said("Authorization: Bearer abc"), "Authorization: Bearer …");
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAIGVhY2hieXRlb2Z0aGlza2V5aXN";
        assert_eq!(said(&format!("key {key} offered")), "key … offered");
        assert_eq!(said("\u{1b}[31mred\u{1b}[0m\u{7} text"), "red text");
    }

    #[test]
    fn an_ordinary_line_stays_as_it_is() {
        let line = "2026-11-24T10:38:02.123456Z  WARN not up cause=Refused { address: \"192.0.2.7 port 22\" } wait=2s";
        assert_eq!(redacted(line, Some(Path::new("/home/me"))), *line);
    }
}

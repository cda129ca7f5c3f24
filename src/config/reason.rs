//! What the parsers say of a value, as people need it: what was written, and what may be.

use crate::nearest::nearest;
use crate::wording;

/// The kinds of values, by the words of serde for what it expected.
const KINDS: [(&[&str], &str); 5] = [
    (&["u8", "u16", "u32", "u64", "usize", "i64", "a nonzero"], "config.wants_number"),
    (&["a boolean"], "config.wants_switch"),
    (&["a string", "string"], "config.wants_text"),
    (&["a sequence"], "config.wants_list"),
    (&["struct", "a map", "map"], "config.wants_section"),
];

/// `message`, of serde, in words; itself if it is another one.
pub(super) fn words(message: &str) -> String {
    let message = message.trim();
    // What bytesize says of a size.
    if message.contains("ByteSize")
        || message.contains("couldn't parse")
        || message.ends_with("expected parsable string")
    {
        return t!("serve.not_a_size").into_owned();
    }
    let expected = message.split_once(", expected ");
    let typed = expected.and_then(|(found, wanted)| Some((found.strip_prefix("invalid type: ")?, wanted)));
    let valued = expected.and_then(|(found, wanted)| Some((found.strip_prefix("invalid value: ")?, wanted)));
    if let Some((found, wanted)) = typed.or(valued)
        && let Some((_, key)) = KINDS.iter().find(|(kinds, _)| kinds.iter().any(|kind| wanted.starts_with(kind)))
    {
        return t!("config.wrong_kind", value = literal(found), wanted = crate::catalogue::text(key, &[])).into_owned();
    }
    if let Some((value, wanted)) =
        expected.and_then(|(found, wanted)| Some((found.strip_prefix("unknown variant ")?, wanted)))
    {
        let choices: Vec<_> = wanted.split('`').skip(1).step_by(2).collect();
        let value = value.trim_matches('`');
        return choice(value, &choices);
    }
    message.to_owned()
}

/// What is said of a word that is none of `choices`.
pub(super) fn choice(value: &str, choices: &[&str]) -> String {
    let list = wording::list(choices.iter().map(|choice| format!("`{choice}`")));
    match nearest(value, choices.iter().copied()) {
        Some(nearest) => t!("config.not_a_choice_but", value = value, choices = list, nearest = nearest).into_owned(),
        None => t!("config.not_a_choice", value = value, choices = list).into_owned(),
    }
}

/// The value in serde's description of it: `string "many"`, `` integer `3` ``, `map`.
fn literal(found: &str) -> &str {
    let quoted = |quote| found.split_once(quote).and_then(|(_, rest)| rest.strip_suffix(quote));
    quoted('"').or_else(|| quoted('`')).unwrap_or(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serdes_words_become_ours() {
        assert_eq!(words("invalid type: string \"many\", expected usize"), "`many` is not a whole number");
        assert_eq!(words("invalid value: integer `-1`, expected u32"), "`-1` is not a whole number");
        assert_eq!(words("invalid type: integer `3`, expected a boolean"), "`3` is neither true nor false");
        assert_eq!(
            words("unknown variant `rase`, expected one of `off`, `when-down`, `race`"),
            "`rase` is none of `off`, `when-down`, `race`; the nearest is `race`"
        );
        assert!(words("invalid value: string \"huge\", expected parsable string").contains("1GiB"));
        assert_eq!(words("something else"), "something else");
    }
}

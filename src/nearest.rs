//! The name somebody meant.

/// The one of `known` that `word` most likely is with a slip of the hand in it; `None` if it is none of them.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let distance = |name: &str| strsim::osa_distance(&word, &name.to_lowercase());
    let near = known.into_iter().map(|name| (distance(name), name)).filter(|(distance, name)| {
        let longest = word.chars().count().max(name.chars().count());
        // A third of the letters may be others, and a beginning is enough.
        *distance * 3 <= longest || (word.len() >= 3 && name.to_lowercase().starts_with(&word))
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        let verbs = ["help", "ocr", "models", "serve", "service", "status", "version"];
        assert_eq!(nearest("hlep", verbs), Some("help"));
        assert_eq!(nearest("modles", verbs), Some("models"));
        assert_eq!(nearest("Stat", verbs), Some("status"));
        assert_eq!(nearest("frobnicate", verbs), None);
        assert_eq!(nearest("v9", ["v5-mobile", "v6-tiny"]), None);
        assert_eq!(nearest("v6small", ["v6-tiny", "v6-small"]), Some("v6-small"));
    }
}

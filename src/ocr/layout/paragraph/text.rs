//! What characters tell about breaks between lines.

/// Puts `next` behind `text`, with what belongs between a line and the next: nothing within CJK text or a word that
/// was hyphenated, otherwise a space.
pub(in crate::ocr) fn join(mut text: String, next: &str) -> String {
    let (Some(last), Some(first)) = (text.chars().next_back(), next.chars().next()) else { return text + next };
    let inside_a_word = first.is_lowercase() && text.chars().rev().nth(1).is_some_and(char::is_alphabetic);
    if matches!(last, '-' | '\u{AD}' | '\u{2010}') && inside_a_word {
        text.pop();
    } else if !(is_cjk(last) && is_cjk(first) || is_cjk_punctuation(last) || is_cjk_punctuation(first)) {
        text.push(' ');
    }
    text + next
}

/// Scripts that are written without spaces: Han, kana, bopomofo, and their punctuation. (Hangul has spaces.)
fn is_cjk(character: char) -> bool {
    matches!(character,
        '\u{2E80}'..='\u{2FFF}' | '\u{3040}'..='\u{312F}' | '\u{31A0}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        || is_cjk_punctuation(character)
}

fn is_cjk_punctuation(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{303F}' | '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF65}')
}

/// About how wide a text is, in widths of a CJK character.
pub(super) fn width(text: &str) -> f32 {
    text.chars().map(|character| if is_cjk(character) { 1.0 } else { 0.5 }).sum()
}

/// What may not be torn apart at the beginning of a line: a word, or a CJK character and the punctuation behind it.
pub(super) fn first_word(text: &str) -> &str {
    let mut characters = text.char_indices();
    let end = match characters.next() {
        Some((_, first)) if is_cjk(first) => characters.find(|&(_, character)| !is_cjk_punctuation(character)),
        _ => characters.find(|&(_, character)| character.is_whitespace() || is_cjk(character)),
    };
    &text[..end.map_or(text.len(), |(place, _)| place)]
}

/// Whether a line begins something of its own: an item of a list, a record of a log, a quotation mark of a reply.
pub(super) fn begins_item(text: &str) -> bool {
    const BULLETS: &[char] =
        &['•', '·', '●', '○', '▪', '■', '□', '◆', '◇', '★', '☆', '※', '►', '▶', '✓', '✔', '☐', '☑'];
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return false };
    if BULLETS.contains(&first) || matches!(first, '①'..='⑳' | '㈠'..='㈩') {
        return true;
    }
    if matches!(first, '-' | '*' | '+' | '–' | '—' | '>') {
        return characters.next().is_some_and(char::is_whitespace);
    }
    is_numbered(text) || is_dated(text)
}

/// `1.`, `12)`, `(3)`, `a)`, `一、`, `第三`: a number and what sets it apart.
fn is_numbered(text: &str) -> bool {
    let open = text.starts_with(['(', '（', '[', '【']);
    let text = text.trim_start_matches(['(', '（', '[', '【']);
    let is_number = |character: char| character.is_ascii_digit() || "一二三四五六七八九十".contains(character);
    let number = text.chars().take_while(|&character| is_number(character)).count();
    let letter = text.chars().next().is_some_and(|first| first.is_ascii_alphabetic());
    let length = if number > 0 { number } else { usize::from(letter) };
    let mut behind = text.chars().skip(length);
    match (length, behind.next()) {
        (1..=3, Some(')' | '）' | ']' | '】')) => letter || number > 0,
        (1..=3, Some('、')) => number > 0,
        // Not `3.14`, nor the end of a sentence (`… was built in` / `1998. It`).
        (1..=2, Some('.')) => number > 0 && !open && behind.next().is_none_or(|next| !next.is_ascii_digit()),
        _ => false,
    }
}

/// `2026-11-23 …`, `[20:41:07] …`
fn is_dated(text: &str) -> bool {
    let text = text.trim_start_matches(['[', '(']).as_bytes();
    let matches = |pattern: &str| {
        text.len() >= pattern.len()
            && pattern
                .bytes()
                .zip(text)
                .all(|(wanted, found)| if wanted == b'0' { found.is_ascii_digit() } else { wanted == *found })
    };
    matches("0000-00-00") || matches("0000/00/00") || matches("00:00:00")
}

/// Whether lines are code rather than prose: many end as only code does.
pub(super) fn is_code<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> bool {
    const ENDS: &[&str] = &["{", "}", ";", "(", "[", "=>", "->", "):", "});", "},", "),", "/>", "\\"];
    const STARTS: &[&str] = &["}", "//", "/*", "#include", "<!--", "</", "$ ", ">>> "];
    let alike =
        |line: &&str| ENDS.iter().any(|end| line.ends_with(end)) || STARTS.iter().any(|start| line.starts_with(start));
    let all = lines.clone().count();
    all > 1 && 5 * lines.filter(alike).count() >= 2 * all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_get_a_space_and_characters_none() {
        for (text, next, joined) in [
            ("keep every", "screenshot", "keep every screenshot"),
            ("recog-", "nition", "recognition"),
            ("recog\u{AD}", "nition", "recognition"),
            ("UTF-", "8 only", "UTF- 8 only"),
            ("1990 -", "2000", "1990 - 2000"),
            ("操作系统负责", "管理硬件", "操作系统负责管理硬件"),
            ("使用。", "The next", "使用。The next"),
            ("文字を", "読み取ります", "文字を読み取ります"),
            ("运行在 VPS", "上面", "运行在 VPS 上面"),
            ("한국어", "문장", "한국어 문장"),
            ("", "alone", "alone"),
        ] {
            assert_eq!(join(text.to_owned(), next), joined);
        }
    }

    #[test]
    fn items_are_told_from_sentences() {
        for text in [
            "• one",
            "- one",
            "1. one",
            "12) one",
            "(3) one",
            "a) one",
            "一、总则",
            "（二）范围",
            "③ one",
            "[20:41:07] up",
        ] {
            assert!(begins_item(text), "{text}");
        }
        for text in ["one", "3.14159", "1998. It was", "-1", "a word", "一个人", "2026 was", "(see above)", "", "I. am"]
        {
            assert!(!begins_item(text), "{text}");
        }
    }

    #[test]
    fn code_is_told_from_prose() {
        assert!(is_code(["fn main() {", "let x = 1;", "x", "}"].into_iter()));
        assert!(!is_code(["He came; he saw;", "and then he left", "for good, they say", "at least."].into_iter()));
    }

    #[test]
    fn a_word_ends_where_a_line_may_break() {
        for (text, word) in
            [("one two", "one"), ("操作", "操"), ("操，作", "操，"), ("OCR服务", "OCR"), ("one", "one"), ("", "")]
        {
            assert_eq!(first_word(text), word);
        }
    }
}

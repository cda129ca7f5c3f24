//! Text in lines that a terminal holds: at spaces, and between the characters of Chinese.

use unicode_width::UnicodeWidthChar as _;

/// Signs that no line begins with.
const CLOSING: &str = "，。：；、！？）」』》…,.:;!?)";

/// Room for less than this is none: the lines stay as they are.
const LEAST: usize = 20;

/// `text` in lines of at most `columns`, of which the first has `used` taken already; those after it begin with `indent`
/// spaces. What has no place to be broken at is longer.
pub fn wrapped(text: &str, columns: usize, used: usize, indent: usize) -> String {
    if columns < indent + LEAST {
        return text.to_owned();
    }
    let (mut out, mut column) = (String::new(), used);
    for piece in pieces(text) {
        let shown = piece.trim_end();
        if column + width(shown) > columns && column > indent && !shown.is_empty() {
            out.truncate(out.trim_end().len());
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        }
        out += piece;
        column += width(piece);
    }
    out
}

/// The parts of `text` that a line may be broken between, with the spaces after them. What is in backquotes stays whole: it
/// may be pasted.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begin, mut before, mut is_quoted) = (0, None, false);
    for (at, char) in text.char_indices() {
        let breaks = match before {
            _ if is_quoted => false,
            Some(' ') => char != ' ',
            Some(before) => (is_wide(before) || is_wide(char)) && !CLOSING.contains(char) && char != ' ',
            None => false,
        };
        if breaks {
            pieces.push(&text[begin..at]);
            begin = at;
        }
        before = Some(char);
        is_quoted ^= char == '`';
    }
    pieces.push(&text[begin..]);
    pieces
}

fn is_wide(char: char) -> bool {
    char.width() == Some(2)
}

fn width(text: &str) -> usize {
    text.chars().filter_map(char::width).sum()
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn words_stay_whole_and_lines_fit() {
        let text = "one two three four five six seven";
        assert_eq!(wrapped(text, 26, 2, 4), "one two three four five\n    six seven");
        assert_eq!(wrapped(text, 10, 2, 4), text, "no room is no reason to break every word");
        assert_eq!(wrapped("服务器没有回应，正在尝试新的连接", 30, 4, 4), "服务器没有回应，正在尝试新\n    的连接");
        assert_eq!(wrapped("then run `ssh-add ~/.ssh/key` here", 27, 2, 2), "then run\n  `ssh-add ~/.ssh/key` here");
        assert_eq!(wrapped("服务器没有回应正在尝试新的，连接", 30, 4, 4), "服务器没有回应正在尝试新\n    的，连接");
    }
}

//! Text for a terminal: nothing that comes from outside may steer it.

use std::fmt::Write as _;

use serde::Serialize;

/// Control characters, which a hostile name or answer could steer the terminal with, are shown as `\x1b` and the like; so
/// are the marks that turn the direction of text around.
pub fn clean(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        if steers(c) {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

/// A document for a program that may end up on a terminal all the same: what [`clean`] would show is written by its number, which
/// is the same to whoever reads JSON.
pub fn json(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    if !text.chars().any(|c| c != '\n' && steers(c)) {
        return text;
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && steers(c) {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Whether a character would do something to a terminal instead of being shown.
fn steers(c: char) -> bool {
    let turns =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A text of several lines, each of them cleaned.
pub fn clean_text(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", clean(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\rc\u{9b}d\u{202e}e\u{61c}"), r"a\u{1b}[31mb\rc\u{9b}d\u{202e}e\u{61c}");
        assert_eq!(clean("Jürgen's é"), "Jürgen's é");
    }

    #[test]
    fn a_document_steers_no_terminal_and_says_the_same() {
        let text = "a\u{1b}[31m\u{7f}b\r\u{9b}d\u{202e}e\u{2028}é\n";
        let json = json(&[text]);
        assert!(json.chars().all(|c| c == '\n' || !steers(c)), "{json:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}

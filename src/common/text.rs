//! Text for a terminal: no byte from outside may control it.
//!
//! File names, settings and the answers of services go through these functions before a terminal or a JSON
//! document gets them.

use std::fmt::Write as _;

use serde::Serialize;

/// One line. Control characters, with which a hostile name or answer could control the terminal, become
/// `\u{1b}` and the like; so do the marks that change the direction of text.
pub(crate) fn clean(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in line.chars() {
        if is_terminal_control(c) {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

/// A JSON document that may also go to a terminal: the characters that [`clean`] escapes are written as
/// `\uXXXX`, which a JSON parser reads as the same text.
pub(crate) fn json(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    if is_plain(text.as_bytes()) || !text.chars().any(|c| c != '\n' && is_terminal_control(c)) {
        return text;
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_terminal_control(c) {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Whether a document has only bytes that a terminal shows, and line ends. Most documents have no other, and this look at
/// many bytes at a time is much faster than one at each character.
fn is_plain(document: &[u8]) -> bool {
    const AT_ONCE: usize = 64;
    let plain = |all, byte: &u8| all & ((*byte >= b' ') & (*byte <= b'~') | (*byte == b'\n'));
    document.chunks(AT_ONCE).all(|bytes| bytes.iter().fold(true, plain))
}

/// Whether a terminal would act on the character instead of showing it.
fn is_terminal_control(c: char) -> bool {
    let changes_direction =
        matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || changes_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

/// The text between quotation marks; `None` without them. Editors and documents write typographic ones too.
pub(crate) fn between_quotes(text: &str) -> Option<&str> {
    const MARKS: [char; 8] = ['"', '\'', '`', '“', '”', '‘', '’', '„'];
    let inner = text.strip_prefix(MARKS)?;
    inner.strip_suffix(MARKS)
}

/// The name of the program in a command, up to the first blank, for a message. Its arguments may be a secret, and so
/// may a variable that is set before the name.
pub(crate) fn without_arguments(command: &str) -> String {
    let mut words = command.split_whitespace();
    let name = words.next().unwrap_or_default();
    if let Some((variable, _)) = name.split_once('=') {
        return format!("{variable}=…");
    }
    if words.next().is_some() { format!("{name} …") } else { name.to_owned() }
}

/// A text of several lines, each of them cleaned.
pub(crate) fn clean_text(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", clean(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(clean("a\x1b[31mb\rc\u{9b}d\u{202e}e\u{61c}"), r"a\u{1b}[31mb\rc\u{9b}d\u{202e}e\u{61c}");
        assert_eq!(clean("Jürgen's é"), "Jürgen's é");
    }

    #[test]
    fn a_text_between_quotation_marks_is_found() {
        for (text, inner) in [
            ("\"a b\"", Some("a b")),
            ("'a'", Some("a")),
            ("“a”", Some("a")),
            ("\"\"", Some("")),
            ("\"", None),
            ("\"a", None),
            ("a'b'", None),
        ] {
            assert_eq!(between_quotes(text), inner, "{text}");
        }
    }

    #[test]
    fn a_json_document_has_no_control_character_and_the_same_content() {
        let text = "a\u{1b}[31m\u{7f}b\r\u{9b}d\u{202e}e\u{2028}é\n";
        let json = json(&[text]);
        assert!(json.chars().all(|c| c == '\n' || !is_terminal_control(c)), "{json:?}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
    }
}

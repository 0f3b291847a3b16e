//! Writes a long JSON document piece by piece, without a tree of its values.

use std::fmt::{self, Write as _};

use crate::common::text;

/// A JSON document that is written piece by piece. It may also go to a terminal, as one of [`text::json`].
///
/// Such a document has many short pieces. The C library of the static binary copies a short piece much more slowly than the few moves of
/// [`copy`], so the pieces are copied here.
#[derive(Default)]
pub(crate) struct JsonWriter {
    /// The document, and room after it.
    bytes: Vec<u8>,
    /// The length of the document.
    length: usize,
}

impl JsonWriter {
    /// The length of the document so far, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Makes room for so many bytes at once: at each step, a text that grows is copied.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.bytes.resize(self.bytes.len().max(self.length + more), 0);
    }

    /// Appends a piece of the syntax.
    #[inline(always)]
    pub(crate) fn syntax(&mut self, piece: &str) {
        let end = self.length + piece.len();
        if end > self.bytes.len() {
            // Twice the room, so that not each piece makes the text grow.
            self.reserve(end);
        }
        copy(piece.as_bytes(), &mut self.bytes[self.length..end]);
        self.length = end;
    }

    /// Appends a string.
    pub(crate) fn string(&mut self, value: &str) {
        if is_plain(value.as_bytes()) {
            self.syntax("\"");
            self.syntax(value);
            self.syntax("\"");
        } else {
            self.syntax(text::json(&value).trim_end());
        }
    }

    /// Appends a number.
    pub(crate) fn number(&mut self, number: u32) {
        let _ = write!(self, "{number}");
    }

    /// The document.
    pub(crate) fn finish(mut self) -> String {
        self.bytes.truncate(self.length);
        String::from_utf8(self.bytes).expect("each piece is UTF-8")
    }
}

impl fmt::Write for JsonWriter {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.syntax(piece);
        Ok(())
    }
}

/// Whether a JSON string has the bytes unchanged, and a terminal shows them. Bytes are looked at in groups, without a branch at each.
fn is_plain(value: &[u8]) -> bool {
    let plain = |all, byte: &u8| all & (*byte >= b' ') & (*byte <= b'~') & (*byte != b'"') & (*byte != b'\\');
    let (groups, rest) = value.as_chunks::<8>();
    groups.iter().all(|group| group.iter().fold(true, plain)) && rest.iter().fold(true, plain)
}

/// Copies a piece to a room of the same length.
#[inline(always)]
fn copy(piece: &[u8], room: &mut [u8]) {
    match piece.len() {
        0 => {}
        1 => room[0] = piece[0],
        2..4 => copy_ends::<2>(piece, room),
        4..8 => copy_ends::<4>(piece, room),
        8..16 => copy_ends::<8>(piece, room),
        16..32 => copy_ends::<16>(piece, room),
        32..=64 => copy_ends::<32>(piece, room),
        _ => room.copy_from_slice(piece),
    }
}

/// Copies the first bytes and the last ones, which can overlap.
#[inline(always)]
fn copy_ends<const N: usize>(piece: &[u8], room: &mut [u8]) {
    if let (Some(from), Some(to)) = (piece.first_chunk::<N>(), room.first_chunk_mut()) {
        *to = *from;
    }
    if let (Some(from), Some(to)) = (piece.last_chunk::<N>(), room.last_chunk_mut()) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_every_length_are_appended() {
        let text: String = ('!'..='~').chain('!'..='~').filter(|c| !matches!(c, '"' | '\\')).collect();
        let mut writer = JsonWriter::default();
        writer.reserve(3);
        let mut expected = String::new();
        for length in 0..text.len() {
            writer.syntax(&text[..length]);
            writer.string(&text[length..]);
            expected.push_str(&format!("{}\"{}\"", &text[..length], &text[length..]));
            assert_eq!(writer.len(), expected.len());
        }
        assert_eq!(writer.finish(), expected);
    }

    #[test]
    fn a_number_has_its_digits() {
        let mut writer = JsonWriter::default();
        [0, 7, 10_203, u32::MAX].into_iter().for_each(|number| writer.number(number));
        assert_eq!(writer.finish(), "07102034294967295");
    }

    #[test]
    fn a_string_is_written_as_in_every_document() {
        for value in
            ["", "a b", "a\"b", "a\\b", "a\n", "a\u{1b}[1m", "\u{7f}", "é\u{9b}\u{202e}", "ab\u{2028}cd\t"]
        {
            let mut writer = JsonWriter::default();
            writer.string(value);
            writer.syntax("\n");
            assert_eq!(writer.finish(), text::json(&value), "{value:?}");
        }
    }
}

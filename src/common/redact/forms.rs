//! The forms in which a text can contain a secret: URL-encoded, escaped, in base64, on several lines. Each byte of
//! a form has the range of the original text that it comes from.

use std::borrow::Cow;
use std::ops::Range;

use crate::common::redact::bytes::{BASE64, HEX, for_each_run};

/// Bytes, and where each comes from.
pub(super) struct Form<'t> {
    bytes: Cow<'t, [u8]>,
    /// The range of the original text for each byte; `None` for the text itself. A message is far shorter than 4 GiB.
    from: Option<Vec<(u32, u32)>>,
}

impl<'t> Form<'t> {
    /// The text itself.
    pub(super) fn plain(text: &'t str) -> Self {
        Self { bytes: Cow::Borrowed(text.as_bytes()), from: None }
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The range of the original text for a range of the bytes that is not empty.
    pub(super) fn range(&self, of: Range<usize>) -> Range<usize> {
        self.from(of.start).0 as usize..self.from(of.end - 1).1 as usize
    }

    fn from(&self, at: usize) -> (u32, u32) {
        match &self.from {
            Some(from) => from[at],
            None => u32::try_from(at).map_or((u32::MAX, u32::MAX), |at| (at, at + 1)),
        }
    }

    /// Whether no letter or digit is next to these bytes.
    pub(super) fn is_word(&self, of: Range<usize>) -> bool {
        let is_adjacent = |at: usize, other: usize| {
            self.from(at).1 == self.from(other).0 || self.from(at) == self.from(other)
        };
        let before = of.start.checked_sub(1).filter(|at| is_adjacent(*at, of.start));
        let after = Some(of.end).filter(|at| *at < self.bytes.len() && is_adjacent(of.end - 1, *at));
        [before, after].into_iter().flatten().all(|at| !self.bytes[at].is_ascii_alphanumeric())
    }

    /// Without blanks and line ends.
    pub(super) fn without_blanks(&self) -> Form<'static> {
        let mut built = Built::with_capacity(self.bytes.len());
        for (at, byte) in self.bytes.iter().enumerate() {
            if !byte.is_ascii_whitespace() {
                built.push(*byte, self.from(at));
            }
        }
        built.form()
    }

    /// With the escapes of URLs, JSON, XML and of this program replaced by what they mean; `None` without one.
    pub(super) fn decoded(&self) -> Option<Form<'static>> {
        let start = memchr::memchr3(b'%', b'\\', b'&', &self.bytes)?;
        let mut built = Built::with_capacity(self.bytes.len());
        (0..start).for_each(|at| built.push(self.bytes[at], self.from(at)));
        let mut at = start;
        let mut changed = false;
        while at < self.bytes.len() {
            let (meaning, length) = match escape(&self.bytes[at..]) {
                Some(escape) => {
                    changed = true;
                    escape
                }
                None => (u32::from(self.bytes[at]), 1),
            };
            let from = (self.from(at).0, self.from(at + length - 1).1);
            match u8::try_from(meaning) {
                Ok(byte) if length == 1 || byte.is_ascii() || self.bytes[at] == b'%' => {
                    built.push(byte, from)
                }
                _ => {
                    let mut buffer = [0; 4];
                    let character = char::from_u32(meaning).unwrap_or(char::REPLACEMENT_CHARACTER);
                    character.encode_utf8(&mut buffer).bytes().for_each(|byte| built.push(byte, from));
                }
            }
            at += length;
        }
        changed.then(|| built.form())
    }

    /// What the text means in base64, with the alphabet of RFC 4648 or that for URLs. A run of letters can begin at
    /// any place of a group of four. `shortest`: the length of the shortest text that is searched for, in bytes.
    pub(super) fn for_each_in_base64(&self, shortest: usize, mut work: impl FnMut(&Form<'_>)) {
        for_each_run(&self.bytes, BASE64, (shortest * 4).div_ceil(3), |run| {
            if !can_be_base64(&self.bytes[run.clone()]) {
                return;
            }
            for first in run.start..run.start + 4 {
                let mut built = Built::with_capacity(run.len());
                for group in (first..run.end).step_by(4) {
                    let end = (group + 4).min(run.end);
                    if end - group < 2 {
                        break;
                    }
                    let bits = (group..group + 4).fold(0, |bits, at| {
                        bits << 6 | if at < end { u32::from(SEXTETS[usize::from(self.bytes[at])]) } else { 0 }
                    });
                    let from = (self.from(group).0, self.from(end - 1).1);
                    for shift in [16, 8, 0].into_iter().take(end - group - 1) {
                        built.push((bits >> shift) as u8, from);
                    }
                }
                work(&built.form());
            }
        });
    }

    /// What the text means in hexadecimal. `shortest` is as for base64.
    pub(super) fn for_each_in_hex(&self, shortest: usize, mut work: impl FnMut(&Form<'_>)) {
        for_each_run(&self.bytes, HEX, shortest * 2, |run| {
            for first in run.start..run.start + 2 {
                let mut built = Built::with_capacity(run.len() / 2);
                for at in (first..run.end - 1).step_by(2) {
                    let Some(byte) = digits(&self.bytes[at..at + 2], 16) else { break };
                    built.push(byte as u8, (self.from(at).0, self.from(at + 1).1));
                }
                work(&built.form());
            }
        });
    }
}

/// A form while it is made.
struct Built {
    bytes: Vec<u8>,
    from: Vec<(u32, u32)>,
}

impl Built {
    fn with_capacity(length: usize) -> Self {
        Self { bytes: Vec::with_capacity(length), from: Vec::with_capacity(length) }
    }

    fn push(&mut self, byte: u8, from: (u32, u32)) {
        self.bytes.push(byte);
        self.from.push(from);
    }

    fn form(self) -> Form<'static> {
        Form { bytes: Cow::Owned(self.bytes), from: Some(self.from) }
    }
}

/// Whether a run of letters can be a secret in base64. The first of a group of four letters is a capital for every
/// digit and for most signs, so a run without one is no secret.
pub(super) fn can_be_base64(run: &[u8]) -> bool {
    run.iter().any(u8::is_ascii_uppercase)
}

/// Eight bytes that begin at this letter of base64, which needs ten letters after it.
pub(super) fn eight_in_base64(letters: &[u8; LETTERS_OF_EIGHT]) -> [u8; 8] {
    let sextet = |letter: &u8| u64::from(SEXTETS[usize::from(*letter)]);
    let [first @ .., last] = letters;
    (first.iter().fold(0, |bits, letter| bits << 6 | sextet(letter)) << 4 | sextet(last) >> 2).to_be_bytes()
}

/// The letters of base64 that eight bytes need.
pub(super) const LETTERS_OF_EIGHT: usize = 11;

/// In [`SEXTETS`]: not a letter of base64.
const NO_SEXTET: u8 = 64;

/// The value of each letter of base64.
static SEXTETS: [u8; 256] = {
    let mut sextets = [NO_SEXTET; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        sextets[byte] = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => NO_SEXTET,
        };
        byte += 1;
    }
    sextets
};

/// A number in these digits, which must be ASCII.
fn digits(text: &[u8], radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(text).ok().filter(|text| !text.starts_with('+'))?;
    u32::from_str_radix(text, radix).ok()
}

/// The escape at the beginning of a text: its character and its length.
fn escape(text: &[u8]) -> Option<(u32, usize)> {
    match text {
        [b'%', a, b, ..] => digits(&[*a, *b], 16).map(|byte| (byte, 3)),
        [b'\\', b'u', b'{', rest @ ..] => {
            let length = rest.iter().take(7).position(|byte| *byte == b'}')?;
            digits(&rest[..length], 16).map(|character| (character, length + 4))
        }
        [b'\\', b'u', a, b, c, d, ..] => digits(&[*a, *b, *c, *d], 16).map(|character| (character, 6)),
        [b'\\', b'x', a, b, ..] => digits(&[*a, *b], 16).map(|byte| (byte, 4)),
        [b'\\', b'n' | b'r' | b't', ..] => Some((u32::from(b' '), 2)),
        [b'\\', c @ (b'/' | b'"' | b'\\' | b'\''), ..] => Some((u32::from(*c), 2)),
        [b'&', rest @ ..] => {
            let length = rest.iter().take(9).position(|byte| *byte == b';')?;
            let character = match &rest[..length] {
                b"amp" => u32::from(b'&'),
                b"lt" => u32::from(b'<'),
                b"gt" => u32::from(b'>'),
                b"quot" => u32::from(b'"'),
                b"apos" => u32::from(b'\''),
                [b'#', b'x' | b'X', number @ ..] => digits(number, 16)?,
                [b'#', number @ ..] => digits(number, 10)?,
                _ => return None,
            };
            Some((character, length + 2))
        }
        _ => None,
    }
}

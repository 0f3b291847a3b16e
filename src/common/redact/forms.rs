//! The forms in which a text can contain a secret: URL-encoded, escaped, in base64, on several lines. Each byte of
//! a form has the range of the original text that it comes from.

use std::ops::Range;

/// Bytes, and where each comes from.
pub(super) struct Form {
    bytes: Vec<u8>,
    /// The range of the original text for each byte. A message is far shorter than 4 GiB.
    from: Vec<(u32, u32)>,
}

impl Form {
    /// The text itself.
    pub(super) fn plain(text: &str) -> Self {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self { bytes: text.into(), from: (0..length).map(|at| (at, at + 1)).collect() }
    }

    fn with_capacity(length: usize) -> Self {
        Self { bytes: Vec::with_capacity(length), from: Vec::with_capacity(length) }
    }

    fn push(&mut self, byte: u8, from: (u32, u32)) {
        self.bytes.push(byte);
        self.from.push(from);
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The range of the original text for a range of the bytes that is not empty.
    pub(super) fn range(&self, of: Range<usize>) -> Range<usize> {
        self.from[of.start].0 as usize..self.from[of.end - 1].1 as usize
    }

    /// Whether no letter or digit is next to these bytes.
    pub(super) fn is_word(&self, of: Range<usize>) -> bool {
        let is_part = |at: usize, other: usize| {
            let adjacent = self.from[at].1 == self.from[other].0 || self.from[at] == self.from[other];
            adjacent.then_some(())
        };
        let before = of.start.checked_sub(1).filter(|at| is_part(*at, of.start).is_some());
        let after = Some(of.end).filter(|at| *at < self.bytes.len() && is_part(of.end - 1, *at).is_some());
        [before, after].into_iter().flatten().all(|at| !self.bytes[at].is_ascii_alphanumeric())
    }

    /// Without blanks and line ends.
    pub(super) fn without_blanks(&self) -> Self {
        let mut form = Self::with_capacity(self.bytes.len());
        for (byte, from) in self.bytes.iter().zip(&self.from) {
            if !byte.is_ascii_whitespace() {
                form.push(*byte, *from);
            }
        }
        form
    }

    /// With the escapes of URLs, JSON, XML and of this program replaced by what they mean; `None` without one.
    pub(super) fn decoded(&self) -> Option<Self> {
        let start = memchr::memchr3(b'%', b'\\', b'&', &self.bytes)?;
        let mut form = Self::with_capacity(self.bytes.len());
        form.bytes.extend_from_slice(&self.bytes[..start]);
        form.from.extend_from_slice(&self.from[..start]);
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
            let from = (self.from[at].0, self.from[at + length - 1].1);
            match u8::try_from(meaning) {
                Ok(byte) if length == 1 || byte.is_ascii() || self.bytes[at] == b'%' => form.push(byte, from),
                _ => {
                    let mut buffer = [0; 4];
                    let character = char::from_u32(meaning).unwrap_or(char::REPLACEMENT_CHARACTER);
                    character.encode_utf8(&mut buffer).bytes().for_each(|byte| form.push(byte, from));
                }
            }
            at += length;
        }
        changed.then_some(form)
    }

    /// What the text means in base64, with the alphabet of RFC 4648 or that for URLs. A run of letters can begin at
    /// any place of a group of four. `shortest`: the length of the shortest text that is searched for, in bytes.
    pub(super) fn for_each_in_base64(&self, shortest: usize, mut work: impl FnMut(&Self)) {
        // The first of a group of four letters is a capital for every digit, so a text without one is no secret.
        let runs =
            self.runs(|byte| SEXTETS[usize::from(byte)] != NO_SEXTET, (shortest * 4).div_ceil(3)).into_iter();
        for run in runs.filter(|run| self.bytes[run.clone()].iter().any(u8::is_ascii_uppercase)) {
            for first in run.start..run.start + 4 {
                let mut form = Self::with_capacity(run.len());
                for group in (first..run.end).step_by(4) {
                    let end = (group + 4).min(run.end);
                    if end - group < 2 {
                        break;
                    }
                    let bits = (group..group + 4).fold(0, |bits, at| {
                        bits << 6 | if at < end { u32::from(SEXTETS[usize::from(self.bytes[at])]) } else { 0 }
                    });
                    let from = (self.from[group].0, self.from[end - 1].1);
                    for shift in [16, 8, 0].into_iter().take(end - group - 1) {
                        form.push((bits >> shift) as u8, from);
                    }
                }
                work(&form);
            }
        }
    }

    /// What the text means in hexadecimal. `shortest` is as for base64.
    pub(super) fn for_each_in_hex(&self, shortest: usize, mut work: impl FnMut(&Self)) {
        for run in self.runs(|byte| byte.is_ascii_hexdigit(), shortest * 2) {
            for first in run.start..run.start + 2 {
                let mut form = Self::with_capacity(run.len() / 2);
                for at in (first..run.end - 1).step_by(2) {
                    let Some(byte) = digits(&self.bytes[at..at + 2], 16) else { break };
                    form.push(byte as u8, (self.from[at].0, self.from[at + 1].1));
                }
                work(&form);
            }
        }
    }

    /// The longest runs of such bytes, if they have this length.
    fn runs(&self, is_part: impl Fn(u8) -> bool, shortest: usize) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut start = 0;
        for at in 0..=self.bytes.len() {
            if self.bytes.get(at).is_none_or(|byte| !is_part(*byte)) {
                if at - start >= shortest {
                    runs.push(start..at);
                }
                start = at + 1;
            }
        }
        runs
    }
}

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

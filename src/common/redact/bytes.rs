//! The kinds of bytes, and the runs of them in a text.

use std::ops::Range;

/// The kinds of bytes, as bits.
pub(super) const CAPITAL: u8 = 1;
/// A small letter.
pub(super) const SMALL: u8 = 2;
/// A digit.
pub(super) const DIGIT: u8 = 4;
/// A sign of base64.
pub(super) const SIGN: u8 = 8;
/// A sign of base64 for URLs.
pub(super) const DASH: u8 = 16;
/// A point.
pub(super) const POINT: u8 = 32;
/// A digit of hexadecimal.
pub(super) const HEX: u8 = 64;
/// A blank or a line end.
pub(super) const BLANK: u8 = 128;
/// A letter or a digit.
pub(super) const LETTER: u8 = CAPITAL | SMALL | DIGIT;
/// A letter of base64, of RFC 4648 or for URLs.
pub(super) const BASE64: u8 = LETTER | SIGN | DASH;

static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        kinds[byte] = match letter {
            b'A'..=b'Z' => CAPITAL,
            b'a'..=b'z' => SMALL,
            b'0'..=b'9' => DIGIT,
            b'/' | b'+' => SIGN,
            b'-' | b'_' => DASH,
            b'.' => POINT,
            _ if letter.is_ascii_whitespace() => BLANK,
            _ => 0,
        };
        if letter.is_ascii_hexdigit() {
            kinds[byte] |= HEX;
        }
        byte += 1;
    }
    kinds
};

/// The kinds of a byte.
pub(super) fn kinds(byte: u8) -> u8 {
    KINDS[usize::from(byte)]
}

/// Calls `work` with each longest run of bytes of these kinds that has this length. A text without one costs a look
/// at a few bytes only: a run covers every place that is a multiple of its length.
pub(super) fn for_each_run(bytes: &[u8], of: u8, shortest: usize, mut work: impl FnMut(Range<usize>)) {
    let is_part = |at: usize| kinds(bytes[at]) & of != 0;
    // No run begins before this place.
    let mut start = 0;
    while let Some(last) = Some(start + shortest - 1).filter(|last| *last < bytes.len()) {
        match (start..=last).rev().find(|at| !is_part(*at)) {
            Some(gap) => start = gap + 1,
            None => {
                let end = (last..bytes.len()).find(|at| !is_part(*at)).unwrap_or(bytes.len());
                work(start..end);
                start = end + 1;
            }
        }
    }
}

/// Calls `work` with the place of each of the signs `:;<=>?`, one of which is after the name of a secret.
pub(super) fn for_each_sign(text: &[u8], mut work: impl FnMut(usize)) {
    let (groups, rest) = text.as_chunks::<GROUP>();
    for (number, group) in groups.iter().enumerate() {
        let bytes = u64::from_le_bytes(*group);
        // The highest bit of each byte from 0x3a on, without those from 0x40 on. The sums do not reach the next byte.
        let low = bytes & 0x7f7f_7f7f_7f7f_7f7f;
        let mut signs =
            (low + 0x4646_4646_4646_4646) & !(low + 0x4040_4040_4040_4040) & !bytes & 0x8080_8080_8080_8080;
        while signs != 0 {
            work(number * GROUP + signs.trailing_zeros() as usize / 8);
            signs &= signs - 1;
        }
    }
    let first = text.len() - rest.len();
    rest.iter()
        .enumerate()
        .filter(|(_, byte)| (b':'..=b'?').contains(byte))
        .for_each(|(at, _)| work(first + at));
}

/// Whether the text has blanks between two such bytes, which are no control characters.
pub(super) fn has_gap(text: &[u8], is_part: impl Fn(u8) -> bool) -> bool {
    let is_gap = |at: usize| {
        at > 0
            && is_part(text[at - 1])
            && is_blank(text[at])
            && text[at..].iter().find(|byte| !is_blank(**byte)).is_some_and(|byte| is_part(*byte))
    };
    let (groups, rest) = text.as_chunks::<GROUP>();
    for (number, group) in groups.iter().enumerate() {
        let low = low_bytes(*group);
        // Without those that follow another one.
        let mut first = low & !(low << 8);
        while first != 0 {
            if is_gap(number * GROUP + first.trailing_zeros() as usize / 8) {
                return true;
            }
            first &= first - 1;
        }
    }
    (text.len() - rest.len()..text.len()).any(is_gap)
}

/// The highest bit of each byte below 0x21: all blanks are below it. The sum does not reach the next byte.
fn low_bytes(group: [u8; GROUP]) -> u64 {
    let bytes = u64::from_le_bytes(group);
    let other = (bytes & 0x7f7f_7f7f_7f7f_7f7f) + 0x5f5f_5f5f_5f5f_5f5f;
    !(other | bytes) & 0x8080_8080_8080_8080
}

/// Replaces `joined` by the text without blanks and line ends.
pub(super) fn join(text: &[u8], joined: &mut Vec<u8>) {
    // With room for a group that is copied as a whole.
    joined.resize(text.len() + GROUP, 0);
    let (mut at, mut length) = (0, 0);
    while let Some(group) = text[at..].first_chunk::<GROUP>() {
        joined[length..length + GROUP].copy_from_slice(group);
        let before = low_bytes(*group).trailing_zeros() as usize / 8;
        length += before;
        at += before;
        if before < GROUP {
            // One that is not a blank stays.
            length += usize::from(!is_blank(text[at]));
            at += 1 + text[at + 1..].iter().take_while(|byte| is_blank(**byte)).count();
        }
    }
    for byte in text[at..].iter().filter(|byte| !is_blank(**byte)) {
        joined[length] = *byte;
        length += 1;
    }
    joined.truncate(length);
}

/// The bytes that are copied at once.
const GROUP: usize = 8;

fn is_blank(byte: u8) -> bool {
    kinds(byte) & BLANK != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_long_run_is_found_once() {
        for (text, shortest, found) in [
            ("", 3, &[][..]),
            ("ab", 3, &[]),
            ("abc", 3, &[(0, 3)]),
            (" abcd ab abcdefgh", 3, &[(1, 5), (9, 17)]),
            (" ab  abc", 3, &[(5, 8)]),
            ("ab abc ab", 3, &[(3, 6)]),
            ("abcdefg", 1, &[(0, 7)]),
        ] {
            let mut runs = Vec::new();
            for_each_run(text.as_bytes(), SMALL, shortest, |run| runs.push((run.start, run.end)));
            assert_eq!(runs, found, "{text}");
        }
    }

    #[test]
    fn every_sign_is_found() {
        let text: Vec<u8> = (0..=255).chain(*b"=:>a=").collect();
        let mut signs = Vec::new();
        for_each_sign(&text, |at| signs.push(at));
        assert_eq!(signs, [58, 59, 60, 61, 62, 63, 256, 257, 258, 260]);
    }

    #[test]
    fn a_gap_is_found_between_two_bytes_of_a_kind() {
        let is_part = |byte: u8| byte.is_ascii_lowercase();
        for (text, has) in [
            ("", false),
            ("a b", true),
            (" ab ", false),
            ("a, b", false),
            ("a ,b", false),
            ("a\n        \n   b", true),
            (", \u{1} , , , , a\u{1}b, , , ", false),
            ("01234567 a b ,", true),
            ("0123456a b ,,,,,,", true),
            ("01234567,, a         b", true),
            ("0123456 a\u{1} b\u{1} c! d!", false),
            (",\n! b,,,", false),
        ] {
            assert_eq!(has_gap(text.as_bytes(), is_part), has, "{text:?}");
        }
        assert!(has_gap(b",\n! b,,,", |byte| is_part(byte) || byte == b'!'));
    }

    #[test]
    fn blanks_of_every_kind_are_left_out() {
        let mut joined = Vec::new();
        for text in [
            "",
            "a",
            "abcdefghi",
            " a b\tc\nd\r e\u{c}f ghijklmnop  q",
            "a\u{1}b\u{1f}é\u{a0}",
            "\n\n\n\n\n\n\n\n\n",
        ] {
            join(text.as_bytes(), &mut joined);
            let expected: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            assert_eq!(joined, expected, "{text:?}");
        }
    }
}

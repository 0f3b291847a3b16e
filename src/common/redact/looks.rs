//! Texts that look like a secret, also one that this process does not hold: the rules are for secrets of AWS and for what is written next to
//! the name of a secret.

use std::ops::Range;

use crate::common::redact::bytes::{
    BASE64, DASH, LETTER, POINT, SIGN, SMALL, for_each_run, for_each_sign, kinds,
};
use crate::common::redact::forms::Form;

/// The length of a secret access key, in characters.
const SECRET_KEY: usize = 40;
/// From this length on, a random text with `-` and `_` is a token.
const TOKEN: usize = 100;

/// The names of secrets, in lower case. A value after one of them, and after `=`, `:` or `>`, is a secret.
const NAMES: [&str; 17] = [
    "secret_access_key",
    "secretaccesskey",
    "aws_secret_key",
    "session_token",
    "sessiontoken",
    "security_token",
    "security-token",
    "securitytoken",
    "bearer_token",
    "access_token",
    "accesstoken",
    "refresh_token",
    "refreshtoken",
    "client_secret",
    "clientsecret",
    "password",
    "signature",
];

/// The [`last_letters`] of the names.
const ENDS: [u32; 5] = [
    u32::from_le_bytes(*b"\0key"),
    u32::from_le_bytes(*b"\0ken"),
    u32::from_le_bytes(*b"\0ret"),
    u32::from_le_bytes(*b"\0ord"),
    u32::from_le_bytes(*b"\0ure"),
];

/// What is in front of a token in a header.
const BEARER: &str = "bearer ";

/// The options of programs whose value is a secret.
const OPTIONS: [&str; 6] = ["--password", "--passphrase", "--secret", "--token", "--pin", "--seed"];

/// Adds the ranges of the text that look like a secret.
pub(super) fn search(form: &Form<'_>, found: &mut Vec<Range<usize>>) {
    let bytes = form.bytes();
    let mut add = |range: Range<usize>| found.push(form.range(range));
    for_each_run(bytes, BASE64, SECRET_KEY, |run| {
        for_each_run(&bytes[run.clone()], LETTER | SIGN, SECRET_KEY, |part| {
            let part = run.start + part.start..run.start + part.end;
            // A path or a name can be in front of it, without a gap.
            if bytes[part.clone()].windows(SECRET_KEY).any(is_random) {
                add(part.start..padded(bytes, part.end));
            }
        });
        if run.len() >= TOKEN && is_random(&bytes[run.clone()]) {
            add(run.start..padded(bytes, run.end));
        }
    });
    // The header of a JSON web token is a JSON object, which begins with {" in base64. Few texts have many of this letter.
    for third in memchr::memchr_iter(b'J', bytes) {
        let Some(before) = bytes[..third].strip_suffix(b"ey") else { continue };
        let is_part = |byte: &u8| kinds(*byte) & (LETTER | DASH | POINT) != 0;
        let end = third + bytes[third..].iter().take_while(|byte| is_part(byte)).count();
        if end - before.len() >= SECRET_KEY && !before.last().is_some_and(is_part) {
            add(before.len()..end);
        }
    }
    // What is around a secret is found by a sign that few texts have many of.
    for_each_sign(bytes, |sign| {
        if let Some(value) = after_name(bytes, sign) {
            add(value);
        }
        if bytes[sign..].starts_with(b"://") {
            password_in_address(bytes, sign).map(&mut add);
        }
    });
    for first in memchr::memchr2_iter(b'b', b'B', bytes) {
        if starts(&bytes[first..], BEARER) && begins_word(bytes, first) {
            value(bytes, first + BEARER.len(), 16).map(&mut add);
        }
    }
    for dashes in memchr::memmem::find_iter(bytes, b"--") {
        after_option(bytes, dashes).map(&mut add);
    }
}

/// Whether a name can begin here: at the beginning of a word, also in a name likeThisOne.
fn begins_word(bytes: &[u8], at: usize) -> bool {
    kinds(bytes[at]) & SMALL == 0 || at == 0 || kinds(bytes[at - 1]) & LETTER == 0
}

/// The end of base64 that ends here, with the signs that fill its last group.
fn padded(bytes: &[u8], end: usize) -> usize {
    end + bytes[end..].iter().take_while(|byte| **byte == b'=').count()
}

/// Whether a text is as mixed as a random one: capital letters, small letters and digits change 13 times in 40 characters.
/// In random base64 it is 24 times on average, and less than 13 times in one of some ten thousand secrets; in names and
/// paths it is about 10 times. Signs do not count, because a path has many of them.
fn is_random(text: &[u8]) -> bool {
    let (mut before, mut changes, mut all) = (0, 0, 0);
    for byte in text {
        let kind = kinds(*byte) & LETTER;
        if kind != 0 {
            changes += usize::from(kind != before && before != 0);
            before = kind;
            all |= kind;
        }
    }
    all == LETTER && changes * 40 >= text.len() * 13
}

fn starts(text: &[u8], with: &str) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
}

/// The same for the end of a text.
fn ends(text: &[u8], with: &str) -> bool {
    text.len().checked_sub(with.len()).is_some_and(|at| text[at..].eq_ignore_ascii_case(with.as_bytes()))
}

/// `name = value`, `"name": "value"`, `<name>value<`, with the sign at this place.
fn after_name(bytes: &[u8], sign: usize) -> Option<Range<usize>> {
    let is_gap = |byte: u8| matches!(byte, b' ' | b'"' | b'\'' | b'\\');
    let mut end = sign;
    while end > 0 && is_gap(bytes[end - 1]) {
        end -= 1;
    }
    // Most words before a sign end otherwise.
    if !last_letters(&bytes[..end]).is_some_and(|letters| ENDS.contains(&letters)) {
        return None;
    }
    let name = NAMES.iter().find(|name| ends(&bytes[..end], name))?;
    let shortest = match bytes[sign] {
        b'=' | b'>' => 6,
        b':' if bytes[..sign].ends_with(b"\"") => 6,
        // It also ends a part of a sentence: a secret after it is longer than a word.
        b':' => 16,
        _ => return None,
    };
    let start = sign + 1 + bytes[sign + 1..].iter().take_while(|byte| is_gap(**byte)).count();
    begins_word(bytes, end - name.len()).then(|| value(bytes, start, shortest)).flatten()
}

/// The last three letters of a longer text, in lower case, as a number.
fn last_letters(text: &[u8]) -> Option<u32> {
    Some((u32::from_le_bytes(*text.last_chunk()?) | 0x2020_2020) & !0xff)
}

/// A value up to a blank or a sign that ends it, if it has this length.
fn value(text: &[u8], start: usize, shortest: usize) -> Option<Range<usize>> {
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\"'\\,;&<>()".contains(byte);
    let length = text[start..].iter().position(is_end).unwrap_or(text.len() - start);
    // A dash or an ellipsis in place of a value is not a secret.
    (length >= shortest && text[start].is_ascii()).then_some(start..start + length)
}

/// `--password value`, in quotation marks or not.
fn after_option(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    if at > 0 && !bytes[at - 1].is_ascii_whitespace() && !b"\"'".contains(&bytes[at - 1]) {
        return None;
    }
    let text = &bytes[at..];
    let option = OPTIONS.iter().find(|option| starts(text, option))?;
    let start = option.len() + 1;
    if !matches!(text.get(start - 1)?, b' ' | b'=') {
        return None;
    }
    let end = match text.get(start)? {
        quote @ (b'"' | b'\'') => {
            text[start + 1..].iter().position(|byte| byte == quote).map(|end| start + end + 2)
        }
        _ => text[start..]
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || b"\"')".contains(byte))
            .map(|end| start + end),
    };
    let end = end.unwrap_or(text.len());
    (end > start).then_some(at + start..at + end)
}

/// `://name:password@`, with the first colon at this place.
fn password_in_address(bytes: &[u8], colon: usize) -> Option<Range<usize>> {
    let authority = bytes[colon..].strip_prefix(b"://")?;
    let length = authority.iter().position(|byte| byte.is_ascii_whitespace() || b"/?#\"'".contains(byte));
    let authority = &authority[..length.unwrap_or(authority.len())];
    let end = authority.iter().rposition(|byte| *byte == b'@')?;
    let start = authority[..end].iter().position(|byte| *byte == b':')? + 1;
    (end > start).then_some(colon + 3 + start..colon + 3 + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_those_of_the_names() {
        let of_names: std::collections::BTreeSet<_> =
            NAMES.iter().map(|name| last_letters(name.as_bytes()).unwrap()).collect();
        assert_eq!(of_names, ENDS.into());
    }
}

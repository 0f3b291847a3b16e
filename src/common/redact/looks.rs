//! Texts that look like a secret, also one that this process does not hold: the rules are for secrets of AWS and for what is written next to
//! the name of a secret.

use std::ops::Range;

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

/// The options of programs whose value is a secret.
const OPTIONS: [&str; 6] = ["--password", "--passphrase", "--secret", "--token", "--pin", "--seed"];

/// The kinds of bytes, as bits: the first four are those of base64.
const CAPITAL: u8 = 1;
const SMALL: u8 = 2;
const DIGIT: u8 = 4;
const SIGN: u8 = 8;
const BASE64: u8 = CAPITAL | SMALL | DIGIT | SIGN;
const DASH: u8 = 16;
const POINT: u8 = 32;
/// The first byte of something that [`named`] finds.
const FIRST: u8 = 64;

/// The kinds of each byte: one look for each byte of a text.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'A'..=b'Z' => CAPITAL,
            b'a'..=b'z' => SMALL,
            b'0'..=b'9' => DIGIT,
            b'/' | b'+' => SIGN,
            b'-' | b'_' => DASH,
            b'.' => POINT,
            _ => 0,
        };
        if matches!(byte as u8 | 0x20, b's' | b'a' | b'r' | b'c' | b'p' | b'b')
            || matches!(byte as u8, b'-' | b':')
        {
            kinds[byte] |= FIRST;
        }
        byte += 1;
    }
    kinds
};

/// Adds the ranges of the text that look like a secret.
pub(super) fn search(form: &Form, found: &mut Vec<Range<usize>>) {
    let bytes = form.bytes();
    // The beginnings of the runs of base64, of base64 for URLs, and of a JSON web token.
    let [mut key, mut token, mut jwt] = [0; 3];
    let mut before = 0;
    for at in 0..=bytes.len() {
        let kind = bytes.get(at).map_or(0, |byte| KINDS[usize::from(*byte)]);
        if kind & BASE64 == 0 {
            // A path or a name can be in front of it, without a gap.
            if at - key >= SECRET_KEY && bytes[key..at].windows(SECRET_KEY).any(is_random) {
                found.push(form.range(key..padded(bytes, at)));
            }
            key = at + 1;
            if kind & DASH == 0 {
                if at - token >= TOKEN && is_random(&bytes[token..at]) {
                    found.push(form.range(token..padded(bytes, at)));
                }
                token = at + 1;
            }
        }
        if kind & (CAPITAL | SMALL | DIGIT | DASH | POINT) == 0 {
            // The header is a JSON object, which begins with {" in base64.
            if at - jwt >= SECRET_KEY && bytes[jwt..].starts_with(b"eyJ") {
                found.push(form.range(jwt..at));
            }
            jwt = at + 1;
        }
        // A name begins a word, also in a name like thisOne.
        if kind & FIRST != 0 && (kind & SMALL == 0 || before & (CAPITAL | SMALL | DIGIT) == 0) {
            found.extend(named(bytes, at).map(|value| form.range(value)));
        }
        before = kind;
    }
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
        let kind = KINDS[usize::from(*byte)] & (CAPITAL | SMALL | DIGIT);
        if kind != 0 {
            changes += usize::from(kind != before && before != 0);
            before = kind;
            all |= kind;
        }
    }
    all == CAPITAL | SMALL | DIGIT && changes * 40 >= text.len() * 13
}

/// The value after the name of a secret, after an option or after `Bearer`, or the password in an address.
fn named(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &bytes[at..];
    let value = match rest[0] {
        b'-' => after_option(bytes, at),
        b':' => password_in_address(rest),
        _ if starts(rest, "bearer ") => value(rest, "bearer ".len(), 16),
        _ => after_name(rest),
    };
    value.map(|value| at + value.start..at + value.end)
}

fn starts(text: &[u8], with: &str) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
}

/// `name = value`, `"name": "value"`, `<name>value<`.
fn after_name(text: &[u8]) -> Option<Range<usize>> {
    let name = NAMES.iter().find(|name| starts(text, name))?;
    let skip = |from: usize, is_part: fn(u8) -> bool| {
        from + text[from..].iter().take_while(|byte| is_part(**byte)).count()
    };
    let sign = skip(name.len(), |byte| matches!(byte, b' ' | b'"' | b'\'' | b'\\'));
    // A colon also ends a part of a sentence: a secret after it is longer than a word.
    let shortest = match text.get(sign)? {
        b'=' | b'>' => 6,
        b':' if text[..sign].ends_with(b"\"") => 6,
        b':' => 16,
        _ => return None,
    };
    value(text, skip(sign + 1, |byte| matches!(byte, b' ' | b'"' | b'\'' | b'\\')), shortest)
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
    (end > start).then_some(start..end)
}

/// `://name:password@`.
fn password_in_address(text: &[u8]) -> Option<Range<usize>> {
    let authority = text.strip_prefix(b"://")?;
    let length = authority.iter().position(|byte| byte.is_ascii_whitespace() || b"/?#\"'".contains(byte));
    let authority = &authority[..length.unwrap_or(authority.len())];
    let end = authority.iter().rposition(|byte| *byte == b'@')?;
    let start = authority[..end].iter().position(|byte| *byte == b':')? + 1;
    (end > start).then_some(start + 3..end + 3)
}

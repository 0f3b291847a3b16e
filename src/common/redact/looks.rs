//! Texts that look like a secret, whoever holds it: the rules are for secrets of AWS and for what is written next to
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

/// Adds the ranges of the text that look like a secret.
pub(super) fn search(form: &Form, found: &mut Vec<Range<usize>>) {
    let bytes = form.bytes();
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'=');
    let is_token = |byte: u8| is_base64(byte) || matches!(byte, b'-' | b'_');
    let is_jwt = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let random = form.runs(is_base64, SECRET_KEY).into_iter().chain(form.runs(is_token, TOKEN));
    let random = random.filter(|run| is_random(&bytes[run.clone()]));
    // The header of a JSON web token is a JSON object, which begins with {" in base64.
    let jwt = form.runs(is_jwt, SECRET_KEY).into_iter().filter(|run| bytes[run.start..].starts_with(b"eyJ"));
    found.extend(random.chain(jwt).map(|run| form.range(run)));
    found.extend(named(bytes).map(|value| form.range(value)));
}

/// Whether a text is as mixed as a random one: capital and small letters, digits and signs change at 40 % of its
/// places. In random base64 it is 64 % on average, and in one of a thousand secrets less than 40 %; in names and paths
/// it is less than a third.
fn is_random(text: &[u8]) -> bool {
    let class = |byte: &u8| match byte {
        b'A'..=b'Z' => 0,
        b'a'..=b'z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let changes = text.windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count();
    let has_all = (0..3).all(|wanted| text.iter().any(|byte| class(byte) == wanted));
    has_all && changes * 5 >= text.len() * 2
}

/// The values after the names of secrets, after options, after `Bearer`, and the passwords in addresses.
fn named(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut found = Vec::new();
    for at in 0..bytes.len() {
        let rest = &bytes[at..];
        let value = match rest[0].to_ascii_lowercase() {
            b'-' => after_option(bytes, at),
            b':' => password_in_address(rest),
            b'b' if starts(rest, "bearer ") => value(rest, "bearer ".len(), 16),
            b's' | b'a' | b'r' | b'c' | b'p' | b'b' => after_name(rest),
            _ => None,
        };
        found.extend(value.map(|value| at + value.start..at + value.end));
    }
    found.into_iter()
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

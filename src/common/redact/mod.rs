//! The gate: every text for a person or in JSON passes [`shown`], which replaces secrets by [`MARKER`].
//!
//! A service, a file or a program can repeat a secret in an unexpected place: STS prints a wrong key id, a proxy
//! reflects a request. So the gate does not depend on the origin of a text. It finds two kinds of secrets:
//!
//! - those that this process holds. [`learn`] is called where a secret is created, and [`learn_later`] where a
//!   search for secrets is not worth its time unless a message is printed. Of a secret only fingerprints are kept
//!   (`known.rs`). A part of 19 characters is enough to find it.
//! - texts that look like a secret (`looks.rs`), because a secret can come from elsewhere.
//!
//! The text is also searched as if it were URL-encoded, escaped for JSON or XML, in base64 or hexadecimal, and
//! without its blanks and line ends (`forms.rs`).

mod bytes;
mod forms;
mod known;
mod looks;

use std::borrow::Cow;
use std::ops::Range;

use crate::common::redact::forms::Form;
use crate::common::redact::known::Known;
pub(crate) use crate::common::redact::known::{forget, learn, learn_later};

/// The text that replaces a secret.
const MARKER: &str = "<secret>";

/// How many encodings can be around a secret, one in another.
const ENCODINGS: usize = 3;

/// The size of the pieces in which a long text is searched, in bytes, because the forms of a text take many times its
/// memory; and how much of a piece is searched again with the next one.
const PIECE: usize = 32 * 1024;
const OVERLAP: usize = 1024;

/// The text with each secret replaced by [`MARKER`].
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    let known = known::snapshot();
    let mut joined = Vec::new();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = text.ceil_char_boundary(start + PIECE);
        let first = text.floor_char_boundary(start.saturating_sub(OVERLAP));
        let in_piece = search(&text[first..end], &known, &mut joined);
        found.extend(in_piece.into_iter().map(|range| first + range.start..first + range.end));
        start = end;
    }
    match found.is_empty() {
        true => Cow::Borrowed(text),
        false => Cow::Owned(replace(text, found)),
    }
}

/// The ranges of a text that have a secret in one of its forms.
fn search(text: &str, known: &Known, joined: &mut Vec<u8>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut form = Some(Form::plain(text));
    for _ in 0..=ENCODINGS {
        let Some(of_text) = form else { break };
        looks::search(&of_text, &mut found);
        known.search(&of_text, joined, &mut found);
        form = of_text.decoded();
    }
    found
}

/// Replaces the ranges of bytes, which can overlap and need not begin and end with a character.
fn replace(text: &str, mut found: Vec<Range<usize>>) -> String {
    found.sort_unstable_by_key(|range| range.start);
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for Range { start, end } in found {
        if end <= done {
            continue;
        }
        let (start, end) = (text.floor_char_boundary(start), text.ceil_char_boundary(end));
        // A range that begins in the one before it, or follows it immediately, continues it.
        if start > done || done == 0 {
            shown.push_str(&text[done..start.max(done)]);
            shown.push_str(MARKER);
        }
        done = end;
    }
    shown.push_str(&text[done..]);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEX";
    const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE//session+token/with=many/characters==";

    fn in_base64(text: &str) -> String {
        base64_simd::STANDARD.encode_to_string(text)
    }

    fn in_hex(text: &str) -> String {
        text.bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    fn in_url(text: &str) -> String {
        text.bytes()
            .map(|byte| match byte {
                b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
                b => format!("%{b:02X}"),
            })
            .collect()
    }

    #[test]
    fn a_secret_that_is_known_is_replaced_in_every_form() {
        for secret in ["base/secret+EXAMPLE", TOKEN, "pässwörter-with-a-%41-in-it"] {
            learn(secret);
            let url = in_url(secret);
            let json = serde_json::to_string(secret).unwrap().replace('/', "\\/");
            for form in [
                secret.to_owned(),
                url.clone(),
                url.to_lowercase().replace(&url.to_lowercase(), &url),
                in_url(&url),
                json.trim_matches('"').to_owned(),
                secret.replace('/', "&#x2F;").replace('+', "&#43;").replace('=', "&#x3d;"),
                secret.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect(),
                format!("{}\n  {}", &secret[..8], &secret[8..]),
                in_base64(secret),
                in_base64(&format!("a{secret}z")),
                in_base64(&format!("ab{secret}")),
                in_url(&in_base64(secret)),
                in_hex(secret),
                in_hex(secret).to_uppercase(),
            ] {
                let text = format!("assume-env: STS got '{form}' (x)");
                let shown = shown(&text);
                assert!(shown.contains(MARKER), "{text}: {shown}");
                let left = shown.replace(MARKER, "");
                assert!(left.len() < "assume-env: STS got '' (x)".len() + 9, "{text}: {shown}");
                assert!(shown.starts_with("assume-env: STS got '"), "{shown}");
            }
        }
    }

    #[test]
    fn a_part_of_a_secret_that_is_known_is_replaced() {
        learn(TOKEN);
        let part = &TOKEN[21..45];
        let text = format!("the key {part} is defined");
        let shown = shown(&text);
        assert!(shown.contains(MARKER) && !shown.contains(&part[4..20]), "{shown}");
    }

    #[test]
    fn a_short_secret_is_replaced_as_a_word_only() {
        learn("407315");
        assert_eq!(shown("code 407315: no"), "code <secret>: no");
        assert_eq!(shown("code=407315&x"), "code=<secret>&x");
        assert_eq!(shown("account 440731512345"), "account 440731512345");
        learn("a");
        assert_eq!(shown("a b"), "a b");
    }

    #[test]
    fn a_secret_is_found_at_every_place_of_a_long_text() {
        learn(TOKEN);
        for before in [0, PIECE - OVERLAP - 30, PIECE - 30, PIECE, 2 * PIECE - 61] {
            let text = format!("{} {TOKEN} é{}", "é".repeat(before / 2), "é".repeat(PIECE));
            assert_eq!(shown(&text), text.replace(TOKEN, MARKER), "{before}");
        }
    }

    #[test]
    fn what_is_learnt_later_is_known_to_the_next_text() {
        learn_later(|| learn("later/secret+EXAMPLE"));
        assert_eq!(shown("later/secret+EXAMPLE"), MARKER);
        assert_eq!(shown("again: later/secret+EXAMPLE."), "again: <secret>.");
    }

    #[test]
    fn what_is_forgotten_is_not_known() {
        learn("forget/secret+EXAMPLE");
        forget();
        assert_eq!(shown("forget/secret+EXAMPLE"), "forget/secret+EXAMPLE");
    }

    #[test]
    fn a_text_that_looks_like_a_secret_is_replaced() {
        for (text, left) in [
            (format!("no profile {SECRET}"), "no profile <secret>"),
            (format!("got '{SECRET}' x"), "got '<secret>' x"),
            (format!("{}?", in_url(SECRET)), "<secret>?"),
            ("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlc2lnbmF0dXJl ok".into(), "<secret> ok"),
            ("aws_secret_access_key = hunter22 ok".into(), "aws_secret_access_key = <secret> ok"),
            ("AWS_SESSION_TOKEN=hunter22".into(), "AWS_SESSION_TOKEN=<secret>"),
            (
                r#"{"SecretAccessKey": "hunter22", "a": 1}"#.into(),
                r#"{"SecretAccessKey": "<secret>", "a": 1}"#,
            ),
            (r#"{\"accessToken\":\"hunter22\"}"#.into(), r#"{\"accessToken\":\"<secret>\"}"#),
            ("<SecretAccessKey>hunter22</S".into(), "<SecretAccessKey><secret></S"),
            ("x-amz-sso_bearer_token: hunter22hunter22".into(), "x-amz-sso_bearer_token: <secret>"),
            ("Authorization: Bearer hunter22hunter22".into(), "Authorization: Bearer <secret>"),
            ("Signature=0123456789abcdef0123, x".into(), "Signature=<secret>, x"),
            ("/opt/tool --password x y".into(), "/opt/tool --password <secret> y"),
            ("/opt/tool --seed='a b'".into(), "/opt/tool --seed=<secret>"),
            ("http://ann:pw@proxy:3128 x".into(), "http://ann:<secret>@proxy:3128 x"),
        ] {
            assert_eq!(shown(&text), left);
        }
    }

    #[test]
    fn names_paths_and_arns_are_shown() {
        for text in [
            "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
            "/home/ann/.aws/sso/cache/d033e22ae348aeb5660fc2140aec35850c4da997.json",
            "/home/ann/Projects/2026/AssumeRoleExamples/Config1/credentials",
            "AdministratorAccessForProductionAccounts1",
            "https://sts.eu-central-1.amazonaws.com",
            "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "the profile base has half an access key (config:3): aws_secret_access_key is missing",
            "give the code with --mfa-token CODE (or - for standard input)",
            "write aws_session_token = … in one line",
            "set AWS_SESSION_TOKEN: the keys need it",
            "request 01234567-89ab-cdef-0123-456789abcdef",
            "a text with 100% of é and \\u and %zz & &x;",
            "AKIABASE000000000000",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}

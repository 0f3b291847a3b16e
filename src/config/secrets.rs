//! The secrets in a config or credentials file, for the gate of messages.
//!
//! The text is read line by line and not by the rules of `ini.rs`, because a file that breaks the rules has secrets
//! too, often in an unexpected place: a session token that an editor wrapped becomes a key.

use crate::common::credentials::is_issued_key_id;
use crate::common::redact::learn;
use crate::common::secret_names::{has_word, is_secret_name};
use crate::config::ini::lines;
use crate::config::known_keys;

/// The key with an access key id.
const KEY_ID: &str = "aws_access_key_id";

/// Learns the secrets of a file.
pub(crate) fn learn_secrets(text: &str) {
    // Whether the line before is a part of a secret.
    let mut in_secret = false;
    for line in lines(text) {
        // Most lines of a long file have no secret: they are not looked at in detail.
        if !in_secret && line.starts_with('[') && line.ends_with(']') {
            continue;
        }
        let sign = memchr::memchr2(b'=', b':', line.as_bytes());
        let name = &line.as_bytes()[..sign.unwrap_or(line.len())];
        let can_be_key_id = name.len() >= KEY_ID.len() && !line.starts_with('[') && can_end_key_id(name);
        if !in_secret && !can_be_key_id && !has_word(name) {
            continue;
        }
        let is_indented = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || (line.starts_with('[') && line.ends_with(']')) {
            in_secret = in_secret && line.is_empty();
            continue;
        }
        let (key, value) = match line.bytes().position(|byte| matches!(byte, b'=' | b':')) {
            Some(sign) => (line[..sign].trim(), line[sign + 1..].trim()),
            None => (line, ""),
        };
        let name = key.trim_start_matches(['#', ';']).trim();
        if is_secret_name(name) {
            in_secret = true;
            learn_value(value);
        } else if in_secret && (is_indented || !is_name(key)) {
            learn(line);
            learn(key);
            // As messages write the name of a key.
            learn(&key.to_lowercase());
            learn(value);
        } else {
            in_secret = false;
            if name.eq_ignore_ascii_case(KEY_ID) && !is_issued_key_id(value) {
                learn_value(value);
            }
        }
    }
}

/// Whether the last letter of a name is that of [`KEY_ID`], or cannot be told without a look at the blanks of Unicode.
fn can_end_key_id(name: &[u8]) -> bool {
    matches!(name.trim_ascii_end().last(), Some(b'd' | b'D' | b'\x0b' | 0x80..))
}

/// A value, also without the quotation marks around it.
fn learn_value(value: &str) {
    learn(value);
    learn(value.trim_matches(['"', '\'', '`', '“', '”', '‘', '’', '„']));
}

/// Whether the text can be the name of a key, and is not a part of a token: one that is known, or a few words in small
/// letters.
fn is_name(key: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.');
    known_keys::is_known(key) || key.starts_with(['#', ';']) || (key.len() <= 40 && key.bytes().all(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::redact::{forget, shown};

    #[test]
    fn the_secrets_of_a_file_are_not_shown() {
        for (text, secret) in [
            ("[a]\naws_secret_access_key = hunter22", "hunter22"),
            ("[a]\nAWS_Secret_Access_Key: hunter22", "hunter22"),
            ("[a]\naws_secret_access_key=\"hunter22\"", "hunter22"),
            ("[a]\n# aws_secret_access_key = hunter22", "hunter22"),
            ("[a]\naws_access_key_id = a/secret+in/the+wrong", "a/secret+in/the+wrong"),
            ("[a]\nAWS_ACCESS_KEY_ID\t = a/secret+in/the+wrong", "a/secret+in/the+wrong"),
            ("[a]\naws_access_key_id\u{b} = a/secret+in/the+wrong", "a/secret+in/the+wrong"),
            ("[a]\naws_access_key_id\u{a0} = a/secret+in/the+wrong", "a/secret+in/the+wrong"),
            ("[a]\naws_session_token =\n  AbCd1234efgh\n", "AbCd1234efgh"),
            ("[a]\naws_session_token = FIRST/line\nSecondLine9z==\nregion = eu", "SecondLine9z"),
            ("[a]\naws_session_token = FIRST/line\nSecondLine9z\nregion = eu", "SecondLine9z"),
            ("[a]\r\naws_session_token = FIRST/line\r\nSecond=LineOf9z\r\nregion = eu", "LineOf9z"),
            ("[a]\naws_session_token = FIRST/line\nSecondLine9z\nthirdLine9z=\nregion = eu", "thirdLine9z"),
        ] {
            forget();
            learn_secrets(text);
            let message = format!("the key {secret} is not read");
            assert_eq!(shown(&message), "the key <secret> is not read", "{text}");
            if secret.ends_with("Line9z") {
                assert_eq!(shown(&message.to_lowercase()), "the key <secret> is not read", "{text}");
            }
            assert_eq!(shown("eu region role_arn"), "eu region role_arn", "{text}");
        }
    }

    #[test]
    fn other_values_of_a_file_are_shown() {
        let text = "[a]\naws_access_key_id = AKIABASE000000000000\naws_secret_access_key = hunter22\nregoin = eu-central-1\n\
                    web_identity_token_file = /run/token-file\nsession_tags = Project=1234567\nRole_Arn = arn:aws:x";
        learn_secrets(text);
        for shown_value in [
            "AKIABASE000000000000",
            "regoin",
            "eu-central-1",
            "/run/token-file",
            "Project=1234567",
            "arn:aws:x",
        ] {
            assert_eq!(shown(shown_value), shown_value);
        }
    }
}

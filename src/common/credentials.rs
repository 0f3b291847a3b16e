//! Text that must stay secret: access keys, session tokens, and the texts that contain them.
//!
//! A [`Secret`] wipes its bytes when it is dropped and shows nothing in its `Debug` form. [`Keys`] are the
//! three parts that STS returns or a profile has. Only [`Secret::expose`] gives the text, so a reader can
//! find every use of it.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use zeroize::Zeroizing;

use crate::common::redact;
use crate::common::text::between_quotes;

/// A string that is wiped on drop and that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of a secret, which no message shows from now on; the caller must keep no copy.
    pub fn new(text: String) -> Self {
        redact::learn(&text);
        Self(Zeroizing::new(text))
    }

    /// Takes ownership of a text that is wiped because it can contain a secret, and that is not one as a whole: a
    /// variable, some lines of a file.
    pub(crate) fn wiped(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the code that must write it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<Zeroizing<String>> for Secret {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The bytes of a variable or an argument, which may not be UTF-8. They are wiped on drop and `Debug` does
/// not show them.
pub(crate) struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// The value itself.
    pub(crate) fn expose(&self) -> &OsStr {
        OsStr::from_bytes(&self.0)
    }
}

impl From<OsString> for SecretBytes {
    fn from(value: OsString) -> Self {
        Self(Zeroizing::new(value.into_vec()))
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(…)")
    }
}

/// An access key with its secret and, for temporary keys, the session token.
#[derive(Clone)]
pub struct Keys {
    /// The access key id. It is not a secret, but it is never part of a message.
    pub id: String,
    /// The secret access key.
    pub secret: Secret,
    /// The session token. Long-lived keys do not have one.
    pub token: Option<Secret>,
}

/// A part of an access key, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPart {
    /// The access key id.
    Id,
    /// The secret access key.
    Secret,
    /// The session token.
    Token,
}

impl fmt::Display for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Id => "access key id",
            Self::Secret => "secret access key",
            Self::Token => "session token",
        })
    }
}

/// Temporary keys, which STS returns: they always have a session token.
#[derive(Clone)]
pub struct TemporaryKeys {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: Secret,
    /// The session token.
    pub token: Secret,
}

impl TemporaryKeys {
    /// The first part that is not valid, as a sentence that begins with "its". Keys must be checked before a
    /// shell gets them.
    pub fn fault(&self) -> Option<&'static str> {
        if !is_key_id(&self.id) {
            Some("its AccessKeyId is missing or not 16 to 128 letters and digits")
        } else if !is_plain_secret(self.secret.expose()) {
            Some("its SecretAccessKey is missing or has characters that no secret has")
        } else if !is_plain_secret(self.token.expose()) {
            Some("its SessionToken is missing or has characters that no token has")
        } else {
            None
        }
    }
}

/// Whether AWS issues such ids: capital letters and digits, beginning with `A` (IAM User Guide, "Unique
/// identifiers").
pub(crate) fn is_issued_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && text.starts_with('A')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// `\w{16,128}`, the pattern of an access key id in the STS API reference.
fn is_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Printable ASCII without blanks, quotes, backslash, `$` and backquote, at most 16 KiB. Real secrets have
/// only such characters, and no shell gives any of them a special meaning inside quotes.
fn is_plain_secret(text: &str) -> bool {
    (1..=16 * 1024).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && !b"'\"\\$`".contains(&b))
}

impl From<TemporaryKeys> for Keys {
    fn from(keys: TemporaryKeys) -> Self {
        Self { id: keys.id, secret: keys.secret, token: Some(keys.token) }
    }
}

impl fmt::Debug for TemporaryKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TemporaryKeys(…)")
    }
}

impl Keys {
    /// Joins the parts. An id that is not one of AWS can be the secret access key, so no message shows it.
    pub fn new(id: String, secret: String, token: Option<String>) -> Self {
        if !is_issued_key_id(&id) {
            redact::learn(&id);
        }
        Self { id, secret: Secret::new(secret), token: token.map(Secret::new) }
    }

    /// The first part that cannot be used: a request can carry only printable ASCII without blanks, and no key
    /// has quotation marks around it.
    pub fn unusable(&self) -> Option<KeyPart> {
        let bad = |text: &str| !text.bytes().all(|b| b.is_ascii_graphic()) || between_quotes(text).is_some();
        if bad(&self.id) {
            Some(KeyPart::Id)
        } else if bad(self.secret.expose()) {
            Some(KeyPart::Secret)
        } else if self.token.as_ref().is_some_and(|token| bad(token.expose())) {
            Some(KeyPart::Token)
        } else {
            None
        }
    }

    /// Whether a part is in quotation marks, which the AWS CLI takes as characters of the key.
    pub fn is_quoted(&self, part: KeyPart) -> bool {
        let text = match part {
            KeyPart::Id => Some(self.id.as_str()),
            KeyPart::Secret => Some(self.secret.expose()),
            KeyPart::Token => self.token.as_ref().map(Secret::expose),
        };
        text.and_then(between_quotes).is_some()
    }

    /// Whether the keys are temporary. STS limits a role session that is created with temporary keys to one
    /// hour.
    pub fn temporary(&self) -> bool {
        self.token.is_some()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// An empty buffer for a text with secrets. `values` is the number of bytes of all values in it. The buffer
/// has its full size from the start, because a buffer that grows leaves copies that are not wiped. It is not
/// larger, because all of it is wiped.
pub(crate) fn secret_buffer(values: usize) -> Zeroizing<String> {
    // Names and words need 4096 bytes at most. A value with quotes becomes longer; a secret does not.
    Zeroizing::new(String::with_capacity(4096 + 2 * values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_a_shell_could_run_is_not_a_secret() {
        assert!(is_plain_secret("abc/DEF+123==") && is_key_id("ASIA0000000000000000"));
        for bad in ["", "a b", "a'b", "a\"b", "a\\b", "$(id)", "`id`", "a\nb", "é", "a\0b"] {
            assert!(!is_plain_secret(bad), "{bad:?}");
        }
        assert!(!is_plain_secret(&"a".repeat(16 * 1024 + 1)));
        for bad in ["", "ASIA", "ASIA000000000000000$", "ASIA 000000000000000"] {
            assert!(!is_key_id(bad), "{bad:?}");
        }
        assert!(!is_key_id(&"A".repeat(129)));
    }

    #[test]
    fn debug_forms_show_no_secret() {
        let keys = Keys {
            id: "AKIAFAKE".into(),
            secret: Secret::new("hunter2".into()),
            token: Some(Secret::new("tok".into())),
        };
        let bytes = SecretBytes::from(OsString::from("hunter2"));
        let temporary =
            TemporaryKeys { id: "AKIAFAKE".into(), secret: keys.secret.clone(), token: keys.secret.clone() };
        let shown = format!("{keys:?} {:?} {temporary:?} {bytes:?}", keys.secret);
        assert!(!shown.contains("hunter2") && !shown.contains("tok") && !shown.contains("AKIA"));
    }
}

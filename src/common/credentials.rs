//! Text that must not be seen: access keys, session tokens, and the texts that carry them.
//!
//! A [`Secret`] wipes its bytes when it is dropped and shows nothing in its `Debug` form. [`Keys`] is the triple that STS
//! hands out or a profile holds. What enters here leaves only through [`Secret::expose`], so a reader can find every use.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use zeroize::Zeroizing;

/// A string that wipes itself on drop and does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; the caller keeps no copy.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one place that has to write it.
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

/// A value of the environment or an argument, which need not be text: it wipes itself on drop and does not print.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// The value itself.
    pub fn expose(&self) -> &OsStr {
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
    /// The access key id. No secret by itself, yet never part of a message either.
    pub id: String,
    /// The secret access key.
    pub secret: Secret,
    /// The session token; long-lived keys have none.
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

/// Temporary keys as STS hands them out: the session token is always there.
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
    /// What is wrong with them, in words that go on from "its": they are checked before a byte of them gets near a shell.
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

/// `\w{16,128}`, the STS API reference's pattern of an access key id.
fn is_key_id(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Printable ASCII without blanks, quotes, backslash, `$` and backquote, at most 16 KiB: what real secrets are made of, and
/// nothing that any shell would take for more than itself.
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
    /// The part of these that cannot be one: nothing but printable ASCII without blanks can be sent.
    pub fn unusable(&self) -> Option<KeyPart> {
        let bad = |text: &str| !text.bytes().all(|b| b.is_ascii_graphic());
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

    /// Whether the keys are temporary: STS caps what is assumed with them at one hour.
    pub fn temporary(&self) -> bool {
        self.token.is_some()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

/// A text under construction that will hold secrets, in which that many bytes of values stand. It is made large enough at once,
/// because a buffer that grows leaves unwiped copies behind; and no larger, because all of it is wiped.
pub fn secret_buffer(values: usize) -> Zeroizing<String> {
    // Names and words around them; and a value with quotes in it becomes longer, as a secret does not.
    Zeroizing::new(String::with_capacity(4096 + 2 * values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_could_run_is_no_secret() {
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
    fn debug_forms_show_nothing() {
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

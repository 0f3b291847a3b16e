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

/// What shows that keys are not keys of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// A request can carry only printable ASCII without blanks.
    Characters(KeyPart),
    /// The part is in quotation marks, which the AWS CLI takes as characters of the key.
    Quoted(KeyPart),
    /// The access key id and the secret access key are exchanged.
    Exchanged,
    /// The access key id has characters that no id has, or is too long.
    Id,
    /// The keys are temporary, and they have no session token.
    NoToken,
    /// The keys are long-lived, and the session token belongs to other keys.
    TokenOfOtherKeys,
}

impl KeyFault {
    /// The part that must be changed.
    pub fn part(self) -> KeyPart {
        match self {
            Self::Characters(part) | Self::Quoted(part) => part,
            Self::Exchanged | Self::Id | Self::NoToken => KeyPart::Id,
            Self::TokenOfOtherKeys => KeyPart::Token,
        }
    }

    /// The fault of keys that a service or a program gave, in words that follow a colon.
    pub fn of_answer(self) -> &'static str {
        match self {
            Self::Characters(_) => "its keys have characters that no key has",
            Self::Quoted(_) => "its keys are in quotation marks",
            Self::Exchanged => "its access key id and its secret access key are exchanged",
            Self::Id => "its access key id is not one: an id has 16 to 128 letters and digits",
            Self::NoToken => "its keys are temporary, and their session token is missing",
            Self::TokenOfOtherKeys => {
                "its keys are long-lived, and they have the session token of other keys"
            }
        }
    }
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
    (SHORTEST_KEY_ID..=LONGEST_KEY_ID).contains(&text.len())
        && text.starts_with('A')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// The lengths of an access key id, `\w{16,128}` in the STS API reference.
const SHORTEST_KEY_ID: usize = 16;
const LONGEST_KEY_ID: usize = 128;

/// `\w{16,128}`, the pattern of an access key id in the STS API reference.
fn is_key_id(text: &str) -> bool {
    (SHORTEST_KEY_ID..=LONGEST_KEY_ID).contains(&text.len()) && is_word(text)
}

/// `\w*`
fn is_word(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
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

    /// What shows that these cannot be keys of AWS, so that they must not be sent: STS repeats a wrong key id in its
    /// message, and it can be the secret.
    pub fn fault(&self) -> Option<KeyFault> {
        let token = self.token.as_ref().map(Secret::expose);
        let parts = [
            (KeyPart::Id, Some(self.id.as_str())),
            (KeyPart::Secret, Some(self.secret.expose())),
            (KeyPart::Token, token),
        ];
        let parts = || parts.into_iter().filter_map(|(part, text)| Some((part, text?)));
        if let Some((part, _)) = parts().find(|(_, text)| between_quotes(text).is_some()) {
            return Some(KeyFault::Quoted(part));
        }
        if is_issued_key_id(self.secret.expose()) && !is_issued_key_id(&self.id) {
            return Some(KeyFault::Exchanged);
        }
        let is_sendable = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
        if let Some((part, _)) = parts().find(|(_, text)| !is_sendable(text)) {
            return Some(KeyFault::Characters(part));
        }
        match token {
            _ if !is_word(&self.id) || self.id.len() > LONGEST_KEY_ID => Some(KeyFault::Id),
            // The IAM User Guide, "Unique identifiers", has these prefixes of long-lived and temporary keys.
            None if self.id.starts_with("ASIA") => Some(KeyFault::NoToken),
            Some(_) if self.id.starts_with("AKIA") => Some(KeyFault::TokenOfOtherKeys),
            _ => None,
        }
    }

    /// Whether AWS has no access key with such a short id. Services that imitate AWS accept them.
    pub fn has_short_id(&self) -> bool {
        self.id.len() < SHORTEST_KEY_ID
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
    fn what_cannot_be_keys_of_aws_has_a_fault() {
        let fault = |id: &str, secret: &str, token: Option<&str>| {
            Keys::new(id.to_owned(), secret.to_owned(), token.map(str::to_owned)).fault()
        };
        const ID: &str = "AKIABASE000000000000";
        const TEMPORARY: &str = "ASIABASE000000000000";
        const KEY: &str = "base/secret+EXAMPLE";
        for (id, secret, token) in [
            (ID, KEY, None),
            (TEMPORARY, KEY, Some("t")),
            ("test", "test", None),
            ("LKIAQAAAAAAAHFR7TTTG", "test", None),
            ("000000000001", "test", Some("t")),
            ("A_b1", "$'", None),
        ] {
            assert_eq!(fault(id, secret, token), None, "{id} {secret} {token:?}");
        }
        for (id, secret, token, wanted) in [
            (KEY, ID, None, KeyFault::Exchanged),
            (KEY, TEMPORARY, Some("t"), KeyFault::Exchanged),
            ("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00", ID, None, KeyFault::Exchanged),
            (KEY, KEY, None, KeyFault::Id),
            ("AKIA-BASE", KEY, None, KeyFault::Id),
            (TEMPORARY, KEY, None, KeyFault::NoToken),
            (ID, KEY, Some("t"), KeyFault::TokenOfOtherKeys),
            ("A B", KEY, None, KeyFault::Characters(KeyPart::Id)),
            (ID, "a b", None, KeyFault::Characters(KeyPart::Secret)),
            (TEMPORARY, KEY, Some("a\nb"), KeyFault::Characters(KeyPart::Token)),
            ("\"A\"", KEY, None, KeyFault::Quoted(KeyPart::Id)),
            (ID, "'a'", None, KeyFault::Quoted(KeyPart::Secret)),
            (TEMPORARY, KEY, Some("“t”"), KeyFault::Quoted(KeyPart::Token)),
        ] {
            assert_eq!(fault(id, secret, token), Some(wanted), "{id} {secret} {token:?}");
        }
        assert_eq!(fault(&"A".repeat(129), KEY, None), Some(KeyFault::Id));
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

//! The MFA session (`--base-session`): a GetSessionToken session of a user, created with an MFA code. Several
//! roles can be assumed from it without another code.
//!
//! The shell keeps it in one variable that is not exported. The hook passes it to this program in the
//! environment of one call. No command or helper program that this program starts may inherit it. The text is
//! checked when it is read: one that is damaged, has expired, or belongs to other keys or another device is
//! ignored.

use time::OffsetDateTime;

use crate::common::credentials::{Secret, TemporaryKeys, secret_buffer};

/// The variable that has it.
pub(crate) const VARIABLE: &str = "ASSUME_ENV_BASE";

/// The least time to its expiry, in seconds, so that it does not expire before the request arrives.
const MARGIN: i64 = 60;

/// What a printed text does to the variable.
#[derive(Clone, Copy, Debug)]
pub enum MfaSessionUpdate<'a> {
    /// It stays unchanged.
    Same,
    /// It is dropped.
    Drop,
    /// It gets this value.
    New(&'a Secret),
}

impl<'a> MfaSessionUpdate<'a> {
    /// The new value of the variable: empty if it is dropped, `None` if it stays unchanged.
    pub fn value(self) -> Option<&'a str> {
        match self {
            Self::Same => None,
            Self::Drop => Some(""),
            Self::New(value) => Some(value.expose()),
        }
    }
}

/// An MFA session.
#[derive(Clone)]
pub struct MfaSession {
    /// The id of the long-lived key that it was created with.
    pub key_id: String,
    /// The MFA device whose code it was created with.
    pub serial: String,
    /// The expiry, UTC.
    pub expires: OffsetDateTime,
    /// Its keys.
    pub keys: TemporaryKeys,
}

impl std::fmt::Debug for MfaSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MfaSession(…)")
    }
}

impl MfaSession {
    /// The value of the shell's variable: a version and six words, separated by blanks.
    pub fn encode(&self) -> Secret {
        let expires = self.expires.unix_timestamp().to_string();
        let words = [
            &*self.key_id,
            &self.serial,
            &expires,
            &self.keys.id,
            self.keys.secret.expose(),
            self.keys.token.expose(),
        ];
        let mut text = secret_buffer(words.iter().map(|word| word.len()).sum());
        text.push('1');
        for word in words {
            text.push(' ');
            text.push_str(word);
        }
        Secret::from(text)
    }

    /// Reads the text of [`MfaSession::encode`]. `None` for any other text, and for a session that has
    /// expired at `now`, in epoch seconds.
    pub fn parse(text: &str, now: i64) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let ["1", key_id, serial, expires, id, secret, token] = words[..] else { return None };
        let digits = expires.len() <= 12 && expires.bytes().all(|b| b.is_ascii_digit());
        let seconds: i64 = expires.parse().ok().filter(|_| digits)?;
        let keys = TemporaryKeys {
            id: id.to_owned(),
            secret: Secret::new(secret.to_owned()),
            token: Secret::new(token.to_owned()),
        };
        if keys.fault().is_some() || seconds <= now + MARGIN {
            return None;
        }
        let expires = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        Some(Self { key_id: key_id.to_owned(), serial: serial.to_owned(), expires, keys })
    }

    /// Whether it has not expired at `now`, in epoch seconds, and will not before the next request arrives.
    pub fn lasts(&self, now: i64) -> bool {
        self.expires.unix_timestamp() > now + MARGIN
    }

    /// Whether it was created with this long-lived key and this MFA device.
    pub fn is_of(&self, key_id: &str, serial: &str) -> bool {
        self.key_id == key_id && self.serial == serial
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mfa_session() -> MfaSession {
        MfaSession {
            key_id: "AKIAFAKE000000000000".into(),
            serial: "arn:aws:iam::123456789012:mfa/a,b@c".into(),
            expires: OffsetDateTime::from_unix_timestamp(2000).unwrap(),
            keys: TemporaryKeys {
                id: "ASIAFAKE000000000000".into(),
                secret: Secret::new("fake/secret+".into()),
                token: Secret::new("fake-token==".into()),
            },
        }
    }

    #[test]
    fn the_encoded_text_is_read_back() {
        let text = mfa_session().encode();
        let read = MfaSession::parse(text.expose(), 1000).unwrap();
        assert_eq!(read.encode(), text);
        assert!(read.is_of("AKIAFAKE000000000000", "arn:aws:iam::123456789012:mfa/a,b@c"));
        assert!(!read.is_of("AKIAFAKE000000000001", "arn:aws:iam::123456789012:mfa/a,b@c"));
    }

    #[test]
    fn any_other_text_is_ignored() {
        let good = mfa_session().encode();
        assert!(MfaSession::parse(good.expose(), 1940).is_none(), "it expires in a minute");
        for bad in [
            "",
            "1",
            "$(id)",
            &good.expose()[1..],
            &format!("{} more", good.expose()),
            &good.expose().replace("2000", "x"),
        ] {
            assert!(MfaSession::parse(bad, 1000).is_none(), "{bad}");
        }
        assert!(MfaSession::parse(&good.expose().replace("fake-token==", "$(id)"), 1000).is_none());
    }

    #[test]
    fn its_debug_form_shows_no_secret() {
        let shown = format!("{:?}", mfa_session());
        assert!(!shown.contains("fake") && !shown.contains("FAKE"), "{shown}");
    }
}

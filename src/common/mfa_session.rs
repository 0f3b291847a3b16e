//! The base session: an MFA-authenticated session of a user, from which several roles can be assumed without another code.
//!
//! It lives in one variable of the shell that is not exported. The shell's hook hands it to this program in the environment of
//! one call, and no command or helper program that is started here inherits it. Nothing that stands there is trusted before it
//! was read through: what is damaged, has expired, or is of other keys or another device, is passed over.

use time::OffsetDateTime;

use crate::common::credentials::{Secret, TemporaryKeys, secret_buffer};

/// The variable that holds it.
pub const VARIABLE: &str = "ASSUME_ENV_BASE";

/// How much of it must be left, in seconds, so that it does not expire on the way.
const MARGIN: i64 = 60;

/// What a printed text does with the variable.
#[derive(Clone, Copy, Debug)]
pub enum MfaSessionUpdate<'a> {
    /// Nothing.
    Same,
    /// Drops it.
    Drop,
    /// Gives it this value.
    New(&'a Secret),
}

impl<'a> MfaSessionUpdate<'a> {
    /// The value that the variable gets, the empty one when it is dropped; none when it stays as it is.
    pub fn value(self) -> Option<&'a str> {
        match self {
            Self::Same => None,
            Self::Drop => Some(""),
            Self::New(value) => Some(value.expose()),
        }
    }
}

/// A base session.
#[derive(Clone)]
pub struct MfaSession {
    /// The id of the long-lived key that it was made with.
    pub key_id: String,
    /// The MFA device whose code it was made with.
    pub serial: String,
    /// When it expires, UTC.
    pub expires: OffsetDateTime,
    /// Its keys.
    pub keys: TemporaryKeys,
}

impl std::fmt::Debug for MfaSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Base(…)")
    }
}

impl MfaSession {
    /// The text for the shell's variable: a version and six words.
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

    /// Reads what [`MfaSession::encode`] wrote; `None` for anything else, and for a session that is over at `now`, in epoch seconds.
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

    /// Whether it is of this key and this device.
    pub fn is_of(&self, key_id: &str, serial: &str) -> bool {
        self.key_id == key_id && self.serial == serial
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> MfaSession {
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
    fn what_is_written_is_read() {
        let text = base().encode();
        let read = MfaSession::parse(text.expose(), 1000).unwrap();
        assert_eq!(read.encode(), text);
        assert!(read.is_of("AKIAFAKE000000000000", "arn:aws:iam::123456789012:mfa/a,b@c"));
        assert!(!read.is_of("AKIAFAKE000000000001", "arn:aws:iam::123456789012:mfa/a,b@c"));
    }

    #[test]
    fn anything_else_is_passed_over() {
        let good = base().encode();
        assert!(MfaSession::parse(good.expose(), 1940).is_none(), "it is over in a minute");
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
    fn its_debug_form_shows_nothing() {
        let shown = format!("{:?}", base());
        assert!(!shown.contains("fake") && !shown.contains("FAKE"), "{shown}");
    }
}

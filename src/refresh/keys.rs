//! The keys that the helper serves, and the message by which it gets the first ones.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::acquire::{Acquired, MfaSessionOutcome};
use crate::common::clock;
use crate::common::credentials::{Secret, TemporaryKeys};
use crate::common::mfa_session::MfaSession;
use crate::refresh::lifetime::{Lifetime, Moment};
use crate::session::Session;

/// The largest message with the first keys, in bytes.
pub(super) const LARGEST: usize = 128 * 1024;

/// Keys that are served.
#[derive(Debug)]
pub(super) struct ServedKeys {
    /// The keys.
    pub keys: TemporaryKeys,
    /// How long they last.
    pub lifetime: Lifetime,
    /// Whose they are.
    pub identity: Identity,
}

/// Whose keys they are: all renewed keys must be of the same identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// The ARN of the session, if STS was asked for a role.
    pub arn: Option<String>,
    /// The account, if it is known.
    pub account: Option<String>,
}

impl Identity {
    /// The identity of a session.
    pub(super) fn of(session: &Session) -> Self {
        Self { arn: session.arn.clone(), account: session.account.clone() }
    }

    /// Its words in messages.
    pub(super) fn words(&self) -> String {
        match (&self.arn, &self.account) {
            (Some(arn), _) => arn.clone(),
            (None, Some(account)) => format!("account {account}"),
            (None, None) => "an unknown account".to_owned(),
        }
    }
}

impl ServedKeys {
    /// The keys of a session; `None` if their source does not report an expiry.
    pub(super) fn of(session: &Session, ahead: i64, jitter: u8) -> Option<Self> {
        let expires = session.expires?.unix_timestamp();
        Some(Self {
            keys: session.keys.clone(),
            lifetime: Lifetime::new(expires, ahead, Moment::now(), jitter),
            identity: Identity::of(session),
        })
    }

    /// The document of the container's credentials. AWS SDKs need each member but `AccountId`, and a time that ends in Z.
    pub(super) fn document(&self, now: Moment) -> Zeroizing<String> {
        let mut document = json!({
            "AccessKeyId": self.keys.id,
            "SecretAccessKey": self.keys.secret.expose(),
            "Token": self.keys.token.expose(),
            "Expiration": clock::utc(self.lifetime.expires(now)),
        });
        if let Some(account) = &self.identity.account {
            document["AccountId"] = json!(account);
        }
        Zeroizing::new(document.to_string())
    }
}

/// What the helper gets before the caller becomes the command.
pub(super) struct FirstKeys {
    /// The keys.
    pub keys: ServedKeys,
    /// The MFA session that they were made with, if there is one.
    pub mfa_session: Option<MfaSession>,
}

/// The message with the first keys, for the pipe to the helper.
pub(super) fn message(acquired: &Acquired) -> Zeroizing<Vec<u8>> {
    let session = &acquired.session;
    let mfa_session = match &acquired.mfa_session {
        MfaSessionOutcome::New(made) | MfaSessionOutcome::Used(made) => Some(made.encode()),
        MfaSessionOutcome::None | MfaSessionOutcome::Dropped => None,
    };
    let message = json!({
        "id": session.keys.id,
        "secret": session.keys.secret.expose(),
        "token": session.keys.token.expose(),
        "expires": session.expires.map(|expires| expires.unix_timestamp()),
        "ahead": acquired.ahead,
        "arn": session.arn,
        "account": session.account,
        "mfa_session": mfa_session.as_ref().map(Secret::expose),
    });
    Zeroizing::new(message.to_string().into_bytes())
}

/// Reads the text of [`message`]; `None` for any other text, such as an empty one.
pub(super) fn read(message: &[u8], jitter: u8) -> Option<FirstKeys> {
    let message: Value = serde_json::from_slice(message).ok()?;
    let text = |name: &str| message[name].as_str().map(str::to_owned);
    let keys = TemporaryKeys {
        id: text("id")?,
        secret: Secret::new(text("secret")?),
        token: Secret::new(text("token")?),
    };
    let now = Moment::now();
    let lifetime = Lifetime::new(message["expires"].as_i64()?, message["ahead"].as_i64()?, now, jitter);
    let identity = Identity { arn: text("arn"), account: text("account") };
    let mfa_session = message["mfa_session"].as_str().and_then(|text| MfaSession::parse(text, now.wall));
    Some(FirstKeys { keys: ServedKeys { keys, lifetime, identity }, mfa_session })
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn acquired() -> Acquired {
        let session = Session {
            keys: TemporaryKeys {
                id: "ASIAFAKE000000000000".into(),
                secret: Secret::new("fake/secret+".into()),
                token: Secret::new("fake-token==".into()),
            },
            expires: OffsetDateTime::from_unix_timestamp(clock::now() + 3600).ok(),
            role_as_typed: "s3".into(),
            assumed: None,
            arn: Some("arn:aws:sts::123456789012:assumed-role/r/ann".into()),
            account: Some("123456789012".into()),
            narrowed: None,
            region: None,
            source: None,
            source_id: None,
            settings: Vec::new(),
        };
        Acquired { session, reused: false, mfa_session: MfaSessionOutcome::None, ahead: 0 }
    }

    #[test]
    fn the_message_is_read_back_and_no_other_text_is() {
        let acquired = acquired();
        let first = read(&message(&acquired), 0).unwrap();
        assert_eq!(first.keys.identity, Identity::of(&acquired.session));
        assert!(first.keys.lifetime.left(Moment::now()) > 3590 && first.mfa_session.is_none());
        for bad in [&b""[..], b"{}", b"null", b"[1]", b"{\"id\":1}"] {
            assert!(read(bad, 0).is_none());
        }
    }

    #[test]
    fn the_document_has_what_the_sdks_need() {
        let keys = ServedKeys::of(&acquired().session, 0, 0).unwrap();
        let document: Value = serde_json::from_str(&keys.document(Moment::now())).unwrap();
        assert_eq!(document["AccessKeyId"], "ASIAFAKE000000000000");
        assert_eq!(document["SecretAccessKey"], "fake/secret+");
        assert_eq!(document["Token"], "fake-token==");
        assert_eq!(document["AccountId"], "123456789012");
        let expiration = document["Expiration"].as_str().unwrap();
        assert!(expiration.ends_with('Z') && expiration.len() == 20, "{expiration}");
        assert!(!format!("{keys:?}").contains("fake"));
    }
}

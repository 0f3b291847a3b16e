//! The result of fetching from a source: access keys, or the token of an identity provider.

use time::OffsetDateTime;

use crate::common::credentials::{Keys, Secret};
use crate::common::mfa_session::MfaSession;

/// What a source gave.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// Access keys.
    Credentials(SourceCredentials),
    /// The token of an identity provider.
    Token(Secret),
}

/// Access keys, and the facts that their source gives with them.
#[derive(Clone, Debug)]
pub struct SourceCredentials {
    /// The keys.
    pub keys: Keys,
    /// When they expire, UTC, if the source gives a time.
    pub expires: Option<OffsetDateTime>,
    /// The twelve digits of their account, if the source names it.
    pub account: Option<String>,
}

impl From<Keys> for SourceCredentials {
    fn from(keys: Keys) -> Self {
        Self { keys, expires: None, account: None }
    }
}

impl From<&MfaSession> for Fetched {
    fn from(mfa_session: &MfaSession) -> Self {
        Self::Credentials(SourceCredentials {
            keys: mfa_session.keys.clone().into(),
            expires: Some(mfa_session.expires),
            account: None,
        })
    }
}

impl Fetched {
    /// The keys; a token has none.
    pub fn keys(&self) -> Option<&Keys> {
        match self {
            Self::Credentials(credentials) => Some(&credentials.keys),
            Self::Token(_) => None,
        }
    }
}

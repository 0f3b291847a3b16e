//! Where the first credentials come from, and the credentials themselves.
//!
//! What needs nothing but files and the environment is known once the plan is made. A source that has to be asked, by running a
//! program or over the network, is asked here, after everything that can be checked without it.

pub mod metadata;
pub mod process;
pub mod sso;
pub mod sso_token;
mod web_identity;

use aws_sdk_sts::config::SharedHttpClient;
use time::OffsetDateTime;

use crate::common::credentials::{Keys, Secret};
use crate::common::mfa_session::MfaSession;
use crate::env::Environment;
use crate::error::Error;
use crate::plan::Plan;
use crate::plan::source::{ReplacedKeys, Source};

/// What a source gave.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// Keys.
    Credentials(SourceCredentials),
    /// The token of an identity provider.
    Token(Secret),
}

/// Keys, and what their source says of them.
#[derive(Clone, Debug)]
pub struct SourceCredentials {
    /// The keys.
    pub keys: Keys,
    /// When they expire, UTC, if the source says it.
    pub expires: Option<OffsetDateTime>,
    /// The twelve digits of their account, if the source says it.
    pub account: Option<String>,
}

impl From<Keys> for SourceCredentials {
    fn from(keys: Keys) -> Self {
        Self { keys, expires: None, account: None }
    }
}

impl Fetched {
    /// The keys of a base session.
    pub fn of(base: &MfaSession) -> Self {
        Self::Credentials(SourceCredentials {
            keys: base.keys.clone().into(),
            expires: Some(base.expires),
            account: None,
        })
    }

    /// The keys, if it is keys.
    pub fn keys(&self) -> Option<&Keys> {
        match self {
            Self::Credentials(credentials) => Some(&credentials.keys),
            Self::Token(_) => None,
        }
    }
}

/// What goes wrong for certain, found without asking anybody: a token that is missing or has expired.
///
/// # Errors
/// What [`get`] would say of the same files.
pub fn check(source: &Source) -> Result<(), Error> {
    match source {
        Source::Sso(sso) => sso::check(sso),
        Source::WebIdentity { token_file, .. } => web_identity::token(token_file).map(drop),
        _ => Ok(()),
    }
}

/// The credentials from this machine; runs the program, if they come from one.
///
/// # Errors
/// A program that fails, hangs, or prints something else than credentials; a file that cannot be read; keys that are lost.
pub fn get(source: &Source, env: &Environment) -> Result<Fetched, Error> {
    Ok(Fetched::Credentials(match source {
        Source::Process { profile, key, command } => process::credentials(profile, key, command, env)?,
        Source::WebIdentity { token_file, .. } => {
            return web_identity::token(token_file).map(Fetched::Token);
        }
        Source::ReplacedKeys(ReplacedKeys::OfRole(role)) => {
            return Err(Error::SourceLost { role: role.to_string() });
        }
        Source::ReplacedKeys(ReplacedKeys::OfEnvironment { profile, origin }) => {
            return Err(Error::NoKeysInEnvironment {
                profile: profile.clone(),
                origin: origin.clone(),
                session_held: true,
            });
        }
        Source::Profile { keys, .. } => keys.value.clone().into(),
        Source::Environment(keys) | Source::Held { keys, .. } => keys.clone().into(),
        Source::Sso(_) | Source::Container(_) | Source::Instance(_) => {
            unreachable!("a remote source is asked, not taken")
        }
    }))
}

/// The credentials from a service.
///
/// # Errors
/// What the service refuses, what is no answer, and what goes wrong on the way.
pub async fn ask(source: &Source, plan: &Plan, http: SharedHttpClient) -> Result<Fetched, Error> {
    let credentials = match source {
        Source::Sso(sso) => sso::credentials(sso, plan, http).await?,
        Source::Container(container) => container.credentials().await?,
        Source::Instance(instance) => instance.credentials().await?,
        _ => unreachable!("only a remote source is asked"),
    };
    Ok(Fetched::Credentials(credentials))
}

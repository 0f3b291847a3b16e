//! Fetches the first credentials of a plan from their source.
//!
//! A [`Source`] says where they are; its [`Provider`] gets them. A local provider reads this machine or runs
//! a program, a remote one asks a service. [`check`] finds errors that need neither a program nor a request.
//! Follows the AWS SDKs and Tools Reference ("Standardized credential providers"). No key may appear in an
//! error.

mod ecs;
pub(crate) mod error;
mod fetched;
pub(crate) mod imds;
mod local;
mod metadata;
pub(crate) mod process;
mod remote;
pub(crate) mod sso;
pub(crate) mod sso_login;
pub(crate) mod sso_token;
mod web_identity;

use crate::aws::providers::error::{Error, ProcessKind};
pub use crate::aws::providers::fetched::{Fetched, SourceCredentials};
pub(crate) use crate::aws::providers::local::LocalProvider;
pub(crate) use crate::aws::providers::remote::RemoteProvider;
use crate::plan::source::Source;

/// The provider of a source.
pub(crate) enum Provider<'a> {
    /// This machine has the credentials.
    Local(LocalProvider<'a>),
    /// A service gives the credentials.
    Remote(RemoteProvider<'a>),
}

impl<'a> From<&'a Source> for Provider<'a> {
    fn from(source: &'a Source) -> Self {
        match source {
            Source::Profile { keys, .. } => Self::Local(LocalProvider::Keys(&keys.value)),
            Source::Environment(keys) | Source::Held { keys, .. } => Self::Local(LocalProvider::Keys(keys)),
            Source::Replaced(keys) => Self::Local(LocalProvider::ReplacedKeys(keys)),
            Source::WebIdentity { token_file, .. } => Self::Local(LocalProvider::TokenFile(token_file)),
            Source::Process { profile, command } => {
                Self::Local(LocalProvider::Process { kind: ProcessKind::CredentialProcess, profile, command })
            }
            Source::Login { profile, command } => {
                Self::Local(LocalProvider::Process { kind: ProcessKind::Login, profile, command })
            }
            Source::Sso(sso) => Self::Remote(RemoteProvider::Sso(sso)),
            Source::Container(container) => Self::Remote(RemoteProvider::Container(container)),
            Source::Instance(instance) => Self::Remote(RemoteProvider::Instance(instance)),
        }
    }
}

impl Provider<'_> {
    /// Whether fetching takes time, because a program runs or a service must answer.
    pub(crate) fn is_slow(&self) -> bool {
        match self {
            Self::Local(LocalProvider::Process { .. }) | Self::Remote(_) => true,
            Self::Local(
                LocalProvider::Keys(_) | LocalProvider::ReplacedKeys(_) | LocalProvider::TokenFile(_),
            ) => false,
        }
    }
}

/// Checks a source without a program and without a request: a token must exist, and must be valid or
/// refreshable.
///
/// # Errors
/// The error that fetching would end with.
pub(crate) fn check(source: &Source) -> Result<(), Error> {
    match source {
        Source::Sso(sso) => sso_login::check(&sso.login, &sso.role.origin),
        Source::WebIdentity { token_file, .. } => web_identity::token(token_file).map(drop),
        _ => Ok(()),
    }
}

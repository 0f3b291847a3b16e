//! Where the first credentials come from, and the credentials themselves.
//!
//! What needs nothing but files and the environment is known once the plan is made. A source that has to be asked, by running a
//! program or over the network, is asked here, after everything that can be checked without it.

pub mod metadata;
pub mod process;
pub mod sso;
pub mod sso_token;
mod web_identity;

use std::fmt;
use std::path::PathBuf;

use aws_sdk_sts::config::SharedHttpClient;
use time::OffsetDateTime;

use crate::base::Base;
use crate::caller::Caller;
use crate::config::{Located, Origin};
use crate::error::Error;
use crate::plan::Plan;
use crate::role::RoleArn;
use crate::secret::{Keys, Secret};
use metadata::{Container, Instance};
use sso::Sso;

/// Where the first credentials come from.
#[derive(Debug)]
pub enum Source {
    /// The access key of a profile.
    Profile {
        /// The profile's name.
        name: String,
        /// Its keys and their line.
        keys: Located<Keys>,
    },
    /// A program that prints credentials.
    Process {
        /// The profile's name.
        profile: String,
        /// The key of the profile that asks for it: `credential_process`, or `login_session`, for which the AWS CLI is run.
        key: &'static str,
        /// The program and its arguments, and their line.
        command: Located<Vec<String>>,
    },
    /// A role of IAM Identity Center.
    Sso(Box<Sso>),
    /// The token of an identity provider, which assumes the first role.
    WebIdentity {
        /// The profile that names the file; absent, the environment does.
        profile: Option<String>,
        /// The file that holds the token.
        token_file: Located<PathBuf>,
    },
    /// The container's credentials (ECS, EKS Pod Identity).
    Container(Container),
    /// The instance's role (EC2).
    Instance(Instance),
    /// The keys in the caller's environment.
    Environment(Keys),
    /// Keys that a session has replaced since: the session that is held can be used again, and not be renewed.
    Lost(Lost),
    /// The session that the caller's environment holds.
    Held {
        /// The role as it was typed then.
        label: String,
        /// The session's keys.
        keys: Keys,
    },
}

/// Which keys are lost.
#[derive(Debug)]
pub enum Lost {
    /// Those that a bare role was assumed with.
    OfRole(RoleArn),
    /// Those that a profile takes from the environment.
    OfEnvironment {
        /// The profile's name.
        profile: String,
        /// The line that says so.
        origin: Origin,
    },
}

/// What a source gave.
#[derive(Clone, Debug)]
pub enum Found {
    /// Keys.
    Credentials(Credentials),
    /// The token of an identity provider.
    Token(Secret),
}

/// Keys, and what their source says of them.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The keys.
    pub keys: Keys,
    /// When they expire, UTC, if the source says it.
    pub expires: Option<OffsetDateTime>,
    /// The twelve digits of their account, if the source says it.
    pub account: Option<String>,
}

impl From<Keys> for Credentials {
    fn from(keys: Keys) -> Self {
        Self { keys, expires: None, account: None }
    }
}

impl Found {
    /// The keys of a base session.
    pub fn of(base: &Base) -> Self {
        Self::Credentials(Credentials {
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

impl Source {
    /// The keys, where they are known already.
    pub fn known_keys(&self) -> Option<&Keys> {
        match self {
            Self::Profile { keys, .. } => Some(&keys.value),
            Self::Environment(keys) | Self::Held { keys, .. } => Some(keys),
            _ => None,
        }
    }

    /// Whether the keys are temporary, as far as that is known before they are got.
    pub fn temporary(&self) -> Option<bool> {
        match self {
            Self::Sso(_) | Self::Container(_) | Self::Instance(_) => Some(true),
            // A token signs nothing: what it assumes is as long as the role allows.
            Self::WebIdentity { .. } => Some(false),
            _ => self.known_keys().map(Keys::temporary),
        }
    }

    /// Whether its credentials are a role's, whose sessions have no MFA device: devices belong to users.
    pub fn is_role(&self) -> bool {
        matches!(self, Self::Sso(_) | Self::Container(_) | Self::Instance(_) | Self::WebIdentity { .. })
    }

    /// The profile that it belongs to.
    pub fn profile(&self) -> Option<&str> {
        match self {
            Self::Profile { name, .. } => Some(name),
            Self::Process { profile, .. } => Some(profile),
            Self::Sso(sso) => Some(&sso.profile),
            Self::WebIdentity { profile, .. } => profile.as_deref(),
            _ => None,
        }
    }

    /// What tells it from another source of the same name. It holds key ids: it is for hashing alone.
    pub fn identity(&self) -> String {
        match self {
            Self::Profile { keys, .. } => keys.value.id.clone(),
            Self::Environment(keys) | Self::Held { keys, .. } => keys.id.clone(),
            Self::Process { key, command, .. } => format!("{key} {}", command.value.join("\0")),
            Self::Sso(sso) => {
                format!("sso {} {} {}", sso.start_url.value, sso.account.value, sso.role.value)
            }
            Self::WebIdentity { token_file, .. } => format!("web {}", token_file.value.display()),
            Self::Container(container) => format!("container {}", container.variable),
            Self::Instance(instance) => format!("instance {}", instance.endpoint.value),
            Self::Lost(_) => String::new(),
        }
    }

    /// What goes wrong for certain, found without asking anybody: a token that is missing or has expired.
    ///
    /// # Errors
    /// What [`Source::get`] would say of the same files.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::Sso(sso) => sso.check(),
            Self::WebIdentity { token_file, .. } => web_identity::token(token_file).map(drop),
            _ => Ok(()),
        }
    }

    /// The addresses that are asked for the credentials.
    pub fn urls(&self) -> Vec<&str> {
        match self {
            Self::Sso(sso) => sso.urls().to_vec(),
            _ => Vec::new(),
        }
    }

    /// Whether [`Source::ask`] gives the credentials, over the network; otherwise [`Source::get`] does.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Sso(_) | Self::Container(_) | Self::Instance(_))
    }

    /// The credentials from this machine; runs the program, if they come from one.
    ///
    /// # Errors
    /// A program that fails, hangs, or prints something else than credentials; a file that cannot be read; keys that are lost.
    pub fn get(&self, caller: &Caller) -> Result<Found, Error> {
        Ok(Found::Credentials(match self {
            Self::Process { profile, key, command } => process::credentials(profile, key, command, caller)?,
            Self::WebIdentity { token_file, .. } => {
                return web_identity::token(token_file).map(Found::Token);
            }
            Self::Lost(Lost::OfRole(role)) => {
                return Err(Error::SourceLost { role: role.to_string() });
            }
            Self::Lost(Lost::OfEnvironment { profile, origin }) => {
                return Err(Error::NoKeysInEnvironment {
                    profile: profile.clone(),
                    origin: origin.clone(),
                    session_held: true,
                });
            }
            Self::Profile { keys, .. } => keys.value.clone().into(),
            Self::Environment(keys) | Self::Held { keys, .. } => keys.clone().into(),
            Self::Sso(_) | Self::Container(_) | Self::Instance(_) => {
                unreachable!("a remote source is asked, not taken")
            }
        }))
    }

    /// The credentials from a service.
    ///
    /// # Errors
    /// What the service refuses, what is no answer, and what goes wrong on the way.
    pub async fn ask(&self, plan: &Plan, http: SharedHttpClient) -> Result<Found, Error> {
        let credentials = match self {
            Self::Sso(sso) => sso.credentials(plan, http).await?,
            Self::Container(container) => container.credentials().await?,
            Self::Instance(instance) => instance.credentials().await?,
            _ => unreachable!("only a remote source is asked"),
        };
        Ok(Found::Credentials(credentials))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile { name, keys } => write!(f, "the keys of profile {name} ({})", keys.origin),
            Self::Process { profile, key, command } => {
                write!(f, "the {key} of profile {profile} ({})", command.origin)
            }
            Self::Sso(sso) => sso.fmt(f),
            Self::WebIdentity { token_file, .. } => {
                write!(f, "the web identity token {} ({})", token_file.value.display(), token_file.origin)
            }
            Self::Container(container) => container.fmt(f),
            Self::Instance(instance) => instance.fmt(f),
            Self::Lost(_) => {
                f.write_str("keys that this environment no longer has, because a session replaced them")
            }
            Self::Environment(_) => f.write_str("the keys in the environment"),
            Self::Held { label, .. } => write!(f, "the session {label} of this environment"),
        }
    }
}

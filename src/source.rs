//! Where the first credentials come from, and the credentials themselves.
//!
//! What needs nothing but files and the environment is known once the plan is made; a source that has to be asked by running
//! a program is asked here, after everything that can be checked without it.

mod process;

use std::fmt;

use crate::caller::Caller;
use crate::config::{Located, Origin};
use crate::error::Error;
use crate::role::RoleArn;
use crate::secret::Keys;

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

impl Source {
    /// The keys of the first hop, where they are known already.
    pub fn known_keys(&self) -> Option<&Keys> {
        match self {
            Self::Profile { keys, .. } => Some(&keys.value),
            Self::Environment(keys) | Self::Held { keys, .. } => Some(keys),
            Self::Process { .. } | Self::Lost(_) => None,
        }
    }

    /// The keys of the first hop; runs the program, if they come from one.
    ///
    /// # Errors
    /// A program that fails, hangs, or prints something else than credentials; keys that are lost.
    pub fn keys(&self, caller: &Caller) -> Result<Keys, Error> {
        match self {
            Self::Profile { keys, .. } => Ok(keys.value.clone()),
            Self::Environment(keys) | Self::Held { keys, .. } => Ok(keys.clone()),
            Self::Process { profile, key, command } => process::keys(profile, key, command, caller),
            Self::Lost(Lost::OfRole(role)) => Err(Error::SourceLost { role: role.to_string() }),
            Self::Lost(Lost::OfEnvironment { profile, origin }) => Err(Error::NoKeysInEnvironment {
                profile: profile.clone(),
                origin: origin.clone(),
                session_held: true,
            }),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile { name, keys } => write!(f, "the keys of profile {name} ({})", keys.origin),
            Self::Process { profile, key, command } => {
                write!(f, "the {key} of profile {profile} ({})", command.origin)
            }
            Self::Lost(_) => {
                f.write_str("keys that this environment no longer has, because a session replaced them")
            }
            Self::Environment(_) => f.write_str("the keys in the environment"),
            Self::Held { label, .. } => write!(f, "the session {label} of this environment"),
        }
    }
}

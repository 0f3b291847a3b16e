//! Where the first credentials come from, and the credentials themselves.
//!
//! The sources that need nothing but files and the environment are resolved while planning; a source that has to be asked
//! over the network or by running a program gets its own step here.

use std::fmt;

use crate::config::Located;
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
    /// The keys in the caller's environment.
    Environment(Keys),
    /// The session that the caller's environment holds.
    Held {
        /// The role as it was typed then.
        label: String,
        /// The session's keys.
        keys: Keys,
    },
}

impl Source {
    /// The keys of the first hop.
    pub fn keys(&self) -> &Keys {
        match self {
            Self::Profile { keys, .. } => &keys.value,
            Self::Environment(keys) | Self::Held { keys, .. } => keys,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile { name, keys } => write!(f, "the keys of profile {name} ({})", keys.origin),
            Self::Environment(_) => f.write_str("the keys in the environment"),
            Self::Held { label, .. } => write!(f, "the session {label} of this environment"),
        }
    }
}

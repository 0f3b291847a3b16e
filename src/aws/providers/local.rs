//! Sources on this machine: files, the environment, and programs.

use std::path::PathBuf;

use crate::aws::providers::error::{Error, ProcessKind};
use crate::aws::providers::fetched::Fetched;
use crate::aws::providers::{process, web_identity};
use crate::common::credentials::Keys;
use crate::common::origin::Located;
use crate::env::Environment;
use crate::plan::source::ReplacedKeys;

/// A source on this machine.
pub(crate) enum LocalProvider<'a> {
    /// Keys that the plan has already.
    Keys(&'a Keys),
    /// Keys that the held session replaced.
    ReplacedKeys(&'a ReplacedKeys),
    /// The file with the token of an identity provider.
    TokenFile(&'a Located<PathBuf>),
    /// A program that prints keys.
    Process {
        /// The key of the profile that asks for the program.
        kind: ProcessKind,
        /// The profile's name.
        profile: &'a str,
        /// The program and its arguments, and their line.
        command: &'a Located<Vec<String>>,
    },
}

impl LocalProvider<'_> {
    /// Fetches the credentials; runs the program, if they come from one.
    ///
    /// # Errors
    /// A program that fails, hangs, or prints no credentials; a file that cannot be read; keys that were
    /// replaced.
    pub(crate) fn fetch(&self, env: &Environment) -> Result<Fetched, Error> {
        match self {
            Self::Keys(keys) => Ok(Fetched::Credentials((*keys).clone().into())),
            Self::ReplacedKeys(ReplacedKeys::Role(role)) => {
                Err(Error::KeysOfRoleReplaced { role: role.to_string() })
            }
            Self::ReplacedKeys(ReplacedKeys::OtherProfile { role, profile, now, origin }) => {
                Err(Error::ProfileLeadsElsewhere {
                    role: role.to_string(),
                    profile: profile.clone(),
                    now: now.clone(),
                    origin: origin.clone(),
                })
            }
            Self::ReplacedKeys(ReplacedKeys::Environment { profile, origin }) => {
                Err(Error::KeysOfProfileReplaced { profile: profile.clone(), origin: origin.clone() })
            }
            Self::TokenFile(file) => web_identity::token(file).map(Fetched::Token),
            Self::Process { kind, profile, command } => {
                process::credentials(*kind, profile, command, env).map(Fetched::Credentials)
            }
        }
    }
}

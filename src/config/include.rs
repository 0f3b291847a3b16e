//! `include_profile`: what a profile does not say itself, another one says for it.
//!
//! Follows aws-vault, whose key it is; the AWS CLI does not read it. Access keys are never taken over, nor is a second way to
//! credentials beside one that the profile has itself.

use super::{ByName, File, Profile, ini};
use crate::common::origin::Origin;
use crate::config::error::Error;

/// Keys that say where credentials come from.
const SOURCES: [&str; 8] = [
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "sso_session",
    "sso_account_id",
    "sso_role_name",
    "login_session",
    "credential_process",
];

/// Keys of which a profile has one at most.
const EITHER: [&str; 2] = ["source_profile", "credential_source"];

/// The sections that a profile includes, the nearest first; or why they cannot be told.
#[derive(Default)]
pub struct Included<'t> {
    pub sections: Vec<(&'t File, ini::Section<'t>)>,
    pub fault: Option<Fault>,
}

/// Why includes cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A profile that is not there.
    Missing { name: String, origin: Origin },
    /// Profiles that include each other.
    Ring { ring: Vec<String>, origin: Origin },
    /// Includes that lead on and on.
    Long { origin: Origin },
}

impl Fault {
    /// The error that it is for whoever uses the profile.
    pub fn error(&self) -> Error {
        match self.clone() {
            Self::Missing { name, origin } => Error::IncludeMissing { name, origin },
            Self::Ring { ring, origin } => Error::IncludeRing { ring, origin },
            Self::Long { origin } => Error::IncludeLong { origin },
        }
    }
}

/// Follows the includes of every profile that has one.
pub fn link(profiles: &mut ByName<'_>) {
    let including: Vec<usize> =
        (0..profiles.list.len()).filter(|at| profiles.list[*at].own(KEY).is_some()).collect();
    for at in including {
        profiles.list[at].included = Some(Box::new(follow(profiles, &profiles.list[at])));
    }
}

const KEY: &str = "include_profile";

/// As many profiles may follow each other.
const LONGEST: usize = 10;

fn follow<'t>(profiles: &ByName<'t>, start: &Profile<'t>) -> Included<'t> {
    let mut included = Included::default();
    let mut ring = vec![start.name().to_owned()];
    let mut current = start;
    while let Some(next) = current.own(KEY) {
        let name = next.value.to_owned();
        let again = ring.contains(&name);
        ring.push(name.clone());
        if !again && ring.len() > LONGEST {
            included.fault = Some(Fault::Long { origin: next.origin });
            break;
        }
        if again {
            included.fault = Some(Fault::Ring { ring, origin: next.origin });
            break;
        }
        let Some(profile) = profiles.get(&name) else {
            included.fault = Some(Fault::Missing { name, origin: next.origin });
            break;
        };
        included.sections.extend(profile.sections.iter().flatten().cloned());
        current = profile;
    }
    included
}

/// Whether a profile takes a key over from those that it includes.
pub fn inherits(profile: &Profile<'_>, key: &str) -> bool {
    let own = |key| profile.own(key).is_some();
    let is = |list: &[&str]| list.contains(&key);
    let secret = key.starts_with("aws_");
    let second_way = is(&SOURCES) && profile.has_static_keys() || is(&EITHER) && EITHER.into_iter().any(own);
    !secret && !second_way && key != KEY
}

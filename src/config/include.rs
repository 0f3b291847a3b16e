//! `include_profile`: settings that a profile lacks come from another profile.
//!
//! Follows aws-vault, which defines the key; the AWS CLI does not read it. Access keys are never inherited. A
//! profile that has a source of credentials does not inherit a second one.

use crate::config::error::IncludeError;
use crate::config::known_keys;
use crate::config::profile::{Included, Profile};
use crate::config::profiles::Profiles;

const KEY: &str = "include_profile";

/// The most profiles that may include one another in a row.
const LONGEST: usize = 10;

/// Keys that exclude each other. A profile with one of them inherits neither.
const EXCLUSIVE: [&str; 2] = ["source_profile", "credential_source"];

/// Follows the includes of every profile that has the key.
pub(crate) fn link(profiles: &mut Profiles<'_>) {
    let including: Vec<usize> =
        (0..profiles.list.len()).filter(|at| profiles.list[*at].own(KEY).is_some()).collect();
    for at in including {
        let included = follow(profiles, &profiles.list[at]);
        profiles.list[at].include(included);
    }
}

/// The sections of the profiles that a profile includes, the nearest first, without the keys that it does not
/// inherit.
fn follow<'t>(profiles: &Profiles<'t>, start: &Profile<'t>) -> Included<'t> {
    let mut included = Included::default();
    let mut names = vec![start.name().to_owned()];
    let mut current = start;
    while let Some(next) = current.own(KEY) {
        let name = next.value.to_owned();
        let is_circular = names.contains(&name);
        names.push(name.clone());
        if is_circular {
            included.error = Some(IncludeError::Circular { profiles: names, origin: next.origin });
            break;
        }
        if names.len() > LONGEST {
            included.error = Some(IncludeError::TooLong { origin: next.origin });
            break;
        }
        let Some(profile) = profiles.get(&name) else {
            included.error = Some(IncludeError::UnknownProfile { name, origin: next.origin });
            break;
        };
        for part in profile.sections() {
            let mut part = part.clone();
            part.section.settings.retain(|setting| inherits(start, setting.key));
            included.sections.push(part);
        }
        current = profile;
    }
    included
}

/// Whether a profile inherits a key.
fn inherits(profile: &Profile<'_>, key: &str) -> bool {
    let is_in = |list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(key));
    let is_access_key = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws_"));
    let is_second_source = (known_keys::names_source(key) || is_in(&EXCLUSIVE)) && profile.has_static_keys()
        || is_in(&EXCLUSIVE) && EXCLUSIVE.iter().any(|key| profile.own(key).is_some());
    !(is_access_key || is_second_source || key.eq_ignore_ascii_case(KEY))
}

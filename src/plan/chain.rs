//! The walk along `source_profile`, from the role that was asked for down to the first credentials.
//!
//! botocore's rules: the profile that was asked for assumes its role even when it has keys; for every later one its own
//! keys win over its `role_arn`; a profile may name itself as its source when it has keys; any other ring is an error.

use super::source_of::{self, WebIdentity};
use super::{AssumeWith, Hop, Planner};
use crate::common::arn::RoleArn;
use crate::common::origin::{Located, Origin};
use crate::config::Profile;
use crate::error::Error;
use crate::plan::source::Source;

/// What a walk gave.
pub struct Chain<'a> {
    pub source: Source,
    /// In the order of the calls.
    pub hops: Vec<Hop>,
    /// The profiles that were passed, the one that was asked for first.
    pub profiles: Vec<&'a Profile<'a>>,
}

impl From<Source> for Chain<'_> {
    fn from(source: Source) -> Self {
        Self { source, hops: Vec::new(), profiles: Vec::new() }
    }
}

/// The names by which `--source-profile` and `ASSUME_ENV_SOURCE` call sources that are no profile. No profile of the AWS CLI's
/// documentation is called so.
pub const NAMED: [&str; 3] = [":web-identity", ":container", ":instance"];

/// The name of a source that is no profile.
pub fn name_of(source: &Source) -> Option<&'static str> {
    match source {
        Source::WebIdentity { profile: None, .. } => Some(NAMED[0]),
        Source::Container(_) => Some(NAMED[1]),
        Source::Instance(_) => Some(NAMED[2]),
        _ => None,
    }
}

/// What a profile says of where its credentials come from.
enum Next<'a> {
    Role { role: Located<RoleArn>, from: Keyholder<'a> },
    WebIdentity(WebIdentity),
    Source(Source),
}

/// Where the credentials that assume a profile's role come from.
enum Keyholder<'a> {
    Profile(&'a Profile<'a>),
    /// The very same profile, which has an access key.
    Itself,
    Source(Source),
}

impl<'a> Chain<'a> {
    /// The chain of a profile that was asked for, as the AWS CLI would take it with `--profile`.
    pub fn of_profile(planner: &Planner<'a>, profile: &'a Profile<'a>) -> Result<Self, Error> {
        walk(planner, profile, true)
    }

    /// The chain of a profile that is named as a source: its own keys win over its role.
    pub fn of_source(planner: &Planner<'a>, profile: &'a Profile<'a>) -> Result<Self, Error> {
        walk(planner, profile, false)
    }

    /// The chain of a source that is no profile, by its name; `None` when nothing is called so.
    pub fn of_name(planner: &Planner<'a>, name: &str, origin: &Origin) -> Result<Option<Self>, Error> {
        let missing = || Error::NoContainer { origin: origin.clone() };
        Ok(Some(match NAMED.iter().position(|known| *known == name) {
            Some(0) => match source_of::web_identity_of_environment(planner)? {
                Some(found) => Self::of_web_identity(planner, found)?,
                None => return Err(Error::NoWebIdentity { origin: origin.clone() }),
            },
            Some(1) => Self::from(Source::Container(
                source_of::container(planner, origin.clone()).ok_or_else(missing)?,
            )),
            Some(_) => Self::from(Source::Instance(source_of::instance(planner, origin.clone())?)),
            None => return Ok(None),
        }))
    }

    /// The role of a web identity that no profile names.
    pub fn of_web_identity(planner: &Planner<'a>, found: WebIdentity) -> Result<Self, Error> {
        let hop = planner.hop(found.role, None, AssumeWith::WebIdentity)?;
        Ok(Self { source: found.source, hops: vec![hop], profiles: Vec::new() })
    }
}

fn walk<'a>(planner: &Planner<'a>, start: &'a Profile<'a>, mut asked_for: bool) -> Result<Chain<'a>, Error> {
    let (mut profiles, mut hops) = (vec![start], Vec::new());
    let mut current = start;
    let source = loop {
        current.check_includes()?;
        let (role, from) = match next(planner, current, asked_for)? {
            Next::Source(source) => break source,
            Next::WebIdentity(found) => {
                hops.push(planner.hop(found.role, Some(current), AssumeWith::WebIdentity)?);
                break found.source;
            }
            Next::Role { role, from } => (role, from),
        };
        hops.push(planner.hop(role, Some(current), AssumeWith::Keys)?);
        asked_for = false;
        match from {
            Keyholder::Itself if !current.has_static_keys() => return Err(ring(&profiles, current)),
            // Its keys allow it; what is asked for them is whatever the AWS CLI would ask first.
            Keyholder::Itself => {
                break source_of::of_profile(planner, current)?.ok_or_else(|| ring(&profiles, current))?;
            }
            Keyholder::Source(source) => break source,
            Keyholder::Profile(source) => {
                if profiles.iter().any(|seen| seen.name() == source.name()) {
                    return Err(ring(&profiles, source));
                }
                profiles.push(source);
                current = source;
            }
        }
    };
    hops.reverse();
    Ok(Chain { source, hops, profiles })
}

fn next<'a>(planner: &Planner<'a>, profile: &'a Profile<'a>, asked_for: bool) -> Result<Next<'a>, Error> {
    // A role that is assumed with a web identity needs no keys, whatever else the profile has.
    if let Some(found) = source_of::web_identity(planner, profile)? {
        return Ok(Next::WebIdentity(found));
    }
    let may_assume = asked_for || !profile.has_static_keys();
    if let Some(origin) = profile.left_empty("role_arn").filter(|_| may_assume) {
        return Err(Error::EmptyRoleArn { profile: profile.name().into(), origin });
    }
    if let Some(arn) = profile.get("role_arn")
        && may_assume
    {
        return Ok(Next::Role { role: source_of::role_arn(arn)?, from: keyholder(planner, profile)? });
    }
    let mut source = source_of::of_profile(planner, profile)?;
    if source.is_none() && asked_for {
        source = match profile.get("credential_source") {
            Some(setting) => Some(source_of::named(planner, profile, setting)?),
            None => source_of::ambient(planner)?,
        };
    }
    match source {
        Some(source) => Ok(Next::Source(source)),
        None => Err(Error::NoCredentials { profile: profile.name().into(), place: profile.place() }),
    }
}

/// The one of `source_profile` and `credential_source` that the profile has.
fn keyholder<'a>(planner: &Planner<'a>, profile: &'a Profile<'a>) -> Result<Keyholder<'a>, Error> {
    let name = || profile.name().to_owned();
    match (profile.get("source_profile"), profile.get("credential_source")) {
        (Some(one), Some(other)) => {
            Err(Error::TwoSources { profile: name(), first: one.origin, second: other.origin })
        }
        (None, None) => Err(Error::NoSourceOfProfile {
            profile: name(),
            place: profile.place(),
            has_keys: profile.has_static_keys(),
        }),
        (None, Some(setting)) => source_of::named(planner, profile, setting).map(Keyholder::Source),
        (Some(source), None) if source.value == profile.name() => Ok(Keyholder::Itself),
        (Some(source), None) => match planner.config.profile(source.value) {
            Some(found) => Ok(Keyholder::Profile(found)),
            None => Err(planner.unknown_profile(source.value, Some(source.origin))),
        },
    }
}

/// The whole ring in the order in which it was walked.
fn ring(seen: &[&Profile<'_>], again: &Profile<'_>) -> Error {
    let from = seen.iter().position(|profile| profile.name() == again.name()).unwrap_or(0);
    let mut ring: Vec<String> = seen[from..].iter().map(|profile| profile.name().into()).collect();
    ring.push(again.name().into());
    let origins = seen[from..].iter().filter_map(|profile| Some(profile.get("source_profile")?.origin));
    Error::Loop { ring, origins: origins.collect() }
}

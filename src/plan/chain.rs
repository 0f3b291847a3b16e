//! The walk along `source_profile`, from the role that was asked for down to the first credentials.
//!
//! botocore's rules: the profile that was asked for assumes its role even when it has keys; for every later one its own
//! keys win over its `role_arn`; a profile may name itself as its source when it has keys; any other ring is an error.

use super::{Hop, Planner};
use crate::config::{Kind, Located, Profile, shell_words};
use crate::error::Error;
use crate::role::RoleArn;
use crate::source::{Lost, Source};

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

/// What a profile says of where its credentials come from.
enum Next<'a> {
    Role { role: Located<RoleArn>, from: Keyholder<'a> },
    Source(Source),
}

/// Where the credentials that assume a profile's role come from.
enum Keyholder<'a> {
    Profile(&'a Profile<'a>),
    /// The access key of the very same profile.
    Itself,
    Environment(Located<&'a str>),
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
}

fn walk<'a>(planner: &Planner<'a>, start: &'a Profile<'a>, mut role_wins: bool) -> Result<Chain<'a>, Error> {
    let (mut profiles, mut hops) = (vec![start], Vec::new());
    let mut current = start;
    let source = loop {
        let (role, from) = match next(planner, current, role_wins)? {
            Next::Source(source) => break source,
            Next::Role { role, from } => (role, from),
        };
        hops.push(planner.hop(role, Some(current))?);
        role_wins = false;
        match from {
            Keyholder::Itself => break any_keys(current)?.ok_or_else(|| ring(&profiles, current))?,
            Keyholder::Environment(setting) => break environment(planner, current, setting)?,
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

fn next<'a>(planner: &Planner<'a>, profile: &'a Profile<'a>, role_wins: bool) -> Result<Next<'a>, Error> {
    // A role that is assumed with a web identity is a source, not a hop: the token stands for the keys.
    if let Some(key) = profile.get("web_identity_token_file") {
        return Err(not_built(profile, "web_identity_token_file", &key));
    }
    if let Some(arn) = profile.get("role_arn")
        && (role_wins || !profile.has_static_keys())
    {
        let role = match RoleArn::parse(arn.value) {
            Ok(role) => Located::new(role, arn.origin),
            Err(why) => {
                return Err(Error::BadRoleArn { text: arn.value.into(), why, origin: arn.origin });
            }
        };
        return Ok(Next::Role { role, from: source_of(planner, profile)? });
    }
    for key in ["sso_account_id", "sso_role_name"] {
        if let Some(value) = profile.get(key) {
            return Err(not_built(profile, key, &value));
        }
    }
    // The AWS CLI asks the credentials file, then other sources, and the config file last.
    if let Some(source) = own_keys(profile, Kind::Credentials)? {
        return Ok(Next::Source(source));
    }
    if let Some(Located { origin, .. }) = profile.get("login_session") {
        // The SDK's own provider would write keys into a cache file; the AWS CLI keeps its own.
        let words =
            ["aws", "configure", "export-credentials", "--profile", profile.name(), "--format", "process"];
        let command = Located::new(words.map(str::to_owned).to_vec(), origin);
        return Ok(program(profile, "login_session", command));
    }
    if let Some(Located { value, origin }) = profile.get("credential_process") {
        let words = shell_words(value)
            .ok_or_else(|| Error::OpenQuote { text: value.into(), origin: origin.clone() })?;
        let command = Located::new(words, origin);
        return Ok(program(profile, "credential_process", command));
    }
    if let Some(source) = own_keys(profile, Kind::Config)? {
        return Ok(Next::Source(source));
    }
    Err(Error::NoCredentials { profile: profile.name().into(), place: profile.place() })
}

fn program<'a>(profile: &Profile<'_>, key: &'static str, command: Located<Vec<String>>) -> Next<'a> {
    Next::Source(Source::Process { profile: profile.name().into(), key, command })
}

/// The one of `source_profile` and `credential_source` that the profile has.
fn source_of<'a>(planner: &Planner<'a>, profile: &'a Profile<'a>) -> Result<Keyholder<'a>, Error> {
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
        (None, Some(setting)) if setting.value.eq_ignore_ascii_case("Environment") => {
            Ok(Keyholder::Environment(setting))
        }
        (None, Some(setting)) => match setting.value.to_ascii_lowercase().as_str() {
            "ec2instancemetadata" | "ecscontainer" => Err(not_built(profile, "credential_source", &setting)),
            _ => Err(Error::BadCredentialSource { text: setting.value.into(), origin: setting.origin }),
        },
        (Some(source), None) if source.value == profile.name() => Ok(Keyholder::Itself),
        (Some(source), None) => match planner.config.profile(source.value) {
            Some(found) => Ok(Keyholder::Profile(found)),
            None => Err(planner.unknown_profile(source.value, Some(source.origin))),
        },
    }
}

fn any_keys(profile: &Profile<'_>) -> Result<Option<Source>, Error> {
    match own_keys(profile, Kind::Credentials)? {
        Some(source) => Ok(Some(source)),
        None => own_keys(profile, Kind::Config),
    }
}

fn own_keys(profile: &Profile<'_>, kind: Kind) -> Result<Option<Source>, Error> {
    let keys = profile.static_keys(kind)?;
    Ok(keys.map(|keys| Source::Profile { name: profile.name().into(), keys }))
}

fn environment(
    planner: &Planner<'_>,
    profile: &Profile<'_>,
    setting: Located<&str>,
) -> Result<Source, Error> {
    if let Some(keys) = planner.caller.own_keys()? {
        return Ok(Source::Environment(keys));
    }
    let (profile, origin) = (profile.name().to_owned(), setting.origin);
    if planner.held.is_some() {
        return Ok(Source::Lost(Lost::OfEnvironment { profile, origin }));
    }
    Err(Error::NoKeysInEnvironment { profile, origin, session_held: false })
}

/// The whole ring in the order in which it was walked.
fn ring(seen: &[&Profile<'_>], again: &Profile<'_>) -> Error {
    let from = seen.iter().position(|profile| profile.name() == again.name()).unwrap_or(0);
    let mut ring: Vec<String> = seen[from..].iter().map(|profile| profile.name().into()).collect();
    ring.push(again.name().into());
    let origins = seen[from..].iter().filter_map(|profile| Some(profile.get("source_profile")?.origin));
    Error::Loop { ring, origins: origins.collect() }
}

fn not_built(profile: &Profile<'_>, key: &'static str, value: &Located<&str>) -> Error {
    Error::SourceNotKnown { profile: profile.name().into(), key, origin: value.origin.clone() }
}

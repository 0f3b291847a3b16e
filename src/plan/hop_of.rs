//! The STS call that a profile asks for: the role with everything that the profile says about it, or a
//! session of the user whose keys the profile has. The flags come later (`overrides`).
//!
//! Follows botocore's `AssumeRoleProvider` and `AssumeRoleWithWebIdentityProvider` for the keys of a profile.

use crate::common::arn::RoleArn;
use crate::common::duration::SessionLength;
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::names;
use crate::common::origin::{Located, Origin};
use crate::common::session_policy::{self, SessionPolicy};
use crate::config::Profile;
use crate::plan::context::Planner;
use crate::plan::error::Error;
use crate::plan::hop::{AssumeWith, GetSessionTokenHop, Hop, RoleHop};
use crate::plan::mfa_device;
use crate::plan::source::{LongLived, Source};

/// A role ARN of a profile, a variable or the command line.
pub(super) fn role_arn(arn: Located<&str>) -> Result<Located<RoleArn>, Error> {
    match RoleArn::parse(arn.value) {
        Ok(role) => Ok(Located::new(role, arn.origin)),
        Err(why) => Err(invalid(arn, Rule::RoleArn(why))),
    }
}

/// The call for a role. `profile` is the one whose `role_arn` it is; a role that is named by its ARN has
/// none.
pub(super) fn role(
    planner: &Planner<'_>,
    role: Located<RoleArn>,
    profile: Option<&Profile<'_>>,
    with: AssumeWith,
) -> Result<Hop, Error> {
    let get = |key| profile.and_then(|profile| profile.get(key));
    let mut hop = RoleHop {
        with,
        session_name: session_name(planner, get("role_session_name"))?,
        role,
        duration: duration(get("duration_seconds"))?,
        external_id: None,
        session_policy: SessionPolicy::default(),
        mfa: None,
        unasked_mfa: None,
        profile: profile.map(|profile| profile.name().to_owned()),
    };
    // Only a signed request can send the rest. The AWS CLI ignores it, too, when a web identity token assumes
    // the role.
    if let (Some(profile), AssumeWith::Keys) = (profile, with) {
        hop.external_id = profile.get("external_id").map(external_id).transpose()?;
        hop.session_policy = session_policy(profile)?;
        hop.mfa = mfa_device::of_profile(planner.args, profile)?;
    }
    Ok(Hop::Role(Box::new(hop)))
}

/// The call that a profile without a role makes, because long-lived keys must never reach a command: a
/// session of their user. `None` when the keys of the source are temporary.
pub(super) fn user_session(
    planner: &Planner<'_>,
    source: &Source,
    profile: &Profile<'_>,
) -> Result<Option<Hop>, Error> {
    let only_for_long_lived = match source.long_lived() {
        LongLived::No => return Ok(None),
        LongLived::Yes => false,
        LongLived::Unknown => true,
    };
    Ok(Some(Hop::Session(GetSessionTokenHop {
        duration: duration(profile.get("duration_seconds"))?,
        mfa: mfa_device::of_profile(planner.args, profile)?,
        only_for_long_lived,
    })))
}

fn session_name(planner: &Planner<'_>, of_profile: Option<Located<&str>>) -> Result<Located<String>, Error> {
    match of_profile.or_else(|| planner.variable("AWS_ROLE_SESSION_NAME")) {
        None => Ok(Located::new(planner.context.default_name.to_owned(), Origin::Default)),
        Some(name) if names::is_session_name(name.value) => Ok(owned(name)),
        Some(name) => Err(invalid(name, Rule::SessionName)),
    }
}

fn duration(of_profile: Option<Located<&str>>) -> Result<Option<Located<SessionLength>>, Error> {
    let Some(setting) = of_profile else { return Ok(None) };
    match SessionLength::parse(setting.value) {
        Ok(length) => Ok(Some(Located::new(length, setting.origin))),
        Err(why) => Err(invalid(setting, Rule::Duration(why))),
    }
}

fn external_id(id: Located<&str>) -> Result<Located<String>, Error> {
    if names::is_external_id(id.value) { Ok(owned(id)) } else { Err(invalid(id, Rule::ExternalId)) }
}

fn session_policy(profile: &Profile<'_>) -> Result<SessionPolicy, Error> {
    let tags = profile.get("session_tags").map(session_policy::tags_of_profile).transpose()?;
    let transitive = profile.get("transitive_session_tags").map(session_policy::keys_of_profile);
    Ok(SessionPolicy {
        tags: tags.unwrap_or_default(),
        transitive: transitive.unwrap_or_default(),
        source_identity: profile.get("source_identity").map(owned),
        ..SessionPolicy::default()
    })
}

fn owned(text: Located<&str>) -> Located<String> {
    Located::new(text.value.to_owned(), text.origin)
}

fn invalid(setting: Located<&str>, rule: Rule) -> Error {
    InvalidValue::new(setting.value, setting.origin, rule).into()
}

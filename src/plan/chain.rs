//! The chain of roles: from the role that the user names along `source_profile` to the first credentials.
//!
//! botocore's rules (`AssumeRoleProvider`): the profile that the user names assumes its role even when it has
//! keys; the keys of every later profile have priority over its `role_arn`; a profile can be its own source
//! when it has keys; any other circle is an error.

use crate::common::arn::RoleArn;
use crate::common::origin::Located;
use crate::config::Profile;
use crate::plan::ambient;
use crate::plan::context::Planner;
use crate::plan::error::Error;
use crate::plan::hop::{AssumeWith, Hop};
use crate::plan::hop_of;
use crate::plan::source::Source;
use crate::plan::source_of::{self, NamedAs, Resolved, RoleSource};

/// A source and the hops after it.
pub(super) struct Chain<'a> {
    /// The first credentials.
    pub source: Source,
    /// The STS calls, in their order.
    pub hops: Vec<Hop>,
    /// The profiles on the way to the source, the one that the user names first.
    pub profiles: Vec<&'a Profile<'a>>,
}

impl<'a> Chain<'a> {
    /// The chain of a source that is not in a profile: the role of a web identity is assumed, any other
    /// source gives keys.
    pub(super) fn of_source(planner: &Planner<'a>, source: Source) -> Result<Self, Error> {
        let hops = web_identity_hop(planner, &source, None)?.into_iter().collect();
        Ok(Self { source, hops, profiles: Vec::new() })
    }

    /// The chain of a profile.
    pub(super) fn of_profile(
        planner: &Planner<'a>,
        profile: &'a Profile<'a>,
        mut named_as: NamedAs,
    ) -> Result<Self, Error> {
        let (mut profiles, mut hops) = (vec![profile], Vec::new());
        let mut current = profile;
        let source = loop {
            current.check_includes()?;
            let found =
                resolved(planner, current, named_as).map_err(|error| named_by(planner, &profiles, error));
            let (role, from) = match found? {
                Resolved::Source(source) => {
                    hops.extend(web_identity_hop(planner, &source, Some(current))?);
                    break source;
                }
                Resolved::Role { role, from } => (role, from),
            };
            hops.push(role_hop(planner, role, current)?);
            named_as = NamedAs::Source;
            match from {
                RoleSource::Source(source) => break source,
                // Without keys, the role of the profile would be its own source.
                RoleSource::Itself => match source_of::of(planner, current, named_as)? {
                    Some(Resolved::Source(source)) => break source,
                    _ => return Err(ring(&profiles, current)),
                },
                RoleSource::Profile(source) => {
                    if profiles.iter().any(|seen| seen.name() == source.name()) {
                        return Err(ring(&profiles, source));
                    }
                    profiles.push(source);
                    current = source;
                }
            }
        };
        hops.reverse();
        Ok(Self { source, hops, profiles })
    }

    /// Whether the last hop leads to this role.
    pub(super) fn leads_to(&self, role: &RoleArn) -> bool {
        self.hops.last().is_some_and(|hop| hop.leads_to(role))
    }
}

/// Where the credentials of a profile come from. The profile that the user names can use the container or the
/// instance without a setting, as in the AWS CLI.
fn resolved<'a>(
    planner: &Planner<'a>,
    profile: &'a Profile<'a>,
    named_as: NamedAs,
) -> Result<Resolved<'a>, Error> {
    if let Some(resolved) = source_of::of(planner, profile, named_as)? {
        return Ok(resolved);
    }
    let of_machine = match named_as {
        NamedAs::Profile => ambient::of_machine(planner)?,
        NamedAs::Source => None,
    };
    of_machine.map(Resolved::Source).ok_or_else(|| source_of::no_credentials(planner, profile))
}

/// The error for a profile without credentials, with the line of the `source_profile` that names it. The
/// keys in
/// the environment could be used instead.
fn named_by(planner: &Planner<'_>, profiles: &[&Profile<'_>], mut error: Error) -> Error {
    if let (Error::NoCredentials { instead, .. }, [.., before, _]) = (&mut error, profiles)
        && planner.has_keys_in_environment()
    {
        *instead = before.get("source_profile").map(|source| source.origin);
    }
    error
}

fn role_hop(planner: &Planner<'_>, role: Located<RoleArn>, profile: &Profile<'_>) -> Result<Hop, Error> {
    hop_of::role(planner, role, Some(profile), AssumeWith::Keys)
}

/// The role that the token assumes, when the source is a web identity.
fn web_identity_hop(
    planner: &Planner<'_>,
    source: &Source,
    profile: Option<&Profile<'_>>,
) -> Result<Option<Hop>, Error> {
    let Source::WebIdentity { role, .. } = source else { return Ok(None) };
    hop_of::role(planner, role.clone(), profile, AssumeWith::WebIdentity).map(Some)
}

/// The whole ring in the order of the walk.
fn ring(seen: &[&Profile<'_>], again: &Profile<'_>) -> Error {
    let from = seen.iter().position(|profile| profile.name() == again.name()).unwrap_or(0);
    let mut ring: Vec<String> = seen[from..].iter().map(|profile| profile.name().into()).collect();
    ring.push(again.name().into());
    let origins = seen[from..].iter().filter_map(|profile| Some(profile.get("source_profile")?.origin));
    Error::Loop { ring, origins: origins.collect() }
}

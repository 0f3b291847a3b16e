//! The flags have priority over the profile: they apply to the last hop. A flag that cannot have an effect on
//! this chain is an error.

use crate::cli::needs::Needs;
use crate::cli::session_args::SessionArgs;
use crate::common::origin::{Located, Origin};
use crate::common::session_policy::READ_ONLY;
use crate::plan::context::Planner;
use crate::plan::error::Error;
use crate::plan::hop::{AssumeWith, Hop, RoleHop};
use crate::plan::source::Source;

/// The needs that no source of temporary keys meets.
pub(super) const UNMET_BY_SOURCE: &[Needs] = &[Needs::Role, Needs::SigningKeys, Needs::Mfa, Needs::StsCall];
/// The needs that the session of a user (GetSessionToken) does not meet.
pub(super) const UNMET_BY_USER: &[Needs] = &[Needs::Role, Needs::SigningKeys];
/// The needs that a role of a web identity does not meet.
pub(super) const UNMET_BY_WEB_IDENTITY: &[Needs] = &[Needs::SigningKeys, Needs::Mfa];

/// Checks that each flag can have an effect. A flag that were ignored could mean a session with more power
/// than the user asked for.
pub(super) fn check(args: &SessionArgs, source: &Source, hops: &[Hop]) -> Result<(), Error> {
    let (unmet, why): (&[Needs], String) = match hops.last() {
        None => (UNMET_BY_SOURCE, format!("the session has the keys of {source}, and no STS call is made")),
        Some(Hop::Session(_)) => (
            UNMET_BY_USER,
            "a profile without a role gives a session of its user, and GetSessionToken has no such parameter"
                .into(),
        ),
        Some(Hop::Role(hop)) if hop.with == AssumeWith::WebIdentity => (
            UNMET_BY_WEB_IDENTITY,
            "a web identity token assumes the role, and AssumeRoleWithWebIdentity has no such parameter"
                .into(),
        ),
        Some(Hop::Role(_)) if source.is_role() => {
            (&[Needs::Mfa], format!("MFA devices belong to users, and the chain starts from {source}"))
        }
        Some(Hop::Role(_)) => return Ok(()),
    };
    match args.given().find(|(_, needs)| unmet.contains(needs)) {
        Some((flag, _)) => Err(Error::FlagWithoutUse { flag, why }),
        None => Ok(()),
    }
}

/// Applies the flags to the last hop.
pub(super) fn apply(planner: &Planner<'_>, last: &mut Hop) {
    if let Some(length) = planner.args.duration {
        *last.duration_mut() = Some(Located::new(length, Origin::Flag("--duration")));
    }
    if let Hop::Role(hop) = last {
        apply_to_role(planner, hop);
    }
}

fn apply_to_role(planner: &Planner<'_>, hop: &mut RoleHop) {
    let args = planner.args;
    let flag = |name| move |text: &String| Located::new(text.clone(), Origin::Flag(name));
    if let Some(name) = &args.session_name {
        hop.session_name = flag("--session-name")(name);
    } else if let Some(was) = planner.renewed().and_then(|held| held.assumed.as_ref())
        && was.role == hop.role.value
    {
        hop.session_name = Located::new(was.session_name.clone(), Origin::Variable("ASSUME_ENV_SESSION"));
    }
    if let Some(id) = &args.external_id {
        hop.external_id = Some(flag("--external-id")(id));
    }
    let read_only_arn = format!("arn:{}:iam::aws:policy/ReadOnlyAccess", hop.role.value.partition());
    let session_policy = &mut hop.session_policy;
    session_policy.policy = args.policy.as_ref().map(flag("--policy"));
    session_policy.policy_arns = args.policy_arns.iter().map(flag("--policy-arn")).collect();
    // A read-only session is renewed as a read-only one.
    let was_read_only = planner.renewed().is_some_and(|held| held.narrowed.as_deref() == Some(READ_ONLY));
    if args.read_only || (was_read_only && session_policy.policy_arns.is_empty()) {
        session_policy.read_only = true;
        session_policy.policy_arns.push(Located::new(read_only_arn, Origin::Flag("--read-only")));
    }
    // A tag of the command line replaces that of the profile. A key that the command line has twice is found
    // by the check of the session policy.
    let is_replaced = |key: &str| args.tags.iter().any(|tag| tag.key.eq_ignore_ascii_case(key));
    session_policy.tags.retain(|tag| !is_replaced(&tag.value.key));
    let tags = args.tags.iter().map(|tag| Located::new(tag.clone(), Origin::Flag("--tag")));
    session_policy.tags.extend(tags);
    session_policy.transitive.extend(args.transitive_tags.iter().map(flag("--transitive-tag")));
    if let Some(identity) = &args.source_identity {
        session_policy.source_identity = Some(flag("--source-identity")(identity));
    }
}

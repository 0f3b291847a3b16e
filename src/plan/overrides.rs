//! What the flags say goes to the last hop; and which flags a source or a hop cannot take.

use super::{AssumeWith, Hop, Planner, RoleHop};
use crate::cli::session_args::SessionArgs;
use crate::common::origin::{Located, Origin};
use crate::common::session_policy::READ_ONLY;
use crate::error::Error;
use crate::plan::source::Source;

/// Flags by what they need: a role that is assumed, keys that sign the request for it, or a length.
struct Args {
    /// For a role alone.
    role: Vec<&'static str>,
    /// For a role that keys assume.
    keys: Vec<&'static str>,
    /// For a user's MFA device.
    mfa: Vec<&'static str>,
    /// For any call of STS.
    length: Vec<&'static str>,
}

fn typed(request: &SessionArgs) -> Args {
    let given = |list: &[(bool, &'static str)]| {
        list.iter().filter(|(given, _)| *given).map(|(_, name)| *name).collect::<Vec<_>>()
    };
    Args {
        role: given(&[
            (request.session_name.is_some(), "--session-name"),
            (request.policy.is_some(), "--policy"),
            (!request.policy_arns.is_empty(), "--policy-arn"),
            (request.read_only, "--read-only"),
        ]),
        keys: given(&[
            (request.external_id.is_some(), "--external-id"),
            (!request.tags.is_empty(), "--tag"),
            (!request.transitive_tags.is_empty(), "--transitive-tag"),
            (request.source_identity.is_some(), "--source-identity"),
        ]),
        mfa: given(&[
            (request.mfa_serial.is_some(), "--mfa-serial"),
            (request.mfa_token.is_some(), "--mfa-token"),
            (request.mfa_process.is_some(), "--mfa-process"),
        ]),
        length: given(&[(request.duration.is_some(), "--duration")]),
    }
}

/// A flag that nothing on the way could honour is an error: left out silently, it would mean more power than was asked for.
pub fn check(request: &SessionArgs, source: &Source, hops: &[Hop]) -> Result<(), Error> {
    let typed = typed(request);
    let first = |lists: &[&Vec<&'static str>]| lists.iter().find_map(|list| list.first().copied());
    let (flag, why) = match hops.last() {
        None => (
            first(&[&typed.role, &typed.keys, &typed.length, &typed.mfa]),
            format!("the keys come from {source} and are used as they are"),
        ),
        Some(Hop::Session(_)) => (
            first(&[&typed.role, &typed.keys]),
            "a profile without a role gives a session of its user (GetSessionToken), which does not take it"
                .into(),
        ),
        Some(Hop::Role(hop)) if hop.with == AssumeWith::WebIdentity => (
            first(&[&typed.keys, &typed.mfa]),
            "a web identity token assumes the role, and AssumeRoleWithWebIdentity does not take it".into(),
        ),
        Some(Hop::Role(_)) if source.is_role() => {
            (first(&[&typed.mfa]), format!("MFA devices belong to users, and the chain starts from {source}"))
        }
        Some(Hop::Role(_)) => (None, String::new()),
    };
    match flag {
        Some(flag) => Err(Error::FlagWithoutUse { flag, why }),
        None => Ok(()),
    }
}

/// Puts what the flags say onto the last hop.
pub fn apply(planner: &Planner<'_>, last: &mut Hop) {
    let duration = planner.args.duration.map(|length| Located::new(length, Origin::Flag("--duration")));
    match last {
        Hop::Role(hop) => {
            hop.duration = duration.or_else(|| hop.duration.take());
            shape(planner, hop);
        }
        Hop::Session(hop) => hop.duration = duration.or_else(|| hop.duration.take()),
    }
}

fn shape(planner: &Planner<'_>, last: &mut RoleHop) {
    let request = planner.args;
    let flag = |name| move |text: &String| Located::new(text.clone(), Origin::Flag(name));
    if let Some(name) = &request.session_name {
        last.session_name = flag("--session-name")(name);
    } else if let Some(was) = planner.renewed().and_then(|held| held.assumed.as_ref())
        && was.role == last.role.value
    {
        last.session_name = Located::new(was.session_name.clone(), Origin::Variable("ASSUME_ENV_SESSION"));
    }
    if let Some(id) = &request.external_id {
        last.external_id = Some(flag("--external-id")(id));
    }
    let read_only = format!("arn:{}:iam::aws:policy/ReadOnlyAccess", last.role.value.partition());
    let shape = &mut last.shape;
    shape.policy = request.policy.as_ref().map(flag("--policy"));
    shape.policy_arns = request.policy_arns.iter().map(flag("--policy-arn")).collect();
    let held_so = planner.held.is_some_and(|held| held.narrowed.as_deref() == Some(READ_ONLY));
    if request.read_only || (request.role.is_none() && held_so && shape.policy_arns.is_empty()) {
        shape.read_only = true;
        shape.policy_arns.push(Located::new(read_only, Origin::Flag("--read-only")));
    }
    // A tag that is typed beats that of the profile; one that is typed twice is found by the check.
    shape.tags.retain(|kept| request.tags.iter().all(|tag| !tag.key.eq_ignore_ascii_case(&kept.value.key)));
    let typed = request.tags.iter().map(|tag| Located::new(tag.clone(), Origin::Flag("--tag")));
    shape.tags.extend(typed);
    shape.transitive.extend(request.transitive_tags.iter().map(flag("--transitive-tag")));
    if let Some(identity) = &request.source_identity {
        shape.source_identity = Some(flag("--source-identity")(identity));
    }
}

//! What makes other tools use another identity than the held session: --status and --explain warn.

use crate::common::arn::RoleArn;
use crate::env::{Environment, HeldSession};

/// The warnings about the held session, from the environment alone.
pub(super) fn of(env: &Environment, held: &HeldSession) -> Vec<String> {
    let exported = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].into_iter().filter_map(|name| {
        let profile = env.os(name).filter(|profile| !profile.is_empty())?.to_string_lossy();
        Some(format!(
            "{name}={profile} was set after this session began, and some tools use it instead of the session \
             (the AWS SDK for JavaScript, some versions of Terraform); type unset {name}"
        ))
    });
    exported.chain(named_as_another_role(held)).collect()
}

/// A profile can have the name of a role: then its name says another role than the one that is held.
fn named_as_another_role(held: &HeldSession) -> Option<String> {
    if held.sso_session().is_some() {
        return None;
    }
    let typed = &held.role_as_typed;
    let role = held.assumed.as_ref().map(|assumed| &assumed.role);
    let partition = role.map_or("aws", RoleArn::partition);
    let named = match RoleArn::from_shorthand(typed) {
        Some(short) => short.in_partition(partition),
        None => RoleArn::parse(typed).ok()?,
    };
    if role == Some(&named) {
        return None;
    }
    let holds = role.map_or_else(|| "keys without a role".to_owned(), ToString::to_string);
    Some(format!(
        "{typed} is the name of a profile and not the role of that name: this session holds {holds}"
    ))
}

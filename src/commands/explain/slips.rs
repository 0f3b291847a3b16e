//! Slips that do not stop this program, and lead to another source of credentials than the one that is meant.

use crate::config::{Config, FileKind, Profile};
use crate::env::Environment;
use crate::plan::Plan;
use crate::plan::source::Source;

/// All that are found here.
pub(super) fn all(plan: &Plan, env: &Environment, config: &Config<'_>) -> Vec<String> {
    let mut found = Vec::new();
    web_identity(plan, env, &mut found);
    if let Some(profile) = plan.source.profile().and_then(|name| config.profile(name)) {
        shadowed_source(plan, profile, &mut found);
    }
    if let Source::Sso(sso) = &plan.source {
        found.extend(sso.login.slips.iter().map(ToString::to_string));
    }
    if let Some(profile) = config.profile(&plan.role_as_typed)
        && plan.role_as_typed.starts_with("arn:")
    {
        found.push(format!(
            "the profile {} ({}) has the name of a role: the profile is used, and not the role of that name",
            profile.name(),
            profile.place()
        ));
    }
    found
}

/// Keys in the environment have priority over a web identity in the environment (botocore: `EnvProvider` is the first one).
fn web_identity(plan: &Plan, env: &Environment, found: &mut Vec<String>) {
    const FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
    const ROLE: &str = "AWS_ROLE_ARN";
    let has_keys = !env.has_session_variables() && env.var("AWS_ACCESS_KEY_ID").is_some();
    match (env.var(FILE), env.var(ROLE)) {
        (Some(_), _) if has_keys && !matches!(plan.source, Source::WebIdentity { profile: None, .. }) => {
            found.push(format!(
                "the environment has keys and the web identity of {FILE}: AWS tools use the keys; type unset \
                 AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN to use the web identity, or unset {FILE}"
            ));
        }
        (None, Some(role)) => found.push(format!(
            "{ROLE}={role} has no effect without {FILE}: AWS tools assume it with a web identity only; \
             type unset {ROLE}"
        )),
        _ => {}
    }
}

/// Of two sources of one profile, the AWS CLI uses the first in its order without a word.
fn shadowed_source(plan: &Plan, profile: &Profile<'_>, found: &mut Vec<String>) {
    const LATER_THAN_CREDENTIALS: &[&str] = &["login_session", "credential_process"];
    let name = profile.name();
    let (of_credentials, of_config) =
        (profile.place_of_keys(FileKind::Credentials), profile.place_of_keys(FileKind::Config));
    let is_used_keys = matches!(&plan.source, Source::Profile { name: used, .. } if used == name);
    if let (true, Some(place)) = (is_used_keys, &of_credentials) {
        for key in LATER_THAN_CREDENTIALS {
            if let Some(setting) = profile.get(key) {
                found.push(format!(
                    "the access key of profile {name} ({place}) is used, and not its {key} ({}); remove \
                     the key if it is old",
                    setting.origin
                ));
            }
        }
    }
    let used = match &plan.source {
        Source::Process { command, .. } => ("credential_process", &command.origin),
        Source::Login { command, .. } => ("login_session", &command.origin),
        Source::Sso(sso) => ("role of IAM Identity Center", &sso.role.origin),
        _ => return,
    };
    for place in of_credentials.into_iter().chain(of_config) {
        found.push(format!(
            "the access key of profile {name} ({place}) is not used: its {} ({}) is; remove the one that \
             is old",
            used.0, used.1
        ));
    }
}

//! The warnings: settings that have an unexpected effect or none, and variables that another tool left.

use std::os::unix::fs::PermissionsExt as _;

use crate::aws::providers;
use crate::commands::explain::slips;
use crate::commands::held_warnings;
use crate::common::report::Diagnostic as _;
use crate::common::text::clean;
use crate::config::known_keys;
use crate::config::{Config, FileKind, Profile, SectionKind};
use crate::env::Environment;
use crate::plan::source::Source;
use crate::plan::{Hop, LeftOutBecause, LeftOutSetting, Plan};

/// Variables by which other tools show that they hold a session in this shell.
const OTHER_TOOLS: [(&str, &str); 4] = [
    ("AWS_VAULT", "aws-vault"),
    ("AWSUME_PROFILE", "awsume"),
    ("AWSU_PROFILE", "awsu"),
    ("AWS_SSO_PROFILE", "aws-sso-cli"),
];

/// All warnings about this plan.
pub(super) fn all(plan: &Plan, env: &Environment, config: &Config<'_>) -> Vec<String> {
    let mut found = Vec::new();
    environment(plan, env, &mut found);
    // With a damaged session there is no plan.
    if let Ok(Some(held)) = env.held() {
        found.extend(held_warnings::of(env, held));
    }
    found.extend(slips::all(plan, env, config));
    let mut profiles: Vec<&Profile<'_>> = plan
        .hops
        .iter()
        .filter_map(|hop| hop.role()?.profile.as_deref())
        .filter_map(|name| config.profile(name))
        .collect();
    if let Some(name) = plan.source.profile()
        && profiles.iter().all(|profile| profile.name() != name)
    {
        profiles.extend(config.profile(name));
    }
    for profile in profiles {
        keys_of(profile, plan, config, &mut found);
    }
    not_sent(plan, config, &mut found);
    found.extend(plan.settings.left_out.iter().map(left_out));
    if let Err(error) = providers::check(&plan.source) {
        let report = error.report();
        // A slip that the error names is a warning of its own.
        let hints = report.hints.iter().filter(|hint| !found.contains(hint));
        let hints: String = hints.map(|hint| format!("; {hint}")).collect();
        found.push(format!("{}{hints}", report.headline));
    }
    files(config, &mut found);
    // A value from outside cannot add a line.
    found.iter().map(|surprise| clean(surprise)).collect()
}

fn environment(plan: &Plan, env: &Environment, found: &mut Vec<String>) {
    let own_keys = !env.has_session_variables() && env.var("AWS_ACCESS_KEY_ID").is_some();
    if own_keys {
        for name in ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"] {
            if let Some(profile) = env.var(name) {
                found.push(format!(
                    "AWS tools use the keys in the environment, and not {name}={profile}, until this session replaces both"
                ));
            }
        }
        if !matches!(plan.source, Source::Environment(_)) {
            found.push("the keys in the environment are not used: the profile names another source".into());
        }
    }
    if !own_keys && !env.has_session_keys() {
        for name in ["AWS_CREDENTIAL_EXPIRATION", "AWS_SESSION_EXPIRATION"] {
            if env.var(name).is_some() {
                found.push(format!(
                    "{name} is left over: the environment has no keys for it; type unset {name}"
                ));
            }
        }
    }
    if env.has_foreign_keys() {
        found.push(
            "the ASSUME_ENV_ variables belong to other keys than those in the environment: no session is held".into(),
        );
    }
    if env.var("AWS_BEARER_TOKEN_BEDROCK").is_some() {
        found.push(
            "AWS_BEARER_TOKEN_BEDROCK is set: Amazon Bedrock uses it, and not the session's keys".into(),
        );
    }
    for (name, tool) in OTHER_TOOLS {
        if let Some(value) = env.var(name) {
            found.push(format!("{name}={value} was left by {tool}: prompts may show it; type unset {name}"));
        }
    }
}

/// A section that no tool reads, and that is probably meant as a part of the profile.
fn config_section_of(profile: &Profile<'_>, config: &Config<'_>) -> Option<String> {
    let misnamed = config.misnamed(SectionKind::Profile, profile.name())?;
    Some(format!("{misnamed}: no AWS tool reads it for the profile {}", profile.name()))
}

fn keys_of(profile: &Profile<'_>, plan: &Plan, config: &Config<'_>, found: &mut Vec<String>) {
    for (key, place) in profile.keys() {
        if known_keys::is_known(key) {
            continue;
        }
        let meant =
            known_keys::nearest(key).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        found.push(format!(
            "{key} in profile {} ({place}) has no effect: assume-env and the AWS tools do not read it{meant}",
            profile.name()
        ));
    }
    found.extend(config_section_of(profile, config));
    let is_source = matches!(&plan.source, Source::Profile { name, .. } if name == profile.name());
    let is_hop =
        plan.hops.iter().filter_map(Hop::role).any(|hop| hop.profile.as_deref() == Some(profile.name()));
    let files = [FileKind::Credentials, FileKind::Config];
    if let Some(role) = profile.get("role_arn")
        && let Some(keys) = files.into_iter().find_map(|file| profile.place_of_keys(file))
        && is_source != is_hop
    {
        let (wins, remove) = match is_source {
            true => ("its keys are used, not its role", "the line that is old"),
            false => {
                ("its role is used, not its keys", "role_arn, if the role is old and the keys are meant")
            }
        };
        found.push(format!(
            "profile {} has both an access key ({keys}) and a role_arn ({}): {wins}; remove {remove}",
            profile.name(),
            role.origin
        ));
    }
}

/// A setting with which a command does not ask as it does with `--profile`.
fn left_out(setting: &LeftOutSetting) -> String {
    let LeftOutSetting { key, why, .. } = setting;
    let (key, origin) = (&key.value, &key.origin);
    match why {
        LeftOutBecause::NoVariable => {
            format!("{key} ({origin}) is not passed on: AWS tools have no variable for it")
        }
        LeftOutBecause::OfDefault if key == "region" => format!(
            "region in [default] ({origin}) applies to commands, because neither the profile nor your environment names one; with \
             --profile it does not apply"
        ),
        LeftOutBecause::OfDefault => format!(
            "{key} in [default] ({origin}) applies to commands: AWS tools read it there, and no variable prevents it"
        ),
    }
}

/// Keys of a profile that have no effect with a web identity or without a role.
fn not_sent(plan: &Plan, config: &Config<'_>, found: &mut Vec<String>) {
    const OF_KEYS: &[&str] = &[
        "source_profile",
        "credential_source",
        "external_id",
        "mfa_serial",
        "session_tags",
        "source_identity",
    ];
    const OF_ROLE: &[&str] = &["external_id", "role_session_name", "session_tags", "source_identity"];
    let (name, keys, why) = match (&plan.source, plan.hops.first()) {
        (Source::WebIdentity { profile: Some(name), .. }, _) => {
            (name.as_str(), OF_KEYS, "the role is assumed with web_identity_token_file")
        }
        (source, None | Some(Hop::Session(_))) => match source.profile() {
            Some(name) => (name, OF_ROLE, "the profile has no role_arn"),
            None => return,
        },
        _ => return,
    };
    for key in keys {
        if let Some(value) = config.profile(name).and_then(|profile| profile.get(key)) {
            found.push(format!("{key} in profile {name} ({}) has no effect: {why}", value.origin));
        }
    }
}

/// Files with secrets that other users can read.
fn files(config: &Config<'_>, found: &mut Vec<String>) {
    for file in config.searched().iter().filter(|file| config.holds_secrets(file)) {
        let Ok(meta) = std::fs::metadata(file) else { continue };
        if meta.permissions().mode() & 0o044 != 0 {
            let file = file.display();
            found
                .push(format!("other users can read {file}, which holds access keys; type chmod 600 {file}"));
        }
    }
}

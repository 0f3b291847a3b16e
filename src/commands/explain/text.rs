//! The explanation as text.

use std::fmt::Display;

use crate::acquire::reuse::Reuse;
use crate::commands::explain::model::Explanation;
use crate::common::clock;
use crate::common::duration::SessionLength;
use crate::common::origin::Located;
use crate::common::text::clean;
use crate::mfa::Mfa;
use crate::plan::source::Source;
use crate::plan::{GetSessionTokenHop, Hop, Plan, RoleHop};

/// The text; values from outside are cleaned.
pub fn text(explanation: &Explanation<'_>) -> String {
    let plan = explanation.plan;
    let source = clean(&plan.source.to_string());
    let mut text = format!("{} leads to ", clean(&plan.role_as_typed));
    let asked = asked(plan);
    text.push_str(&match (plan.role(), plan.hops.last()) {
        (Some(hop), _) => format!("{}\n\nIt starts from {source}.\n{asked}", hop.role.value),
        (None, Some(Hop::Session(hop))) if !hop.only_for_long_lived => {
            format!("a session of its user\n\nIt starts from {source}.\n{asked}")
        }
        (None, Some(_)) => {
            format!("{source}\n{asked}\nThose keys are used without a call of STS, if they are temporary.\n")
        }
        (None, None) => format!("{source}\n{asked}\nThose keys are used without a call of STS.\n"),
    });
    for (i, hop) in plan.hops.iter().enumerate() {
        text.push_str(&match hop {
            Hop::Role(role) => step(i + 1, hop, role),
            Hop::Session(session) => step_of_user(i + 1, session),
        });
    }
    if !plan.hops.is_empty() {
        let Located { value: url, origin } = &plan.sts.url;
        let region = &plan.sts.region;
        text.push_str(&format!(
            "\nSTS is asked at {url} ({origin}), signed for the region {} ({}).\n",
            region.value, region.origin
        ));
    } else {
        text.push_str("\nSTS is not asked.\n");
    }
    text.push_str(&match &plan.region {
        Some(region) => format!("The session gets the region {} ({}).\n", region.value, region.origin),
        None => "The session gets no region; your own does not change.\n".to_owned(),
    });
    text.push_str(&match explanation.reuse {
        Reuse::Use(session) => format!(
            "The session that this environment holds is used again until {}: AWS is not asked.\n",
            session
                .expires
                .map(|expires| clock::local_with_offset(expires.unix_timestamp()))
                .unwrap_or_default()
        ),
        Reuse::No(why) => format!("A new session is made: {why}.\n"),
    });
    if let Some(hidden) = &explanation.hidden {
        text.push_str("The keys renew themselves while the command runs.\n");
        for line in hidden.lines() {
            text.push_str(&format!("  {}\n", clean(&line)));
        }
    }
    text.push_str(&format!("\nSet:       {} and the labels ASSUME_ENV_*\n", explanation.sets.join(" ")));
    if !explanation.unsets.is_empty() {
        text.push_str(&format!("Unset:     {}\n", explanation.unsets.join(" ")));
    }
    for setting in &plan.settings.passed {
        let Located { value, origin } = &setting.value;
        text.push_str(&format!("Setting:   {}={} ({origin})\n", setting.name, clean(value)));
    }
    for (name, value) in &explanation.restored {
        text.push_str(&format!("Restored:  {name}={}, your own value\n", clean(value)));
    }
    for (name, value) in &explanation.saved {
        text.push_str(&format!("Saved:     {name}={}, which --clear restores\n", clean(value)));
    }
    if explanation.env.has_own_secrets() {
        text.push_str("Not saved: the keys in the environment; secrets are never saved\n");
    }
    if !explanation.warnings.is_empty() {
        text.push_str("\nWarnings:\n");
    }
    for warning in &explanation.warnings {
        text.push_str(&format!("  - {warning}\n"));
    }
    text
}

/// Where a remote source is asked.
fn asked(plan: &Plan) -> String {
    match &plan.source {
        Source::Sso(sso) => {
            let from = |value: &Located<String>| format!("{} ({})", clean(&value.value), value.origin);
            format!(
                "     start URL      {}\n     portal         {}\n     token          {}\n",
                from(&sso.start_url),
                from(&sso.portal),
                clean(&sso.token_file.display().to_string()),
            )
        }
        _ => String::new(),
    }
}

/// A row of a step: the name, the value, and where the value comes from.
fn row(name: &str, value: &str, origin: &dyn Display) -> String {
    format!("     {name:<14} {} ({})\n", clean(value), clean(&origin.to_string()))
}

fn row_of(name: &str, value: &Located<String>) -> String {
    row(name, &value.value, &value.origin)
}

fn length_row(length: Option<&Located<SessionLength>>, default: &str) -> String {
    match length {
        Some(length) => row("length", &length.value.to_string(), &length.origin),
        None => row("length", default, &"the default of STS"),
    }
}

fn mfa_rows(mfa: Option<&Mfa>) -> String {
    mfa.map_or(String::new(), |mfa| {
        let code = format!("     {:<14} from {}\n", "MFA code", clean(&mfa.code.to_string()));
        row_of("MFA device", &mfa.serial) + &code
    })
}

fn step(number: usize, hop: &Hop, role: &RoleHop) -> String {
    let RoleHop { role: arn, session_policy: shape, .. } = role;
    let mut text = format!("\n{number}. {} {} ({})\n", hop.action(), arn.value, arn.origin);
    text.push_str(&row_of("session name", &role.session_name));
    text.push_str(&length_row(role.duration.as_ref(), "1h"));
    text.extend(role.external_id.iter().map(|id| row_of("external ID", id)));
    text.extend(shape.policy_arns.iter().map(|arn| row_of("restricted by", arn)));
    text.extend(shape.policy.iter().map(|policy| row("restricted by", "a policy", &policy.origin)));
    for Located { value: tag, origin } in &shape.tags {
        text.push_str(&row("tag", &format!("{}={}", tag.key, tag.value), origin));
    }
    text.extend(shape.transitive.iter().map(|key| row_of("inherited tag", key)));
    text.extend(shape.source_identity.iter().map(|identity| row_of("identity", identity)));
    text.push_str(&mfa_rows(role.mfa.as_ref()));
    text
}

fn step_of_user(number: usize, session: &GetSessionTokenHop) -> String {
    let only = if session.only_for_long_lived { ", if the keys are long-lived" } else { "" };
    let mut text = format!("\n{number}. GetSessionToken{only}\n");
    text.push_str(&length_row(session.duration.as_ref(), "12h"));
    text.push_str(&mfa_rows(session.mfa.as_ref()));
    text
}

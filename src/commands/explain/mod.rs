//! What would be done, and why: the plan in words, before anything is asked of AWS. Never a secret.

mod slips;
mod warnings;

use serde_json::{Value, json};

use crate::acquire::reuse::{self, NotReusable, Reuse};
use crate::aws::providers;
use crate::cli::SessionArgs;
use crate::commands::planned::{read_policy, with_plan};
use crate::common::clock;
use crate::common::duration::SessionLength;
use crate::common::origin::Located;
use crate::common::report::{Diagnostic as _, Report};
use crate::common::text::clean;
use crate::common::text::clean_text;
use crate::common::variables::Group;
use crate::config::Config;
use crate::env::Environment;
use crate::mfa::Mfa;
use crate::plan::source::Source;
use crate::plan::{GetSessionTokenHop, Hop, Plan, RoleHop};
use crate::session::{self, VariableAction};
use crate::sys::stdout;

/// Explains what a role leads to.
///
/// # Errors
/// Everything that is wrong with the plan; a held session that is damaged; a full standard output.
pub fn run(env: &Environment, session: SessionArgs, json: bool) -> Result<u8, Report> {
    let session = read_policy(session)?;
    with_plan(env, &session, false, |plan, config| {
        let reuse = reuse::decide(&session, true, plan, env, clock::now())?;
        let explanation = Explanation::of(plan, env, config, &reuse);
        stdout::write(&if json { explanation.json() } else { clean_text(&explanation.text()) })?;
        Ok(0)
    })
}

/// Everything that `--explain` says.
pub struct Explanation<'a> {
    plan: &'a Plan,
    env: &'a Environment,
    reuse: &'a Reuse,
    warnings: Vec<String>,
    sets: Vec<&'static str>,
    unsets: Vec<&'static str>,
    backs: Vec<(&'static str, String)>,
    restores: Vec<(&'static str, String)>,
}

impl<'a> Explanation<'a> {
    /// Puts it together.
    pub fn of(plan: &'a Plan, env: &'a Environment, config: &Config<'_>, reuse: &'a Reuse) -> Self {
        let sets_region = plan.region.is_some();
        let (mut sets, mut unsets, mut backs) = (Vec::new(), Vec::new(), Vec::new());
        for (variable, fate) in session::plan_changes(sets_region, env) {
            match fate {
                // Labels are the program's own business.
                VariableAction::Set if variable.group == Group::Label => {}
                VariableAction::Set => sets.push(variable.name),
                VariableAction::Restore(value) => backs.push((variable.name, value)),
                VariableAction::Unset if env.os(variable.name).is_some() => unsets.push(variable.name),
                VariableAction::Unset => {}
            }
        }
        // Without a role, the account may not be known.
        const ACCOUNT: &str = "AWS_ACCOUNT_ID";
        if plan.account().is_none() && plan.expected_account.is_none() {
            sets.retain(|name| *name != ACCOUNT);
            unsets.extend(env.os(ACCOUNT).map(|_| ACCOUNT));
        }
        let kept = env.values_to_restore(sets_region);
        let restores = kept.entries().map(|(name, value)| (name, value.to_owned())).collect();
        let warnings = warnings::all(plan, env, config);
        Self { plan, env, reuse, warnings, sets, unsets, backs, restores }
    }

    /// For a person.
    pub fn text(&self) -> String {
        let plan = self.plan;
        let source = clean(&plan.source.to_string());
        let mut text = format!("{} leads to ", clean(&plan.role_as_typed));
        let asked = self.asked();
        text.push_str(&match (plan.role(), plan.hops.last()) {
            (Some(hop), _) => format!("{}\n\nIt starts from {source}.\n{asked}", hop.role.value),
            (None, Some(Hop::Session(hop))) if !hop.only_for_long_lived => {
                format!("a session of its user\n\nIt starts from {source}.\n{asked}")
            }
            (None, Some(_)) => {
                format!("{source}\n{asked}\nThose keys are used as they are, if they are temporary.\n")
            }
            (None, None) => format!("{source}\n{asked}\nThose keys are used as they are.\n"),
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
            None => "The session gets no region; your own stays as it is.\n".to_owned(),
        });
        text.push_str(&match self.reuse {
            Reuse::Use(session) => format!(
                "The session that this environment holds is used again until {}: nothing is asked of AWS.\n",
                session
                    .expires
                    .map(|expires| crate::common::clock::local_with_offset(expires.unix_timestamp()))
                    .unwrap_or_default()
            ),
            Reuse::No(why) => format!("A new session is made: {why}.\n"),
        });
        text.push_str(&format!("\nSet:    {} and the labels ASSUME_ENV_*\n", self.sets.join(" ")));
        if !self.unsets.is_empty() {
            text.push_str(&format!("Unset:  {}\n", self.unsets.join(" ")));
        }
        for (name, value) in &self.backs {
            text.push_str(&format!("Back:   {name}={}, your own again\n", clean(value)));
        }
        for (name, value) in &self.restores {
            text.push_str(&format!("Kept:   {name}={}, which --clear gives back\n", clean(value)));
        }
        if self.env.has_own_secrets() {
            text.push_str("Lost:   the keys that stand in the environment; secrets are not kept\n");
        }
        if !self.warnings.is_empty() {
            text.push_str("\nMind:\n");
        }
        for surprise in &self.warnings {
            text.push_str(&format!("  - {surprise}\n"));
        }
        text
    }

    /// Where a remote source is asked.
    fn asked(&self) -> String {
        match &self.plan.source {
            Source::Sso(sso) => {
                let from = |value: &Located<String>| format!("{} ({})", clean(&value.value), value.origin);
                format!(
                    "     start URL     {}\n     portal        {}\n     token         {}\n",
                    from(&sso.start_url),
                    from(&sso.portal),
                    clean(&sso.token_file.display().to_string()),
                )
            }
            _ => String::new(),
        }
    }

    /// For a program.
    pub fn json(&self) -> String {
        let plan = self.plan;
        let located =
            |value: &Located<String>| json!({"value": value.value, "from": value.origin.to_string()});
        let length = |length: &Located<SessionLength>| json!({"value": length.value.seconds(), "from": length.origin.to_string()});
        let role = |action: &str, hop: &RoleHop| {
            json!({
                "action": action,
                "profile": hop.profile,
                "role_arn": {"value": hop.role.value.as_str(), "from": hop.role.origin.to_string()},
                "session_name": located(&hop.session_name),
                "duration_seconds": hop.duration.as_ref().map(length),
                "external_id": hop.external_id.as_ref().map(located),
                "policy": hop.session_policy.policy.as_ref().map(located),
                "policy_arns": hop.session_policy.policy_arns.iter().map(located).collect::<Vec<Value>>(),
                "tags": hop.session_policy.tags.iter().map(|tag| {
                    json!({"key": tag.value.key, "value": tag.value.value, "from": tag.origin.to_string()})
                }).collect::<Vec<Value>>(),
                "transitive_tags": hop.session_policy.transitive.iter().map(located).collect::<Vec<Value>>(),
                "source_identity": hop.session_policy.source_identity.as_ref().map(located),
                "narrowed": hop.session_policy.fingerprint(),
                "mfa_serial": hop.mfa.as_ref().map(|mfa| located(&mfa.serial)),
                "mfa_code": hop.mfa.as_ref().map(|mfa| mfa.code.to_string()),
                "region": located(&plan.sts.region),
                "endpoint": located(&plan.sts.url),
            })
        };
        let hop = |hop: &Hop| match hop {
            Hop::Role(of) => role(hop.action(), of),
            Hop::Session(of) => json!({
                "action": hop.action(),
                "only_for_long_lived_keys": of.only_for_long_lived,
                "duration_seconds": of.duration.as_ref().map(length),
                "mfa_serial": of.mfa.as_ref().map(|mfa| located(&mfa.serial)),
                "mfa_code": of.mfa.as_ref().map(|mfa| mfa.code.to_string()),
                "region": located(&plan.sts.region),
                "endpoint": located(&plan.sts.url),
            }),
        };
        let object = |pairs: &[(&str, String)]| -> serde_json::Map<String, Value> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
        };
        let why_not = match self.reuse {
            Reuse::Use(_) => None,
            Reuse::No(why) => Some(why),
        };
        let explanation = json!({
            "role": plan.role_as_typed,
            "role_arn": plan.role().map(|hop| hop.role.value.as_str()),
            "account": plan.account(),
            "expected_account": plan.expected_account.as_ref().map(located),
            "source": source_json(&plan.source),
            "problem": providers::check(&plan.source).err().map(|error| error.report().headline),
            "hops": plan.hops.iter().map(hop).collect::<Vec<Value>>(),
            "session_region": plan.region.as_ref().map(located),
            "reuse": {
                "reused": matches!(self.reuse, Reuse::Use(_)),
                "why_not": why_not.map(NotReusable::to_string),
            },
            "set": self.sets,
            "unset": self.unsets,
            "given_back": object(&self.backs),
            "restored_by_clear": object(&self.restores),
            "warnings": self.warnings,
        });
        crate::common::text::json(&explanation)
    }
}

/// A row of a step: what, its value, where that came from.
fn row(name: &str, value: &str, origin: &dyn std::fmt::Display) -> String {
    format!("     {name:<13} {} ({})\n", clean(value), clean(&origin.to_string()))
}

fn row_of(name: &str, value: &Located<String>) -> String {
    row(name, &value.value, &value.origin)
}

fn length_row(length: Option<&Located<SessionLength>>, default: &str) -> String {
    match length {
        Some(length) => row("length", &length.value.to_string(), &length.origin),
        None => row("length", default, &"what STS gives by default"),
    }
}

fn mfa_rows(mfa: Option<&Mfa>) -> String {
    mfa.map_or(String::new(), |mfa| {
        let code = format!("     {:<13} from {}\n", "MFA code", clean(&mfa.code.to_string()));
        row_of("MFA device", &mfa.serial) + &code
    })
}

fn step(number: usize, hop: &Hop, role: &RoleHop) -> String {
    let RoleHop { role: arn, session_policy: shape, .. } = role;
    let mut text = format!("\n{number}. {} {} ({})\n", hop.action(), arn.value, arn.origin);
    text.push_str(&row_of("session name", &role.session_name));
    text.push_str(&length_row(role.duration.as_ref(), "1h"));
    text.extend(role.external_id.iter().map(|id| row_of("external ID", id)));
    text.extend(shape.policy_arns.iter().map(|arn| row_of("narrowed by", arn)));
    text.extend(shape.policy.iter().map(|policy| row("narrowed by", "a policy", &policy.origin)));
    for Located { value: tag, origin } in &shape.tags {
        text.push_str(&row("tag", &format!("{}={}", tag.key, tag.value), origin));
    }
    text.extend(shape.transitive.iter().map(|key| row_of("inherited tag", key)));
    text.extend(shape.source_identity.iter().map(|identity| row_of("identity", identity)));
    text.push_str(&mfa_rows(role.mfa.as_ref()));
    text
}

fn step_of_user(number: usize, session: &GetSessionTokenHop) -> String {
    let only = if session.only_for_long_lived { ", if the keys turn out to be long-lived" } else { "" };
    let mut text = format!("\n{number}. GetSessionToken{only}\n");
    text.push_str(&length_row(session.duration.as_ref(), "12h"));
    text.push_str(&mfa_rows(session.mfa.as_ref()));
    text
}

fn source_json(source: &Source) -> Value {
    let profile = match source {
        Source::Held { label, .. } => Some(label.as_str()),
        source => source.profile(),
    };
    let mut json = json!({"kind": source.kind(), "profile": profile, "description": source.to_string()});
    match source {
        Source::Sso(sso) => {
            json["account_id"] = json!(sso.account.value);
            json["role_name"] = json!(sso.role.value);
            json["session"] = json!(sso.session);
            json["region"] = json!(sso.region.value);
            json["start_url"] = json!(sso.start_url.value);
            json["endpoint"] = json!(sso.portal.value);
        }
        Source::WebIdentity { token_file, .. } => json["token_file"] = json!(token_file.value),
        Source::Instance(instance) => json["endpoint"] = json!(instance.endpoint.value),
        _ => {}
    }
    json
}

//! What would be done, and why: the plan in words, before anything is asked of AWS. Never a secret.

mod surprise;

use serde_json::{Value, json};

use crate::caller::{Caller, Restore};
use crate::config::{Config, Located};
use crate::plan::{Hop, Plan};
use crate::reuse::Why;
use crate::session::{self, Fate, Group, Session};
use crate::source::Source;
use crate::tty::clean;

/// Everything that `--explain` says.
pub struct Explanation<'a> {
    plan: &'a Plan,
    caller: &'a Caller,
    reuse: &'a Result<Session, Why>,
    surprises: Vec<String>,
    sets: Vec<&'static str>,
    unsets: Vec<&'static str>,
    backs: Vec<(&'static str, String)>,
    restores: Vec<(&'static str, String)>,
}

impl<'a> Explanation<'a> {
    /// Puts it together.
    pub fn of(
        plan: &'a Plan,
        caller: &'a Caller,
        config: &Config<'_>,
        reuse: &'a Result<Session, Why>,
    ) -> Self {
        let sets_region = plan.region.is_some();
        let (mut sets, mut unsets, mut backs) = (Vec::new(), Vec::new(), Vec::new());
        for (variable, fate) in session::fates(sets_region, caller) {
            match fate {
                // Labels are the program's own business.
                Fate::Set if variable.group == Group::Label => {}
                Fate::Set => sets.push(variable.name),
                Fate::Back(value) => backs.push((variable.name, value)),
                Fate::Unset if caller.os(variable.name).is_some() => unsets.push(variable.name),
                Fate::Unset => {}
            }
        }
        let kept = Restore::of(caller, sets_region);
        let restores = kept.entries().map(|(name, value)| (name, value.to_owned())).collect();
        Self {
            plan,
            caller,
            reuse,
            surprises: surprise::all(plan, caller, config),
            sets,
            unsets,
            backs,
            restores,
        }
    }

    /// For a person.
    pub fn text(&self) -> String {
        let plan = self.plan;
        let mut text = format!("{} leads to {}\n", clean(&plan.label), plan.last.role.value);
        text.push_str(&format!("\nIt starts from {}.\n", clean(&plan.source.to_string())));
        for (i, hop) in plan.hops().enumerate() {
            text.push_str(&self.step(i + 1, hop));
        }
        let Located { value: url, origin } = &plan.sts.url;
        let region = &plan.sts.region;
        text.push_str(&format!(
            "\nSTS is asked at {url} ({origin}), signed for the region {} ({}).\n",
            region.value, region.origin
        ));
        text.push_str(&match &plan.region {
            Some(region) => format!("The session gets the region {} ({}).\n", region.value, region.origin),
            None => "The session gets no region; your own stays as it is.\n".to_owned(),
        });
        text.push_str(&match self.reuse {
            Ok(session) => format!(
                "The session that this environment holds is used again until {}: nothing is asked of AWS.\n",
                crate::clock::local_with_offset(session.expires.unix_timestamp())
            ),
            Err(why) => format!("A new session is made: {why}.\n"),
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
        if self.caller.has_own_secrets() {
            text.push_str("Lost:   the keys that stand in the environment; secrets are not kept\n");
        }
        if !self.surprises.is_empty() {
            text.push_str("\nMind:\n");
        }
        for surprise in &self.surprises {
            text.push_str(&format!("  - {surprise}\n"));
        }
        text
    }

    fn step(&self, number: usize, hop: &Hop) -> String {
        let role = &hop.role;
        let mut text = format!("\n{number}. AssumeRole {} ({})\n", role.value, role.origin);
        let mut row = |name: &str, value: &str, origin: &str| {
            text.push_str(&format!("     {name:<13} {} ({})\n", clean(value), clean(origin)));
        };
        row("session name", &hop.session_name.value, &hop.session_name.origin.to_string());
        match &hop.duration {
            Some(length) => row("length", &length.value.to_string(), &length.origin.to_string()),
            None => row("length", "1h", "what STS gives by default"),
        }
        if let Some(id) = &hop.external_id {
            row("external ID", &id.value, &id.origin.to_string());
        }
        let shape = &hop.shape;
        for arn in &shape.policy_arns {
            row("narrowed by", &arn.value, &arn.origin.to_string());
        }
        if let Some(policy) = &shape.policy {
            row("narrowed by", "a policy", &policy.origin.to_string());
        }
        for Located { value: tag, origin } in &shape.tags {
            row("tag", &format!("{}={}", tag.key, tag.value), &origin.to_string());
        }
        for key in &shape.transitive {
            row("inherited tag", &key.value, &key.origin.to_string());
        }
        if let Some(identity) = &shape.source_identity {
            row("identity", &identity.value, &identity.origin.to_string());
        }
        if let Some(mfa) = &hop.mfa {
            row("MFA device", &mfa.serial.value, &mfa.serial.origin.to_string());
            text.push_str(&format!("     {:<13} from {}\n", "MFA code", clean(&mfa.code.to_string())));
        }
        text
    }

    /// For a program.
    pub fn json(&self) -> String {
        let plan = self.plan;
        let located =
            |value: &Located<String>| json!({"value": value.value, "from": value.origin.to_string()});
        let hop = |hop: &Hop| {
            json!({
                "action": "AssumeRole",
                "profile": hop.profile,
                "role_arn": {"value": hop.role.value.as_str(), "from": hop.role.origin.to_string()},
                "session_name": located(&hop.session_name),
                "duration_seconds": hop.duration.as_ref().map(|length| {
                    json!({"value": length.value.seconds(), "from": length.origin.to_string()})
                }),
                "external_id": hop.external_id.as_ref().map(located),
                "policy": hop.shape.policy.as_ref().map(located),
                "policy_arns": hop.shape.policy_arns.iter().map(located).collect::<Vec<Value>>(),
                "tags": hop.shape.tags.iter().map(|tag| {
                    json!({"key": tag.value.key, "value": tag.value.value, "from": tag.origin.to_string()})
                }).collect::<Vec<Value>>(),
                "transitive_tags": hop.shape.transitive.iter().map(located).collect::<Vec<Value>>(),
                "source_identity": hop.shape.source_identity.as_ref().map(located),
                "narrowed": hop.shape.fingerprint(),
                "mfa_serial": hop.mfa.as_ref().map(|mfa| located(&mfa.serial)),
                "mfa_code": hop.mfa.as_ref().map(|mfa| mfa.code.to_string()),
                "region": located(&plan.sts.region),
                "endpoint": located(&plan.sts.url),
            })
        };
        let (source, profile) = match &plan.source {
            Source::Profile { name, .. } => ("profile", Some(name)),
            Source::Process { profile, .. } => ("process", Some(profile)),
            Source::Lost(_) => ("lost", None),
            Source::Environment(_) => ("environment", None),
            Source::Held { label, .. } => ("session", Some(label)),
        };
        let object = |pairs: &[(&str, String)]| -> serde_json::Map<String, Value> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
        };
        let explanation = json!({
            "role": plan.label,
            "role_arn": plan.last.role.value.as_str(),
            "source": {"kind": source, "profile": profile, "description": plan.source.to_string()},
            "hops": plan.hops().map(hop).collect::<Vec<Value>>(),
            "session_region": plan.region.as_ref().map(located),
            "reuse": {
                "reused": self.reuse.is_ok(),
                "why_not": self.reuse.as_ref().err().map(Why::to_string),
            },
            "set": self.sets,
            "unset": self.unsets,
            "given_back": object(&self.backs),
            "restored_by_clear": object(&self.restores),
            "warnings": self.surprises,
        });
        format!("{explanation:#}\n")
    }
}

//! Everything that `--explain` says, before it is written as text or as JSON.

use crate::acquire::reuse::Reuse;
use crate::commands::explain::warnings;
use crate::common::variables::{Group, Name, SessionPart, lookup};
use crate::config::Config;
use crate::env::Environment;
use crate::plan::Plan;
use crate::refresh::environment::Hidden;
use crate::session::{self, VariableAction};

/// Everything that `--explain` says.
pub struct Explanation<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The environment.
    pub env: &'a Environment,
    /// Whether the held session is used again.
    pub reuse: &'a Reuse,
    /// What may surprise.
    pub warnings: Vec<String>,
    /// The variables that get a value of the session, without the labels of this program.
    pub sets: Vec<Name>,
    /// The variables that are unset.
    pub unsets: Vec<Name>,
    /// The variables that get the user's own value back, which an earlier session replaced.
    pub restored: Vec<(Name, String)>,
    /// The variables whose values `--clear` restores.
    pub saved: Vec<(Name, String)>,
    /// What a command whose keys renew themselves does not read, with `--refresh`.
    pub(crate) hidden: Option<Hidden>,
}

impl<'a> Explanation<'a> {
    /// Collects it.
    pub fn of(plan: &'a Plan, env: &'a Environment, config: &Config<'_>, reuse: &'a Reuse) -> Self {
        Self::collect(plan, env, config, reuse, None)
    }

    /// Collects it; `hidden` is what a command does not read with `--refresh`.
    pub(crate) fn collect(
        plan: &'a Plan,
        env: &'a Environment,
        config: &Config<'_>,
        reuse: &'a Reuse,
        hidden: Option<Hidden>,
    ) -> Self {
        let sets_region =
            plan.region.is_some() || hidden.as_ref().is_some_and(|hidden| hidden.region.is_some());
        let (mut sets, mut unsets, mut restored) = (Vec::new(), Vec::new(), Vec::new());
        let settings = plan.session_settings();
        for change in session::plan_changes(sets_region, &settings, env) {
            match change.action {
                // The labels are for this program alone.
                VariableAction::Set if change.group == Group::Label => {}
                VariableAction::Set | VariableAction::Setting(_) => sets.push(change.name),
                VariableAction::Restore(value) => restored.push((change.name, value)),
                VariableAction::Unset if env.os(&change.name).is_some() => unsets.push(change.name),
                VariableAction::Unset => {}
            }
        }
        // Without a role, the account may not be known.
        const ACCOUNT: &str = "AWS_ACCOUNT_ID";
        if plan.named_account().is_none() && plan.expected_account.is_none() {
            sets.retain(|name| *name != ACCOUNT);
            unsets.extend(env.os(ACCOUNT).map(|_| Name::Borrowed(ACCOUNT)));
        }
        let mut refresh = Vec::new();
        if let Some(hidden) = &hidden {
            let (set, unset) = hidden.names(env);
            let has_keys = |name: &Name| {
                let part = lookup(name).and_then(|variable| variable.part);
                part.is_some_and(SessionPart::is_of_keys)
            };
            unsets.extend(sets.iter().filter(|name| has_keys(name) && env.os(name).is_some()).cloned());
            sets.retain(|name| !has_keys(name));
            unsets.extend(unset.iter().filter(|name| env.os(name).is_some()).cloned());
            refresh.extend(set.iter().chain(&unset).cloned());
            sets.extend(set);
        }
        let refresh: Vec<&str> = refresh.iter().map(|name| &**name).collect();
        let kept = env.values_to_restore(sets_region, &settings, &refresh);
        let saved = kept.entries().map(|(name, value)| (name.clone(), value.to_owned())).collect();
        let warnings = warnings::all(plan, env, config);
        Self { plan, env, reuse, warnings, sets, unsets, restored, saved, hidden }
    }
}

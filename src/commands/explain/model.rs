//! Everything that `--explain` says, before it is written as text or as JSON.

use crate::acquire::reuse::Reuse;
use crate::commands::explain::warnings;
use crate::common::variables::{Group, Name};
use crate::config::Config;
use crate::env::Environment;
use crate::plan::Plan;
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
}

impl<'a> Explanation<'a> {
    /// Collects it.
    pub fn of(plan: &'a Plan, env: &'a Environment, config: &Config<'_>, reuse: &'a Reuse) -> Self {
        let sets_region = plan.region.is_some();
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
        let kept = env.values_to_restore(sets_region, &settings);
        let saved = kept.entries().map(|(name, value)| (name.clone(), value.to_owned())).collect();
        Self { plan, env, reuse, warnings: warnings::all(plan, env, config), sets, unsets, restored, saved }
    }
}

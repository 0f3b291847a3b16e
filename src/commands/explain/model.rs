//! Everything that `--explain` says, before it is written as text or as JSON.

use crate::acquire::reuse::Reuse;
use crate::commands::explain::warnings;
use crate::common::variables::Group;
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
    pub sets: Vec<&'static str>,
    /// The variables that are unset.
    pub unsets: Vec<&'static str>,
    /// The variables that get the user's own value back, which an earlier session replaced.
    pub restored: Vec<(&'static str, String)>,
    /// The variables whose values `--clear` restores.
    pub saved: Vec<(&'static str, String)>,
}

impl<'a> Explanation<'a> {
    /// Collects it.
    pub fn of(plan: &'a Plan, env: &'a Environment, config: &Config<'_>, reuse: &'a Reuse) -> Self {
        let sets_region = plan.region.is_some();
        let (mut sets, mut unsets, mut restored) = (Vec::new(), Vec::new(), Vec::new());
        for (variable, action) in session::plan_changes(sets_region, env) {
            match action {
                // The labels are for this program alone.
                VariableAction::Set if variable.group == Group::Label => {}
                VariableAction::Set => sets.push(variable.name),
                VariableAction::Restore(value) => restored.push((variable.name, value)),
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
        let saved = kept.entries().map(|(name, value)| (name, value.to_owned())).collect();
        Self { plan, env, reuse, warnings: warnings::all(plan, env, config), sets, unsets, restored, saved }
    }
}

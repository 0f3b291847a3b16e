//! `--explain`: what a role leads to and why, before AWS is asked. Never a secret.

mod json;
mod model;
mod slips;
mod text;
mod warnings;

pub use crate::commands::explain::json::json;
pub use crate::commands::explain::model::Explanation;
pub use crate::commands::explain::text::text;

use crate::acquire::planned::with_plan;
use crate::acquire::reuse::{self, NotReusable, Reuse};
use crate::cli::SessionArgs;
use crate::commands::planned::read_policy;
use crate::common::clock;
use crate::common::report::Report;
use crate::common::text::clean_text;
use crate::env::Environment;
use crate::refresh::environment::Hidden;
use crate::refresh::renewable;
use crate::sys::stdout;

/// Explains what a role leads to.
///
/// # Errors
/// Everything that is wrong with the plan; a held session that is damaged; a full standard output.
pub(crate) fn run(env: &Environment, session: SessionArgs, in_json: bool) -> Result<u8, Report> {
    let session = read_policy(session)?;
    with_plan(env, &session, false, |plan, config| {
        let (reuse, hidden) = match session.refresh {
            true => {
                renewable::check(plan)?;
                (Reuse::No(NotReusable::Flag("--refresh")), Some(Hidden::of(plan, env, config)))
            }
            false => (reuse::decide(&session, true, plan, env, clock::now())?, None),
        };
        let explanation = Explanation::collect(plan, env, config, &reuse, hidden);
        stdout::print(&if in_json { json(&explanation) } else { clean_text(&text(&explanation)) })?;
        Ok(0)
    })
}

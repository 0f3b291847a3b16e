//! Asking STS for the identity of a session.

use aws_sdk_sts::config::SharedHttpClient;

use crate::acquire::{Acquirer, reuse};
use crate::aws::sts::Sts;
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::planned::{read_policy, with_plan};
use crate::common::clock;
use crate::common::report::Report;
use crate::env::Environment;
use crate::session::Session;
use crate::sys::stdout;

/// Acquires a session and prints the answer of GetCallerIdentity.
///
/// # Errors
/// Everything that keeps the session from being acquired, and a refusal of STS.
pub fn run(env: &Environment, session: SessionArgs, json: bool, verbosity: Verbosity) -> Result<u8, Report> {
    let session = read_policy(session)?;
    with_plan(env, &session, false, |plan, _| {
        let reuse = reuse::decide(&session, false, plan, env, clock::now())?;
        let acquirer = Acquirer { plan, env, printing: true, asks_s3: false, verbosity };
        let ask =
            async |session: Session, sts: Sts, _: SharedHttpClient| sts.caller_identity(&session.keys).await;
        let identity = acquirer.ask(reuse.ok(), ask)?;
        stdout::write(&if json { identity.json() } else { identity.table() })?;
        Ok(0)
    })
}

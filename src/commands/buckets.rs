//! Listing the buckets that a session sees.

use aws_sdk_sts::config::SharedHttpClient;

use crate::acquire::{Acquirer, reuse};
use crate::aws::s3;
use crate::aws::sts::Sts;
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::planned::{read_policy, with_plan};
use crate::common::clock;
use crate::common::report::Report;
use crate::env::Environment;
use crate::session::Session;
use crate::sys::stdout;

/// Acquires a session and prints its buckets.
///
/// # Errors
/// Everything that keeps the session from being acquired, and a refusal of S3.
pub fn run(env: &Environment, session: SessionArgs, json: bool, verbosity: Verbosity) -> Result<u8, Report> {
    let session = read_policy(session)?;
    with_plan(env, &session, true, |plan, _| {
        let reuse = reuse::decide(&session, false, plan, env, clock::now())?;
        let acquirer = Acquirer { plan, env, printing: true, asks_s3: true, verbosity };
        let ask =
            async |session: Session, _: Sts, http: SharedHttpClient| s3::buckets(plan, &session, http).await;
        let buckets = acquirer.ask(reuse.ok(), ask)?;
        stdout::write(&if json { s3::json(&buckets) } else { s3::table(&buckets) })?;
        Ok(0)
    })
}

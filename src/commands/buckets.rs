//! Listing the buckets that a session sees.

use aws_sdk_sts::config::SharedHttpClient;
use serde_json::Value;

use crate::acquire::planned::with_plan;
use crate::acquire::{Acquirer, PromptMode, reuse};
use crate::aws::s3::{self, Bucket};
use crate::aws::sts::Sts;
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::planned::{Prepared, prepare};
use crate::common::clock;
use crate::common::report::Report;
use crate::common::text;
use crate::env::Environment;
use crate::session::Session;
use crate::sys::stdout;

/// Acquires a session and prints its buckets.
///
/// # Errors
/// Everything that keeps the session from being acquired, and a refusal of S3.
pub(crate) fn run(
    env: &Environment,
    session: SessionArgs,
    json: bool,
    verbosity: Verbosity,
) -> Result<u8, Report> {
    let Prepared { args: session, login } = prepare(env, session, !json, false, verbosity)?;
    with_plan(env, &session, true, |plan, _| {
        let reuse = reuse::decide(&session, false, plan, env, clock::now())?;
        let acquirer = Acquirer {
            plan,
            env,
            prompt: PromptMode::Printing,
            login: login.as_ref(),
            asks_s3: true,
            offers_sign_in: !json,
            verbosity,
        };
        let ask =
            async |session: Session, _: Sts, http: SharedHttpClient| s3::buckets(plan, &session, http).await;
        let buckets = acquirer.with_session(reuse, ask)?;
        stdout::print(&if json { as_json(&buckets) } else { table(&buckets) })?;
        Ok(0)
    })
}

/// The layout of `aws s3 ls`: the creation time in the user's time zone, and the name, which cannot steer the terminal.
fn table(buckets: &[Bucket]) -> String {
    let line = |bucket: &Bucket| format!("{} {}\n", clock::local(bucket.created), text::clean(&bucket.name));
    buckets.iter().map(line).collect()
}

/// The members of `aws s3api list-buckets`.
fn as_json(buckets: &[Bucket]) -> String {
    let entry = |bucket: &Bucket| {
        let mut entry =
            serde_json::json!({ "Name": bucket.name, "CreationDate": clock::utc(bucket.created) });
        if let Some(region) = &bucket.region {
            entry["BucketRegion"] = serde_json::json!(region);
        }
        entry
    };
    let list: Vec<Value> = buckets.iter().map(entry).collect();
    text::json(&serde_json::json!({ "Buckets": list }))
}

//! Asking STS for the identity of a session.

use aws_sdk_sts::config::SharedHttpClient;

use crate::acquire::planned::with_plan;
use crate::acquire::{Acquirer, PromptMode, reuse};
use crate::aws::sts::{Identity, Sts};
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::planned::{Prepared, prepare};
use crate::common::clock;
use crate::common::report::Report;
use crate::common::text;
use crate::env::Environment;
use crate::session::Session;
use crate::sys::stdout;

/// Acquires a session and prints the answer of GetCallerIdentity.
///
/// # Errors
/// Everything that keeps the session from being acquired, and a refusal of STS.
pub(super) fn run(
    env: &Environment,
    session: SessionArgs,
    json: bool,
    verbosity: Verbosity,
) -> Result<u8, Report> {
    let Prepared { args: session, login } = prepare(env, session, !json, false, verbosity)?;
    with_plan(env, &session, false, |plan, _| {
        let reuse = reuse::decide(&session, false, plan, env, clock::now())?;
        let acquirer = Acquirer {
            plan,
            env,
            prompt: PromptMode::Printing,
            login: login.as_ref(),
            asks_s3: false,
            offers_sign_in: !json,
            verbosity,
        };
        let ask =
            async |session: Session, sts: Sts, _: SharedHttpClient| sts.caller_identity(&session.keys).await;
        let identity = acquirer.with_session(reuse, ask)?;
        stdout::print(&if json { as_json(&identity) } else { table(&identity) })?;
        Ok(0)
    })
}

/// Three rows for a person. No value can steer the terminal.
fn table(identity: &Identity) -> String {
    let Identity { account, arn, user_id } = identity;
    let rows = [("account", account), ("arn", arn), ("user id", user_id)];
    rows.map(|(name, value)| format!("{name:<9}{}\n", text::clean(value))).concat()
}

/// The members of `aws sts get-caller-identity`.
fn as_json(identity: &Identity) -> String {
    let Identity { account, arn, user_id } = identity;
    text::json(&serde_json::json!({ "UserId": user_id, "Account": account, "Arn": arn }))
}

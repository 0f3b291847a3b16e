//! What the commands that lead to a role share: policy file, AWS files, plan.

use std::path::Path;

use crate::cli::SessionArgs;
use crate::commands::error::Error;
use crate::common::clock;
use crate::common::report::Report;
use crate::config::{Config, Files};
use crate::env::{Environment, host};
use crate::plan::{self, Plan, PlanContext};
use crate::sys::read_limited;

/// Replaces `--policy @FILE` by the text of the file.
///
/// # Errors
/// A file that cannot be read as text.
pub(super) fn read_policy(mut args: SessionArgs) -> Result<SessionArgs, Error> {
    if let Some(file) = args.policy.as_deref().and_then(|policy| policy.strip_prefix('@')) {
        let unreadable = |why| Error::PolicyFile { file: file.into(), why };
        let bytes = read_limited::read(Path::new(file), 1).map_err(unreadable)?;
        let text = String::from_utf8(bytes);
        args.policy = Some(text.map_err(|_| unreadable(std::io::ErrorKind::InvalidData.into()))?);
    }
    Ok(args)
}

/// Reads the AWS files, makes the plan, and does something with both. `asks_s3` says whether S3 is asked with the session.
///
/// # Errors
/// A file that cannot be used, everything that is wrong with the plan, and the errors of `work`.
pub(super) fn with_plan<T>(
    env: &Environment,
    args: &SessionArgs,
    asks_s3: bool,
    work: impl FnOnce(&Plan, &Config<'_>) -> Result<T, Report>,
) -> Result<T, Report> {
    with_config(env, |config, context| work(&plan::plan(args, asks_s3, env, config, context)?, config))
}

/// Reads the AWS files, and does something with them and what a plan is made from.
///
/// # Errors
/// A file that cannot be used, and the errors of `work`.
pub(super) fn with_config<T>(
    env: &Environment,
    work: impl FnOnce(&Config<'_>, &PlanContext<'_>) -> Result<T, Report>,
) -> Result<T, Report> {
    let (files, unread) = Files::read(env);
    let (config, broken) = Config::of(&files);
    if let Some(fault) = unread.or(broken) {
        return Err(fault.into());
    }
    let default_name = host::default_session_name(env);
    let context =
        PlanContext { default_name: &default_name, now: clock::now(), on_instance: host::on_instance };
    work(&config, &context)
}

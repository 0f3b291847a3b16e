//! Reads the AWS files and makes the plan. Commands do this once; keys that renew themselves do it at each renewal, so that a
//! changed file counts, and keys of a file are in memory only for that time.

use crate::cli::SessionArgs;
use crate::common::clock;
use crate::common::mfa_session::MfaSession;
use crate::config::{self, Config, Files};
use crate::env::{Environment, host};
use crate::plan::{self, Plan, PlanContext};

/// Reads the AWS files, makes the plan, and does something with both. `asks_s3` says whether S3 is asked with the session.
///
/// # Errors
/// A file that cannot be used, everything that is wrong with the plan, and the errors of `work`.
pub(crate) fn with_plan<T, E>(
    env: &Environment,
    args: &SessionArgs,
    asks_s3: bool,
    work: impl FnOnce(&Plan, &Config<'_>) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<config::error::Error> + From<plan::error::Error>,
{
    let default_name = host::default_session_name(env);
    with_files(env, args, asks_s3, &default_name, |plan, config| work(&plan, config))
}

/// As [`with_plan`], for a session that exists already: `default_name` is its session name if nothing else names one, and
/// `mfa_session` is used, if it belongs to the same keys and device and has not expired, and no other one is.
///
/// # Errors
/// As for [`with_plan`].
pub(crate) fn with_plan_again<T, E>(
    env: &Environment,
    args: &SessionArgs,
    default_name: &str,
    mfa_session: Option<&MfaSession>,
    work: impl FnOnce(&Plan) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<config::error::Error> + From<plan::error::Error>,
{
    with_files(env, args, false, default_name, |mut plan, _| {
        let serial = plan.mfa().map(|mfa| mfa.serial.value.clone());
        let key_id = plan.source.known_keys().map(|keys| keys.id.clone());
        let is_usable = |session: &&MfaSession| {
            matches!((&key_id, &serial), (Some(key_id), Some(serial)) if session.is_of(key_id, serial))
                && session.lasts(clock::now())
        };
        if let Some(used) = &mut plan.mfa_session {
            used.kept = mfa_session.filter(is_usable).cloned();
        }
        work(&plan)
    })
}

fn with_files<T, E>(
    env: &Environment,
    args: &SessionArgs,
    asks_s3: bool,
    default_name: &str,
    work: impl FnOnce(Plan, &Config<'_>) -> Result<T, E>,
) -> Result<T, E>
where
    E: From<config::error::Error> + From<plan::error::Error>,
{
    let (files, unread) = Files::read(env);
    let (config, broken) = Config::of(&files);
    if let Some(fault) = unread.or(broken) {
        return Err(fault.into());
    }
    let context = PlanContext { default_name, now: clock::now(), on_instance: host::on_instance };
    let plan = plan::plan(args, asks_s3, env, &config, &context)?;
    work(plan, &config)
}

//! Signing in to IAM Identity Center.

use crate::acquire::sign_in;
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::planned::login_planned;
use crate::common::report::Report;
use crate::env::Environment;

/// Signs in, and says until when the login lasts.
///
/// # Errors
/// A login that is not named or cannot be found, and everything with which a sign-in fails.
pub(super) fn run(env: &Environment, session: &SessionArgs, verbosity: Verbosity) -> Result<u8, Report> {
    let plan = login_planned(env, session)?;
    sign_in::on_request(&plan, env, session.wishes, verbosity)?;
    Ok(0)
}

//! The programs that this program has started and that are still running, so that one that calls this program for
//! the same purpose is stopped: it would call itself without end.

use crate::common::credentials::Secret;
use crate::common::variables::EnvChange;
use crate::env::environment::Environment;

/// The variable with the purposes, one a line: a profile whose program gives its credentials, or [`mfa_code`].
const VARIABLE: &str = "ASSUME_ENV_RUNNING";

/// The change of the environment of a program with this purpose; `None` if one is running already.
pub(crate) fn running(purpose: &str, env: &Environment) -> Option<EnvChange> {
    let before = env.var(VARIABLE).unwrap_or_default();
    let is_running = before.lines().any(|line| line == purpose);
    (!is_running).then(|| EnvChange::set(VARIABLE, Secret::wiped(format!("{before}{purpose}\n"))))
}

/// The purpose of a program that gives the MFA code of a profile or a role. The same profile can have a program for its
/// credentials.
pub(crate) fn mfa_code(of: &str) -> String {
    format!("the MFA code of {of}")
}

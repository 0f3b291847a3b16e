//! `assume-env --renew` in a shell whose keys renew themselves: asks for an MFA code, if one is needed, and lets the helper renew.

use serde_json::Value;

use crate::cli::Verbosity;
use crate::commands::summary::renews_itself;
use crate::common::clock;
use crate::common::credentials::Secret;
use crate::common::origin::{Located, Origin};
use crate::common::report::Report;
use crate::env::Environment;
use crate::mfa::{CodeSource, Mfa};
use crate::refresh::client;
use crate::sys::stderr;

/// Renews the keys.
///
/// # Errors
/// No helper answers, no code can be asked for, or the helper gets no new keys.
pub(super) fn run(env: &Environment, verbosity: Verbosity) -> Result<u8, Report> {
    let device = client::status(env)?["mfa_device"].as_str().map(str::to_owned);
    let code = device.map(code_of).transpose()?;
    let status = client::renew(env, code.as_ref())?;
    if !verbosity.quiet && (verbosity.verbose || stderr::is_terminal()) {
        stderr::print(&summary(env, &status));
    }
    Ok(0)
}

fn code_of(serial: String) -> Result<Secret, Report> {
    let mfa = Mfa { serial: Located::new(serial, Origin::Default), code: CodeSource::Prompt };
    // The code comes from the terminal, so no program gets an environment.
    Ok(mfa.code(false, &[])?)
}

fn summary(env: &Environment, status: &Value) -> String {
    let role = env.refreshed().and_then(|set| set.value("ASSUME_ENV_PROFILE")).unwrap_or_default();
    let code_needed = status["code_needed_at"].as_str().and_then(clock::parse);
    let code_needed = code_needed.map(time::OffsetDateTime::unix_timestamp);
    let how_long = renews_itself(code_needed, clock::now());
    format!("assume-env: the keys of {role} are renewed\n{how_long}\n")
}

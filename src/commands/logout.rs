//! Ending logins of IAM Identity Center.

use crate::acquire::planned::with_config;
use crate::acquire::sign_in::{sign_out_of, sign_out_of_all};
use crate::aws::sso::sign_out::{SignedOut, remove_cli_keys, token_files};
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::error::Error;
use crate::commands::planned::login_planned;
use crate::common::report::Report;
use crate::env::Environment;
use crate::net::ServiceFailure;
use crate::plan::login_plan::all_logins;
use crate::sys::stderr;

/// Ends one login.
///
/// # Errors
/// A login that is not named or cannot be found; a file that cannot be removed; a portal that does not confirm the
/// end.
pub(super) fn run(env: &Environment, session: &SessionArgs, verbosity: Verbosity) -> Result<u8, Report> {
    let plan = login_planned(env, session)?;
    let name = plan.login.name();
    let said = match sign_out_of(&plan)? {
        SignedOut::Ended => format!("signed out of {name}; keys that are out already work until they expire"),
        SignedOut::WasOver => format!("the login of {name} was over already; its token is removed"),
        SignedOut::None => format!("there is no login of {name}"),
        SignedOut::NotConfirmed(failure) => return Err(not_confirmed(&failure).into()),
    };
    if !verbosity.quiet {
        stderr::print(&format!("assume-env: {said}\n"));
    }
    Ok(0)
}

/// Ends all logins, and removes the keys of their roles that the AWS CLI keeps.
///
/// # Errors
/// A folder that cannot be read or changed; a portal that does not confirm the end.
pub(super) fn run_for_all(
    env: &Environment,
    session: &SessionArgs,
    verbosity: Verbosity,
) -> Result<u8, Report> {
    let plan =
        with_config::<_, Report>(env, |config, context| Ok(all_logins(session, env, config, context)?))?;
    let unusable = |folder: &std::path::Path| {
        let folder = folder.to_owned();
        move |why| Error::LoginFolder { folder, why }
    };
    let files = token_files(&plan.folder).map_err(unusable(&plan.folder))?;
    let ended = if files.is_empty() { Vec::new() } else { sign_out_of_all(&plan, &files)? };
    let keys = remove_cli_keys(&plan.cli_cache).map_err(unusable(&plan.cli_cache))?;
    let failure = ended.iter().find_map(|ended| match ended {
        SignedOut::NotConfirmed(failure) => Some(failure),
        SignedOut::Ended | SignedOut::WasOver | SignedOut::None => None,
    });
    if let Some(failure) = failure {
        return Err(not_confirmed(failure).into());
    }
    if !verbosity.quiet {
        let cli = match keys {
            0 => String::new(),
            keys => format!("; removed the keys of {keys} roles from {}", plan.cli_cache.display()),
        };
        stderr::print(&format!("assume-env: signed out of {} logins{cli}\n", ended.len()));
    }
    Ok(0)
}

fn not_confirmed(failure: &ServiceFailure) -> Error {
    Error::LogoutNotConfirmed {
        why: match failure {
            ServiceFailure::Refused { code, message, .. } => format!("{code}: {message}"),
            ServiceFailure::NotAnAnswer { status } => format!("status {status}"),
            ServiceFailure::Net(why) => why.to_string(),
        },
    }
}

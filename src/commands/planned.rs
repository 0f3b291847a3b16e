//! What the commands that lead to a role share: the policy file, and the account of a role that is named by it.

use std::path::Path;

use crate::acquire::planned::with_config;
use crate::acquire::portal::{LoginUse, account_of, with_portal};
use crate::aws::providers::sso_token::Token;
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::error::Error;
use crate::common::report::Report;
use crate::env::Environment;
use crate::plan::login_plan::{LoginPlan, login_plan};
use crate::plan::sso_role::SsoRoleName;
use crate::sys::{read_limited, stderr};

/// The command line, once all that it refers to is read.
pub(super) struct Prepared {
    /// The command line.
    pub args: SessionArgs,
    /// The login for this call alone, if the user has signed in for it already.
    pub login: Option<Token>,
}

/// Reads the policy file, and asks for the account of a role that is named by the name of its account. `offers`:
/// the user can be asked to sign in; `printing`: a shell waits for the output of this program.
///
/// # Errors
/// A file that cannot be read as text; an account that is not found, or several.
pub(super) fn prepare(
    env: &Environment,
    args: SessionArgs,
    offers: bool,
    printing: bool,
    verbosity: Verbosity,
) -> Result<Prepared, Report> {
    let mut args = read_policy(args)?;
    let (Some(session), Some(typed)) = (&args.sso_session, &args.role) else {
        return Ok(Prepared { args, login: None });
    };
    let name = SsoRoleName::parse(typed, session)?;
    if name.has_account_id() {
        return Ok(Prepared { args, login: None });
    }
    let mut of_session = args.clone();
    of_session.role = None;
    let plan = login_planned(env, &of_session)?;
    let uses = LoginUse::of(&args, offers, printing, verbosity);
    let waiting_for = format!("the accounts of {}", plan.login.name());
    let (accounts, login) = with_portal(&plan, env, uses, async |portal| {
        stderr::with_wait_notice(verbosity.quiet, &waiting_for, portal.accounts()).await
    })?;
    let id = &account_of(&accounts, name.account, &plan.login.name())?.id;
    if !verbosity.quiet {
        stderr::print(&format!("assume-env: the account {} is {id}\n", name.account));
    }
    args.role = Some(format!("{id}:{}", name.role));
    Ok(Prepared { args, login })
}

/// Reads the AWS files, and finds the login that a command line names.
///
/// # Errors
/// A file that cannot be used; a login that is not named or cannot be found.
pub(super) fn login_planned(env: &Environment, args: &SessionArgs) -> Result<LoginPlan, Report> {
    with_config(env, |config, context| Ok(login_plan(args, env, config, context)?))
}

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

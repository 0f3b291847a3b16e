//! One file or folder for each command. The command is matched here, once.

mod also_set;
pub(crate) mod buckets;
mod clear;
mod complete;
mod console;
mod destination;
mod error;
pub(crate) mod explain;
mod forget;
mod held_warnings;
mod init;
pub(crate) mod list;
mod login;
mod logout;
mod pick;
mod planned;
mod print;
mod profile_names;
mod profile_row;
mod renew;
mod run;
mod sso_roles;
mod status;
mod summary;
mod table;
mod whoami;

use std::ffi::OsString;

use crate::cli::{Command, HookCall, Request, help};
use crate::commands::destination::Destination;
use crate::commands::sso_roles::Form;
use crate::common::credentials::Secret;
use crate::common::report::Report;
use crate::env::Environment;
use crate::sys::stdout;

/// Does what the command line asks for; `typed` are its words, for messages that suggest another line. Gives the exit status.
///
/// # Errors
/// The report of what went wrong.
pub(crate) fn execute(
    request: Request,
    typed: &[OsString],
    mfa_session: Option<Secret>,
) -> Result<u8, Report> {
    let Request { command, mut session, verbosity, hook } = request;
    let answer = hook.as_ref().and_then(HookCall::answer);
    let to_renew = match &command {
        Command::Print { .. } if session.renew => Some(checked_environment()?),
        _ => None,
    };
    // Keys that renew themselves are in no variable, so there is no text to evaluate.
    let renews_itself = to_renew.as_ref().is_some_and(|env| env.refreshed().is_some());
    if let Some(answer) = answer
        && (renews_itself || !command.changes_shell())
    {
        // The shell runs it, with the standard input and output of the user.
        stdout::answer(&answer.pass_on())?;
        return Ok(0);
    }
    let in_subshell = hook.as_ref().is_some_and(HookCall::is_in_subshell);
    let to = |format, format_typed, show| Destination { format, format_typed, show, answer, in_subshell };
    if session.pick {
        let env = checked_environment()?;
        session.role = Some(match &session.sso_session {
            Some(name) => pick::pick_sso_role(&env, name)?,
            None => pick::pick(&env)?,
        });
    }
    if let Some(env) = &to_renew
        && env.held()?.is_none()
    {
        return renew::run(env, verbosity);
    }
    match command {
        Command::ShortHelp => match &hook {
            Some(hook) => show(&help::of_function(&hook.function)),
            None => show(&help::short()),
        },
        Command::LongHelp => show(&help::long()),
        Command::Version => show(concat!("assume-env ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::Init { shell, parts } => show(&init::text(shell, &parts)),
        Command::Completions { shell } => show(&init::completion_file(shell)),
        Command::Complete { asked } => Ok(complete::run(&asked, environment().ok())),
        // The profiles do not depend on a held session, so a damaged one is no obstacle.
        Command::List { json } => list::run(&environment()?, json),
        Command::Login => login::run(&checked_environment()?, &session, verbosity),
        Command::SsoRoles { json, names } => {
            let form = match &names {
                Some(template) => Form::Profiles(template),
                None if json => Form::Json,
                None => Form::Text,
            };
            sso_roles::run(&checked_environment()?, &session, &form, verbosity)
        }
        Command::Logout { all: false } => logout::run(&checked_environment()?, &session, verbosity),
        Command::Logout { all: true } => logout::run_for_all(&checked_environment()?, &session, verbosity),
        Command::Clear { format, format_typed } => {
            clear::run(&checked_environment()?, &to(format, format_typed, false), verbosity, typed)
        }
        Command::Forget { format, format_typed } => forget::run(&to(format, format_typed, false), typed),
        Command::Status { json } => status::run(&checked_environment()?, session.min_ttl, json, verbosity),
        Command::Print { format, format_typed, show } => {
            let env = to_renew.map_or_else(checked_environment, Ok)?.with_mfa_session(mfa_session);
            print::run(&env, &to(format, format_typed, show), session, verbosity, typed)
        }
        Command::Run { program, args } => {
            run::run(&checked_environment()?, &program, &args, session, verbosity)
        }
        Command::Whoami { json } => whoami::run(&checked_environment()?, session, json, verbosity),
        Command::Buckets { json } => buckets::run(&checked_environment()?, session, json, verbosity),
        Command::Console { page, url, show } => {
            let wishes = console::Wishes { page, url, show };
            console::run(&checked_environment()?, session, &wishes, verbosity, typed)
        }
        Command::Explain { json } => explain::run(&checked_environment()?, session, json),
    }
}

fn show(text: &str) -> Result<u8, Report> {
    stdout::write(text)?;
    Ok(0)
}

fn environment() -> Result<Environment, Report> {
    Ok(Environment::new(std::env::vars_os())?)
}

/// The environment, if it is known what a session replaced in it.
fn checked_environment() -> Result<Environment, Report> {
    let env = environment()?;
    env.check()?;
    Ok(env)
}

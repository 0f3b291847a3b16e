//! One file or folder for each command. The command is matched here, once.

pub(crate) mod buckets;
mod clear;
mod error;
pub(crate) mod explain;
mod held_warnings;
mod init;
pub(crate) mod list;
mod planned;
mod print;
mod renew;
mod run;
mod status;
mod summary;
mod whoami;

use std::ffi::OsString;

use crate::cli::{Command, Request, help};
use crate::common::report::Report;
use crate::env::Environment;
use crate::sys::stdout;

/// Does what the command line asks for; `typed` are its words, for messages that suggest another line. Gives the exit status.
///
/// # Errors
/// The report of what went wrong.
pub(crate) fn execute(request: Request, typed: &[OsString]) -> Result<u8, Report> {
    let Request { command, session, verbosity } = request;
    match command {
        Command::ShortHelp => show(&help::short()),
        Command::LongHelp => show(&help::long()),
        Command::Version => show(concat!("assume-env ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::Init { shell, parts } => show(&init::text(shell, &parts)),
        // The profiles do not depend on a held session, so a damaged one is no obstacle.
        Command::List { json } => list::run(&environment()?, json),
        Command::Clear { format, format_typed } => {
            clear::run(&checked_environment()?, format, format_typed, verbosity, typed)
        }
        Command::Status { json } => status::run(&checked_environment()?, session.min_ttl, json, verbosity),
        Command::Print { .. } if session.renew && !holds_session(&checked_environment()?)? => {
            renew::run(&checked_environment()?, verbosity)
        }
        Command::Print { format, format_typed, show } => {
            let wanted = print::Wanted { format, format_typed, show };
            print::run(&checked_environment()?, &wanted, session, verbosity, typed)
        }
        Command::Run { program, args } => {
            run::run(&checked_environment()?, &program, &args, session, verbosity)
        }
        Command::Whoami { json } => whoami::run(&checked_environment()?, session, json, verbosity),
        Command::Buckets { json } => buckets::run(&checked_environment()?, session, json, verbosity),
        Command::Explain { json } => explain::run(&checked_environment()?, session, json),
    }
}

/// Whether the environment holds a session with keys, and not one that renews itself, or none.
fn holds_session(env: &Environment) -> Result<bool, Report> {
    Ok(env.held()?.is_some())
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

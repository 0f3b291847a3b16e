//! Printing the text that ends the session of a shell and restores what the session replaced.

use std::ffi::OsString;

use crate::cli::Verbosity;
use crate::commands::destination::Destination;
use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::report::Report;
use crate::common::text::clean;
use crate::common::variables::{EnvChange, lookup};
use crate::env::Environment;
use crate::session;
use crate::shell::Format;
use crate::sys::{stderr, stdout};

/// Prints the text.
///
/// # Errors
/// A text that the calling shell cannot evaluate, a value that the dialect cannot hold, a full standard output.
pub(super) fn run(
    env: &Environment,
    to: &Destination<'_>,
    verbosity: Verbosity,
    typed: &[OsString],
) -> Result<u8, Report> {
    to.check_dialect(typed)?;
    let changes = session::clearing(env);
    stdout::answer(&to.text(&changes, MfaSessionUpdate::Same)?)?;
    if !verbosity.quiet && stderr::is_terminal() {
        say(env, &changes);
    }
    Ok(0)
}

/// Says what the shell has again, which can be the value of a folder that the user has left since.
fn say(env: &Environment, changes: &[EnvChange]) {
    if env.has_foreign_keys() {
        stderr::print("assume-env: the keys in the environment are not those of the session, so they stay\n");
    }
    let restored = |change: &EnvChange| match change {
        EnvChange::Set(name, value) if lookup(name).is_some_and(|variable| variable.restored) => {
            Some(format!("{name}={}", Format::SH.word(value.expose())))
        }
        _ => None,
    };
    let restored: Vec<String> = changes.iter().filter_map(restored).collect();
    if !restored.is_empty() {
        stderr::print(&format!("assume-env: restored: {}\n", clean(&restored.join(", "))));
    }
}

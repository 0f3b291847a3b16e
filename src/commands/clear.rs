//! Printing the text that ends the session of a shell and restores what the session replaced.

use std::ffi::OsString;

use crate::cli::Verbosity;
use crate::commands::print::check_dialect;
use crate::common::report::Report;
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
    format: Format,
    format_typed: bool,
    verbosity: Verbosity,
    typed: &[OsString],
) -> Result<u8, Report> {
    check_dialect(format_typed, typed)?;
    stdout::write(&format.render(&session::clearing(env))?)?;
    if env.has_foreign_keys() && !verbosity.quiet && stderr::is_terminal() {
        stderr::print("assume-env: the keys in the environment are not those of the session, so they stay");
    }
    Ok(0)
}

//! The messages about steps and waits, as `--verbose` and `--quiet` select them.

use crate::cli::Verbosity;
use crate::sys::stderr;

/// Prints the message about a step, with `--verbose`.
pub(crate) fn step(verbosity: Verbosity, message: impl FnOnce() -> String) {
    if verbosity.verbose {
        stderr::print(&message());
    }
}

/// Prints a warning, without `--quiet`.
pub(crate) fn warning(verbosity: Verbosity, message: &str) {
    if !verbosity.quiet {
        stderr::print(message);
    }
}

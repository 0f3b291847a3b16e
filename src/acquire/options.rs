//! How a session is acquired: for which kind of command, and with how many messages.

use crate::sys::stderr;

/// Whether a shell waits for the standard output of this program, in `$(…)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptMode {
    /// It does: a stop at the prompt (Ctrl-Z) would hang the shell, so the prompt does not stop.
    Printing,
    /// It does not: a command runs with the session, and the prompt can be stopped.
    Running,
}

/// Which messages go to standard error.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verbosity {
    /// Only errors (`--quiet`).
    pub quiet: bool,
    /// Also each step (`--verbose`).
    pub verbose: bool,
}

impl Verbosity {
    /// Prints the message about a step, with `--verbose`.
    pub fn step(self, message: impl FnOnce() -> String) {
        if self.verbose {
            stderr::say(&message());
        }
    }

    /// Prints a warning, without `--quiet`.
    pub fn warning(self, message: &str) {
        if !self.quiet {
            stderr::say(message);
        }
    }
}

//! How the prompt for an MFA code must behave.

/// Whether a shell waits for the standard output of this program, in `$(…)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromptMode {
    /// It does. A stop at the prompt (Ctrl-Z) would hang the shell, so the prompt does not stop.
    Printing,
    /// It does not: a program runs with the session. The prompt can be stopped.
    Running,
    /// A session is renewed without a person: no code can be asked for.
    Never,
}

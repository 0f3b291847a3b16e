//! A command line that is understood.

use crate::cli::command::Command;
use crate::cli::hook_call::HookCall;
use crate::cli::session_args::SessionArgs;

/// How much to say on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verbosity {
    /// Nothing but errors.
    pub quiet: bool,
    /// Each step.
    pub verbose: bool,
}

/// Everything that a command line asks for.
#[derive(Debug)]
pub struct Request {
    /// The command.
    pub command: Command,
    /// The session that the command uses.
    pub session: SessionArgs,
    /// How much to say.
    pub verbosity: Verbosity,
    /// The call of a hook's function, if it is one.
    pub hook: Option<HookCall>,
}

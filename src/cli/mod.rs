//! The command line: arguments in, a [`Request`] out.
//!
//! The table of flags is the one source for the parser, both helps, the man page, completion and "did you mean". Nothing here
//! reads the environment, a file or the network.

mod args;
pub(crate) mod command;
pub(crate) mod completion;
pub(crate) mod error;
pub(crate) mod fail_closed;
pub(crate) mod flags;
pub(crate) mod help;
pub(crate) mod hook_call;
#[cfg(test)]
mod man_page;
mod manual;
pub(crate) mod needs;
pub(crate) mod other_words;
mod parse;
pub(crate) mod request;
pub(crate) mod session_args;
pub(crate) mod words;

pub(crate) use args::Completion;
pub use command::Command;
pub use fail_closed::FailureOutput;
pub(crate) use hook_call::HookCall;
pub use parse::parse;
pub(crate) use request::{Request, Verbosity};
pub(crate) use session_args::SessionArgs;

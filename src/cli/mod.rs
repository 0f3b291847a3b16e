//! The command line: arguments in, a [`Request`] out.
//!
//! The table of flags is the one source for the parser, both helps, the man page, completion and "did you mean". Nothing here
//! reads the environment, a file or the network.

mod args;
pub mod command;
pub mod error;
pub mod fail_closed;
pub mod flags;
pub mod help;
#[cfg(test)]
mod man_page;
mod manual;
pub mod needs;
mod parse;
pub mod request;
pub mod session_args;
pub mod words;

pub use args::{Completion, Flag};
pub use command::{Command, CommandKind};
pub use fail_closed::FailureOutput;
pub use needs::Needs;
pub use parse::parse;
pub use request::{Request, Verbosity};
pub use session_args::SessionArgs;

//! Renders changes of the environment, and a failure, for a shell, as JSON or as dotenv.
//!
//! Changes in, one text out. The text is complete before its first byte is written. A shell's text ends every
//! statement with `;` and has no comments, because people type `eval $(…)` without quotes; every value is
//! quoted.
//!
//! [`dialects`] is the table of the dialects and of their hooks; the other files are what all dialects share.

pub(crate) mod detect;
pub(crate) mod dialect;
pub(crate) mod dialects;
pub(crate) mod error;
pub(crate) mod format;
pub(crate) mod frame;
pub(crate) mod function_name;
pub(crate) mod hook_answer;
pub(crate) mod hook_shell;
pub(crate) mod messages;
mod text;

pub use format::Format;
pub use hook_shell::HookShell;

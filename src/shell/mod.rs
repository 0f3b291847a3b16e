//! Renders changes of the environment, and a failure, for a shell, as JSON or as dotenv.
//!
//! Changes in, one text out. The text is complete before its first byte is written. A shell's text ends every
//! statement with `;` and has no comments, because people type `eval $(…)` without quotes; every value is
//! quoted.
//!
//! [`dialects`] is the table of the dialects and of their hooks; the other files are what all dialects share.

pub mod detect;
pub mod dialect;
pub mod dialects;
pub mod error;
pub mod format;
pub mod function_name;
pub mod hook_shell;
pub mod messages;
mod text;

pub use format::Format;
pub use hook_shell::HookShell;

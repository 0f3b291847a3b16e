//! Acquires a session: reuses the held one, or carries out a plan.
//!
//! [`reuse`] decides whether the held session can be used again; then nothing is asked of AWS. Otherwise
//! [`Acquirer`] makes a new session, or asks a question with one.

mod acquirer;
pub mod error;
mod messages;
mod prompt_mode;
pub mod reuse;
mod transport;

pub use crate::acquire::acquirer::{Acquired, Acquirer, MfaSessionOutcome};
pub use crate::acquire::prompt_mode::PromptMode;

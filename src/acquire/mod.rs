//! Acquires a session: reuses the held one, or carries out a plan.
//!
//! [`reuse`] decides whether the held session can be used again; then nothing is asked of AWS. Otherwise
//! [`Acquirer`] makes a new session, or asks a question with one.

mod acquirer;
pub(crate) mod console;
pub(crate) mod error;
pub(crate) mod how;
mod messages;
pub(crate) mod planned;
pub(crate) mod portal;
mod prompt_mode;
pub(crate) mod reuse;
pub(crate) mod sign_in;
mod transport;

pub(crate) use crate::acquire::acquirer::{Acquired, Acquirer, MfaSessionOutcome};
pub(crate) use crate::acquire::prompt_mode::PromptMode;

//! The errors of the environment.

use crate::common::invalid_value::InvalidValue;
use crate::common::report::{Diagnostic, Report};
use crate::env::restore::InvalidRestore;

/// An environment that cannot be used.
#[derive(Debug)]
pub enum Error {
    /// A variable that this program reads is not UTF-8.
    VariableNotUtf8 {
        /// Its name.
        name: String,
    },
    /// `ASSUME_ENV_RESTORE` or `ASSUME_ENV_SETTINGS` is not a text that this program writes.
    RestoreBroken {
        /// The variable.
        variable: &'static str,
        /// What is wrong with it.
        why: InvalidRestore,
    },
    /// A part of the held session was changed or unset by hand.
    SessionBroken {
        /// The variable.
        variable: &'static str,
    },
    /// An access key id without a secret access key, or the reverse.
    HalfKeys {
        /// The variable that is missing.
        missing: &'static str,
    },
    /// A value that is not an access key.
    Invalid(InvalidValue),
}

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::Invalid(error)
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::VariableNotUtf8 { name } => {
                Report::new(format!("the variable {name} holds bytes that are not UTF-8"))
                    .hint(format!("unset {name}, or give it another value"))
            }
            Self::RestoreBroken { variable, why } => {
                Report::new(format!("{variable} is not a text that assume-env writes: {why}"))
                    .hint(format!("nothing was restored or replaced; type: unset {variable}, then try again"))
            }
            Self::SessionBroken { variable } => Report::new(format!(
                "the session of this environment is damaged: {variable} is missing or was changed"
            ))
            .hint(
                "end what is left of it, then try again: eval \"$(assume-env --clear)\" \
                 (fish: assume-env --clear -f fish | source)",
            ),
            Self::HalfKeys { missing } => {
                Report::new(format!("the environment has half an access key: {missing} is missing"))
                    .hint(format!("set {missing} too, or unset the other half"))
            }
            Self::Invalid(error) => error.report(),
        }
    }
}

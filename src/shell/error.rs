//! Values that a format cannot hold.

use crate::common::report::{Diagnostic, Report};

/// A text that cannot be written.
#[derive(Debug)]
pub enum Error {
    /// The format has no form for the session.
    Unwritable {
        /// The name of the format.
        format: &'static str,
    },
    /// A dotenv file has no quotes, and the value needs them.
    UnsafeInDotenv {
        /// The variable.
        name: &'static str,
    },
    /// csh cannot take a line break from `eval`.
    LineBreakInCsh {
        /// The variable.
        name: &'static str,
    },
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::Unwritable { format } => {
                Report::new(format!("the session cannot be written as {format}"))
            }
            Self::UnsafeInDotenv { name } => Report::new(format!(
                "the value of {name} has characters that a dotenv file cannot hold, since it has no quotes"
            ))
            .hint("use --format json or sh, which quote values"),
            Self::LineBreakInCsh { name } => Report::new(format!(
                "the value of {name} contains a line break, which csh cannot take from eval"
            ))
            .hint(
                "nothing was set or restored; run a command instead (assume-env ROLE -- COMMAND), or use another shell",
            ),
        }
    }
}

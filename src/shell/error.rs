//! Values that a dialect cannot hold.

use crate::common::report::{Diagnostic, Report};

/// A text that cannot be written.
#[derive(Debug)]
pub enum Error {
    /// The dialect has no form for the session.
    Unwritable {
        /// The name of the dialect.
        format: &'static str,
    },
    /// The dialect has no form for this value. Each dialect has its own reason and advice.
    Value {
        /// The variable.
        name: String,
        /// What is wrong with the value.
        why: Unfit,
    },
}

/// Why a dialect cannot hold a value.
#[derive(Clone, Copy, Debug)]
pub struct Unfit {
    /// What is wrong with the value; continues "the value of NAME".
    pub reason: &'static str,
    /// What to do.
    pub advice: &'static str,
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::Unwritable { format } => Report::new(format!("the session cannot be written as {format}"))
                .hint("give the keys to one command: assume-env ROLE -- COMMAND"),
            Self::Value { name, why: Unfit { reason, advice } } => {
                Report::new(format!("the value of {name} {reason}")).hint(*advice)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_cannot_be_written_has_a_hint() {
        assert_eq!(Error::Unwritable { format: "json" }.report().hints.len(), 1);
    }
}

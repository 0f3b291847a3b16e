//! Why there is no MFA code.

use crate::common::invalid_value::InvalidValue;
use crate::common::origin::Origin;
use crate::common::report::{Diagnostic, Exit, Report};

/// An MFA code that could not be had.
#[derive(Debug)]
pub enum Error {
    /// The text is not a code. It is never part of the message.
    BadCode {
        /// Whether it is the value of `--mfa-token`.
        typed_as_flag: bool,
    },
    /// There is no terminal to ask on.
    NoTerminal {
        /// The device.
        serial: String,
    },
    /// The code cannot be read.
    Unreadable {
        /// What the system says.
        why: std::io::Error,
    },
    /// The command for the code gave none.
    Process {
        /// The name of the program.
        command: String,
        /// What names the command.
        origin: Origin,
        /// What went wrong.
        why: String,
    },
    /// The device has no valid name, or shows no codes.
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
            Self::BadCode { typed_as_flag } => Report::new("that is not an MFA code")
                .hint("type the six digits that the device shows")
                .exit(if *typed_as_flag { Exit::Usage } else { Exit::Failed }),
            Self::NoTerminal { serial } => Report::new(format!(
                "the MFA code of {serial} is needed, and there is no terminal to ask for it"
            ))
            .hint(
                "give the code with --mfa-token CODE (or - for standard input), or a command that prints it with --mfa-process",
            ),
            Self::Unreadable { why } => Report::new(format!("cannot read the MFA code: {why}"))
                .hint("give the code with --mfa-token CODE, or --mfa-process"),
            Self::Process { command, origin, why } => Report::new(format!(
                "the command for the MFA code, {command} ({origin}), gave none: {why}"
            ))
            .hint("it must print the six digits and nothing else, and end with status 0"),
            Self::Invalid(error) => error.report(),
        }
    }
}

//! Errors of getting an MFA code.

use std::fmt;

use crate::common::invalid_value::InvalidValue;
use crate::common::origin::Origin;
use crate::common::report::{Diagnostic, Exit, Report};
use crate::sys::subprocess::SubprocessError;

/// An MFA code that cannot be had.
#[derive(Debug)]
pub enum Error {
    /// The text is not a code. The message does not repeat it.
    BadCode {
        /// Whether it is the value of `--mfa-token`.
        typed_as_flag: bool,
    },
    /// The code must be typed, and no terminal is available.
    NoTerminal {
        /// The serial number of the device.
        serial: String,
    },
    /// The terminal or standard input cannot be read.
    Unreadable {
        /// The error of the system.
        why: std::io::Error,
    },
    /// The command that must print the code did not print one.
    Process {
        /// The command without its arguments, which may be a secret.
        command: String,
        /// The flag, or the line of the profile, that names the command.
        origin: Origin,
        /// The reason.
        why: NoCode,
    },
    /// The command that must print the code calls this program for the role that needs the code.
    CallsItself {
        /// The profile or the role that needs the code.
        needed_by: String,
        /// The flag, or the line of the profile, that names the command.
        origin: Origin,
    },
    /// A device name that is not valid, or a device that shows no codes.
    Invalid(InvalidValue),
}

/// Why a command gave no code.
#[derive(Debug)]
pub enum NoCode {
    /// It failed.
    Failed(SubprocessError),
    /// Its output is not UTF-8.
    NotText,
    /// Its output is not a code.
    NotACode,
}

impl fmt::Display for NoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::NotText => f.write_str("its output is not text"),
            Self::NotACode => f.write_str("its output is not six digits"),
        }
    }
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
                "give the code with --mfa-token CODE (or - for standard input), or a command that prints \
                 it with --mfa-process",
            ),
            Self::Unreadable { why } => Report::new(format!("cannot read the MFA code: {why}"))
                .hint("give the code with --mfa-token CODE, or --mfa-process"),
            Self::Process { command, origin, why } => Report::new(format!(
                "the command for the MFA code, {command} ({origin}), gave no code: {why}"
            ))
            .hint("it must print the six digits and nothing else, and end with status 0"),
            Self::CallsItself { needed_by, origin } => Report::new(format!(
                "the command for the MFA code of {needed_by} ({origin}) calls itself without end"
            ))
            .hint(format!(
                "it calls assume-env for {needed_by}, which needs the code; make it use a profile without an MFA device"
            )),
            Self::Invalid(error) => error.report(),
        }
    }
}

//! MFA: the device, and its code from a flag, from standard input, from a helper program or from a prompt.
//!
//! Comes in: the device and the source of the code, which the plan decides. Goes out: a code that is
//! well-formed. The caller must ask for it only after everything that can be checked without it, because a
//! prompt costs the user's attention.

mod code;
pub(crate) mod error;
mod prompt;
mod read;

pub use crate::mfa::code::CodeSource;
pub(crate) use crate::mfa::code::{checked_code, checked_serial, until_next_code};

use crate::common::credentials::Secret;
use crate::common::origin::Located;
use crate::common::variables::EnvChange;
use crate::mfa::error::Error;

/// An MFA device, and where its code comes from.
#[derive(Clone, Debug)]
pub struct Mfa {
    /// The ARN of a virtual device, or the serial number of a hardware device.
    pub serial: Located<String>,
    /// Where the code comes from.
    pub code: CodeSource,
}

impl Mfa {
    /// Gets the code. `printing` says that a shell captures standard output and waits for it: then Ctrl-Z
    /// must not stop the prompt. `changes` end the held session in the environment of a command that prints the
    /// code.
    ///
    /// # Errors
    /// No terminal is available, the code cannot be read, or the text is not a code.
    pub fn code(&self, printing: bool, changes: &[EnvChange]) -> Result<Secret, Error> {
        match &self.code {
            CodeSource::Code(code) => Ok(code.clone()),
            CodeSource::Stdin => read::from_stdin(),
            CodeSource::Process(command) => read::from_process(command, changes),
            CodeSource::Prompt => prompt::ask(&self.serial.value, printing),
        }
    }

    /// Whether the code is typed at a prompt, so that another one can be asked for.
    pub fn asks_a_person(&self) -> bool {
        matches!(self.code, CodeSource::Prompt)
    }
}

//! The frame of an answer to the function of a hook: where it begins and ends, so that the function evaluates
//! a whole answer to its own call, or nothing. An answer ends with its mark, without a line break.

use zeroize::Zeroizing;

use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::error::Error;
use crate::shell::hook_shell::HookShell;

/// What an answer is for.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The shell.
    pub shell: HookShell,
    /// The name of the function.
    pub function: &'a str,
    /// The mark of this call: letters, digits, dots and dashes.
    pub mark: &'a str,
}

impl Frame<'_> {
    /// The answer that makes changes.
    ///
    /// # Errors
    /// A value that the dialect cannot hold.
    pub fn changes(
        &self,
        changes: &[EnvChange],
        mfa_session: MfaSessionUpdate<'_>,
    ) -> Result<Zeroizing<String>, Error> {
        (self.shell.answers().changes)(self, changes, mfa_session)
    }

    /// The answer that makes the function run the program once more with the user's words, with the standard
    /// input and output of the user, and the job control of the shell.
    pub fn pass_on(&self) -> String {
        (self.shell.answers().pass_on)(self)
    }

    /// The answer of a program that failed and has said why.
    pub fn failed(&self) -> String {
        format!("failed {}", self.mark)
    }

    /// The word before the user's words in a call whose output is the user's.
    pub fn flag(&self) -> String {
        format!("--hook=1:{}:{}", self.shell.name(), self.function)
    }
}

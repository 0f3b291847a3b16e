//! An answer to the function of a hook, in the dialect of its shell.

use zeroize::Zeroizing;

use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::error::Error;
use crate::shell::frame::Frame;
use crate::shell::hook_shell::HookShell;

/// The shell that waits for an answer, and the frame of the answer.
#[derive(Clone, Copy, Debug)]
pub struct HookAnswer<'a> {
    shell: HookShell,
    frame: Frame<'a>,
}

impl<'a> HookAnswer<'a> {
    /// An answer to the call of a function that has this mark.
    pub fn new(shell: HookShell, function: &'a str, mark: &'a str) -> Self {
        Self { shell, frame: Frame { shell: shell.name(), function, mark } }
    }

    /// The answer that makes changes.
    ///
    /// # Errors
    /// A value that the dialect cannot hold.
    pub fn changes(
        &self,
        changes: &[EnvChange],
        mfa_session: MfaSessionUpdate<'_>,
    ) -> Result<Zeroizing<String>, Error> {
        (self.shell.answers().changes)(&self.frame, changes, mfa_session)
    }

    /// The answer that makes the function run the program once more with the user's words, with the standard
    /// input and output of the user, and the job control of the shell.
    pub fn pass_on(&self) -> String {
        (self.shell.answers().pass_on)(&self.frame)
    }

    /// The answer of a program that failed and has said why.
    pub fn failed(&self) -> String {
        format!("failed {}", self.frame.mark)
    }
}

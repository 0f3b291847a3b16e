//! The frame of an answer to the function of a hook: where it begins and ends, so that the function evaluates
//! a whole answer to its own call, or nothing. An answer ends with its mark, without a line break.

/// What an answer is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// The name of the shell.
    pub shell: &'static str,
    /// The name of the function.
    pub function: &'a str,
    /// The mark of this call: letters, digits, dots and dashes.
    pub mark: &'a str,
}

impl Frame<'_> {
    /// The word before the user's words in a call whose output is the user's.
    pub(crate) fn flag(&self) -> String {
        format!("--hook=1:{}:{}", self.shell, self.function)
    }
}

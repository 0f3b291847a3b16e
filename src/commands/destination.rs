//! Where a text for a shell goes, and in which dialect it is written.

use std::ffi::OsString;

use zeroize::Zeroizing;

use crate::cli::{Verbosity, words};
use crate::commands::error::Error;
use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::report::Report;
use crate::common::variables::EnvChange;
use crate::shell::Format;
use crate::shell::detect::detect_format;
use crate::shell::hook_answer::HookAnswer;
use crate::sys::{stderr, stdout};

/// Where a text for a shell goes.
pub(super) struct Destination<'a> {
    /// The dialect.
    pub format: Format,
    /// Whether the dialect was typed.
    pub format_typed: bool,
    /// Print keys even to a terminal or a file.
    pub show: bool,
    /// The answer, if the function of a hook waits for the text.
    pub answer: Option<HookAnswer<'a>>,
    /// Whether the function runs in a subshell, whose variables end with it.
    pub in_subshell: bool,
}

impl<'a> Destination<'a> {
    /// Says that the session ends with the subshell, before a person types a code for it.
    pub(super) fn warn_of_subshell(&self, verbosity: Verbosity) {
        if self.in_subshell && !verbosity.quiet && stderr::is_terminal() {
            let report = Report::new("this is a subshell, such as a part of a pipe: the role ends with it");
            stderr::print(&report.hint("for a role in the shell itself, call the function alone").message());
        }
    }

    /// Without `-f` the text is for POSIX shells: a caller of another kind could not evaluate it.
    ///
    /// # Errors
    /// [`Error::WrongDialect`].
    pub(super) fn check_dialect(&self, typed: &[OsString]) -> Result<(), Error> {
        if self.answer.is_some() || self.format_typed || stdout::is_terminal() {
            return Ok(());
        }
        match detect_format() {
            format if format == Format::default() => Ok(()),
            format => Err(Error::WrongDialect { format, args: command_line(typed, format) }),
        }
    }

    /// The text that makes the changes.
    ///
    /// # Errors
    /// A value that the dialect cannot hold.
    pub(super) fn text(
        &self,
        changes: &[EnvChange],
        mfa_session: MfaSessionUpdate<'_>,
    ) -> Result<Zeroizing<String>, crate::shell::error::Error> {
        match &self.answer {
            Some(answer) => answer.changes(changes, mfa_session),
            None => self.format.render_keeping(changes, mfa_session),
        }
    }
}

/// The arguments without a format, quoted for a shell.
pub(super) fn command_line(typed: &[OsString], format: Format) -> String {
    let words: Vec<String> = words::without_format(typed).iter().map(|word| format.word(word)).collect();
    words.join(" ")
}

//! What an error says to a person: a headline, what to do next, and the exit status.
//!
//! Each layer has its own error type beside the code that raises it. Its [`Diagnostic`] implementation has one match arm per
//! variant, which says headline, hints and exit status together. A parent layer embeds the error of a child and passes its
//! report on. Nothing decides by the text of a report: logic matches variants.

use std::borrow::Cow;
use std::fmt;

use crate::common::text::clean;

/// How the program ends after an error. With a command to run, every failure of this program is 125, as `env(1)` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 1, or 125 with a command.
    Failed,
    /// The command line is wrong: 2, or 125 with a command.
    Usage,
    /// The command cannot be run: 126.
    NotRunnable,
    /// The command does not exist: 127.
    NotFound,
}

impl Exit {
    /// The exit status. `with_command` says whether the command line asks to run a command.
    pub fn status(self, with_command: bool) -> u8 {
        match self {
            Self::NotFound => 127,
            Self::NotRunnable => 126,
            _ if with_command => 125,
            Self::Usage => 2,
            Self::Failed => 1,
        }
    }
}

/// What an error says to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What failed, with the value and where it comes from: lower case, no full stop, never a secret.
    pub headline: String,
    /// What to do next, one line each.
    pub hints: Vec<String>,
    /// The exit status.
    pub exit: Exit,
}

impl Report {
    /// A report without a hint, of a failure that is no usage error.
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), hints: Vec::new(), exit: Exit::Failed }
    }

    /// A report of a wrong command line.
    pub fn usage(headline: impl Into<String>) -> Self {
        Self::new(headline).exit(Exit::Usage)
    }

    /// Adds a line on what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The whole message, as it goes to standard error. A value from outside cannot add a line to it.
    pub fn message(&self) -> String {
        let line = |text: &str| clean(&shortened(text));
        let mut text = format!("assume-env: {}\n", line(&self.headline));
        for hint in &self.hints {
            text.push_str(&format!("  {}\n", line(hint)));
        }
        text
    }

    /// Sets the exit status.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

/// An error that can be reported.
pub trait Diagnostic: fmt::Debug {
    /// What it says to a person.
    fn report(&self) -> Report;
}

/// Any error of a layer becomes a report by `?` at the top.
impl<E: Diagnostic> From<E> for Report {
    fn from(error: E) -> Self {
        error.report()
    }
}

/// A line of a length that can be read, whatever value is a part of it. Long enough for a command line with a policy, to be
/// typed again.
fn shortened(line: &str) -> Cow<'_, str> {
    const LONGEST: usize = 3000;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &line[..end])),
        None => Cow::Borrowed(line),
    }
}

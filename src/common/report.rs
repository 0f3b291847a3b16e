//! The message of an error: a headline, hints, and the exit status.
//!
//! Each layer has its own error type in the folder of the code that returns it. Its [`Diagnostic`]
//! implementation has one match arm per variant, with headline, hints and exit status together. An error of a
//! higher layer contains the error of a lower layer and returns its report. Code must match on variants and
//! must not compare the text of a report.

use std::borrow::Cow;
use std::fmt;

use crate::common::redact;
use crate::common::text::clean;

/// The exit status of an error. If a command was to be run, every failure of this program is 125, as in
/// `env(1)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Any other failure: 1, or 125 with a command.
    Failed,
    /// The command line is wrong: 2, or 125 with a command.
    Usage,
    /// The user cancels, as with Ctrl-C: 130.
    Cancelled,
    /// The command cannot be run: 126.
    NotRunnable,
    /// The command does not exist: 127.
    NotFound,
}

impl Exit {
    /// The exit status. `with_command`: the command line names a command to run.
    pub fn status(self, with_command: bool) -> u8 {
        match self {
            Self::Cancelled => 130,
            Self::NotFound => 127,
            Self::NotRunnable => 126,
            _ if with_command => 125,
            Self::Usage => 2,
            Self::Failed => 1,
        }
    }
}

/// The message of an error and its exit status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What failed, with the value and its origin: lower case, no full stop, never a secret.
    pub headline: String,
    /// What to do next, one line each.
    pub hints: Vec<String>,
    /// The exit status.
    pub exit: Exit,
}

impl Report {
    /// A report without a hint, with [`Exit::Failed`].
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), hints: Vec::new(), exit: Exit::Failed }
    }

    /// A report of a wrong command line.
    pub fn usage(headline: impl Into<String>) -> Self {
        Self::new(headline).exit(Exit::Usage)
    }

    /// Adds a line that says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The report for the user of a hook's function: a line to type begins with its name. A line that another
    /// program reads, such as an `eval`, does not change.
    #[must_use]
    pub fn for_function(mut self, function: &str) -> Self {
        const BEFORE: &[&str] = &[": ", ", or ", "; ", "?  ", ", "];
        for hint in &mut self.hints {
            for before in BEFORE {
                *hint = hint.replace(&format!("{before}assume-env "), &format!("{before}{function} "));
            }
            if let Some(rest) = hint.strip_prefix("assume-env -") {
                *hint = format!("{function} -{rest}");
            }
        }
        self
    }

    /// The whole message for standard error. A value from outside cannot add a line to it.
    pub fn message(&self) -> String {
        let line = |text: &str| clean(&shortened(&redact::shown(text)));
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
    /// The message and the exit status.
    fn report(&self) -> Report;
}

/// `?` converts the error of any layer to a report.
impl<E: Diagnostic> From<E> for Report {
    fn from(error: E) -> Self {
        error.report()
    }
}

/// The line, cut to a readable length, because a value in it can be of any length. A command line with a
/// policy, which the user may type again, is not cut.
fn shortened(line: &str) -> Cow<'_, str> {
    const LONGEST: usize = 3000;
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &line[..end])),
        None => Cow::Borrowed(line),
    }
}

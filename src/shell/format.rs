//! The form in which the variables are written: a handle to a dialect of the table.

use std::fmt;

use zeroize::Zeroizing;

use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::dialect::{Dialect, Hook};
use crate::shell::dialects::{ALL, DEFAULT, FORMAT_NAMES};
use crate::shell::error::{Error, Unfit};

/// A dialect. Two of them are equal when their names are.
#[derive(Clone, Copy)]
pub struct Format(&'static Dialect);

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Format {}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Default for Format {
    fn default() -> Self {
        Self::SH
    }
}

impl Format {
    /// bash, zsh, dash, ksh, mksh, busybox, yash: the default.
    pub const SH: Self = Self(DEFAULT);

    /// The names that `--format` takes, in the order of the table.
    pub const fn names() -> &'static [&'static str] {
        &FORMAT_NAMES
    }

    /// Every format, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied().map(Self)
    }

    /// Reads a name, or the name of a shell that evaluates the format.
    pub fn parse(text: &str) -> Option<Self> {
        let by_name = Self::all().find(|format| format.name() == text);
        by_name.or_else(|| Self::all().find(|format| format.0.aliases.contains(&text)))
    }

    /// The format of the shell that runs in a process, by the name of the process.
    pub fn of_process(name: &str) -> Option<Self> {
        Self::all().find(|format| format.0.process_names.contains(&name))
    }

    /// The format of the shell that is this module of Python.
    pub fn of_python_module(name: &str) -> Option<Self> {
        Self::all().find(|format| format.0.python_module == Some(name))
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    /// What reads the text, for the manual; a beginning of a sentence.
    pub fn about(self) -> &'static str {
        self.0.about
    }

    /// The hooks of its shells.
    pub(crate) fn hooks(self) -> &'static [Hook] {
        self.0.hooks
    }

    /// Whether a shell evaluates the text, so that it can unset variables too.
    pub fn is_shell(self) -> bool {
        self.0.eval_line.is_some()
    }

    /// Whether the text can set a variable of the shell that no command inherits, to keep an MFA session
    /// there.
    pub fn keeps_mfa_session(self) -> bool {
        self.0.keeps_mfa_session
    }

    /// Why this form cannot hold a value; `None` if it can.
    pub fn unfit(self, value: &str) -> Option<Unfit> {
        (self.0.unfit)(value)
    }

    /// The text that makes the changes.
    ///
    /// # Errors
    /// A value that this form cannot hold.
    pub fn render(self, changes: &[EnvChange]) -> Result<Zeroizing<String>, Error> {
        self.render_keeping(changes, MfaSessionUpdate::Same)
    }

    /// The text that makes the changes, and keeps or drops an MFA session where
    /// [`Format::keeps_mfa_session`].
    ///
    /// # Errors
    /// A value that this form cannot hold.
    pub fn render_keeping(
        self,
        changes: &[EnvChange],
        mfa_session: MfaSessionUpdate<'_>,
    ) -> Result<Zeroizing<String>, Error> {
        (self.0.render)(changes, mfa_session)
    }

    /// The statement that makes `eval` fail, with the exit status if the shell has one; empty where nothing
    /// is evaluated, or where the shell stops by itself when a program fails.
    pub fn fail(self, status: u8) -> String {
        (self.0.fail)(status)
    }

    /// A word, quoted for a shell's command line; for messages that say what to type.
    pub fn quote(self, word: &str) -> String {
        let mut text = String::new();
        (self.0.quote)(&mut text, word);
        text
    }

    /// A word as a person would type it: quoted only where this is necessary.
    pub fn word(self, word: &str) -> String {
        // zsh expands a bare =ls, nu three dots.
        let plain = |b: u8| b.is_ascii_alphanumeric() || self.0.bare_bytes.contains(&b);
        if !word.is_empty() && !word.starts_with('=') && !word.contains("...") && word.bytes().all(plain) {
            word.to_owned()
        } else {
            self.quote(word)
        }
    }

    /// The line that makes a shell evaluate what `assume-env ARGS` prints; `None` where no shell does.
    pub fn eval_line(self, args: &str) -> Option<String> {
        let [before, after] = self.0.eval_line?;
        let space = if args.is_empty() { "" } else { " " };
        Some(format!("{before}{space}{args}{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Format {
        Format::parse(name).unwrap()
    }

    #[test]
    fn names_round_trip() {
        assert_eq!(Format::names()[0], Format::default().name());
        for (name, format) in Format::names().iter().zip(Format::all()) {
            assert_eq!((format.name(), named(name)), (*name, format));
        }
        assert_eq!(Format::parse("SH"), None);
    }

    #[test]
    fn a_name_belongs_to_one_dialect() {
        for (i, format) in Format::all().enumerate() {
            for other in Format::all().skip(i + 1) {
                assert!(format != other, "{format:?}");
                assert!(!format.0.process_names.iter().any(|name| other.0.process_names.contains(name)));
            }
        }
    }

    #[test]
    fn a_word_is_quoted_where_a_shell_would_not_take_it_unchanged() {
        for format in Format::all() {
            let word = "arn:aws:iam::123456789012:role/a.b-c_d";
            assert_eq!(format.word(word), word, "{format:?}");
            for special in ["=ls", "...", "~", ""] {
                assert_ne!(format.word(special), special, "{format:?}");
            }
        }
        let tag = "team=a,b@c+d";
        for (name, bare) in [("sh", true), ("fish", true), ("csh", false), ("nu", false), ("pwsh", false)] {
            assert_eq!(named(name).word(tag) == tag, bare, "{name}");
        }
    }

    #[test]
    fn a_line_without_arguments_has_no_blank_for_them() {
        let line = |name, args| named(name).eval_line(args);
        assert_eq!(line("nu", "").as_deref(), Some("assume-env -f nu | from json | load-env"));
        assert_eq!(line("sh", "-q s3").as_deref(), Some("eval \"$(assume-env -q s3)\""));
        assert_eq!(line("json", "s3"), None);
    }
}

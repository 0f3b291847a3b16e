//! How a shell, or a program that is no shell, is told what to set, to unset, and that something failed.
//!
//! Changes in, one text out. The text is built whole before a byte of it is written. A shell's text ends every statement with
//! `;` and has no comments, because people type `eval $(…)` without quotes; every value is quoted, always.

mod dotenv;
mod fish;
mod json;
mod sh;

use zeroize::Zeroizing;

use crate::cli::Shell;
use crate::error::Error;
use crate::session::Change;

/// The forms in which the variables can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// bash, zsh, dash, ksh, mksh, busybox, yash.
    #[default]
    Sh,
    /// fish.
    Fish,
    /// The document that `credential_process` reads.
    Json,
    /// `NAME=value` lines for `docker --env-file`.
    Dotenv,
}

impl Format {
    /// The names that `--format` takes.
    pub const NAMES: [&str; 4] = ["sh", "fish", "json", "dotenv"];

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "sh" => Self::Sh,
            "fish" => Self::Fish,
            "json" => Self::Json,
            "dotenv" => Self::Dotenv,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sh => "sh",
            Self::Fish => "fish",
            Self::Json => "json",
            Self::Dotenv => "dotenv",
        }
    }

    /// The dialect of a shell that has a hook.
    pub fn of_shell(shell: Shell) -> Self {
        match shell {
            Shell::Bash | Shell::Zsh | Shell::Posix => Self::Sh,
            Shell::Fish => Self::Fish,
        }
    }

    /// Whether a shell evaluates it, so that variables can be unset too.
    pub fn is_shell(self) -> bool {
        matches!(self, Self::Sh | Self::Fish)
    }

    /// The text that makes the changes.
    ///
    /// # Errors
    /// A value that this form cannot hold.
    pub fn render(self, changes: &[Change]) -> Result<Zeroizing<String>, Error> {
        match self {
            Self::Sh => Ok(sh::render(changes)),
            Self::Fish => Ok(fish::render(changes)),
            Self::Json => json::render(changes),
            Self::Dotenv => dotenv::render(changes),
        }
    }

    /// The statement that makes `eval` fail with an exit status; empty where nothing is evaluated.
    pub fn fail(self, status: u8) -> String {
        match self {
            Self::Sh => sh::fail(status),
            Self::Fish => fish::fail(status),
            Self::Json | Self::Dotenv => String::new(),
        }
    }

    /// A word, quoted for a shell's command line; for messages that say what to type.
    pub fn quote(self, word: &str) -> String {
        let mut text = String::new();
        match self {
            Self::Fish => fish::quote(&mut text, word),
            _ => sh::quote(&mut text, word),
        }
        text
    }
}

impl Format {
    /// A word as a person would type it: quoted only where it has to be.
    pub fn word(self, word: &str) -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:@+,=".contains(&b);
        // zsh expands a bare =ls, fish and zsh a bare ~.
        if !word.is_empty() && !word.starts_with('=') && word.bytes().all(plain) {
            word.to_owned()
        } else {
            self.quote(word)
        }
    }
}

/// The names that are unset and the pairs that are set, in the order of the list.
fn split(changes: &[Change]) -> (Vec<&'static str>, Vec<(&'static str, &str)>) {
    let mut unset = Vec::new();
    let mut set = Vec::new();
    for change in changes {
        match change {
            Change::Unset(name) => unset.push(*name),
            Change::Set(name, value) => set.push((*name, value.expose())),
        }
    }
    (unset, set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in Format::NAMES {
            assert_eq!(Format::parse(name).unwrap().name(), name);
        }
        assert_eq!(Format::parse("SH"), None);
    }
}

//! How a shell, or a program that is no shell, is told what to set, to unset, and that something failed.
//!
//! Changes in, one text out. The text is built whole before a byte of it is written. A shell's text ends every statement with
//! `;` and has no comments, because people type `eval $(…)` without quotes; every value is quoted, always.

mod csh;
pub mod detect;
mod dotenv;
mod elvish;
pub mod error;
mod fish;
pub mod function_name;
mod json;
pub mod kind;
mod nu;
mod posix;
mod pwsh;
mod xonsh;

use zeroize::Zeroizing;

use crate::common::credentials::secret_buffer;
use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::variables::EnvChange;
use crate::shell::error::Error;
use crate::shell::kind::Shell;

/// The forms in which the variables can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// bash, zsh, dash, ksh, mksh, busybox, yash.
    #[default]
    Sh,
    /// fish.
    Fish,
    /// tcsh.
    Csh,
    /// elvish.
    Elvish,
    /// nushell.
    Nu,
    /// xonsh.
    Xonsh,
    /// PowerShell.
    Pwsh,
    /// The document that `credential_process` reads.
    Json,
    /// `NAME=value` lines for `docker --env-file`.
    Dotenv,
}

impl Format {
    /// The names that `--format` takes.
    pub const NAMES: [&str; 9] = ["sh", "fish", "csh", "elvish", "nu", "xonsh", "pwsh", "json", "dotenv"];

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "sh" => Self::Sh,
            "fish" => Self::Fish,
            "csh" => Self::Csh,
            "elvish" => Self::Elvish,
            "nu" => Self::Nu,
            "xonsh" => Self::Xonsh,
            "pwsh" => Self::Pwsh,
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
            Self::Csh => "csh",
            Self::Elvish => "elvish",
            Self::Nu => "nu",
            Self::Xonsh => "xonsh",
            Self::Pwsh => "pwsh",
            Self::Json => "json",
            Self::Dotenv => "dotenv",
        }
    }

    /// The dialect of a shell that has a hook.
    pub fn of_shell(shell: Shell) -> Self {
        match shell {
            Shell::Bash | Shell::Zsh | Shell::Posix => Self::Sh,
            Shell::Fish => Self::Fish,
            Shell::Tcsh => Self::Csh,
            Shell::Elvish => Self::Elvish,
            Shell::Nu => Self::Nu,
            Shell::Xonsh => Self::Xonsh,
            Shell::Pwsh => Self::Pwsh,
        }
    }

    /// Whether a shell evaluates it, so that variables can be unset too.
    pub fn is_shell(self) -> bool {
        !matches!(self, Self::Json | Self::Dotenv)
    }

    /// Whether it can set a variable of the shell that no command inherits. PowerShell could, but nothing here could prove it.
    pub fn keeps_base(self) -> bool {
        !matches!(self, Self::Pwsh | Self::Json | Self::Dotenv)
    }

    /// The text that makes the changes.
    ///
    /// # Errors
    /// A value that this form cannot hold.
    pub fn render(self, changes: &[EnvChange]) -> Result<Zeroizing<String>, Error> {
        self.render_keeping(changes, MfaSessionUpdate::Same)
    }

    /// The text that makes the changes, and keeps or drops a base session where [`Format::keeps_base`].
    ///
    /// # Errors
    /// As for [`Format::render`].
    pub fn render_keeping(
        self,
        changes: &[EnvChange],
        keep: MfaSessionUpdate<'_>,
    ) -> Result<Zeroizing<String>, Error> {
        match self {
            Self::Sh => Ok(posix::render(changes, keep)),
            Self::Fish => Ok(fish::render(changes, keep)),
            Self::Csh => csh::render(changes, keep),
            Self::Elvish => Ok(elvish::render(changes, keep)),
            Self::Nu => nu::render(changes, keep),
            Self::Xonsh => Ok(xonsh::render(changes, keep)),
            Self::Pwsh => Ok(pwsh::render(changes)),
            Self::Json => json::render(changes),
            Self::Dotenv => dotenv::render(changes),
        }
    }

    /// The statement that makes `eval` fail, with the exit status if the shell has one; empty where nothing is evaluated, or
    /// where the shell itself stops when a program fails.
    pub fn fail(self, status: u8) -> String {
        match self {
            Self::Sh => posix::fail(status),
            Self::Fish => fish::fail(status),
            Self::Csh => csh::fail(status),
            Self::Xonsh => xonsh::fail(),
            Self::Pwsh => pwsh::fail(),
            Self::Elvish | Self::Nu | Self::Json | Self::Dotenv => String::new(),
        }
    }

    /// A word, quoted for a shell's command line; for messages that say what to type.
    pub fn quote(self, word: &str) -> String {
        let mut text = String::new();
        match self {
            Self::Fish => fish::quote(&mut text, word),
            Self::Csh => csh::quote(&mut text, word),
            Self::Elvish => elvish::quote(&mut text, word),
            Self::Nu => nu::quote(&mut text, word),
            Self::Xonsh => xonsh::quote(&mut text, word),
            Self::Pwsh => pwsh::quote(&mut text, word),
            Self::Sh | Self::Json | Self::Dotenv => posix::quote(&mut text, word),
        }
        text
    }
}

impl Format {
    /// A word as an element of a list in a script of that shell.
    pub fn literal(self, word: &str) -> String {
        if self == Self::Xonsh { xonsh::text(word) } else { self.quote(word) }
    }

    /// A word as a person would type it: quoted only where it has to be.
    pub fn word(self, word: &str) -> String {
        // zsh expands a bare =ls, fish and zsh a bare ~, nu three dots; PowerShell has a meaning for @ and a comma.
        let marks: &[u8] = match self {
            Self::Sh | Self::Fish | Self::Json | Self::Dotenv => b"_-./:@+,=",
            _ => b"_-./:",
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || marks.contains(&b);
        if !word.is_empty() && !word.starts_with('=') && !word.contains("...") && word.bytes().all(plain) {
            word.to_owned()
        } else {
            self.quote(word)
        }
    }

    /// The line that has a shell evaluate what `assume-env ARGS` prints; none where no shell does.
    pub fn line(self, args: &str) -> Option<String> {
        let space = if args.is_empty() { "" } else { " " };
        Some(match self {
            Self::Sh => format!("eval \"$(assume-env{space}{args})\""),
            Self::Fish => format!("assume-env -f fish{space}{args} | source"),
            Self::Csh => format!("eval \"`assume-env -f csh{space}{args}`\""),
            Self::Elvish => format!("eval (assume-env -f elvish{space}{args} | slurp)"),
            Self::Nu => format!("assume-env -f nu{space}{args} | from json | load-env"),
            Self::Xonsh => format!("execx($(assume-env -f xonsh{space}{args}) or 'raise')"),
            Self::Pwsh => format!("assume-env -f pwsh{space}{args} | Out-String | Invoke-Expression"),
            Self::Json | Self::Dotenv => return None,
        })
    }
}

/// The names that are unset and the pairs that are set, in the order of the list.
fn split(changes: &[EnvChange]) -> (Vec<&'static str>, Vec<(&'static str, &str)>) {
    let mut unset = Vec::new();
    let mut set = Vec::new();
    for change in changes {
        match change {
            EnvChange::Unset(name) => unset.push(*name),
            EnvChange::Set(name, value) => set.push((*name, value.expose())),
        }
    }
    (unset, set)
}

/// A buffer for a text with these changes.
fn buffer(changes: &[EnvChange], keep: MfaSessionUpdate<'_>) -> Zeroizing<String> {
    let values: usize = split(changes).1.iter().map(|(_, value)| value.len()).sum();
    secret_buffer(values + keep.value().map_or(0, str::len))
}

/// Puts a line break in the place of the blank behind the last statement.
fn end_line(text: &mut String) {
    text.truncate(text.trim_end_matches(' ').len());
    text.push('\n');
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

    #[test]
    fn a_word_is_quoted_where_a_shell_would_not_take_it_as_it_stands() {
        for (word, bare_in) in [
            ("arn:aws:iam::123456789012:role/a.b-c_d", "sh fish csh elvish nu xonsh pwsh"),
            ("team=a,b@c+d", "sh fish"),
            ("=ls", ""),
            ("...", ""),
            ("~", ""),
            ("", ""),
        ] {
            for name in Format::NAMES.iter().take(7) {
                let typed = Format::parse(name).unwrap().word(word);
                assert_eq!(typed == word, bare_in.split(' ').any(|bare| bare == *name), "{name} {typed}");
            }
        }
    }

    #[test]
    fn a_line_without_arguments_has_no_blank_for_them() {
        assert_eq!(Format::Nu.line("").as_deref(), Some("assume-env -f nu | from json | load-env"));
        assert_eq!(Format::Sh.line("-q s3").as_deref(), Some("eval \"$(assume-env -q s3)\""));
        assert_eq!(Format::Json.line("s3"), None);
    }
}

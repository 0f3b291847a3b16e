//! A shell that has a hook: a handle to a hook of the table.

use std::fmt;

use crate::shell::dialect::{Answers, CompletionForm, Hook};
use crate::shell::dialects::HOOK_NAMES;
use crate::shell::format::Format;

/// A shell that has a hook. Two of them are equal when their names are.
#[derive(Clone, Copy)]
pub struct HookShell {
    format: Format,
    hook: &'static Hook,
}

impl PartialEq for HookShell {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for HookShell {}

impl fmt::Debug for HookShell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl HookShell {
    /// The names that `--init` takes, in the order of the table.
    pub const fn names() -> &'static [&'static str] {
        &HOOK_NAMES
    }

    /// Every shell that has a hook, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        Format::all().flat_map(|format| format.hooks().iter().map(move |hook| Self { format, hook }))
    }

    /// Reads a name, or the name of another shell that the hook is for.
    pub fn parse(text: &str) -> Option<Self> {
        let by_name = Self::all().find(|shell| shell.name() == text);
        by_name.or_else(|| Self::all().find(|shell| shell.hook.aliases.contains(&text)))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.hook.name
    }

    /// How a user loads its hook, for the manual.
    pub fn load(self) -> &'static str {
        self.hook.load
    }

    /// The script of its hook, with marks that `commands/init.rs` fills in.
    pub fn script(self) -> &'static str {
        self.hook.script
    }

    /// Whether the name of a function can contain a dash.
    pub fn function_name_may_have_dash(self) -> bool {
        self.hook.function_name_may_have_dash
    }

    /// The shells that have a completion file, in the order of the table.
    pub const WITH_COMPLETION_FILE: &'static [&'static str] = &["bash", "zsh", "fish"];

    /// The first line of its completion file, if it has one.
    pub(crate) fn completion_file(self) -> Option<&'static str> {
        self.hook.completion_file
    }

    /// How its completion asks and what it takes; `None` without completion.
    pub(crate) fn completion(self) -> Option<CompletionForm> {
        self.hook.completion
    }

    /// How its function gets an answer.
    pub(super) fn answers(self) -> &'static Answers {
        &self.hook.answers
    }

    /// The descriptor on which its function reads an answer; `None` for standard output.
    pub(crate) fn answer_descriptor(self) -> Option<i32> {
        self.hook.answers.answer
    }

    /// The descriptor of the pipe on which its function hands its MFA session over.
    pub(crate) fn mfa_session_descriptor(self) -> Option<i32> {
        self.hook.answers.mfa_session
    }

    /// The descriptor that has the user's standard input while an MFA session is on descriptor 0.
    pub(crate) fn stdin_descriptor(self) -> Option<i32> {
        self.hook.answers.stdin
    }

    /// The dialect that it evaluates.
    pub fn format(self) -> Format {
        self.format
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for (name, shell) in HookShell::names().iter().zip(HookShell::all()) {
            assert_eq!(HookShell::parse(name), Some(shell));
            assert_eq!(shell.name(), *name);
        }
        let named = |text| HookShell::parse(text).map(HookShell::name);
        assert_eq!(
            (named("ksh"), named("nushell"), named("powershell")),
            (Some("posix"), Some("nu"), Some("pwsh"))
        );
        assert_eq!(named("cobol"), None);
    }

    #[test]
    fn the_shells_with_a_completion_file_are_those_of_the_table() {
        let with_file = HookShell::all().filter(|shell| shell.completion_file().is_some());
        assert_eq!(with_file.map(HookShell::name).collect::<Vec<_>>(), HookShell::WITH_COMPLETION_FILE);
    }
}

//! What was typed, and the form of a row in the table of flags.

use std::ffi::OsString;

use crate::cli::command::CommandKind;
use crate::cli::error::Error;
use crate::cli::hook_call::HookCall;
use crate::cli::needs::Needs;
use crate::cli::session_args::SessionArgs;
use crate::common::console_page::ConsolePage;
use crate::common::name_template::NameTemplate;
use crate::shell::{Format, HookShell};

/// The arguments as typed, before it is decided which command they mean.
#[derive(Debug, Default)]
pub(crate) struct Args {
    /// The call of a hook's function, if it is one.
    pub hook: Option<HookCall>,
    /// The flags that were given, in their order.
    pub given: Vec<&'static Flag>,
    /// The words after `--`, if it was typed.
    pub command: Option<Vec<OsString>>,
    /// The values for the session.
    pub session: SessionArgs,
    /// `--format`.
    pub format: Format,
    /// `--init`.
    pub init: Option<HookShell>,
    /// `--completions`.
    pub completions: Option<HookShell>,
    /// `--as-profiles`.
    pub profile_names: Option<NameTemplate>,
    /// `--cmd`.
    pub function: Option<String>,
    /// `--page`.
    pub page: Option<ConsolePage>,
}

impl Args {
    /// Whether a flag was given, by its name with dashes.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|flag| flag.name == name)
    }
}

/// One flag: a row of the table.
#[derive(Debug)]
pub(crate) struct Flag {
    /// The letter, if it has one.
    pub short: Option<char>,
    /// The name with its dashes: `--duration`. Only `-h` has no long name, because `--help` is the manual.
    pub name: &'static str,
    /// Its value, if it takes one.
    pub value: Option<Value>,
    /// Stores that it was given, if it is a switch of the session.
    pub switch: Option<fn(&mut SessionArgs)>,
    /// The command that it starts, if it does.
    pub starts: Option<CommandKind>,
    /// The commands that it works with; empty for all.
    pub commands: &'static [CommandKind],
    /// Whether it can be given more than once, with another value each time.
    pub repeats: bool,
    /// What it needs, so that it can have an effect on the session.
    pub needs: Needs,
    /// The heading under which the manual has it.
    pub heading: &'static str,
    /// One line for `-h`.
    pub brief: &'static str,
    /// The whole description for `--help` and the man page.
    pub text: &'static str,
}

/// The value of a flag.
pub(crate) struct Value {
    /// Its name in the help.
    pub metavar: &'static str,
    /// How it completes.
    pub completes: Completion,
    /// Checks it and stores it.
    pub set: fn(&mut Args, &str) -> Result<(), Error>,
}

/// How the value of a flag completes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completion {
    /// One of a short list, or another text of the same form where the list has only examples.
    Choices(&'static [&'static str]),
    /// The name of a profile, or of a source that is no profile.
    Source,
    /// A value that profiles have for this key.
    ValueOf(&'static str),
    /// An account that profiles have a role in.
    Account,
    /// The name of an `sso-session`.
    Login,
    /// Any text: nothing is proposed.
    Text,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.metavar)
    }
}

impl Flag {
    /// The name of its value in the help; empty when it takes none.
    pub(crate) fn metavar(&self) -> &'static str {
        self.value.as_ref().map_or("", |value| value.metavar)
    }

    /// Whether it works with a command.
    pub(crate) fn works_with(&self, kind: CommandKind) -> bool {
        self.commands.is_empty() || self.commands.contains(&kind)
    }
}

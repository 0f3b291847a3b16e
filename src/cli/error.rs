//! Command lines that are wrong.

use crate::cli::other_words;
use crate::common::invalid_value::InvalidValue;
use crate::common::name_template::TemplateError;
use crate::common::report::{Diagnostic, Report};
use crate::mfa;
use crate::shell::{Format, HookShell};

/// A command line that is wrong. Each of these is a usage error.
#[derive(Debug)]
pub enum Error {
    /// The flag does not exist.
    UnknownFlag {
        /// As typed.
        flag: String,
        /// The flag with the most similar name.
        similar: Option<String>,
    },
    /// `--profile`, as the AWS CLI has it.
    ProfileFlag {
        /// Its value.
        name: Option<String>,
    },
    /// A flag has no value.
    MissingValue {
        /// The flag.
        flag: &'static str,
        /// The name of its value in the help.
        metavar: &'static str,
    },
    /// A flag has a value and takes none.
    UnexpectedValue {
        /// As typed.
        flag: String,
    },
    /// A word is not UTF-8.
    NotUtf8 {
        /// The flag, or `ROLE`.
        what: &'static str,
    },
    /// The role is the empty string.
    EmptyRole,
    /// There are two roles.
    SecondRole {
        /// The first.
        role: String,
        /// The second.
        second: String,
    },
    /// There are two commands.
    TwoCommands {
        /// The first.
        first: &'static str,
        /// The second.
        second: &'static str,
    },
    /// A flag does not work with the command.
    FlagOfAnotherCommand {
        /// The flag.
        flag: &'static str,
        /// The command.
        command: &'static str,
    },
    /// The command takes no role.
    RoleWithoutUse {
        /// The role.
        role: String,
        /// The command.
        command: &'static str,
    },
    /// `--renew` with a role.
    RenewedRole {
        /// The role.
        role: String,
    },
    /// A profile and a flag both name the login.
    LoginNamedTwice {
        /// The profile.
        role: String,
        /// The flag.
        flag: &'static str,
    },
    /// `--sso-session` without the role that it is for.
    SsoSessionNeedsRole {
        /// The session.
        session: String,
    },
    /// Two flags exclude each other.
    FlagsExclude {
        /// The first.
        first: &'static str,
        /// The second.
        second: &'static str,
        /// Why, and what to do.
        hint: &'static str,
    },
    /// A flag has no meaning without another one.
    FlagsNeed {
        /// The flag.
        flag: &'static str,
        /// The other one.
        needed: &'static str,
    },
    /// The value of `--as-profiles` is not a template.
    BadTemplate {
        /// As typed.
        text: String,
        /// What is wrong with it.
        why: TemplateError,
    },
    /// Nothing follows `--`.
    NoCommand,
    /// `--refresh` without a command.
    RefreshNeedsCommand,
    /// The format does not exist.
    UnknownFormat {
        /// As typed.
        text: String,
    },
    /// The shell has no hook.
    UnknownShell {
        /// As typed.
        text: String,
    },
    /// The shell has no completion file.
    NoCompletionFile {
        /// As typed.
        text: String,
    },
    /// `--pick` with a role.
    PickWithRole {
        /// The role.
        role: String,
    },
    /// The function of the hook cannot have this name.
    BadFunctionName {
        /// As typed.
        name: String,
    },
    /// `--cmd` with `--no-cmd`.
    NameOfNoFunction {
        /// The value of `--cmd`.
        name: String,
    },
    /// `--clear` in a format that cannot unset a variable.
    ClearNeedsShell {
        /// The name of the format.
        format: &'static str,
    },
    /// The hook of the shell speaks another version of the protocol.
    OtherHook,
    /// `--hook` in another place than the first.
    HookNotFirst,
    /// The value of `--min-ttl` is not a time.
    BadMinTtl {
        /// As typed.
        text: String,
    },
    /// A value that breaks a rule.
    Invalid(InvalidValue),
    /// The value of `--mfa-token` is not a code.
    Mfa(mfa::error::Error),
}

impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::Invalid(error)
    }
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::UnknownFlag { flag, similar } => {
                let report = Report::usage(format!("there is no flag {flag}"));
                match similar {
                    Some(name) => report.hint(format!("did you mean {name}?  assume-env -h lists the flags")),
                    None => report.hint("assume-env -h lists the flags"),
                }
            }
            Self::ProfileFlag { name } => {
                let name = name.as_deref().map_or("ROLE".to_owned(), |name| Format::default().word(name));
                Report::usage("the profile is a word without a flag here, and --profile is given")
                    .hint(format!("name the profile alone: assume-env {name}"))
            }
            Self::MissingValue { flag, metavar } => {
                Report::usage(format!("{flag} needs a value")).hint(format!("type {flag} {metavar}"))
            }
            Self::UnexpectedValue { flag } => {
                Report::usage(format!("{flag} takes no value")).hint(format!("type {flag} alone"))
            }
            Self::NotUtf8 { what } => Report::usage(format!("the value of {what} is not UTF-8"))
                .hint("names of profiles and roles must be UTF-8"),
            Self::EmptyRole => {
                Report::usage("the role is empty").hint("a variable that should hold the role may be empty")
            }
            Self::SecondRole { role, second } => {
                let (typed, word) = (Format::default().word(role), Format::default().word(second));
                let report = Report::usage(format!("{second} is a second word after the role {role}"));
                report.hint(other_words::hint(role, Some(second)).unwrap_or_else(|| {
                    format!(
                        "to run a command with the role, put -- before it: assume-env {typed} -- {word} …"
                    )
                }))
            }
            Self::TwoCommands { first, second } => {
                Report::usage(format!("{first} and {second} cannot be combined"))
                    .hint("each of them is a command of its own: use one at a time")
            }
            Self::FlagOfAnotherCommand { flag, command } => {
                Report::usage(format!("{flag} has no meaning for {command}"))
                    .hint("leave it out, or see assume-env --help")
            }
            Self::RoleWithoutUse { role, command } => {
                Report::usage(format!("{command} takes no role, and {role} is given"))
                    .hint("leave it out, or see assume-env --help")
            }
            Self::RenewedRole { role } => Report::usage(format!(
                "--renew renews the role that is held, and {role} is given too"
            ))
            .hint(format!("for new keys of that role: assume-env --fresh {}", Format::default().word(role))),
            Self::LoginNamedTwice { role, flag } => {
                Report::usage(format!("both the profile {role} and {flag} name a login"))
                    .hint("leave one of them out")
            }
            Self::SsoSessionNeedsRole { session } => {
                let session = Format::default().word(session);
                Report::usage("--sso-session is for a role without a profile, and no role is given")
                    .hint(format!("name it: assume-env --sso-session {session} ACCOUNT:ROLE"))
                    .hint(format!(
                        "assume-env --sso-roles {session} lists your roles; --pick has you choose one"
                    ))
            }
            Self::FlagsExclude { first, second, hint } => {
                Report::usage(format!("{first} and {second} cannot be combined")).hint(*hint)
            }
            Self::FlagsNeed { flag, needed } => {
                Report::usage(format!("{flag} has no meaning without {needed}"))
                    .hint(format!("leave it out, or add {needed}"))
            }
            Self::BadTemplate { text, why } => {
                Report::usage(format!("{text} (--as-profiles) is not a template for names: {why}"))
                    .hint("such as '{account_name}-{role_name}'")
            }
            Self::RefreshNeedsCommand => {
                Report::usage("--refresh renews keys while a command runs, and no command is given")
                    .hint("type assume-env --refresh ROLE -- COMMAND; for a shell: assume-env --refresh ROLE -- \"$SHELL\"")
            }
            Self::NoCommand => Report::usage("there is no command after --")
                .hint("for a shell with the role: assume-env ROLE -- \"$SHELL\""),
            Self::UnknownFormat { text } => Report::usage(format!("there is no format {text}"))
                .hint(format!("use {}", Format::names().join(", "))),
            Self::UnknownShell { text } => Report::usage(format!("there is no hook for the shell {text}"))
                .hint(format!("use {}", HookShell::names().join(", "))),
            Self::NoCompletionFile { text } => {
                Report::usage(format!("there is no completion file for the shell {text}")).hint(format!(
                    "use {}; the hook of the other shells completes too (--init)",
                    HookShell::WITH_COMPLETION_FILE.join(", ")
                ))
            }
            Self::PickWithRole { role } => {
                Report::usage(format!("--pick chooses the role, and {role} is given"))
                    .hint("leave one of them out")
            }
            Self::BadFunctionName { name } => {
                Report::usage(format!("no function can have the name {name} (--cmd)")).hint(
                    "it must have letters, digits and _ (in bash, zsh and fish also -), and must not be a word that the shell or the hook uses",
                )
            }
            Self::NameOfNoFunction { name } => {
                Report::usage(format!("--cmd {name} names the function, and --no-cmd leaves it out"))
                    .hint("leave one of them out")
            }
            Self::ClearNeedsShell { format } => {
                Report::usage(format!("--clear cannot be written as {format}, which cannot unset a variable"))
                    .hint("use --format with the name of a shell")
            }
            Self::OtherHook => Report::usage("the hook of this shell is not of this version of assume-env")
                .hint("open a new shell, or load the hook again: assume-env --help, HOOKS, says how"),
            Self::HookNotFirst => Report::usage("--hook is for the function that assume-env --init defines")
                .hint("type the name of the function: assume ROLE"),
            Self::BadMinTtl { text } => Report::usage(format!("{text} (--min-ttl) is not a time"))
                .hint("give seconds, or hours and minutes: 900, 15m, 1h30m, 12h"),
            Self::Invalid(error) => error.report(),
            Self::Mfa(error) => error.report(),
        }
    }
}

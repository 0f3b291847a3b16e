//! What the commands themselves refuse, and programs that cannot be run.

use std::path::PathBuf;

use crate::common::duration::human;
use crate::common::origin::{Located, Place};
use crate::common::report::{Diagnostic, Exit, Report};
use crate::shell::Format;
use crate::sys::retaining::RetainingOutput;
use crate::sys::subprocess::SubprocessError;

/// A command that cannot be done.
#[derive(Debug)]
pub(super) enum Error {
    /// The file of `--policy @FILE` cannot be read.
    PolicyFile {
        /// The file.
        file: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// The shell that calls evaluates another dialect than the one that would be printed.
    WrongDialect {
        /// The dialect of the shell.
        format: Format,
        /// The arguments as typed, quoted for the shell.
        args: String,
    },
    /// Standard output retains what is written to it.
    OutputIsRetained(Box<RefusedOutput>),
    /// The dialect cannot hold a setting of the profile that changes whom a command asks or trusts.
    SettingDoesNotFit {
        /// The variable.
        name: String,
        /// Its value.
        value: Located<String>,
        /// The dialect.
        format: Format,
    },
    /// A folder of logins cannot be read or changed.
    LoginFolder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// The user has no role that can be chosen.
    NoSsoRole {
        /// The login.
        login: String,
    },
    /// Two roles would have profiles of one name.
    NameOfTwoRoles {
        /// The name.
        name: String,
        /// The first role.
        first: String,
        /// The second role.
        second: String,
    },
    /// A profile of that name has other settings.
    NameIsTaken(Box<TakenName>),
    /// The token is removed, and the portal did not confirm that the login has ended.
    LogoutNotConfirmed {
        /// Why.
        why: String,
    },
    /// `--login-once` with a role whose way to the console needs no login.
    LoginWithoutUse,
    /// Standard output retains what is written to it, and the address of the console is a secret.
    AddressIsRetained {
        /// The kind of standard output.
        output: RetainingOutput,
        /// The arguments as typed, quoted for a shell.
        args: String,
    },
    /// No browser that the user sees can reach this machine, which the way to the console needs.
    BrowserIsFar {
        /// Why.
        why: &'static str,
        /// Whether it is because of SSH, where a browser of this machine is not the user's.
        is_ssh: bool,
        /// The arguments as typed, quoted for a shell.
        args: String,
    },
    /// No browser opened the console.
    NoBrowser {
        /// The programs that were tried, and how they failed.
        why: String,
        /// Whether the address is a secret.
        is_secret: bool,
        /// The arguments as typed, quoted for a shell.
        args: String,
    },
    /// The browser did not ask for the address of the console.
    BrowserIsLate {
        /// How many seconds it had.
        seconds: i64,
        /// The arguments as typed, quoted for a shell.
        args: String,
    },
    /// The browser ended the connection before it had the address of the console.
    BrowserIsGone {
        /// What the system says.
        why: std::io::Error,
    },
    /// No port of this machine can be opened for the browser.
    NoListener {
        /// What the system says.
        why: std::io::Error,
        /// The arguments as typed, quoted for a shell.
        args: String,
    },
    /// The system gives no random bytes.
    NoRandom,
    /// A role must be chosen, and there is no terminal.
    NoTerminalToPick,
    /// A role must be chosen, and these files have no profile.
    NothingToPick {
        /// The files.
        searched: Vec<PathBuf>,
    },
    /// The user chose no role.
    NothingPicked,
    /// fzf, which shows the list, failed.
    PickerFailed {
        /// Why.
        why: SubprocessError,
    },
    /// The terminal cannot be read.
    TerminalUnreadable {
        /// What the system says.
        why: std::io::Error,
    },
    /// The program does not exist.
    ProgramNotFound {
        /// Its name as typed.
        program: String,
        /// Whether a role is named before `--`.
        role_named: bool,
    },
    /// The program cannot be executed.
    ProgramNotRunnable {
        /// Its name as typed.
        program: String,
        /// The file that was found.
        path: PathBuf,
        /// Why it cannot be executed.
        why: &'static str,
    },
    /// The system refuses to execute the program.
    ProgramFailed {
        /// Its name as typed.
        program: String,
        /// The file that was found.
        path: PathBuf,
        /// Whether the system says that it does not exist.
        not_found: bool,
        /// What the system says.
        why: String,
    },
}

/// Keys that are not printed, where they would have gone, and what to type instead.
#[derive(Debug)]
pub(super) struct RefusedOutput {
    /// The kind of standard output.
    pub output: RetainingOutput,
    /// The role as typed.
    pub typed_role: String,
    /// The role ARN that it leads to, if it leads to one.
    pub role: Option<String>,
    /// The source of the chain.
    pub source: String,
    /// The arguments without the format, quoted for a shell.
    pub args: String,
    /// The dialect to suggest: the one that was typed, or that of the shell that calls.
    pub format: Format,
}

impl RefusedOutput {
    fn report(&self) -> Report {
        let Self { output, typed_role, role, source, args, format } = self;
        let line = |words: &[&str]| -> String {
            let words: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
            words.join(" ")
        };
        let row = |what: &str, words: String| format!("{what:<17} {words}");
        let mut report = Report::new(format!("keys are not printed to {output}")).hint(match role {
            Some(role) => format!("{typed_role} leads to {role}, with {source}; AWS was not asked"),
            None => format!("{typed_role} leads to {source}; AWS was not asked"),
        });
        if let Some(evaluating) = format.eval_line(args) {
            report = report
                .hint(row("this shell:", evaluating))
                .hint(row("one command:", line(&["assume-env", args, "-- COMMAND"])));
        }
        let flag = if format.is_shell() { String::new() } else { format!("-f {}", format.name()) };
        report.hint(row("print them here:", line(&["assume-env --show", &flag, args])))
    }
}

/// A name of a profile that another profile has.
#[derive(Debug)]
pub(super) struct TakenName {
    /// The name.
    pub name: String,
    /// The section of the other profile.
    pub place: Place,
    /// The role that would have it.
    pub role: String,
}

/// Adds how the address of the console is printed.
fn print_address(report: Report, args: &str) -> Report {
    report
        .hint("the address can be printed; it signs in everyone who opens it within 15 minutes:")
        .hint(format!("to a program:     assume-env --url {args} | PROGRAM"))
        .hint(format!("print it here:    assume-env --url --show {args}"))
}

impl Diagnostic for Error {
    fn report(&self) -> Report {
        match self {
            Self::PolicyFile { file, why } => {
                Report::new(format!("cannot read the policy {}: {why}", file.display()))
                    .hint("name a file that exists and that you can read: --policy @FILE")
            }
            Self::LoginFolder { folder, why } => {
                Report::new(format!("cannot read or change the folder {}: {why}", folder.display()))
                    .hint("check its permissions, then try again")
            }
            Self::NoSsoRole { login } => Report::new(format!("{login} gives you no role"))
                .hint("ask the administrator who assigns roles, or sign in as another user: assume-env --login"),
            Self::NameOfTwoRoles { name, first, second } => {
                Report::new(format!("two roles would have the profile {name}: {first}, and {second}"))
                    .hint("nothing is printed; tell them apart, with {account_id} or {role_name} in the template")
            }
            Self::NameIsTaken(taken) => {
                let TakenName { name, place, role } = &**taken;
                Report::new(format!("the profile {name} ({place}) is not that of {role}"))
                    .hint("nothing is printed; use another template, or rename that profile")
            }
            Self::LogoutNotConfirmed { why } => Report::new(format!(
                "the token is removed from this machine, but IAM Identity Center did not confirm the end of the login: {why}"
            ))
            .hint("a copy of the token could still work until it expires; the administrator can end the session"),
            Self::WrongDialect { format, args } => Report::usage(format!(
                "{} cannot evaluate the text that assume-env prints without -f",
                format.name()
            ))
            .hint(format!(
                "type: {}   (or -f sh, if another program reads the text)",
                format.eval_line(args).unwrap_or_default()
            )),
            Self::SettingDoesNotFit { name, value: Located { value, origin }, format } => {
                let (reason, advice) =
                    format.unfit(value).map_or(("", ""), |unfit| (unfit.reason, unfit.advice));
                Report::new(format!("{name}={value:?} ({origin}) {reason}")).hint(advice).hint(format!(
                    "a {name} of your own takes the place of the profile's: {name}=VALUE assume-env -f {} …",
                    format.name()
                ))
            }
            Self::OutputIsRetained(refused) => refused.report(),
            Self::LoginWithoutUse => {
                Report::usage("the link of the portal to the console needs no login, and --login-once is given")
                    .hint("leave --login-once out: the browser asks for the sign-in")
            }
            Self::AddressIsRetained { output, args } => Report::new(format!(
                "addresses that sign in to the console are not printed to {output}"
            ))
            .hint("everyone who opens such an address within 15 minutes is signed in; AWS was not asked")
            .hint(format!("to a program:     assume-env {args} | PROGRAM"))
            .hint(format!("print it here:    assume-env --show {args}")),
            Self::BrowserIsFar { why, is_ssh, args } => {
                let report = print_address(Report::new(format!("no browser can be opened here: {why}")), args);
                match is_ssh {
                    true => report,
                    false => report.hint("ASSUME_ENV_BROWSER names the browser, if one can reach this machine"),
                }
            }
            Self::NoBrowser { why, is_secret, args } => {
                let report = Report::new(format!("no browser opened ({why})"))
                    .hint("ASSUME_ENV_BROWSER names another browser: ASSUME_ENV_BROWSER='firefox {url}'");
                match is_secret {
                    true => print_address(report, args),
                    false => report.hint(format!("to print the link instead: assume-env --url {args}")),
                }
            }
            Self::BrowserIsLate { seconds, args } => print_address(
                Report::new(format!("the browser did not come within {}, so no sign-in token was asked for", human(*seconds))),
                args,
            ),
            Self::BrowserIsGone { why } => {
                Report::new(format!("the browser went away before it had the address of the console: {why}"))
                    .hint("try again")
            }
            Self::NoListener { why, args } => print_address(
                Report::new(format!("no port of this machine (127.0.0.1) can be opened for the browser: {why}")),
                args,
            ),
            Self::NoRandom => Report::new("the system gives no random bytes").hint("check getrandom(2) and /dev/urandom"),
            Self::NoTerminalToPick => Report::new("there is no terminal on which a role can be chosen")
                .hint("name the role: assume-env ROLE")
                .hint("assume-env --list lists the profiles; assume-env --status describes the held session"),
            Self::NothingToPick { searched } => {
                let files: Vec<String> = searched.iter().map(|file| file.display().to_string()).collect();
                Report::new(format!("there is no profile to choose from in {}", files.join(", ")))
                    .hint("write a profile with a role_arn, or name a role ARN: assume-env ARN")
            }
            Self::NothingPicked => {
                Report::new("no role was chosen; nothing has changed").exit(Exit::Cancelled)
            }
            Self::PickerFailed { why } => Report::new(format!("cannot choose a role with fzf: {why}"))
                .hint("check fzf and FZF_DEFAULT_OPTS, or name the role: assume-env ROLE"),
            Self::TerminalUnreadable { why } => {
                Report::new(format!("cannot read the terminal: {why}")).hint("name the role: assume-env ROLE")
            }
            Self::ProgramNotFound { program, role_named } => {
                let report = Report::new(format!("there is no command {program}")).exit(Exit::NotFound);
                if *role_named {
                    return report.hint("AWS was not asked; check the name and PATH");
                }
                let word = Format::default().word(program);
                report.hint(format!(
                    "everything after -- is a command; to use {word} as the role, leave out --: assume-env {word}"
                ))
            }
            Self::ProgramNotRunnable { program, path, why } => {
                Report::new(format!("cannot run {program}: {why}"))
                    .hint(format!(
                        "name a program that you can execute; the file that was found is {}",
                        path.display()
                    ))
                    .exit(Exit::NotRunnable)
            }
            Self::ProgramFailed { program, path, not_found: true, why } => {
                Report::new(format!("cannot run {program}: {why}"))
                    .hint(format!(
                        "{} exists, but not the interpreter or loader that it names: check its first line",
                        path.display()
                    ))
                    .exit(Exit::NotFound)
            }
            Self::ProgramFailed { program, path, not_found: false, why } => Report::new(format!(
                "cannot run {program}: {why}"
            ))
            .hint(format!(
                "check that {} is a program for this machine, and that a script names its interpreter \
                         in the first line (#!/bin/sh)",
                path.display()
            ))
            .exit(Exit::NotRunnable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_the_system_does_not_execute_has_a_hint_with_its_file() {
        for (not_found, exit) in [(true, Exit::NotFound), (false, Exit::NotRunnable)] {
            let (program, path) = ("x".to_owned(), PathBuf::from("/bin/x"));
            let report = Error::ProgramFailed { program, path, not_found, why: "why".into() }.report();
            assert_eq!(report.exit, exit);
            assert!(report.hints[0].contains("/bin/x"), "{report:?}");
        }
    }
}

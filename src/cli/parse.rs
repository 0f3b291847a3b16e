//! Turns the words of the command line into a [`Request`].
//!
//! Two steps. The words are collected by the table of flags; then it is decided which command they mean and whether every flag
//! works with that command. Parsing reads no environment, no file and no network.

use std::ffi::{OsStr, OsString};

use crate::cli::args::Args;
use crate::cli::command::{Command, CommandKind};
use crate::cli::completion;
use crate::cli::error::Error;
use crate::cli::flags::{self, EXCLUDES, FLAGS, OF_SIGN_IN, SIGNS_IN};
use crate::cli::hook_call::HookCall;
use crate::cli::request::{Request, Verbosity};
use crate::cli::session_args::SessionArgs;
use crate::cli::words::{utf8, value_of};
use crate::common::suggest;
use crate::shell::function_name::{self, Parts};

/// Reads the arguments after the program's name.
///
/// # Errors
/// A usage error, which names the flag or the word.
pub fn parse(args: &[OsString]) -> Result<Request, Error> {
    if let Some(asked) = completion::asked(args) {
        let command = Command::Complete { asked: asked.to_vec() };
        let (session, verbosity) = (SessionArgs::default(), Verbosity::default());
        return Ok(Request { command, session, verbosity, hook: None });
    }
    let (hook, args) = HookCall::split(args)?;
    let mut typed = Args { hook, ..Args::default() };
    let mut parser = lexopt::Parser::from_args(args.iter().cloned());
    loop {
        if let Some(mut rest) = parser.try_raw_args()
            && rest.peek() == Some(OsStr::new("--"))
        {
            rest.next();
            typed.command = Some(rest.collect());
            break;
        }
        let flag = match parser.next().map_err(|e| bad_syntax(&e))? {
            None => break,
            Some(lexopt::Arg::Value(word)) => {
                take_role(&mut typed, utf8(word, "ROLE")?)?;
                continue;
            }
            Some(lexopt::Arg::Short(c)) => flags::by_short(c).ok_or_else(|| unknown_short(c))?,
            Some(lexopt::Arg::Long("profile")) => {
                let name = parser.optional_value().or_else(|| parser.value().ok());
                return Err(Error::ProfileFlag { name: name.and_then(|name| name.into_string().ok()) });
            }
            Some(lexopt::Arg::Long(name)) => flags::by_long(name).ok_or_else(|| unknown_long(name))?,
        };
        if let Some(value) = &flag.value {
            let text = value_of(&mut parser, flag)?;
            (value.set)(&mut typed, &text)?;
        }
        if let Some(switch) = flag.switch {
            switch(&mut typed.session);
        }
        typed.session.note(flag.name, flag.needs);
        typed.given.push(flag);
    }
    into_request(typed)
}

fn bad_syntax(error: &lexopt::Error) -> Error {
    match error {
        lexopt::Error::UnexpectedValue { option, .. } => Error::UnexpectedValue { flag: option.clone() },
        other => Error::UnknownFlag { flag: other.to_string(), similar: None },
    }
}

fn unknown_short(c: char) -> Error {
    Error::UnknownFlag { flag: format!("-{c}"), similar: None }
}

fn unknown_long(name: &str) -> Error {
    let names = FLAGS.iter().filter_map(|flag| flag.name.strip_prefix("--"));
    let similar = suggest::nearest(name, names).into_iter().next();
    Error::UnknownFlag { flag: format!("--{name}"), similar: similar.map(|n| format!("--{n}")) }
}

/// The word for the role before the held one.
const BACK: &str = "-";

fn take_role(typed: &mut Args, word: String) -> Result<(), Error> {
    match &typed.session.role {
        None if word.is_empty() => Err(Error::EmptyRole),
        None if word == BACK && !typed.session.back => {
            typed.session.back = true;
            Ok(())
        }
        None if typed.session.back => Err(Error::SecondRole { role: BACK.into(), second: word }),
        None => {
            typed.session.role = Some(word);
            Ok(())
        }
        Some(role) => Err(Error::SecondRole { role: role.clone(), second: word }),
    }
}

fn into_request(mut typed: Args) -> Result<Request, Error> {
    let command = command(&mut typed)?;
    let verbosity = Verbosity { quiet: typed.has("--quiet"), verbose: typed.has("--verbose") };
    // A subshell has no use for an MFA session of 12 hours.
    let keeps = |call: &HookCall| call.keeps_mfa_session() && !call.is_in_subshell();
    typed.session.base_session = typed.hook.as_ref().is_some_and(keeps);
    Ok(Request { command, session: typed.session, verbosity, hook: typed.hook })
}

fn command(typed: &mut Args) -> Result<Command, Error> {
    // Help and version are given whatever else is on the line.
    for (name, help) in
        [("--help", Command::LongHelp), ("-h", Command::ShortHelp), ("--version", Command::Version)]
    {
        if typed.has(name) {
            return Ok(help);
        }
    }
    let kind = kind(typed)?;
    if kind == CommandKind::Print && typed.session.refresh {
        return Err(Error::RefreshNeedsCommand);
    }
    if let Some(flag) = typed.given.iter().find(|flag| !flag.works_with(kind)) {
        return Err(Error::FlagOfAnotherCommand { flag: flag.name, command: kind.name() });
    }
    let role = typed.session.role.clone().or_else(|| typed.session.back.then(|| BACK.to_owned()));
    let role = role.as_deref();
    if let (Some(role), false) = (role, kind.takes_role()) {
        return Err(Error::RoleWithoutUse { role: role.to_owned(), command: kind.name() });
    }
    if let (Some(role), true) = (role, typed.session.renew) {
        return Err(Error::RenewedRole { role: role.to_owned() });
    }
    if let (Some(role), true) = (role, typed.session.pick) {
        return Err(Error::PickWithRole { role: role.to_owned() });
    }
    if typed.session.renew && typed.session.pick {
        return Err(Error::TwoCommands { first: "--renew", second: "--pick" });
    }
    check_pairs(typed)?;
    match kind {
        CommandKind::Login | CommandKind::Logout => check_login(typed, kind)?,
        CommandKind::SsoRoles => {
            check_login(typed, kind)?;
            // The word names the session, and so does the flag.
            typed.session.sso_session = typed.session.role.take().or(typed.session.sso_session.take());
        }
        _ => check_sso_session(typed)?,
    }
    typed.session.console = kind == CommandKind::Console;
    if typed.session.console && typed.has("--show") && !typed.has("--url") {
        return Err(Error::FlagOfAnotherCommand { flag: "--show", command: "--console without --url" });
    }
    // The function of a hook without a word.
    typed.session.pick |=
        typed.hook.is_some() && typed.given.is_empty() && role.is_none() && kind == CommandKind::Print;
    let (json, format, format_typed) = (typed.has("--json"), typed.format, typed.has("--format"));
    Ok(match kind {
        CommandKind::Print => Command::Print { format, format_typed, show: typed.has("--show") },
        CommandKind::Run => run(typed.command.take())?,
        CommandKind::Whoami => Command::Whoami { json },
        CommandKind::Buckets => Command::Buckets { json },
        CommandKind::Clear | CommandKind::Forget if !format.is_shell() => {
            return Err(Error::ClearNeedsShell { format: format.name() });
        }
        CommandKind::Forget => Command::Forget { format, format_typed },
        CommandKind::Clear => Command::Clear { format, format_typed },
        CommandKind::Init => init(typed)?,
        CommandKind::Completions => completions(typed)?,
        CommandKind::List => Command::List { json },
        CommandKind::Explain => Command::Explain { json },
        CommandKind::Status => Command::Status { json },
        CommandKind::Login => Command::Login,
        CommandKind::SsoRoles => Command::SsoRoles { json, names: typed.profile_names.take() },
        CommandKind::Logout => Command::Logout { all: typed.has("--all") },
        CommandKind::Console => Command::Console {
            page: typed.page.take().unwrap_or_default(),
            url: typed.has("--url"),
            show: typed.has("--show"),
        },
    })
}

/// A login is named once: by a profile or by its session.
fn check_login(typed: &Args, kind: CommandKind) -> Result<(), Error> {
    let session = typed.session.sso_session.is_some().then_some("--sso-session");
    let flag = session.or_else(|| typed.has("--all").then_some("--all"));
    match (&typed.session.role, flag) {
        _ if typed.session.back => Err(Error::RoleWithoutUse { role: BACK.into(), command: kind.name() }),
        (Some(role), Some(flag)) => Err(Error::LoginNamedTwice { role: role.clone(), flag }),
        (None, Some("--sso-session")) if typed.has("--all") => {
            Err(Error::TwoCommands { first: "--sso-session", second: "--all" })
        }
        _ => Ok(()),
    }
}

/// A role without a profile needs its account and its name.
fn check_sso_session(typed: &Args) -> Result<(), Error> {
    let session = &typed.session;
    let Some(name) = &session.sso_session else { return Ok(()) };
    if session.back {
        let hint = "- is the role before the held one: leave --sso-session out";
        return Err(Error::FlagsExclude { first: "--sso-session", second: BACK, hint });
    }
    match session.role.is_none() && !session.pick {
        true => Err(Error::SsoSessionNeedsRole { session: name.clone() }),
        false => Ok(()),
    }
}

/// Flags that exclude each other, and those of a sign-in without one.
fn check_pairs(typed: &Args) -> Result<(), Error> {
    let both = |(first, second, _): &&(&str, &str, &str)| typed.has(first) && typed.has(second);
    if let Some((first, second, hint)) = EXCLUDES.iter().find(both) {
        return Err(Error::FlagsExclude { first, second, hint });
    }
    match OF_SIGN_IN.into_iter().find(|name| typed.has(name)) {
        Some(flag) if !SIGNS_IN.iter().any(|name| typed.has(name)) => {
            Err(Error::FlagsNeed { flag, needed: "--login or --login-once" })
        }
        _ => Ok(()),
    }
}

/// The one command that is asked for.
fn kind(typed: &Args) -> Result<CommandKind, Error> {
    let mut kinds = typed.given.iter().filter_map(|flag| Some((flag, flag.starts?)));
    let first = kinds.next();
    if let Some((flag, kind)) = first
        && let Some((other, _)) = kinds.find(|(_, other)| *other != kind)
    {
        return Err(Error::TwoCommands { first: flag.name, second: other.name });
    }
    match (first, &typed.command) {
        (Some((flag, _)), Some(_)) => Err(Error::TwoCommands { first: flag.name, second: "-- COMMAND" }),
        (Some((_, kind)), None) => Ok(kind),
        (None, Some(_)) => Ok(CommandKind::Run),
        (None, None) => Ok(CommandKind::Print),
    }
}

fn run(words: Option<Vec<OsString>>) -> Result<Command, Error> {
    let mut words = words.unwrap_or_default().into_iter();
    let program = words.next().ok_or(Error::NoCommand)?;
    Ok(Command::Run { program, args: words.collect() })
}

fn completions(typed: &Args) -> Result<Command, Error> {
    // The flag that starts this command has a value.
    let missing = Error::MissingValue { flag: "--completions", metavar: "SHELL" };
    Ok(Command::Completions { shell: typed.completions.ok_or(missing)? })
}

fn init(typed: &Args) -> Result<Command, Error> {
    // The flag that starts this command has a value.
    let shell = typed.init.ok_or(Error::MissingValue { flag: "--init", metavar: "SHELL" })?;
    let named = typed.function.as_deref();
    if let Some(name) = named
        && typed.has("--no-cmd")
    {
        return Err(Error::NameOfNoFunction { name: name.into() });
    }
    let name = named.unwrap_or(Parts::FUNCTION);
    if !function_name::is_function_name(shell, name) {
        return Err(Error::BadFunctionName { name: name.into() });
    }
    let function = (!typed.has("--no-cmd")).then(|| name.to_owned());
    let (prompt, completion) = (!typed.has("--no-prompt"), !typed.has("--no-complete"));
    Ok(Command::Init { shell, parts: Parts { function, prompt, completion } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::report::Diagnostic as _;
    use crate::shell::Format;
    use crate::shell::HookShell;

    fn format(name: &str) -> Format {
        Format::parse(name).unwrap()
    }

    fn shell(name: &str) -> HookShell {
        HookShell::parse(name).unwrap()
    }

    fn args(line: &[&str]) -> Vec<OsString> {
        line.iter().map(OsString::from).collect()
    }

    fn request(line: &[&str]) -> Request {
        parse(&args(line)).unwrap_or_else(|e| panic!("{line:?}: {e:?}"))
    }

    fn refused(line: &[&str]) -> String {
        parse(&args(line)).expect_err(&format!("{line:?}")).report().message()
    }

    #[test]
    fn the_command_begins_behind_the_first_double_dash() {
        let r = request(&["-q", "s3", "-d", "15m", "--", "aws", "--", "-x"]);
        assert_eq!(r.session.role.as_deref(), Some("s3"));
        assert_eq!(r.session.duration.unwrap().seconds(), 900);
        assert!(r.verbosity.quiet);
        assert_eq!(r.command, Command::Run { program: "aws".into(), args: args(&["--", "-x"]) });
    }

    #[test]
    fn the_role_may_be_left_out_and_flags_may_follow_it() {
        assert_eq!(request(&[]).session.role, None);
        assert_eq!(request(&["s3", "-r", "eu-west-1"]).session.region.as_deref(), Some("eu-west-1"));
        assert_eq!(
            request(&["--format=fish", "s3"]).command,
            Command::Print { format: format("fish"), format_typed: true, show: false }
        );
        assert_eq!(
            request(&["-qffish", "s3"]).command,
            Command::Print { format: format("fish"), format_typed: true, show: false }
        );
    }

    #[test]
    fn usage_errors_say_what_to_type() {
        for (line, part) in [
            (&["s3", "aws", "s3", "ls"][..], "second"),
            (&["s3", "--"], "command"),
            (&["--bukets", "s3"], "--buckets"),
            (&["-x"], "-x"),
            (&["-d", "--", "true"], "--duration"),
            (&["s3", "-d"], "--duration"),
            (&["s3", "-d", "899"], "899"),
            (&["s3", "-d", "43201"], "43201"),
            (&["s3", "-d", "1x"], "1x"),
            (&["s3", "-d", "-5"], "-5"),
            (&["s3", "-n", "a b"], "a b"),
            (&["s3", "-r", "x.example"], "x.example"),
            (&["s3", "--external-id", "a b"], "--external-id"),
            (&["s3", "-f", "cobol"], "cobol"),
            (&["--clear", "s3"], "s3"),
            (&["--clear", "-d", "900"], "--duration"),
            (&["--clear", "-f", "json"], "json"),
            (&["--clear", "--whoami"], "--whoami"),
            (&["--whoami", "--", "true"], "--whoami"),
            (&["--init", "cobol"], "cobol"),
            (&["--completions", "cobol"], "cobol"),
            (&["--completions", "elvish"], "use bash, zsh, fish"),
            (&["--completions", "bash", "s3"], "s3"),
            (&["--pick", "s3"], "s3"),
            (&["--pick", "--clear"], "--pick"),
            (&["--init", "bash", "--cmd", "eval"], "eval"),
            (&["--init", "posix", "--cmd", "a-b"], "a-b"),
            (&["--init", "bash", "--cmd", "x", "--no-cmd"], "--no-cmd"),
            (&["s3", "--no-prompt"], "--no-prompt"),
            (&["s3", "--json"], "--json"),
            (&["s3", "--show", "--", "true"], "--show"),
            (&["s3", "--quiet=yes"], "--quiet"),
            (&["s3", "--refresh"], "no command"),
            (&["s3", "--refresh", "--"], "no command"),
            (&["s3", "--refresh", "--whoami"], "--refresh"),
            (&["--status", "--refresh"], "--refresh"),
            (&["s3", "--renew"], "s3"),
            (&["--renew", "--", "true"], "--renew"),
            (&[""], "empty"),
        ] {
            let message = refused(line);
            assert!(message.contains(part), "{line:?}: {message}");
        }
    }

    #[test]
    fn a_hook_has_every_part_unless_it_is_left_out() {
        let init = |line: &[&str]| match request(line).command {
            Command::Init { shell, parts } => (shell, parts.function, parts.prompt, parts.completion),
            other => panic!("{other:?}"),
        };
        assert_eq!(init(&["--init", "zsh"]), (shell("zsh"), Some("assume".into()), true, true));
        assert_eq!(
            init(&["--init", "bash", "--no-complete", "--cmd", "become"]),
            (shell("bash"), Some("become".into()), true, false)
        );
        assert_eq!(init(&["--no-cmd", "--no-prompt", "--init=posix"]), (shell("posix"), None, false, true));
    }

    #[test]
    fn help_answers_whatever_else_is_asked() {
        assert_eq!(request(&["s3", "-h"]).command, Command::ShortHelp);
        assert_eq!(request(&["--clear", "--help", "s3"]).command, Command::LongHelp);
        assert_eq!(request(&["-V"]).command, Command::Version);
    }
}

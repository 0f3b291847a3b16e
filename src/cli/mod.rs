//! The command line: arguments in, a [`Request`] out.
//!
//! Two stages. Parsing collects what was typed, by the one table of [`flags`]; then [`Args::mean`] decides what is meant:
//! which mode it is, and whether every flag belongs to that mode. Nothing here looks at the environment, a file or the
//! network. The help texts, the man page and "did you mean" come from the same table.

pub mod flags;
pub mod help;
pub mod session_args;

use crate::shell::function_name;
use crate::shell::kind::Shell;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use zeroize::Zeroizing;

use crate::common::suggest;
use crate::error::Error;
use crate::shell::Format;
use crate::shell::function_name::Parts;
use crate::sys::read_limited;
use flags::{FLAGS, Flag};
use session_args::SessionArgs;

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Mode {
    /// Print the text that sets the variables.
    Print {
        /// The dialect of the text.
        format: Format,
        /// Print keys even to a terminal or a file.
        show: bool,
    },
    /// Replace this process by a command.
    Run {
        /// The command.
        command: OsString,
        /// Its arguments, untouched.
        args: Vec<OsString>,
    },
    /// Ask STS who the session is.
    Whoami {
        /// Answer in JSON.
        json: bool,
    },
    /// List the buckets that the session sees.
    Buckets {
        /// Answer in JSON.
        json: bool,
    },
    /// Say what would be done, without doing it.
    Explain {
        /// Answer in JSON.
        json: bool,
    },
    /// Say what session the environment holds.
    Status {
        /// Answer in JSON.
        json: bool,
    },
    /// Print the text that ends the session.
    Clear {
        /// The dialect of the text.
        format: Format,
    },
    /// Print the hook of a shell.
    Init {
        /// The shell.
        shell: Shell,
        /// What of the hook is wanted.
        parts: Parts,
    },
    /// List the profiles.
    List {
        /// Answer in JSON.
        json: bool,
    },
    /// One screen of help.
    ShortHelp,
    /// The manual.
    LongHelp,
    /// The version.
    Version,
}

/// Everything that the command line asks for.
#[derive(Debug)]
pub struct Request {
    /// What to do.
    pub mode: Mode,
    /// The session to do it with.
    pub session: SessionArgs,
    /// Whether `--format` was typed.
    pub format_typed: bool,
    /// Say nothing but errors.
    pub quiet: bool,
    /// Say what is done.
    pub verbose: bool,
}

impl Request {
    /// Puts the text of the file in the place of `--policy @FILE`.
    ///
    /// # Errors
    /// A file that cannot be read as text.
    pub fn with_policy_read(mut self) -> Result<Self, Error> {
        if let Some(file) = self.session.policy.as_deref().and_then(|policy| policy.strip_prefix('@')) {
            let unreadable = |why| Error::PolicyFile { file: file.into(), why };
            let bytes = read_limited::read(Path::new(file), 1).map_err(unreadable)?;
            let text = String::from_utf8(bytes);
            self.session.policy = Some(text.map_err(|_| unreadable(std::io::ErrorKind::InvalidData.into()))?);
        }
        Ok(self)
    }
}

/// What was typed, before it is known what is meant.
#[derive(Debug, Default)]
pub struct Args {
    given: Vec<&'static Flag>,
    command: Option<Vec<OsString>>,
    session: SessionArgs,
    format: Format,
    init: Option<Shell>,
    function: Option<String>,
}

/// Reads the arguments behind the program's name.
///
/// # Errors
/// Every one of them is a usage error, and names the flag or the word.
pub fn parse(args: &[OsString]) -> Result<Request, Error> {
    let mut typed = Args::default();
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
                typed.positional(utf8(word, "ROLE")?)?;
                continue;
            }
            Some(lexopt::Arg::Short(c)) => flags::by_short(c).ok_or_else(|| unknown_short(c))?,
            Some(lexopt::Arg::Long(name)) => flags::by_long(name).ok_or_else(|| unknown_long(name))?,
        };
        if let Some(value) = &flag.value {
            let text = value_of(&mut parser, flag)?;
            (value.set)(&mut typed, &text)?;
        }
        typed.given.push(flag);
    }
    typed.into_request()
}

/// The arguments without the flag that chooses the format, for the message that suggests another line to type.
pub fn without_format(args: &[OsString]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = args.iter().map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        match word.as_str() {
            "-f" | "--format" => drop(words.next()),
            joined if joined.starts_with("-f") || joined.starts_with("--format=") => {}
            _ => kept.push(word),
        }
    }
    kept
}

/// The value of a flag, which may be a code. A `--` is never taken for one: it is where the command begins.
fn value_of(parser: &mut lexopt::Parser, flag: &'static Flag) -> Result<Zeroizing<String>, Error> {
    let missing = || Error::MissingValue { flag: flag.name, metavar: flag.metavar() };
    if let Some(rest) = parser.try_raw_args()
        && rest.peek().is_none_or(|next| next == "--")
    {
        return Err(missing());
    }
    utf8(parser.value().map_err(|_| missing())?, flag.name).map(Zeroizing::new)
}

fn utf8(word: OsString, what: &'static str) -> Result<String, Error> {
    word.into_string().map_err(|_| Error::ArgumentNotUtf8 { what })
}

fn bad_syntax(error: &lexopt::Error) -> Error {
    match error {
        lexopt::Error::UnexpectedValue { option, .. } => Error::UnexpectedValue { flag: option.clone() },
        other => Error::UnknownFlag { flag: other.to_string(), near: None },
    }
}

fn unknown_short(c: char) -> Error {
    Error::UnknownFlag { flag: format!("-{c}"), near: None }
}

fn unknown_long(name: &str) -> Error {
    let names = FLAGS.iter().filter_map(|flag| flag.name.strip_prefix("--"));
    let near = suggest::nearest(name, names).into_iter().next();
    Error::UnknownFlag { flag: format!("--{name}"), near: near.map(|n| format!("--{n}")) }
}

impl Args {
    fn positional(&mut self, word: String) -> Result<(), Error> {
        match &self.session.role {
            None if word.is_empty() => Err(Error::EmptyRole),
            None => {
                self.session.role = Some(word);
                Ok(())
            }
            Some(role) => Err(Error::SecondRole { role: role.clone(), second: word }),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.given.iter().any(|flag| flag.name == name)
    }

    fn into_request(self) -> Result<Request, Error> {
        // Help and version answer whatever else stands on the line.
        for (name, mode) in
            [("--help", Mode::LongHelp), ("-h", Mode::ShortHelp), ("--version", Mode::Version)]
        {
            if self.has(name) {
                return Ok(self.request(mode));
            }
        }
        let kind = self.kind()?;
        if let Some(flag) = self.given.iter().find(|flag| !flag.works_in(kind)) {
            return Err(Error::FlagOfAnotherMode { flag: flag.name, mode: kind.name() });
        }
        if let (Some(role), false) = (&self.session.role, kind.takes_role()) {
            return Err(Error::RoleWithoutUse { role: role.clone(), mode: kind.name() });
        }
        let json = self.has("--json");
        let mode = match kind {
            CommandKind::Print if self.has("--base-session") && !self.format.keeps_base() => {
                return Err(Error::BaseNeedsShell { format: self.format.name() });
            }
            CommandKind::Print => Mode::Print { format: self.format, show: self.has("--show") },
            CommandKind::Run => return self.run(),
            CommandKind::Whoami => Mode::Whoami { json },
            CommandKind::Buckets => Mode::Buckets { json },
            CommandKind::Clear if !self.format.is_shell() => {
                return Err(Error::ClearNeedsShell { format: self.format.name() });
            }
            CommandKind::Clear => Mode::Clear { format: self.format },
            CommandKind::Init => self.init()?,
            CommandKind::List => Mode::List { json },
            CommandKind::Explain => Mode::Explain { json },
            CommandKind::Status => Mode::Status { json },
        };
        Ok(self.request(mode))
    }

    /// The one mode that is asked for.
    fn kind(&self) -> Result<CommandKind, Error> {
        let mut kinds = self.given.iter().filter_map(|flag| Some((flag, flag.starts?)));
        let first = kinds.next();
        if let Some((flag, kind)) = first
            && let Some((other, _)) = kinds.find(|(_, other)| *other != kind)
        {
            return Err(Error::TwoModes { first: flag.name, second: other.name });
        }
        match (first, &self.command) {
            (Some((flag, _)), Some(_)) => Err(Error::TwoModes { first: flag.name, second: "-- COMMAND" }),
            (Some((_, kind)), None) => Ok(kind),
            (None, Some(_)) => Ok(CommandKind::Run),
            (None, None) => Ok(CommandKind::Print),
        }
    }

    /// What of a hook is wanted.
    fn init(&self) -> Result<Mode, Error> {
        let shell = self.init.expect("--init has a value");
        let typed = self.function.as_deref();
        if let Some(name) = typed
            && self.has("--no-cmd")
        {
            return Err(Error::NameForNothing { name: name.into() });
        }
        let name = typed.unwrap_or(Parts::FUNCTION);
        if !function_name::is_function_name(shell, name) {
            return Err(Error::BadFunctionName { name: name.into() });
        }
        let function = (!self.has("--no-cmd")).then(|| name.to_owned());
        let (prompt, completion) = (!self.has("--no-prompt"), !self.has("--no-complete"));
        Ok(Mode::Init { shell, parts: Parts { function, prompt, completion } })
    }

    fn run(mut self) -> Result<Request, Error> {
        let mut words = self.command.take().unwrap_or_default().into_iter();
        let command = words.next().ok_or(Error::NoCommand)?;
        Ok(self.request(Mode::Run { command, args: words.collect() }))
    }

    fn request(self, mode: Mode) -> Request {
        let (quiet, verbose, format_typed) =
            (self.has("--quiet"), self.has("--verbose"), self.has("--format"));
        let (read_only, fresh) = (self.has("--read-only"), self.has("--fresh"));
        let (allow_http, base_session) = (self.has("--allow-http"), self.has("--base-session"));
        let session = SessionArgs { read_only, fresh, allow_http, base_session, ..self.session };
        Request { mode, session, format_typed, quiet, verbose }
    }
}

/// The modes by name, for the table of flags and for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// Print the variables.
    Print,
    /// Run a command.
    Run,
    /// `--whoami`.
    Whoami,
    /// `--buckets`.
    Buckets,
    /// `--clear`.
    Clear,
    /// `--init`.
    Init,
    /// `--list`.
    List,
    /// `--explain`.
    Explain,
    /// `--status`.
    Status,
}

impl CommandKind {
    fn name(self) -> &'static str {
        match self {
            Self::Print => "printing the variables",
            Self::Run => "running a command",
            Self::Whoami => "--whoami",
            Self::Buckets => "--buckets",
            Self::Clear => "--clear",
            Self::Init => "--init",
            Self::List => "--list",
            Self::Explain => "--explain",
            Self::Status => "--status",
        }
    }

    fn takes_role(self) -> bool {
        matches!(self, Self::Print | Self::Run | Self::Whoami | Self::Buckets | Self::Explain)
    }

    /// Whether standard output is a text that a shell evaluates.
    fn is_evaluated(self) -> bool {
        matches!(self, Self::Print | Self::Clear | Self::Init)
    }
}

/// How a failure has to show, decided from the bare arguments, because it has to work when they cannot be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureOutput {
    /// A shell evaluates standard output: the failing statement of this dialect goes there.
    Evaluated(Format),
    /// Nobody evaluates standard output: nothing goes there.
    Quiet,
    /// A command was to be run: nothing goes to standard output, which is the command's, and the exit status is 125.
    Run,
    /// A command was to be run, and none stands there: no other output is in the way of the failing statement.
    RunNothing(Format),
}

impl FailureOutput {
    /// What standard output has to get when the program ends with this status.
    pub fn text(self, status: u8) -> String {
        match self {
            Self::Evaluated(format) | Self::RunNothing(format) => format.fail(status),
            Self::Quiet | Self::Run => String::new(),
        }
    }

    /// Whether a command was to be run, so that a failure of ours is 125.
    pub fn is_run(self) -> bool {
        matches!(self, Self::Run | Self::RunNothing(_))
    }

    /// Looks for `--`, a mode and the last recognisable `-f`, passing over what it does not understand. Without `-f`, the
    /// dialect is `otherwise`.
    pub fn from_raw_args(args: &[OsString], otherwise: impl FnOnce() -> Format) -> Self {
        let mut parser = lexopt::Parser::from_args(args.iter().cloned());
        let (mut format, mut kind, mut dashes) = (None, CommandKind::Print, false);
        loop {
            if let Some(rest) = parser.try_raw_args()
                && rest.peek() == Some(OsStr::new("--"))
            {
                if rest.as_slice().len() > 1 {
                    return Self::Run;
                }
                dashes = true;
                break;
            }
            let flag = match parser.next() {
                Ok(None) => break,
                Ok(Some(lexopt::Arg::Short(c))) => flags::by_short(c),
                Ok(Some(lexopt::Arg::Long(name))) => flags::by_long(name),
                Ok(Some(lexopt::Arg::Value(_))) | Err(_) => None,
            };
            let Some(flag) = flag else { continue };
            kind = flag.starts.unwrap_or(kind);
            if flag.value.is_none() {
                continue;
            }
            let Ok(text) = value_of(&mut parser, flag) else { continue };
            let named = match flag.name {
                "--format" => Format::parse(&text),
                "--init" => Shell::parse(&text).map(Format::of_shell),
                _ => None,
            };
            format = named.or(format);
        }
        if !kind.is_evaluated() {
            return Self::Quiet;
        }
        let format = format.unwrap_or_else(otherwise);
        if dashes {
            return Self::RunNothing(format);
        }
        // What ends a session is evaluated, whatever was asked for.
        Self::Evaluated(if kind == CommandKind::Clear && !format.is_shell() { Format::Sh } else { format })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &[&str]) -> Vec<OsString> {
        line.iter().map(OsString::from).collect()
    }

    fn request(line: &[&str]) -> Request {
        parse(&args(line)).unwrap_or_else(|e| panic!("{line:?}: {e:?}"))
    }

    fn refused(line: &[&str]) -> String {
        parse(&args(line)).expect_err(&format!("{line:?}")).report()
    }

    #[test]
    fn the_command_begins_behind_the_first_double_dash() {
        let r = request(&["-q", "s3", "-d", "15m", "--", "aws", "--", "-x"]);
        assert_eq!(r.session.role.as_deref(), Some("s3"));
        assert_eq!(r.session.duration.unwrap().seconds(), 900);
        assert!(r.quiet);
        assert_eq!(r.mode, Mode::Run { command: "aws".into(), args: args(&["--", "-x"]) });
    }

    #[test]
    fn the_role_may_be_left_out_and_flags_may_follow_it() {
        assert_eq!(request(&[]).session.role, None);
        assert_eq!(request(&["s3", "-r", "eu-west-1"]).session.region.as_deref(), Some("eu-west-1"));
        assert_eq!(request(&["--format=fish", "s3"]).mode, Mode::Print { format: Format::Fish, show: false });
        assert_eq!(request(&["-qffish", "s3"]).mode, Mode::Print { format: Format::Fish, show: false });
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
            (&["--init", "bash", "--cmd", "eval"], "eval"),
            (&["--init", "posix", "--cmd", "a-b"], "a-b"),
            (&["--init", "bash", "--cmd", "x", "--no-cmd"], "--no-cmd"),
            (&["s3", "--no-prompt"], "--no-prompt"),
            (&["s3", "--json"], "--json"),
            (&["s3", "--show", "--", "true"], "--show"),
            (&["s3", "--quiet=yes"], "--quiet"),
            (&[""], "empty"),
        ] {
            let message = refused(line);
            assert!(message.contains(part), "{line:?}: {message}");
        }
    }

    #[test]
    fn a_hook_has_every_part_unless_it_is_left_out() {
        let init = |line: &[&str]| match request(line).mode {
            Mode::Init { shell, parts } => (shell, parts.function, parts.prompt, parts.completion),
            other => panic!("{other:?}"),
        };
        assert_eq!(init(&["--init", "zsh"]), (Shell::Zsh, Some("assume".into()), true, true));
        assert_eq!(
            init(&["--init", "bash", "--no-complete", "--cmd", "become"]),
            (Shell::Bash, Some("become".into()), true, false)
        );
        assert_eq!(init(&["--no-cmd", "--no-prompt", "--init=posix"]), (Shell::Posix, None, false, true));
    }

    #[test]
    fn help_answers_whatever_else_is_asked() {
        assert_eq!(request(&["s3", "-h"]).mode, Mode::ShortHelp);
        assert_eq!(request(&["--clear", "--help", "s3"]).mode, Mode::LongHelp);
        assert_eq!(request(&["-V"]).mode, Mode::Version);
    }

    #[test]
    fn without_a_format_a_failure_shows_in_the_dialect_of_the_caller() {
        let from_raw_args = |line: &[&str]| FailureOutput::from_raw_args(&args(line), || Format::Fish);
        assert_eq!(from_raw_args(&["s3"]), FailureOutput::Evaluated(Format::Fish));
        assert_eq!(from_raw_args(&["s3", "-f", "sh"]), FailureOutput::Evaluated(Format::Sh));
    }

    #[test]
    fn a_failure_shows_in_the_last_recognisable_dialect() {
        let sh = FailureOutput::Evaluated(Format::Sh);
        let fish = FailureOutput::Evaluated(Format::Fish);
        for (line, failing) in [
            (&[][..], sh),
            (&["-f", "fish"], fish),
            (&["-ffish", "--nonsense=1", "-z"], fish),
            (&["-f", "fish", "-f", "nonsense"], fish),
            (&["-f", "fish", "--format=sh"], sh),
            (&["--init", "fish", "--bogus"], fish),
            (&["--clear", "-qf", "fish"], fish),
            (&["-f", "fish", "--", "x"], FailureOutput::Run),
            (&["--bogus", "s3", "--", "-f", "fish"], FailureOutput::Run),
            (&["--whoami", "s3"], FailureOutput::Quiet),
            (&["s3", "--"], FailureOutput::RunNothing(Format::Sh)),
            (&["--clear", "-f", "json"], sh),
            (&["-f", "json", "s3"], FailureOutput::Evaluated(Format::Json)),
        ] {
            assert_eq!(FailureOutput::from_raw_args(&args(line), Format::default), failing, "{line:?}");
        }
    }
}

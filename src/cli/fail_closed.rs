//! What standard output must contain when the program fails. A lenient scan of the arguments finds it, because it is needed
//! even when parsing fails.

use std::ffi::{OsStr, OsString};

use crate::cli::command::CommandKind;
use crate::cli::completion;
use crate::cli::flags;
use crate::cli::words::value_of;
use crate::shell::{Format, HookShell};

/// Where and how a failure shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureOutput {
    /// A shell evaluates standard output: the failing statement of this dialect goes there.
    Evaluated(Format),
    /// No shell evaluates standard output: nothing goes there.
    Quiet,
    /// A command is to be run: nothing goes to standard output, which is the command's, and the exit status is 125.
    Run,
    /// `--` without a command: no command writes to standard output, so the failing statement goes there.
    RunNothing(Format),
}

impl FailureOutput {
    /// What standard output gets when the program ends with this status.
    pub fn text(self, status: u8) -> String {
        match self {
            Self::Evaluated(format) | Self::RunNothing(format) => format.fail(status),
            Self::Quiet | Self::Run => String::new(),
        }
    }

    /// Whether a command is to be run, so that a failure of this program is 125.
    pub fn is_run(self) -> bool {
        matches!(self, Self::Run | Self::RunNothing(_))
    }

    /// Looks for `--`, a command and the last valid `-f`, and skips what it does not understand. Without `-f`, the dialect is
    /// `otherwise`.
    pub fn from_raw_args(args: &[OsString], otherwise: impl FnOnce() -> Format) -> Self {
        if completion::asked(args).is_some() {
            return Self::Quiet;
        }
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
                "--init" => HookShell::parse(&text).map(HookShell::format),
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
        // The text that ends a session is always evaluated, even when a format is named that is no shell's.
        Self::Evaluated(if kind == CommandKind::Clear && !format.is_shell() { Format::SH } else { format })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(name: &str) -> Format {
        Format::parse(name).unwrap()
    }

    fn args(line: &[&str]) -> Vec<OsString> {
        line.iter().map(OsString::from).collect()
    }

    #[test]
    fn without_a_format_a_failure_shows_in_the_dialect_of_the_caller() {
        let from_raw_args = |line: &[&str]| FailureOutput::from_raw_args(&args(line), || format("fish"));
        assert_eq!(from_raw_args(&["s3"]), FailureOutput::Evaluated(format("fish")));
        assert_eq!(from_raw_args(&["s3", "-f", "sh"]), FailureOutput::Evaluated(Format::SH));
    }

    #[test]
    fn a_failure_shows_in_the_last_recognisable_dialect() {
        let sh = FailureOutput::Evaluated(Format::SH);
        let fish = FailureOutput::Evaluated(format("fish"));
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
            (&["s3", "--"], FailureOutput::RunNothing(Format::SH)),
            (&["--clear", "-f", "json"], sh),
            (&["-f", "json", "s3"], FailureOutput::Evaluated(format("json"))),
        ] {
            assert_eq!(FailureOutput::from_raw_args(&args(line), Format::default), failing, "{line:?}");
        }
    }
}

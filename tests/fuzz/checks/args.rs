//! The command line: words of any bytes, with NUL between them.
//!
//! The failing text must fit the command line in every case: with a text for another shell, or none, an
//! `eval` would succeed.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use assume_env::testing::cli::{self, Command, FailureOutput, words};
use assume_env::testing::common::report::{Exit, Report};
use assume_env::testing::shell::Format;

pub fn check(input: &[u8]) -> bool {
    let args: Vec<OsString> = match input {
        [] => Vec::new(),
        _ => input.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect(),
    };
    let failing = FailureOutput::from_raw_args(&args, Format::default);
    let runs = args.iter().position(|word| word == "--").is_some_and(|at| at + 1 < args.len());
    let request = match cli::parse(&args) {
        Ok(request) => request,
        Err(error) => {
            let report = Report::from(error);
            assert_eq!(report.exit, Exit::Usage, "{args:?}");
            super::can_be_shown(report);
            return false;
        }
    };
    match &request.command {
        Command::Run { program, args: rest } => {
            assert_eq!(failing, FailureOutput::Run, "{args:?}");
            let (begin, end) = args.split_at(args.len() - rest.len());
            assert!(runs && end == rest && begin.last() == Some(program), "{args:?}");
        }
        Command::Print { format, .. } | Command::Clear { format, .. } | Command::Forget { format, .. } => {
            assert_eq!(failing, FailureOutput::Evaluated(*format), "{args:?}");
        }
        Command::Init { shell, .. } => {
            assert_eq!(failing, FailureOutput::Evaluated(shell.format()), "{args:?}")
        }
        // These ignore the rest of the command line.
        Command::ShortHelp | Command::LongHelp | Command::Version => {}
        Command::Whoami { .. }
        | Command::Buckets { .. }
        | Command::Explain { .. }
        | Command::Status { .. }
        | Command::Completions { .. }
        | Command::Complete { .. }
        | Command::Login
        | Command::SsoRoles { .. }
        | Command::Logout { .. }
        | Command::Console { .. }
        | Command::List { .. } => {
            assert_eq!(failing, FailureOutput::Quiet, "{args:?}");
        }
    }
    let _ = words::without_format(&args);
    true
}

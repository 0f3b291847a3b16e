//! The process: its set-up, and how it ends. Here alone a report becomes a message, a failing text and an exit status.

use std::ffi::OsString;

use crate::cli::{self, FailureOutput, HookCall};
use crate::commands;
use crate::common::credentials::{Secret, SecretBytes};
use crate::common::redact;
use crate::common::report::Report;
use crate::env;
use crate::shell::detect::detect_format;
use crate::sys::{core_dumps, handed_over, signals, stderr, stdout};

/// Runs the program and ends the process.
pub fn main() -> ! {
    // Before the arguments are read, since they may hold an MFA code.
    core_dumps::forbid();
    redact::learn_later(env::learn_secrets);
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let failure = Failure::of(&args);
    // Before anything else is opened. A signal must find the descriptor of the answer.
    let taken = take_answer(&args);
    on_panic(failure.clone());
    let shows = failure.answer.is_none() && stdout::is_terminal();
    let on_signal = failure.clone();
    signals::fail_closed(move |status| if shows { String::new() } else { on_signal.text(status) });
    let ended = taken.and_then(|()| run(&args));
    // They may hold an MFA code: wiped before the process ends.
    args.into_iter().for_each(|word| drop(SecretBytes::from(word)));
    match ended {
        Ok(status) => end(status),
        Err(report) => {
            let report = match &failure.function {
                Some(function) => report.for_function(function),
                None => report,
            };
            fail(&failure, &report.message(), report.exit.status(failure.is_run()))
        }
    }
}

fn run(args: &[OsString]) -> Result<u8, Report> {
    let (hook, words) = HookCall::split(args)?;
    let mfa_session = match hook.as_ref().filter(|hook| hook.mark.is_some()) {
        Some(hook) => mfa_session(hook)?,
        None => None,
    };
    commands::execute(cli::parse(args)?, words, mfa_session)
}

/// Takes the descriptor on which the function of a hook reads the answer, if it has one of its own.
fn take_answer(args: &[OsString]) -> Result<(), Report> {
    let hook = HookCall::split(args)?.0.filter(|hook| hook.mark.is_some());
    match hook.and_then(|hook| hook.shell.answer_descriptor()) {
        Some(number) => Ok(handed_over::take_answer(number)?),
        None => Ok(()),
    }
}

/// Takes the MFA session that the function of a hook hands over.
fn mfa_session(hook: &HookCall) -> Result<Option<Secret>, Report> {
    // Without a descriptor of its own for the answer, only a function that has an MFA session hands one over.
    let always = hook.shell.answer_descriptor().is_some();
    match hook.shell.mfa_session_descriptor().filter(|_| always || hook.has_mfa_session()) {
        Some(number) => {
            let mfa_session = handed_over::read(number, hook.shell.stdin_descriptor())?;
            // The last two of its words: see `MfaSession::encode`.
            mfa_session.split(' ').rev().take(2).for_each(redact::learn);
            Ok(Some(Secret::from(mfa_session)))
        }
        None => Ok(None),
    }
}

/// What the output for a shell gets when this program fails.
#[derive(Clone)]
struct Failure {
    output: FailureOutput,
    /// What the function of a hook gets.
    answer: Option<String>,
    /// The name of the function.
    function: Option<String>,
}

impl Failure {
    fn of(args: &[OsString]) -> Self {
        let hook = HookCall::split(args);
        let answer = hook.as_ref().ok().and_then(|(hook, _)| Some(hook.as_ref()?.answer()?.failed()));
        let output = match (&hook, &answer) {
            (Ok((_, words)), None) => FailureOutput::from_raw_args(words, detect_format),
            _ => FailureOutput::Quiet,
        };
        let function = hook.ok().and_then(|(hook, _)| Some(hook?.function));
        Self { output, answer, function }
    }

    fn text(&self, status: u8) -> String {
        self.answer.clone().unwrap_or_else(|| self.output.text(status))
    }

    fn is_run(&self) -> bool {
        self.output.is_run()
    }
}

/// A panic fails closed too: an empty text would make `eval` succeed.
fn on_panic(failure: Failure) {
    std::panic::set_hook(Box::new(move |panic| {
        // The name of the file alone: its folder is that of the machine that compiled the program.
        let place = panic.location().map(|at| {
            let file = at.file().rsplit('/').next().unwrap_or_default();
            format!(" ({file}:{})", at.line())
        });
        let place = place.unwrap_or_default();
        let message = format!(
            "assume-env: a mistake in assume-env itself{place}\n  please report it with what you typed\n"
        );
        fail(&failure, &message, if failure.is_run() { 125 } else { 1 });
    }));
}

/// Prints the message, and makes an `eval` of standard output fail too.
fn fail(failure: &Failure, message: &str, status: u8) -> ! {
    stderr::print(message);
    // A text that is written already counts: no failing statement may follow it.
    if !stdout::is_terminal() && !signals::is_written() {
        let _ = stdout::answer(&failure.text(status));
    }
    end(status)
}

/// Ends the process, and wipes what is left of secrets. The system takes back the memory of the runtime faster than
/// its destructors would.
fn end(status: u8) -> ! {
    redact::forget();
    std::process::exit(i32::from(status));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Format;
    use std::process::Command;

    /// The child of the next test: a panic with the hook of the program.
    #[test]
    #[ignore = "ends its process; run by a_panic_makes_eval_fail"]
    fn panics() {
        let format = std::env::var("FORMAT").unwrap();
        let args: Vec<OsString> = format.split(' ').map(OsString::from).collect();
        on_panic(Failure {
            output: FailureOutput::from_raw_args(&args, Format::default),
            answer: None,
            function: None,
        });
        panic!("not to be shown: it could hold a value");
    }

    #[test]
    fn a_panic_makes_eval_fail() {
        for (args, text, status) in
            [("s3", "(exit 1);\n", 1), ("-f fish", "sh -c 'exit 1';\n", 1), ("s3 -- true", "", 125)]
        {
            let out = Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", "process::tests::panics", "--nocapture"])
                .env("FORMAT", args)
                .output()
                .unwrap();
            let (stdout, stderr) =
                (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
            assert_eq!(out.status.code(), Some(status), "{args}: {stderr}");
            assert!(
                stdout.ends_with(text) && (status == 125) != stdout.contains("exit 1"),
                "{args}: {stdout}"
            );
            assert!(stderr.contains("please report it") && !stderr.contains("not to be shown"), "{stderr}");
        }
    }
}

//! The process: its set-up, and how it ends. Here alone a report becomes a message, a failing text and an exit status.

use std::ffi::OsString;

use crate::cli::{self, FailureOutput};
use crate::commands;
use crate::common::credentials::SecretBytes;
use crate::common::redact;
use crate::common::report::Report;
use crate::env;
use crate::shell::detect::detect_format;
use crate::sys::{core_dumps, signals, stderr, stdout};

/// Runs the program and ends the process.
pub fn main() -> ! {
    // Before the arguments are read, since they may hold an MFA code.
    core_dumps::forbid();
    redact::learn_later(env::learn_secrets);
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    let failure = FailureOutput::from_raw_args(&args, detect_format);
    on_panic(failure);
    let evaluated = if stdout::is_terminal() { FailureOutput::Quiet } else { failure };
    signals::fail_closed(move |status| evaluated.text(status));
    let ended = run(&args);
    // They may hold an MFA code: wiped before the process ends.
    args.into_iter().for_each(|word| drop(SecretBytes::from(word)));
    match ended {
        Ok(status) => end(status),
        Err(report) => fail(failure, &report.message(), report.exit.status(failure.is_run())),
    }
}

fn run(args: &[OsString]) -> Result<u8, Report> {
    commands::execute(cli::parse(args)?, args)
}

/// A panic fails closed too: an empty text would make `eval` succeed.
fn on_panic(failure: FailureOutput) {
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
        fail(failure, &message, if failure.is_run() { 125 } else { 1 });
    }));
}

/// Prints the message, and makes an `eval` of standard output fail too.
fn fail(failure: FailureOutput, message: &str, status: u8) -> ! {
    stderr::print(message);
    // A text that is written already counts: no failing statement may follow it.
    if !stdout::is_terminal() && !signals::is_written() {
        let _ = stdout::write(&failure.text(status));
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
        on_panic(FailureOutput::from_raw_args(&args, Format::default));
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

//! Runs a helper program for what it prints: an MFA code, credentials.
//!
//! The program gets standard input only if it is a terminal, because a pipe or a file belongs to the command;
//! its standard error is the user's. It has a minute. What it prints is a secret: it is read into one buffer
//! that is wiped, up to a limit, and must never be part of a message. A signal that ends this program ends
//! the helper too.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{getpgrp, tcgetpgrp};
use zeroize::Zeroizing;

use crate::common::mfa_session;
use crate::common::text::without_arguments;
use crate::common::variables::EnvChange;
use crate::sys::signals;

/// The time limit of the program.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// The largest output of the program, in bytes.
const LARGEST: usize = 64 * 1024;

/// Why a program gave no output.
#[derive(Debug)]
pub enum SubprocessError {
    /// It cannot be started.
    CannotRun {
        /// Its name.
        program: String,
        /// The error of the system.
        why: std::io::Error,
    },
    /// It ended with this status, which is not 0.
    Status(ExitStatus),
    /// It did not end within the time limit.
    TimedOut,
    /// Its output did not end within the time limit: a program that it started may still have it open.
    OutputTimedOut,
    /// It printed more than the limit.
    TooMuchOutput,
    /// Its output cannot be read.
    Unreadable,
    /// The system does not report its end.
    CannotWait,
}

/// A sentence about the program, which it calls "it".
impl fmt::Display for SubprocessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotRun { program, why } => {
                write!(f, "cannot run {}: {why}", without_arguments(program))?;
                match program.contains(char::is_whitespace) {
                    true => f.write_str("; quotation marks make one name of the program and its arguments"),
                    false => Ok(()),
                }
            }
            Self::Status(status) => write!(f, "it ended with {status}"),
            Self::TimedOut => f.write_str("it did not end within a minute"),
            Self::OutputTimedOut => f.write_str("its output did not end within a minute"),
            Self::TooMuchOutput => f.write_str("it printed far too much"),
            Self::Unreadable => f.write_str("its standard output cannot be read"),
            Self::CannotWait => f.write_str("the system does not report its end"),
        }
    }
}

/// Runs the program and returns what it printed. `changes` are those that end the held session: a program that gives
/// keys or a code gets the user's own environment.
///
/// # Errors
/// A program that cannot be run, fails, takes longer than a minute or prints more than 64 KiB.
pub(crate) fn output(
    command: &mut Command,
    changes: &[EnvChange],
) -> Result<Zeroizing<Vec<u8>>, SubprocessError> {
    for change in changes {
        match change {
            EnvChange::Set(name, value) => command.env(&**name, value.expose()),
            EnvChange::Unset(name) => command.env_remove(&**name),
        };
    }
    command.env_remove(mfa_session::VARIABLE);
    let terminal = Terminal::on_stdin();
    let stdin = if terminal.is_some() { Stdio::inherit() } else { Stdio::null() };
    command.stdin(stdin).stdout(Stdio::piped());
    let _children = signals::report_children();
    let mut child = signals::start_helper(|| command.spawn()).map_err(|why| SubprocessError::CannotRun {
        program: command.get_program().to_string_lossy().into_owned(),
        why,
    })?;
    let started = Instant::now();
    match read(&mut child, started).and_then(|printed| Ok((printed, end(&mut child, started)?))) {
        Ok((printed, status)) if status.success() => Ok(printed),
        Ok((_, status)) => Err(SubprocessError::Status(status)),
        Err(error) => {
            signals::kill_helper(&mut child);
            if let Some(terminal) = terminal {
                terminal.restore();
            }
            Err(error)
        }
    }
}

/// Runs a program in which the user chooses from a text: the text is its standard input. Returns its exit status
/// and what it printed. It has no time limit, because the user has none.
///
/// # Errors
/// A program that cannot be run, or prints more than 64 KiB.
pub(crate) fn choose(command: &mut Command, text: &str) -> Result<(ExitStatus, Vec<u8>), SubprocessError> {
    command.env_remove(mfa_session::VARIABLE).stdin(Stdio::piped()).stdout(Stdio::piped());
    let _children = signals::report_children();
    let mut child = signals::start_helper(|| command.spawn()).map_err(|why| SubprocessError::CannotRun {
        program: command.get_program().to_string_lossy().into_owned(),
        why,
    })?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let mut printed = Vec::new();
    let read = std::thread::scope(|scope| {
        // On a thread, because the program can print before it has read all. One that has enough ends before.
        scope.spawn(|| stdin.map(|mut stdin| stdin.write_all(text.as_bytes())));
        let read = stdout.map(|out| out.take(LARGEST as u64 + 1).read_to_end(&mut printed));
        let is_read = matches!(read, Some(Ok(length)) if length <= LARGEST);
        if !is_read {
            signals::kill_helper(&mut child);
        }
        is_read
    });
    if !read {
        return Err(SubprocessError::TooMuchOutput);
    }
    loop {
        match signals::has_helper_ended(&mut child) {
            Ok(Some(status)) => return Ok((status, printed)),
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(_) => return Err(SubprocessError::CannotWait),
        }
    }
}

/// The settings of the terminal on standard input. A program that is killed may have switched its echo off.
struct Terminal(Termios);

impl Terminal {
    /// The settings; `None` if standard input is not a terminal.
    fn on_stdin() -> Option<Self> {
        tcgetattr(std::io::stdin()).ok().map(Self)
    }

    /// Sets the terminal as it was, unless it belongs to another program now: this would stop the process.
    fn restore(&self) {
        if tcgetpgrp(std::io::stdin()) == Ok(getpgrp()) {
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &self.0);
        }
    }
}

/// Waits for the end of a program whose output has ended.
fn end(child: &mut Child, started: Instant) -> Result<ExitStatus, SubprocessError> {
    loop {
        match signals::has_helper_ended(child) {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if started.elapsed() > TIME_LIMIT => return Err(SubprocessError::TimedOut),
            // Nearly every program ends at once; POSIX has no wait with a time limit.
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(_) => return Err(SubprocessError::CannotWait),
        }
    }
}

fn read(child: &mut Child, started: Instant) -> Result<Zeroizing<Vec<u8>>, SubprocessError> {
    let mut stdout = child.stdout.take().ok_or(SubprocessError::Unreadable)?;
    // It has its full size from the start, because a buffer that grows leaves copies that are not wiped.
    let mut printed = Zeroizing::new(vec![0; LARGEST + 1]);
    let mut length = 0;
    loop {
        let left = TIME_LIMIT.checked_sub(started.elapsed()).ok_or(SubprocessError::OutputTimedOut)?;
        let mut fds = [PollFd::new(stdout.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Ok(0) | Err(nix::errno::Errno::EINTR) => continue,
            Ok(_) => {}
            Err(_) => return Err(SubprocessError::Unreadable),
        }
        match stdout.read(&mut printed[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(_) => return Err(SubprocessError::Unreadable),
        }
        if length > LARGEST {
            return Err(SubprocessError::TooMuchOutput);
        }
    }
    printed.truncate(length);
    Ok(printed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str) -> Result<Zeroizing<Vec<u8>>, SubprocessError> {
        output(Command::new("sh").args(["-c", script]), &[])
    }

    #[test]
    fn the_output_of_a_program_that_succeeds_is_returned() {
        assert_eq!(*run("echo abc").unwrap(), b"abc\n");
        if Terminal::on_stdin().is_none() {
            assert!(run("cat").unwrap().is_empty(), "standard input is empty");
        }
    }

    #[test]
    fn a_chosen_line_is_returned_with_the_status() {
        let text = "x\n".repeat(100_000);
        let (status, printed) = choose(Command::new("sh").args(["-c", "head -n 1; exit 3"]), &text).unwrap();
        assert_eq!((status.code(), printed.as_slice()), (Some(3), b"x\n".as_slice()));
        let much = choose(Command::new("sh").args(["-c", "cat"]), &text);
        assert!(matches!(much, Err(SubprocessError::TooMuchOutput)));
    }

    #[test]
    fn a_program_that_fails_is_an_error() {
        assert_eq!(run("exit 3").unwrap_err().to_string(), "it ended with exit status: 3");
        assert!(matches!(run("head -c 100000 /dev/zero"), Err(SubprocessError::TooMuchOutput)));
        let error = output(&mut Command::new("no-such-program-here"), &[]).unwrap_err();
        assert!(error.to_string().starts_with("cannot run no-such-program-here: "), "{error}");
        // The whole command in quotation marks is the name of the program.
        let error = output(&mut Command::new("/no/such-tool --password x"), &[]).unwrap_err().to_string();
        assert!(error.starts_with("cannot run /no/such-tool …: ") && !error.contains("password"), "{error}");
        assert!(
            error.ends_with("; quotation marks make one name of the program and its arguments"),
            "{error}"
        );
    }
}

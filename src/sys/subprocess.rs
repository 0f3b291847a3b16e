//! Running a program that prints something for us: an MFA code, credentials.
//!
//! It may not eat the command's standard input, it speaks to the person on standard error, it has a minute, and what it prints
//! is a secret: read into one wiped buffer, within a limit, and never repeated. When a signal ends us, it ends too.

use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use zeroize::Zeroizing;

use crate::common::mfa_session;
use crate::sys::signals;

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The most that it may print, in bytes.
const LARGEST: usize = 64 * 1024;

const TOO_LONG: &str = "it did not end within a minute";
/// A program that it started may still hold its output.
const UNENDED: &str = "its output did not end within a minute";

/// Runs the program and gives what it printed.
///
/// # Errors
/// What went wrong, in words that go on from "the program": "it ended with exit status: 3".
pub fn output(command: &mut Command) -> Result<Zeroizing<Vec<u8>>, String> {
    command.env_remove(mfa_session::VARIABLE);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let child = signals::start_helper(|| command.spawn());
    let mut child = child.map_err(|error| {
        let program = command.get_program().to_string_lossy();
        format!("cannot run {program}: {error}")
    })?;
    let started = Instant::now();
    match read(&mut child, started).and_then(|printed| Ok((printed, end(&mut child, started)?))) {
        Ok((printed, status)) if status.success() => Ok(printed),
        Ok((_, status)) => Err(format!("it ended with {status}")),
        Err(why) => {
            signals::kill_helper(&mut child);
            Err(why.into())
        }
    }
}

/// Waits for the end of a program that prints no more.
fn end(child: &mut Child, started: Instant) -> Result<ExitStatus, &'static str> {
    loop {
        match signals::has_helper_ended(child) {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if started.elapsed() > PATIENCE => return Err(TOO_LONG),
            // Nearly every program ends at once; there is no portable way to wait with a limit.
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Err(_) => return Err("its end cannot be awaited"),
        }
    }
}

fn read(child: &mut Child, started: Instant) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    const UNREADABLE: &str = "its standard output cannot be read";
    let mut stdout = child.stdout.take().ok_or(UNREADABLE)?;
    // Large enough at once: a buffer that grows leaves copies behind.
    let mut printed = Zeroizing::new(vec![0; LARGEST + 1]);
    let mut length = 0;
    loop {
        let left = PATIENCE.checked_sub(started.elapsed()).ok_or(UNENDED)?;
        let mut fds = [PollFd::new(stdout.as_fd(), PollFlags::POLLIN)];
        match poll(&mut fds, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
            Ok(0) | Err(nix::errno::Errno::EINTR) => continue,
            Ok(_) => {}
            Err(_) => return Err(UNREADABLE),
        }
        match stdout.read(&mut printed[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(_) => return Err(UNREADABLE),
        }
        if length > LARGEST {
            return Err("it printed far too much");
        }
    }
    printed.truncate(length);
    Ok(printed)
}

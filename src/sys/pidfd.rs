//! Another process, watched by pidfd_open(2) or, where that is not allowed, by its start time in /proc.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use nix::unistd::Pid;

/// A process that is watched until it ends.
#[derive(Debug)]
pub(crate) enum Watched {
    /// By a file that can be read when the process has ended.
    File(OwnedFd),
    /// By its id and its start time, because another process can get the id.
    Start(Pid, String),
}

impl Watched {
    /// Watches a process that exists.
    ///
    /// # Errors
    /// The system has neither of the two ways.
    pub(crate) fn process(pid: Pid) -> io::Result<Self> {
        match open(pid) {
            Ok(file) => Ok(Self::File(file)),
            Err(why) if why.raw_os_error() == Some(nix::libc::ESRCH) => Err(why),
            Err(why) => start_time(pid).map(|start| Self::Start(pid, start)).ok_or(why),
        }
    }

    /// The file to poll, if there is one. Without it, [`Watched::has_ended`] must be called each second.
    pub(crate) fn file(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::File(file) => Some(file.as_fd()),
            Self::Start(..) => None,
        }
    }

    /// Whether the process has ended, if no file says so.
    pub(crate) fn has_ended(&self) -> bool {
        match self {
            Self::File(_) => false,
            Self::Start(pid, start) => start_time(*pid).as_ref() != Some(start),
        }
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn open(pid: Pid) -> io::Result<OwnedFd> {
    use std::os::fd::FromRawFd as _;

    use nix::libc;

    // SAFETY: pidfd_open(2) takes two numbers.
    let number = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) };
    match i32::try_from(number) {
        // SAFETY: the system has just returned this file, and it belongs to nothing else.
        Ok(number) if number >= 0 => Ok(unsafe { OwnedFd::from_raw_fd(number) }),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(not(target_os = "linux"))]
fn open(_: Pid) -> io::Result<OwnedFd> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The start time of a process that has not ended (`/proc/PID/stat`, field 22; the state is field 3).
fn start_time(pid: Pid) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, field 2, is in brackets and can have blanks and brackets.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?;
    let start = fields.nth(18)?.to_owned();
    (!["Z", "X"].contains(&state)).then_some(start)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;

    #[test]
    fn the_end_of_a_process_is_seen_in_both_ways() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let pid = Pid::from_raw(child.id().cast_signed());
        let by_file = Watched::process(pid).unwrap();
        let by_start = Watched::Start(pid, start_time(pid).unwrap());
        assert!(!by_start.has_ended());
        let is_readable = |timeout| {
            let mut fds = [PollFd::new(by_file.file().unwrap(), PollFlags::POLLIN)];
            poll(&mut fds, timeout).unwrap() > 0
        };
        assert!(!is_readable(PollTimeout::ZERO));
        drop(child.stdin.take());
        assert!(is_readable(PollTimeout::from(10_000_u16)));
        // It is a zombie until here: that is an end too.
        let begin = Instant::now();
        while !by_start.has_ended() {
            assert!(begin.elapsed() < Duration::from_secs(10));
        }
        child.wait().unwrap();
        assert!(by_start.has_ended());
    }
}

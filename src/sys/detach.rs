//! Starts a process that no longer belongs to the terminal, the process group or the files of its caller, and goes on after the
//! caller has become another program.
//!
//! It is a copy of this process that is made by fork(2) and not by execve(2), so that nothing has to be handed over in arguments or
//! a file. Its parent ends at once (a second fork), so that the program which the caller becomes has no child that it does not
//! know. The caller must have no other thread.

use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, sigaction, sigprocmask};
use nix::sys::stat::Mode;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout, fork, setsid};

use crate::sys::core_dumps;

/// The process in which the call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The process that called.
    Caller,
    /// The new process.
    Detached,
}

/// The signals that a terminal or a closed connection sends. The new process ignores them.
const IGNORED: [Signal; 7] = [
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGHUP,
    Signal::SIGTSTP,
    Signal::SIGTTIN,
    Signal::SIGTTOU,
    Signal::SIGPIPE,
];

/// Starts the process. It has its own session, /dev/null as standard streams, and no other open file than those of `keep`.
///
/// # Errors
/// The system allows no further process; in the new process nothing is returned after an error, it ends.
#[allow(unsafe_code)]
pub(crate) fn detach(keep: &[BorrowedFd<'_>]) -> io::Result<Side> {
    // SAFETY: this process has one thread, so the new process can use everything that it has.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => wait(child),
        ForkResult::Child => {
            let _ = setsid();
            // SAFETY: as above.
            match unsafe { fork() } {
                Ok(ForkResult::Parent { .. }) => end(0),
                Ok(ForkResult::Child) => {}
                Err(why) => end(why as i32),
            }
            match settle(keep) {
                Ok(()) => Ok(Side::Detached),
                Err(_) => end(1),
            }
        }
    }
}

/// Ends the process at once: what the caller has written, and not sent yet, is the caller's.
#[allow(unsafe_code)]
fn end(status: i32) -> ! {
    // SAFETY: _exit(2) has no precondition.
    unsafe { libc::_exit(status) }
}

/// Waits for the first of the two processes, whose status is the error number of the second fork.
fn wait(child: Pid) -> io::Result<Side> {
    loop {
        match waitpid(child, None) {
            Err(Errno::EINTR) => {}
            Ok(WaitStatus::Exited(_, number)) if number != 0 => {
                return Err(io::Error::from_raw_os_error(number));
            }
            // A caller that ignores SIGCHLD gets no status.
            Ok(_) | Err(_) => return Ok(Side::Caller),
        }
    }
}

/// Leaves what belongs to the caller: its signals, streams and files.
fn settle(keep: &[BorrowedFd<'_>]) -> io::Result<()> {
    core_dumps::forbid();
    for signal in Signal::iterator() {
        let handler = if IGNORED.contains(&signal) { SigHandler::SigIgn } else { SigHandler::SigDfl };
        set(signal, handler);
    }
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)?;
    let null = open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty())?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    drop(null);
    close_others(keep)
}

#[allow(unsafe_code)]
fn set(signal: Signal, handler: SigHandler) {
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: a default action and an ignored signal run no code of this program. SIGKILL and SIGSTOP cannot be set, which
    // changes nothing.
    let _ = unsafe { sigaction(signal, &action) };
}

/// Closes every file but the standard streams and those of `keep`.
#[allow(unsafe_code)]
fn close_others(keep: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut kept: Vec<i32> = keep.iter().map(|fd| fd.as_raw_fd()).collect();
    kept.sort_unstable();
    let open = std::fs::read_dir("/proc/self/fd").or_else(|_| std::fs::read_dir("/dev/fd"))?;
    let open = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    // Collected first, because the list itself is read through an open file.
    for fd in open.collect::<Vec<i32>>() {
        if fd > 2 && kept.binary_search(&fd).is_err() {
            // SAFETY: the owners of these files are values of the caller, which the new process must not use.
            unsafe { libc::close(fd) };
        }
    }
    Ok(())
}

//! The foreground of the terminal: only a process in it can ask. Every function here is async-signal-safe.

use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::tcdrain;
use nix::unistd::{Pid, getpgrp, tcgetpgrp};

use crate::sys::tty_lock;

/// How often, and at which interval in milliseconds, the process checks whether it is in the foreground: one
/// second in total.
const CHECKS: usize = 200;
const INTERVAL: u16 = 5;

/// Waits until this process is in the foreground of the terminal. In the background its whole process group
/// stops until the shell brings the job to the foreground: until then the terminal has the settings of the
/// shell. The group and not this process alone: a shell continues a job only if its first process has
/// stopped, and that can be a script or a part of the shell itself. A shell may need a moment after the start
/// of a program to bring it to the foreground (xonsh 0.25), and in its `$(…)` a stop has no effect.
///
/// # Errors
/// The process is still in the background, and no signal stops it; or this is no terminal.
pub(crate) fn wait(tty: impl AsFd) -> nix::Result<()> {
    for _ in 0..CHECKS {
        if is_ours(&tty)? {
            return Ok(());
        }
        // In the background, tcdrain(3) makes the kernel stop the group (SIGTTOU). The kernel checks and stops
        // in one step; between a check and a kill(2) of this program, the shell could continue the job.
        // Where SIGTTOU is ignored, SIGTTIN may not be.
        if tcdrain(&tty).is_ok() && !is_ours(&tty)? {
            kill(Pid::from_raw(0), Signal::SIGTTIN)?;
        }
        let _ = poll(&mut [], PollTimeout::from(INTERVAL));
    }
    Err(Errno::ENOTTY)
}

/// Whether this process is in the foreground of the terminal, now or in a moment. It is never stopped.
pub(crate) fn is_soon(tty: impl AsFd) -> bool {
    (0..CHECKS / 4).any(|_| {
        let is_there = is_ours(&tty) == Ok(true);
        if !is_there {
            let _ = poll(&mut [], PollTimeout::from(INTERVAL));
        }
        is_there
    })
}

fn is_ours(tty: impl AsFd) -> nix::Result<bool> {
    Ok(tcgetpgrp(tty)? == getpgrp())
}

/// Waits until no other process of this program asks on the same terminal, and takes the lock
/// with `lock` ([`tty_lock::find`] must have been called). A process must not keep the lock in the background: it
/// would be stopped while it holds the lock.
///
/// # Errors
/// As [`wait`].
pub(crate) fn wait_for_turn(tty: impl AsFd, lock: impl Fn()) -> nix::Result<()> {
    loop {
        wait(&tty)?;
        lock();
        if is_ours(&tty)? {
            return Ok(());
        }
        tty_lock::unlock();
    }
}

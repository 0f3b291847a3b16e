//! Standard output: one write of one text; and where keys must not go.

use std::os::fd::AsFd as _;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::isatty;

use crate::common::report::{Diagnostic, Report};
use crate::sys::signals;

/// A place that keeps what is written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetainingOutput {
    /// A terminal: its scrollback.
    Terminal,
    /// A file.
    File,
}

impl std::fmt::Display for RetainingOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Terminal => "a terminal, whose scrollback keeps them",
            Self::File => "a file, which keeps them",
        })
    }
}

/// Whether standard output keeps what is written to it.
///
/// ksh93 backs `$(…)` by an unlinked file in /dev/shm, which is memory: that one is let through.
pub fn keeps() -> Option<RetainingOutput> {
    let stdout = std::io::stdout();
    if isatty(stdout.as_fd()).unwrap_or(false) {
        return Some(RetainingOutput::Terminal);
    }
    let stat = fstat(stdout.as_fd()).ok()?;
    let regular = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG;
    if !regular || (stat.st_nlink == 0 && in_memory(&stdout)) {
        return None;
    }
    Some(RetainingOutput::File)
}

#[cfg(target_os = "linux")]
fn in_memory(stdout: &std::io::Stdout) -> bool {
    use nix::sys::statfs::{TMPFS_MAGIC, fstatfs};
    fstatfs(stdout.as_fd()).is_ok_and(|fs| fs.filesystem_type() == TMPFS_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn in_memory(_: &std::io::Stdout) -> bool {
    false
}

/// Whether standard output is a terminal: nobody evaluates what goes there.
pub fn is_terminal() -> bool {
    isatty(std::io::stdout().as_fd()).unwrap_or(false)
}

/// Standard output is full or broken.
#[derive(Debug)]
pub struct WriteError(pub std::io::Error);

impl Diagnostic for WriteError {
    fn report(&self) -> Report {
        Report::new(format!("cannot write to standard output: {}", self.0))
            .hint("nothing can be evaluated from it: the environment is unchanged")
    }
}

/// Writes a whole text, with signals held back so that it cannot be cut in half.
///
/// # Errors
/// A full or broken standard output.
pub fn write(text: &str) -> Result<(), WriteError> {
    let stdout = std::io::stdout();
    signals::held_back(|| {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            // Straight to the descriptor: a buffer would keep a copy, and report a full disk too late.
            match nix::unistd::write(stdout.as_fd(), rest) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::EINTR) => {}
                // Whoever shares the pipe may have made it so; a text that is cut would be worse than a wait.
                Err(Errno::EAGAIN) => {
                    let _ = poll(&mut [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE);
                }
                Err(why) => return Err(WriteError(std::io::Error::from(why))),
            }
        }
        Ok(())
    })
}

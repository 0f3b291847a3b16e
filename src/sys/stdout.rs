//! Standard output: writes the one text, and detects an output that would retain keys.

use std::os::fd::AsFd as _;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::isatty;

use crate::common::redact;
use crate::common::report::{Diagnostic, Report};
use crate::sys::signals;

/// A standard output that retains what is written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetainingOutput {
    /// A terminal, in its scrollback.
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

/// Whether standard output retains what is written to it.
///
/// ksh93 implements `$(…)` with an unlinked file in /dev/shm, which is memory: such a file does not count.
pub(crate) fn retains_output() -> Option<RetainingOutput> {
    let stdout = std::io::stdout();
    if isatty(stdout.as_fd()).unwrap_or(false) {
        return Some(RetainingOutput::Terminal);
    }
    let stat = fstat(stdout.as_fd()).ok()?;
    let is_regular = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG;
    if !is_regular || (stat.st_nlink == 0 && in_memory(&stdout)) {
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

/// Whether standard output is a terminal, where no shell evaluates the text.
pub(crate) fn is_terminal() -> bool {
    isatty(std::io::stdout().as_fd()).unwrap_or(false)
}

/// Standard output cannot be written.
#[derive(Debug)]
pub(crate) struct WriteError(pub std::io::Error);

impl Diagnostic for WriteError {
    fn report(&self) -> Report {
        Report::new(format!("cannot write to standard output: {}", self.0))
            .hint("no shell can evaluate an incomplete text: the environment is unchanged")
    }
}

/// Writes a text for a person or in JSON, without secrets.
///
/// # Errors
/// A full or broken standard output.
pub(crate) fn print(text: &str) -> Result<(), WriteError> {
    write(&redact::shown(text))
}

/// Writes a whole text, which can have the keys of the session: the one that a shell evaluates, or a constant.
/// Signals are blocked meanwhile, so that it is not cut.
///
/// # Errors
/// A full or broken standard output.
pub(crate) fn write(text: &str) -> Result<(), WriteError> {
    let stdout = std::io::stdout();
    signals::block_while_writing(|| {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            // Directly to the descriptor: a buffer would have a copy, and report a full disk too late.
            match nix::unistd::write(stdout.as_fd(), rest) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::EINTR) => {}
                // Another process with this pipe can make it non-blocking. A wait is better than an
                // incomplete text.
                Err(Errno::EAGAIN) => {
                    let _ = poll(&mut [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE);
                }
                Err(why) => return Err(WriteError(std::io::Error::from(why))),
            }
        }
        Ok(())
    })
}

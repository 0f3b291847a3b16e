//! Outputs that would retain keys.

use std::os::fd::BorrowedFd;

use nix::sys::stat::{SFlag, fstat};
use nix::unistd::isatty;

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

/// Whether a descriptor retains what is written to it.
///
/// ksh93 implements `$(…)` with an unlinked file in /dev/shm, which is memory: such a file does not count.
pub(crate) fn retaining(output: BorrowedFd<'_>) -> Option<RetainingOutput> {
    if isatty(output).unwrap_or(false) {
        return Some(RetainingOutput::Terminal);
    }
    let stat = fstat(output).ok()?;
    let is_regular = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG;
    if !is_regular || (stat.st_nlink == 0 && in_memory(output)) {
        return None;
    }
    Some(RetainingOutput::File)
}

#[cfg(target_os = "linux")]
fn in_memory(output: BorrowedFd<'_>) -> bool {
    use nix::sys::statfs::{TMPFS_MAGIC, fstatfs};
    fstatfs(output).is_ok_and(|fs| fs.filesystem_type() == TMPFS_MAGIC)
}

#[cfg(not(target_os = "linux"))]
fn in_memory(_: BorrowedFd<'_>) -> bool {
    false
}

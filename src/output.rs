//! Standard output: one write of one text; and where keys must not go.

use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::sync::OnceLock;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::isatty;

use crate::dialect::Format;
use crate::error::Error;
use crate::signals;

/// A place that keeps what is written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// A terminal: its scrollback.
    Terminal,
    /// A file.
    File,
}

impl std::fmt::Display for Keeps {
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
pub fn keeps() -> Option<Keeps> {
    let stdout = std::io::stdout();
    if isatty(stdout.as_fd()).unwrap_or(false) {
        return Some(Keeps::Terminal);
    }
    let stat = fstat(stdout.as_fd()).ok()?;
    let regular = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFREG;
    if !regular || (stat.st_nlink == 0 && in_memory(&stdout)) {
        return None;
    }
    Some(Keeps::File)
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

/// Writes a whole text, with signals held back so that it cannot be cut in half.
///
/// # Errors
/// A full or broken standard output.
pub fn write(text: &str) -> Result<(), Error> {
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
                Err(why) => return Err(Error::Stdout { why: std::io::Error::from(why) }),
            }
        }
        Ok(())
    })
}

/// The dialect of the shell that called us, as far as the system tells. It is looked up once.
pub fn dialect_of_caller() -> Format {
    static DIALECT: OnceLock<Format> = OnceLock::new();
    *DIALECT.get_or_init(|| match of_parent("comm").as_deref().map(str::trim) {
        Some("fish") => Format::Fish,
        Some("tcsh" | "csh") => Format::Csh,
        Some("elvish") => Format::Elvish,
        Some("nu") => Format::Nu,
        Some("xonsh") => Format::Xonsh,
        Some("pwsh") => Format::Pwsh,
        Some(name) if name.starts_with("python") && runs_xonsh() => Format::Xonsh,
        _ => Format::Sh,
    })
}

/// Whether our parent was started as `python3 -m xonsh`.
fn runs_xonsh() -> bool {
    let line = of_parent("cmdline").unwrap_or_default();
    let words: Vec<&str> = line.split('\0').collect();
    words.windows(2).any(|pair| pair == ["-m", "xonsh"])
}

/// What the system tells of our parent. `comm`, the program's name, can be read for processes of other users too; its file
/// cannot.
fn of_parent(what: &str) -> Option<String> {
    let parent = nix::unistd::getppid();
    let mut text = String::new();
    std::fs::File::open(format!("/proc/{parent}/{what}")).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

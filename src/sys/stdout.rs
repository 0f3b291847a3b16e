//! Standard output: writes the one text.

use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::isatty;

use crate::common::redact;
use crate::common::report::{Diagnostic, Report};
use crate::sys::retaining::{RetainingOutput, retaining};
use crate::sys::{handed_over, signals, terminal};

/// Whether the output for a shell retains what is written to it.
pub(crate) fn retains_output() -> Option<RetainingOutput> {
    match handed_over::answer() {
        Some(answer) => retaining(answer),
        None => retaining(std::io::stdout().as_fd()),
    }
}

/// Whether the output for a shell is a terminal, where no shell evaluates it.
pub(crate) fn is_terminal() -> bool {
    handed_over::answer().is_none() && isatty(std::io::stdout().as_fd()).unwrap_or(false)
}

/// The columns of standard output, if it is a terminal that says its size.
pub(crate) fn columns() -> Option<usize> {
    terminal::size(std::io::stdout()).1
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

/// Writes a whole text for the user, which can have the keys of the session, to standard output.
///
/// # Errors
/// A full or broken standard output.
pub(crate) fn write(text: &str) -> Result<(), WriteError> {
    write_to(std::io::stdout().as_fd(), text)
}

/// Writes a whole text for the shell: to the function of a hook, or to standard output.
///
/// # Errors
/// A full or broken output.
pub(crate) fn answer(text: &str) -> Result<(), WriteError> {
    match handed_over::answer() {
        Some(answer) => write_to(answer, text),
        None => write(text),
    }
}

/// Signals are blocked meanwhile, so that the text is not cut.
fn write_to(output: impl AsFd, text: &str) -> Result<(), WriteError> {
    signals::block_while_writing(|| {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            // Directly to the descriptor: a buffer would have a copy, and report a full disk too late.
            match nix::unistd::write(output.as_fd(), rest) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::EINTR) => {}
                // Another process with this pipe can make it non-blocking. A wait is better than an
                // incomplete text.
                Err(Errno::EAGAIN) => {
                    let _ = poll(&mut [PollFd::new(output.as_fd(), PollFlags::POLLOUT)], PollTimeout::NONE);
                }
                Err(why) => return Err(WriteError(std::io::Error::from(why))),
            }
        }
        Ok(())
    })
}

//! A pipe by which another thread ends the wait of the main thread, which polls files.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::{read, write};

/// The pipe.
#[derive(Debug)]
pub(super) struct Wake {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl Wake {
    /// A new pipe.
    ///
    /// # Errors
    /// The system has no file left.
    pub(super) fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let (reader, writer) = (OwnedFd::from(reader), OwnedFd::from(writer));
        for end in [&reader, &writer] {
            fcntl(end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
        Ok(Self { reader, writer })
    }

    /// Ends the wait.
    pub(super) fn up(&self) {
        // A full pipe ends it too.
        let _ = write(&self.writer, &[0]);
    }

    /// Empties the pipe, before the next wait.
    pub(super) fn clear(&self) {
        let mut bytes = [0; 64];
        while read(&self.reader, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

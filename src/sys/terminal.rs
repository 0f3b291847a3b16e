//! The size of a terminal.

use std::os::fd::{AsFd, AsRawFd as _};

use nix::libc;

/// The rows and columns of a terminal, each `None` if it is not known.
#[allow(unsafe_code)]
pub(crate) fn size(terminal: impl AsFd) -> (Option<usize>, Option<usize>) {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the descriptor is open during the call, and TIOCGWINSZ writes a winsize to the address. Neither
    // std nor nix has a safe call for it.
    let done = unsafe { libc::ioctl(terminal.as_fd().as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) };
    let known = |length: u16| (done == 0 && length > 0).then(|| usize::from(length));
    (known(size.ws_row), known(size.ws_col))
}

//! A lock on the terminal: if several programs need a code from the same user, one of them asks at a time.
//!
//! It is an flock(2) on the terminal's own device. `/dev/tty` cannot be used, because it is one file for all
//! terminals of a machine. If the terminal device cannot be determined, no lock is taken.

#[cfg(target_os = "linux")]
mod linux;

use std::fs::File;
use std::io::ErrorKind;
use std::sync::OnceLock;

#[cfg(target_os = "linux")]
use linux::device;

/// The device, opened at the first prompt of the process. It stays open until the process ends.
static DEVICE: OnceLock<Option<File>> = OnceLock::new();

/// Opens the device. It must be called before the other functions, which a signal handler may call.
pub(crate) fn find() {
    DEVICE.get_or_init(device);
}

/// Waits until no other program asks, and takes the lock. Async-signal-safe: flock(2).
pub(crate) fn lock() {
    if let Some(Some(device)) = DEVICE.get() {
        while device.lock().is_err_and(|error| error.kind() == ErrorKind::Interrupted) {}
    }
}

/// Releases the lock, so that the next program can ask. Async-signal-safe: flock(2).
pub(crate) fn unlock() {
    if let Some(Some(device)) = DEVICE.get() {
        let _ = device.unlock();
    }
}

#[cfg(not(target_os = "linux"))]
fn device() -> Option<File> {
    None
}

//! The gate in front of a terminal: of several programs that want a code from the same person, one asks at a time.
//!
//! It is a lock (flock(2)) on the terminal's own device. `/dev/tty` would not do: that is one file for all terminals of a
//! machine. Where the device cannot be told, nobody waits.

#[cfg(target_os = "linux")]
mod linux;

use std::fs::File;
use std::io::ErrorKind;
use std::sync::OnceLock;

#[cfg(target_os = "linux")]
use linux::device;

/// Opened at the first prompt of the process, and closed by its end alone.
static GATE: OnceLock<Option<File>> = OnceLock::new();

/// Finds the device; to be called before the others, which a signal handler may call.
pub fn find() {
    GATE.get_or_init(device);
}

/// Waits until nobody else asks. Async-signal-safe: flock(2).
pub fn lock() {
    if let Some(Some(gate)) = GATE.get() {
        while gate.lock().is_err_and(|error| error.kind() == ErrorKind::Interrupted) {}
    }
}

/// Lets the next one ask. Async-signal-safe: flock(2).
pub fn unlock() {
    if let Some(Some(gate)) = GATE.get() {
        let _ = gate.unlock();
    }
}

#[cfg(not(target_os = "linux"))]
fn device() -> Option<File> {
    None
}

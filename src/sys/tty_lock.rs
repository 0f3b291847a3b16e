//! A lock on the terminal: if several programs need a code from the same user, one of them asks at a time.
//!
//! It is an flock(2) on the terminal's own device. `/dev/tty` cannot be used, because it is one file for all
//! terminals of a machine. If the terminal device cannot be determined, no lock is taken.

#[cfg(target_os = "linux")]
mod linux;

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use linux::{device, holder_of, is_same_program, name_of};

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

/// The pause between two attempts to get the lock.
const PAUSE: Duration = Duration::from_millis(10);

/// Tries for this time to get the lock. It counts as taken if no lock can be taken at all.
pub(crate) fn lock_within(time: Duration) -> bool {
    let Some(Some(device)) = DEVICE.get() else { return true };
    let begin = Instant::now();
    loop {
        match device.try_lock() {
            Err(TryLockError::WouldBlock) if begin.elapsed() < time => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return false,
            Ok(()) | Err(TryLockError::Error(_)) => return true,
        }
    }
}

/// The program that holds the lock.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// This program, in another process: its prompt is on the terminal.
    SameProgram,
    /// Another program: its name and its process id.
    Other(String, u32),
    /// The system does not show it.
    Unknown,
}

/// Finds the program that holds the lock.
pub(crate) fn holder() -> Holder {
    let device = DEVICE.get().and_then(Option::as_ref);
    match device.and_then(holder_of) {
        Some(id) if is_same_program(id) => Holder::SameProgram,
        Some(id) => name_of(id).map_or(Holder::Unknown, |name| Holder::Other(name, id)),
        None => Holder::Unknown,
    }
}

/// Releases the lock, so that the next program can ask. Async-signal-safe: flock(2).
pub(crate) fn unlock() {
    if let Some(Some(device)) = DEVICE.get() {
        let _ = device.unlock();
    }
}

#[cfg(not(target_os = "linux"))]
fn holder_of(_: &File) -> Option<u32> {
    None
}

#[cfg(not(target_os = "linux"))]
fn is_same_program(_: u32) -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn name_of(_: u32) -> Option<String> {
    None
}

#[cfg(not(target_os = "linux"))]
fn device() -> Option<File> {
    None
}

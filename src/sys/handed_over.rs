//! Descriptors that the function of a hook hands over: one for the answer, one with the MFA session.
//!
//! They are taken before this program opens anything, and no program that it starts inherits them. Each must
//! be what a hook hands over: a pipe of this user, or what ksh93 has in place of one.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::sync::OnceLock;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::stat::{SFlag, fstat};
use nix::unistd::geteuid;
use zeroize::Zeroizing;

use crate::common::report::{Diagnostic, Report};
use crate::sys::retaining::retaining;

/// The longest text that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The descriptor of the answer; without one, the answer goes to standard output.
static ANSWER: OnceLock<OwnedFd> = OnceLock::new();

/// A descriptor that is not what a hook hands over.
#[derive(Debug)]
pub(crate) struct NotHandedOver(RawFd);

impl Diagnostic for NotHandedOver {
    fn report(&self) -> Report {
        Report::usage(format!("descriptor {} is not a pipe of a hook's function", self.0))
            .hint("--hook is for the function that assume-env --init defines: type its name, assume ROLE")
    }
}

/// Takes the descriptor of the answer.
///
/// # Errors
/// A descriptor that no hook hands over.
pub(crate) fn take_answer(number: RawFd) -> Result<(), NotHandedOver> {
    let taken = take(number)?;
    let _ = ANSWER.set(taken);
    Ok(())
}

/// Reads what a descriptor has, to its end: until then a shell that writes could be ended by the pipe. When it
/// is standard input, the user's own takes its place: `stdin`, else nothing.
///
/// # Errors
/// A descriptor that no hook hands over.
pub(crate) fn read(number: RawFd, stdin: Option<RawFd>) -> Result<Zeroizing<String>, NotHandedOver> {
    let file = match number {
        0 => {
            if !is_pipe(std::io::stdin().as_fd()) {
                return Err(NotHandedOver(0));
            }
            File::from(std::io::stdin().as_fd().try_clone_to_owned().map_err(|_| NotHandedOver(0))?)
        }
        number => File::from(take(number)?),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize));
    let read = file.take(LONGEST).read_to_end(&mut bytes);
    read.map_err(|_| NotHandedOver(number))?;
    if number == 0 {
        replace_stdin(stdin)?;
    }
    let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|_| NotHandedOver(number))?;
    Ok(Zeroizing::new(text))
}

/// Puts the user's standard input in its place, or an empty one.
#[allow(unsafe_code)]
fn replace_stdin(number: Option<RawFd>) -> Result<(), NotHandedOver> {
    let own = match number {
        Some(number) => {
            // SAFETY: it is only asked for its state. A descriptor that is not open gives an error.
            let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
            fcntl(borrowed, FcntlArg::F_GETFD).map_err(|_| NotHandedOver(number))?;
            // SAFETY: it is open, this program has not opened it, and it is taken once.
            unsafe { OwnedFd::from_raw_fd(number) }
        }
        None => File::open("/dev/null").map_err(|_| NotHandedOver(0))?.into(),
    };
    nix::unistd::dup2_stdin(own).map_err(|_| NotHandedOver(0))
}

/// Where the answer goes.
pub(crate) fn answer() -> Option<BorrowedFd<'static>> {
    ANSWER.get().map(|fd| fd.as_fd())
}

#[allow(unsafe_code)]
fn take(number: RawFd) -> Result<OwnedFd, NotHandedOver> {
    // SAFETY: it is only asked for its state. A descriptor that is not open gives an error.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    if fcntl(borrowed, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).is_err() || !is_pipe(borrowed) {
        return Err(NotHandedOver(number));
    }
    // SAFETY: it is open, this program has opened nothing yet, and each number is taken once.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Whether it is a pipe of this user. ksh93 uses a socket in place of a pipe, and in `$(…)` a file in memory
/// that has no name.
fn is_pipe(fd: BorrowedFd<'_>) -> bool {
    let Ok(stat) = fstat(fd) else { return false };
    let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
    let is_flow = kind == SFlag::S_IFIFO || kind == SFlag::S_IFSOCK;
    stat.st_uid == geteuid().as_raw() && (is_flow || retaining(fd).is_none())
}

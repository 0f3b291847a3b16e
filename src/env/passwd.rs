//! The user's entry in the password database.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use nix::unistd::{User, getuid};

/// The user's name in /etc/passwd. The look-up of the C library would ask name services over sockets, and
/// users of such services have USER set.
pub(super) fn user() -> Option<String> {
    String::from_utf8(field(0)?).ok()
}

/// The user's home folder: in /etc/passwd, else from the name services of the system.
pub(super) fn home() -> Option<PathBuf> {
    let of_file = field(5).map(|home| PathBuf::from(OsString::from_vec(home)));
    of_file.or_else(|| Some(User::from_uid(getuid()).ok()??.dir)).filter(|home| !home.as_os_str().is_empty())
}

/// A field of the user's line in /etc/passwd.
fn field(number: usize) -> Option<Vec<u8>> {
    let uid = getuid().to_string();
    let passwd = std::fs::read("/etc/passwd").ok()?;
    let fields = |line: &[u8]| line.split(|byte| *byte == b':').map(<[u8]>::to_vec).collect::<Vec<_>>();
    passwd
        .split(|byte| *byte == b'\n')
        .map(fields)
        .find(|fields| fields.get(2).is_some_and(|of_line| *of_line == uid.as_bytes()))?
        .into_iter()
        .nth(number)
}

//! Running a command with the session: find it first, then become it.
//!
//! The look-up is that of `execvp`, and it comes before anything else, so that a typing error costs no round trip and no code.
//! The command gets this very process: same pid, terminal, standard input and arguments; its exit status is nobody else's.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{AccessFlags, access};

use crate::common::mfa_session;
use crate::common::variables::EnvChange;
use crate::env::Environment;
use crate::error::Error;
use crate::sys::core_dumps;

/// A command that was found.
#[derive(Debug)]
pub struct FoundCommand {
    typed: OsString,
    path: PathBuf,
}

/// Where a command is looked for when the environment has no PATH, as the C library does.
const NO_PATH: &str = "/bin:/usr/bin";

/// Looks a command up, on PATH when its name has no slash. `role_named` says whether a role stood before it.
///
/// # Errors
/// [`Error::CommandNotFound`], or [`Error::CommandNotRunnable`] when all there is cannot be executed.
pub fn find(typed: &OsStr, role_named: bool, env: &Environment) -> Result<FoundCommand, Error> {
    if typed.is_empty() {
        return Err(Error::CommandNotFound { command: String::new(), role_named: true });
    }
    let candidates: Vec<PathBuf> = if typed.as_bytes().contains(&b'/') {
        vec![PathBuf::from(typed)]
    } else {
        let path = env.os("PATH").unwrap_or(OsStr::new(NO_PATH));
        path.as_bytes().split(|b| *b == b':').map(|dir| in_directory(dir, typed)).collect()
    };
    let mut not_runnable = None;
    for path in candidates {
        match runnable(&path) {
            Ok(()) => return Ok(FoundCommand { typed: typed.to_owned(), path }),
            Err(Some(why)) => {
                not_runnable.get_or_insert((path, why));
            }
            Err(None) => {}
        }
    }
    let command = typed.to_string_lossy().into_owned();
    match not_runnable {
        Some((path, why)) => Err(Error::CommandNotRunnable { command, path, why }),
        None => Err(Error::CommandNotFound { command, role_named }),
    }
}

/// An empty entry of PATH is the current folder.
fn in_directory(dir: &[u8], typed: &OsStr) -> PathBuf {
    let dir = if dir.is_empty() { b"." } else { dir };
    Path::new(OsStr::from_bytes(dir)).join(typed)
}

/// `Err(None)` when nothing is there, `Err(Some(why))` when what is there cannot be executed.
fn runnable(path: &Path) -> Result<(), Option<&'static str>> {
    let meta = std::fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::PermissionDenied => Some("permission denied"),
        _ => None,
    })?;
    if meta.is_dir() {
        return Err(Some("it is a folder"));
    }
    access(path, AccessFlags::X_OK).map_err(|_| Some("it is not executable"))
}

/// Becomes the command, with the changes made to the caller's environment. Comes back only with an error.
pub fn run(found: FoundCommand, args: &[OsString], changes: &[EnvChange]) -> Error {
    let mut command = Command::new(&found.path);
    command.arg0(&found.typed).args(args).env_remove(mfa_session::VARIABLE);
    for change in changes {
        match change {
            EnvChange::Set(name, value) => command.env(name, value.expose()),
            EnvChange::Unset(name) => command.env_remove(name),
        };
    }
    // It gets the caller's own limits.
    core_dumps::permit();
    let why = command.exec();
    Error::CommandFailed {
        command: found.typed.to_string_lossy().into_owned(),
        not_found: why.kind() == std::io::ErrorKind::NotFound,
        why: why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(path: &str) -> Environment {
        Environment::new([("PATH".into(), path.into())].into_iter()).unwrap()
    }

    #[test]
    fn finds_what_execvp_would() {
        assert!(find(OsStr::new("sh"), true, &env("/nonexistent:/bin")).is_ok());
        assert!(find(OsStr::new("/bin/sh"), true, &env("")).is_ok());
        let none = Environment::new(std::iter::empty()).unwrap();
        assert!(find(OsStr::new("sh"), true, &none).is_ok());
    }

    #[test]
    fn tells_missing_from_not_runnable() {
        let status = |word: &str| find(OsStr::new(word), true, &env("/bin")).unwrap_err().status(true);
        assert_eq!(status("no-such-command"), 127);
        assert_eq!(status(""), 127);
        assert_eq!(status("/etc/passwd"), 126);
        assert_eq!(status("/etc"), 126);
        assert_eq!(status("/etc/passwd/x"), 127);
    }
}

//! Running a program with the session.
//!
//! The program is looked up as `execvp` does, before anything else, so that a typing error costs no request and no MFA code.
//! This process then becomes the program: same process id, terminal and standard input, and its own exit status.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};

use crate::acquire::planned::with_plan;
use crate::acquire::reuse::{self, NotReusable, Reuse};
use crate::acquire::{Acquirer, PromptMode};
use crate::cli::{SessionArgs, Verbosity};
use crate::commands::also_set;
use crate::commands::error::Error;
use crate::commands::planned::{Prepared, prepare};
use crate::commands::summary::{self, Receiver};
use crate::common::clock;
use crate::common::mfa_session;
use crate::common::redact;
use crate::common::report::Report;
use crate::common::variables::EnvChange;
use crate::env::Environment;
use crate::plan::Plan;
use crate::refresh::environment::{self, Hidden};
use crate::refresh::helper::{self, Started};
use crate::refresh::renewable;
use crate::sys::{core_dumps, stderr};

/// A program that was found.
#[derive(Debug)]
struct FoundProgram {
    typed: OsString,
    path: PathBuf,
}

/// Acquires a session and becomes the program.
///
/// # Errors
/// A program that cannot be run, and everything that keeps a session from being acquired.
pub(super) fn run(
    env: &Environment,
    program: &OsStr,
    args: &[OsString],
    session: SessionArgs,
    verbosity: Verbosity,
) -> Result<u8, Report> {
    let Prepared { args: session, login } = prepare(env, session, true, false, verbosity)?;
    let found = find(program, session.role.is_some(), env)?;
    if session.refresh {
        return run_refreshed(env, found, args, &session, verbosity);
    }
    with_plan(env, &session, false, |plan, _| {
        let reuse = reuse::decide(&session, false, plan, env, clock::now())?;
        let acquirer = Acquirer { login: login.as_ref(), ..acquirer(plan, env, verbosity) };
        let acquired = acquirer.session(reuse)?;
        also_set::warn(env, verbosity);
        summary::print(&acquired, plan, env, &Receiver::Command, verbosity);
        Err(become_program(found, args, &acquired.session.changes(env)).into())
    })
}

/// What acquires a session for a program.
fn acquirer<'a>(plan: &'a Plan, env: &'a Environment, verbosity: Verbosity) -> Acquirer<'a> {
    Acquirer {
        plan,
        env,
        prompt: PromptMode::Running,
        login: None,
        asks_s3: false,
        offers_sign_in: true,
        verbosity,
    }
}

/// Acquires a session, becomes the program, and leaves a helper that renews the keys.
fn run_refreshed(
    env: &Environment,
    found: FoundProgram,
    args: &[OsString],
    session: &SessionArgs,
    verbosity: Verbosity,
) -> Result<u8, Report> {
    // In the helper, this returns too: then the plan, with the keys that it has read, is dropped.
    let started = with_plan::<_, Report>(env, session, false, |plan, config| {
        renewable::check(plan)?;
        let device = renewable::device(plan).map(str::to_owned);
        let hidden = Hidden::of(plan, env, config);
        let caller = match helper::start()? {
            Started::Helper(helper) => return Ok(Some((helper, device))),
            Started::Caller(caller) => caller,
        };
        warn_of_process_1(verbosity);
        let mut acquired = acquirer(plan, env, verbosity).session(Reuse::No(NotReusable::Fresh))?;
        renewable::check_expiry(plan, &acquired.session)?;
        if let Some(region) = &hidden.region {
            acquired.session.region = Some(region.value.clone());
        }
        let address = caller.hand_over(&acquired)?;
        let receiver = Receiver::Renewed { with_code: device.is_some(), hidden: &hidden };
        summary::print(&acquired, plan, env, &receiver, verbosity);
        let changes = environment::changes(&acquired.session, env, &address, &hidden);
        Err(become_program(found, args, &changes).into())
    })?;
    match started {
        Some((helper, device)) => helper.run(env, session, device),
        None => Ok(0),
    }
}

/// A container whose first process is the command: the helper becomes a child of a command that does not know it.
fn warn_of_process_1(verbosity: Verbosity) {
    if nix::unistd::getpid().as_raw() == 1 && !verbosity.quiet {
        stderr::print(
            "assume-env: this is process 1, and the command will be: it must wait for processes that it did not start\n  \
             start the container with an init process: docker run --init\n",
        );
    }
}

/// Where a program is looked for when the environment has no PATH, as the C library does.
const NO_PATH: &str = "/bin:/usr/bin";

/// Looks a program up, on PATH when its name has no slash. `role_named` says whether a role is named before `--`.
///
/// # Errors
/// [`Error::ProgramNotFound`], or [`Error::ProgramNotRunnable`] when no file that has the name can be executed.
fn find(typed: &OsStr, role_named: bool, env: &Environment) -> Result<FoundProgram, Error> {
    if typed.is_empty() {
        return Err(Error::ProgramNotFound { program: String::new(), role_named: true });
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
            Ok(()) => return Ok(FoundProgram { typed: typed.to_owned(), path }),
            Err(Some(why)) => {
                not_runnable.get_or_insert((path, why));
            }
            Err(None) => {}
        }
    }
    let program = typed.to_string_lossy().into_owned();
    match not_runnable {
        Some((path, why)) => Err(Error::ProgramNotRunnable { program, path, why }),
        None => Err(Error::ProgramNotFound { program, role_named }),
    }
}

/// An empty entry of PATH is the current folder.
fn in_directory(dir: &[u8], typed: &OsStr) -> PathBuf {
    let dir = if dir.is_empty() { b"." } else { dir };
    Path::new(OsStr::from_bytes(dir)).join(typed)
}

/// `Err(None)` when the file does not exist, `Err(Some(why))` when it cannot be executed.
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

/// The shell of execvp(3).
const SHELL: &str = "/bin/sh";

/// A command with the changes made to its environment.
fn changed(mut command: Command, changes: &[EnvChange]) -> Command {
    command.env_remove(mfa_session::VARIABLE);
    for change in changes {
        match change {
            EnvChange::Set(name, value) => command.env(&**name, value.expose()),
            EnvChange::Unset(name) => command.env_remove(&**name),
        };
    }
    command
}

/// Becomes the program, with the changes made to the environment. Returns only with an error.
fn become_program(found: FoundProgram, args: &[OsString], changes: &[EnvChange]) -> Error {
    // The program gets the limits of the caller.
    core_dumps::permit();
    redact::forget();
    let mut why = changed(Command::new(&found.path), changes).arg0(&found.typed).args(args).exec();
    // POSIX: execvp(3) runs a script without a first line in sh. The one of musl does not.
    if why.raw_os_error() == Some(Errno::ENOEXEC as i32) {
        why = changed(Command::new(SHELL), changes).arg(&found.path).args(args).exec();
    }
    Error::ProgramFailed {
        program: found.typed.to_string_lossy().into_owned(),
        path: found.path,
        not_found: why.kind() == std::io::ErrorKind::NotFound,
        why: why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::report::Diagnostic as _;

    fn env(path: &str) -> Environment {
        Environment::new([("PATH".into(), path.into())].into_iter()).unwrap()
    }

    #[test]
    fn a_program_is_found_as_execvp_finds_it() {
        assert!(find(OsStr::new("sh"), true, &env("/nonexistent:/bin")).is_ok());
        assert!(find(OsStr::new("/bin/sh"), true, &env("")).is_ok());
        let none = Environment::new(std::iter::empty()).unwrap();
        assert!(find(OsStr::new("sh"), true, &none).is_ok());
    }

    #[test]
    fn a_missing_program_is_127_and_one_that_is_not_executable_126() {
        let status =
            |word: &str| find(OsStr::new(word), true, &env("/bin")).unwrap_err().report().exit.status(true);
        assert_eq!(status("no-such-command"), 127);
        assert_eq!(status(""), 127);
        assert_eq!(status("/etc/passwd"), 126);
        assert_eq!(status("/etc"), 126);
        assert_eq!(status("/etc/passwd/x"), 127);
    }
}

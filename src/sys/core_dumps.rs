//! Forbids core dumps, because this process has keys in its memory.
//!
//! On Linux with prctl(2), `PR_SET_DUMPABLE`, which also denies other processes of the same user access to
//! the environment and the memory of this process; `execve` resets it. Other systems have only the limit on
//! core files. A command would inherit that limit, so it is restored first.

#[cfg(target_os = "linux")]
mod platform {
    /// Forbids core dumps of this process.
    pub(crate) fn forbid() {
        let _ = nix::sys::prctl::set_dumpable(false);
    }

    /// Permits core dumps of the command that replaces this process. `execve` does so itself.
    pub(crate) fn permit() {}
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::sync::OnceLock;

    use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

    /// The caller's limit, and the largest one that the caller may set.
    static CALLERS_LIMIT: OnceLock<(rlim_t, rlim_t)> = OnceLock::new();

    /// Forbids core dumps of this process.
    pub(crate) fn forbid() {
        if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_CORE)
            && setrlimit(Resource::RLIMIT_CORE, 0, hard).is_ok()
        {
            let _ = CALLERS_LIMIT.set((soft, hard));
        }
    }

    /// Permits core dumps of the command that replaces this process.
    pub(crate) fn permit() {
        if let Some((soft, hard)) = CALLERS_LIMIT.get() {
            let _ = setrlimit(Resource::RLIMIT_CORE, *soft, *hard);
        }
    }
}

pub(crate) use platform::{forbid, permit};

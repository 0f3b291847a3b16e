//! While this process holds keys, no core file may hold them too.
//!
//! On Linux it says so to the kernel (prctl(2), `PR_SET_DUMPABLE`), which also keeps other processes of the same user out of its
//! environment and its memory; `execve` resets that. Elsewhere the nearest is the limit on core files, which a command would
//! inherit: it is given back first.

#[cfg(target_os = "linux")]
mod by_the_system {
    pub fn forbid() {
        let _ = nix::sys::prctl::set_dumpable(false);
    }

    pub fn permit() {}
}

#[cfg(not(target_os = "linux"))]
mod by_the_system {
    use std::sync::OnceLock;

    use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

    /// What the caller had set, and the most that it may set.
    static CALLERS: OnceLock<(rlim_t, rlim_t)> = OnceLock::new();

    pub fn forbid() {
        if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_CORE)
            && setrlimit(Resource::RLIMIT_CORE, 0, hard).is_ok()
        {
            let _ = CALLERS.set((soft, hard));
        }
    }

    pub fn permit() {
        if let Some((soft, hard)) = CALLERS.get() {
            let _ = setrlimit(Resource::RLIMIT_CORE, *soft, *hard);
        }
    }
}

pub use by_the_system::{forbid, permit};

//! What the command left running: processes that have the token of the helper in their environment.
//!
//! `/proc/PID/environ` shows the environment with which a program was started, to processes of the same user. A process of
//! another user, or one that forbids it, is not found.

use std::fs::File;
use std::io::Read as _;
use std::time::Duration;

use memchr::memmem::Finder;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;

use crate::sys::pidfd::Watched;

/// The largest part of an environment that is searched, in bytes.
const LARGEST: u64 = 8 << 20;

/// The largest number of holders that are watched at once. The others are found by the next search.
const WATCHED: usize = 64;

/// How long to wait at most before the next search.
const AT_MOST: Duration = Duration::from_secs(5);

/// How long a process that begins a program can have no environment: Linux shows the new one a moment later than the
/// program that started it goes on.
const STARTING: Duration = Duration::from_millis(20);

/// The processes that have this text in their environment.
pub(super) fn holders_of(token: &str) -> Vec<Pid> {
    let found = search(token);
    if !found.is_empty() {
        return found;
    }
    std::thread::sleep(STARTING);
    search(token)
}

fn search(token: &str) -> Vec<Pid> {
    let finder = Finder::new(token);
    let Ok(all) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let mut environment = Vec::new();
    pids.filter(|pid| {
        environment.clear();
        let read = File::open(format!("/proc/{pid}/environ"))
            .and_then(|file| file.take(LARGEST).read_to_end(&mut environment));
        read.is_ok() && finder.find(&environment).is_some()
    })
    .map(Pid::from_raw)
    .collect()
}

/// Waits until one of these processes has ended, for some seconds at most.
pub(super) fn wait_for_end(holders: &[Pid], at_most: Duration) {
    let watched: Vec<Watched> =
        holders.iter().take(WATCHED).filter_map(|pid| Watched::process(*pid).ok()).collect();
    let files = watched.iter().filter_map(Watched::file);
    let mut files: Vec<PollFd<'_>> = files.map(|file| PollFd::new(file, PollFlags::POLLIN)).collect();
    let without_file = files.len() < holders.len().min(WATCHED);
    let limit = if without_file { Duration::from_secs(1) } else { AT_MOST };
    let limit = PollTimeout::try_from(limit.min(at_most)).unwrap_or(PollTimeout::MAX);
    let _ = poll(&mut files, limit);
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_with_the_token_in_its_environment_is_found() {
        let token = format!("token-{}", std::process::id());
        assert!(holders_of(&token).is_empty());
        let mut child =
            Command::new("cat").env("X", format!("a{token}b")).stdin(Stdio::piped()).spawn().unwrap();
        assert_eq!(holders_of(&token), [Pid::from_raw(child.id().cast_signed())]);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(holders_of(&token).is_empty());
    }
}

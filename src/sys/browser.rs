//! Opens an address in a browser, as a process that no longer belongs to the terminal.
//!
//! It gets a session of its own, so that Ctrl-C does not end it; /dev/null in place of the terminal; no open file of
//! this process, because a shell waits for the end of `$(…)` until all have closed it; and no variable of AWS or of
//! this program. The words to start are those of several programs, of which the first that works is used.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A program that fails within this time opened nothing; a later failure is that of a browser that was used.
const OPENING: Duration = Duration::from_secs(10);

/// A program that is still running after this time is probably the browser itself.
const SETTLED: Duration = Duration::from_secs(2);

/// Programs that open an address, in the order in which they are tried.
#[derive(Debug, Default)]
pub(crate) struct Browser {
    /// The words of each program, with the address.
    programs: std::vec::IntoIter<Vec<String>>,
    running: Option<(String, Child, Instant)>,
    /// Why the programs that were tried opened nothing.
    failures: Vec<String>,
    is_over: bool,
}

impl Browser {
    /// Starts the first program. `programs` are lines of words, in which `{url}` is the address; a line without it
    /// gets the address as its last word.
    pub(crate) fn open(programs: &[Vec<String>], url: &str) -> Self {
        let lines: Vec<Vec<String>> = programs.iter().map(|words| line(words, url)).collect();
        let mut browser = Self { programs: lines.into_iter(), ..Self::default() };
        browser.next();
        browser
    }

    fn next(&mut self) {
        self.running = None;
        for words in self.programs.by_ref() {
            let Some((program, arguments)) = words.split_first() else { continue };
            match start(program, arguments) {
                Ok(child) => {
                    self.running = Some((program.clone(), child, Instant::now()));
                    return;
                }
                Err(why) => self.failures.push(format!("{program}: {}", why.kind())),
            }
        }
    }

    /// Looks after the program, and starts the next one if it fails. Returns once why none of them opened the
    /// address, when that is certain.
    pub(crate) fn failure(&mut self) -> Option<String> {
        if self.is_over {
            return None;
        }
        if let Some((program, child, since)) = &mut self.running {
            match child.try_wait() {
                Ok(None) if since.elapsed() < OPENING => return None,
                Ok(Some(status)) if !status.success() && since.elapsed() < OPENING => {
                    self.failures.push(format!("{program}: {status}"));
                    self.next();
                    return None;
                }
                // It is open, or the system does not report the end of a process (`trap '' CHLD`).
                Ok(_) | Err(_) => {
                    self.is_over = true;
                    return None;
                }
            }
        }
        self.is_over = true;
        Some(self.failures.join(", "))
    }
}

/// Opens an address, and waits until it is certain that a program opened it, or has not failed for some time.
///
/// # Errors
/// Why no program opened it.
pub(crate) fn open(programs: &[Vec<String>], url: &str) -> Result<(), String> {
    let mut browser = Browser::open(programs, url);
    let begin = Instant::now();
    while begin.elapsed() < SETTLED && !browser.is_over {
        if let Some(why) = browser.failure() {
            return Err(why);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The words with the address in its place.
fn line(words: &[String], url: &str) -> Vec<String> {
    const PLACE: &str = "{url}";
    let mut line: Vec<String> = words.iter().map(|word| word.replace(PLACE, url)).collect();
    if !words.iter().any(|word| word.contains(PLACE)) {
        line.push(url.to_owned());
    }
    line
}

#[allow(unsafe_code)]
fn start(program: &str, arguments: &[String]) -> std::io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let is_ours = |name: &OsString| {
        let name = name.as_encoded_bytes();
        [&b"AWS_"[..], b"ASSUME_ENV_", b"AWSU"].iter().any(|start| name.starts_with(start))
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    // SAFETY: setsid(2) and close_range(2) are system calls, which are async-signal-safe, and change only the new
    // process.
    unsafe {
        command.pre_exec(|| {
            let _ = nix::unistd::setsid();
            close_others();
            Ok(())
        });
    }
    command.spawn()
}

/// Closes all other files when the program is executed. Until then, std needs one to report an error.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn close_others() {
    use nix::libc;
    // SAFETY: only a flag of the descriptors changes. On a kernel without the call, they stay open.
    unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
}

#[cfg(not(target_os = "linux"))]
fn close_others() {}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_address_takes_its_place_or_the_end() {
        assert_eq!(line(&words("firefox -P work"), "u"), words("firefox -P work u"));
        assert_eq!(line(&words("x ext+c:name=a&url={url} b"), "u"), words("x ext+c:name=a&url=u b"));
    }

    fn failure(programs: &[&str]) -> Option<String> {
        let programs: Vec<Vec<String>> = programs.iter().map(|line| words(line)).collect();
        let mut browser = Browser::open(&programs, "https://example.org");
        for _ in 0..200 {
            if let Some(failure) = browser.failure() {
                return Some(failure);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    #[test]
    fn the_next_program_is_tried_after_one_that_fails() {
        assert_eq!(failure(&["true"]), None);
        assert_eq!(failure(&["/no/such-browser", "false", "true"]), None);
        let failed = failure(&["/no/such-browser", "false"]).unwrap();
        assert_eq!(failed, "/no/such-browser: entity not found, false: exit status: 1");
        assert_eq!(failure(&[]).unwrap(), "");
    }
}

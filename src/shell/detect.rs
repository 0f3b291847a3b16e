//! Which shell called this program.

use std::io::Read as _;
use std::sync::OnceLock;

use crate::shell::format::Format;

/// The dialect of the shell that called this program, by the name of the parent process; `sh` for a process
/// that is no known shell. The system is asked once.
pub(crate) fn detect_format() -> Format {
    static FOUND: OnceLock<Format> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let process = of_parent("comm").unwrap_or_default();
        let name = process.trim();
        let python = name.starts_with("python");
        Format::of_process(name)
            .or_else(|| of_module(&of_parent("cmdline").filter(|_| python)?))
            .unwrap_or_default()
    })
}

/// The dialect of a shell that was started as `python3 -m MODULE`, by the command line of
/// `/proc/PID/cmdline`: a NUL after each word.
fn of_module(command_line: &str) -> Option<Format> {
    let words: Vec<&str> = command_line.split('\0').collect();
    words.windows(2).filter(|pair| pair[0] == "-m").find_map(|pair| Format::of_python_module(pair[1]))
}

/// A file of the parent process in `/proc`. `comm`, the name of the process, is readable for processes of
/// other users too; `exe` is not.
fn of_parent(file: &str) -> Option<String> {
    let parent = nix::unistd::getppid();
    let mut text = String::new();
    std::fs::File::open(format!("/proc/{parent}/{file}")).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_known_by_its_process_or_its_module() {
        let of = |name| Format::of_process(name).map(Format::name);
        assert_eq!(of("fish"), Some("fish"));
        assert_eq!((of("tcsh"), of("csh")), (Some("csh"), Some("csh")));
        assert_eq!((of("bash"), of("python3"), of("")), (None, None, None));
        assert_eq!(of_module("python3\0-O\0-m\0xonsh\0--no-rc\0").map(Format::name), Some("xonsh"));
        assert_eq!((of_module("python3\0xonsh\0"), of_module("python3\0-m")), (None, None));
    }
}

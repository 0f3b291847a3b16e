//! Which shell called this program.

use std::io::Read as _;
use std::sync::OnceLock;

use crate::shell::format::Format;

/// The dialect of the shell that called this program, by the file that the parent process runs; `sh` for a file
/// that is no known shell, and for one that cannot be read. The system is asked once.
///
/// The name of the process is not used: for a script it is the name of the script, which can be `nu`.
pub(crate) fn detect_format() -> Format {
    static FOUND: OnceLock<Format> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let parent = nix::unistd::getppid();
        let file = std::fs::read_link(format!("/proc/{parent}/exe")).unwrap_or_default();
        let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        // An update can replace the file while the shell runs.
        let name = name.trim_end_matches(" (deleted)");
        let of_python = || {
            let mut words = String::new();
            let mut file = std::fs::File::open(format!("/proc/{parent}/cmdline")).ok()?;
            file.read_to_string(&mut words).ok()?;
            of_python(&words)
        };
        match name.starts_with("python") {
            true => of_python(),
            false => Format::of_process(name),
        }
        .unwrap_or_default()
    })
}

/// The dialect of a shell that is written in Python, by the command line of `/proc/PID/cmdline`: a NUL after each
/// word. It is `python3 [FLAG…] -m MODULE`, or `python3 [FLAG…] FILE` for a program of its name.
fn of_python(command_line: &str) -> Option<Format> {
    let mut words =
        command_line.split('\0').skip(1).skip_while(|word| word.starts_with('-') && *word != "-m");
    match words.next()? {
        "-m" => Format::of_python_module(words.next()?),
        file => Format::of_process(file.rsplit('/').next()?),
    }
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
        let of = |words| of_python(words).map(Format::name);
        assert_eq!(of("python3\0-O\0-m\0xonsh\0--no-rc\0"), Some("xonsh"));
        assert_eq!(of("/usr/bin/python3\0/usr/bin/xonsh\0--no-rc\0"), Some("xonsh"));
        assert_eq!(
            (of("python3\0script.py\0xonsh\0"), of("python3\0-m"), of("python3\0")),
            (None, None, None)
        );
    }
}

//! Reads an MFA code from standard input or from a helper program.

use std::io::ErrorKind;
use std::os::fd::AsFd as _;
use std::process::Command;

use zeroize::Zeroizing;

use crate::common::credentials::Secret;
use crate::common::origin::Located;
use crate::common::text::without_arguments;
use crate::common::variables::EnvChange;
use crate::mfa::code::checked_code;
use crate::mfa::error::{Error, NoCode};
use crate::sys::subprocess;

/// Reads the first line of standard input. The rest is left for the command that runs with the session.
///
/// # Errors
/// Standard input cannot be read, or the line is not a code.
pub(crate) fn from_stdin() -> Result<Secret, Error> {
    let stdin = std::io::stdin();
    let read = |byte: &mut [u8]| nix::unistd::read(stdin.as_fd(), byte).map_err(std::io::Error::from);
    match read_line(read) {
        Ok(line) => checked_code(&line.unwrap_or_default()),
        Err(why) => Err(Error::Unreadable { why }),
    }
}

/// Runs a command with `sh -c`, and reads the code that it prints.
///
/// # Errors
/// The command fails, or its output is not a code.
pub(crate) fn from_process(command: &Located<String>, changes: &[EnvChange]) -> Result<Secret, Error> {
    let failed = |why| Error::Process {
        command: without_arguments(&command.value),
        origin: command.origin.clone(),
        why,
    };
    let output = subprocess::output(Command::new("sh").args(["-c", &command.value]), changes)
        .map_err(|error| failed(NoCode::Failed(error)))?;
    let text = std::str::from_utf8(&output).map_err(|_| failed(NoCode::NotText))?;
    checked_code(text).map_err(|_| failed(NoCode::NotACode))
}

/// Reads a line byte by byte, so that nothing after it is taken; `None` at the end of input. The line is kept
/// up to 64 bytes, more than any code has; control characters are dropped.
pub(crate) fn read_line(
    mut read: impl FnMut(&mut [u8]) -> std::io::Result<usize>,
) -> std::io::Result<Option<Zeroizing<String>>> {
    const LONGEST: usize = 64;
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = [0_u8];
    // An input without a line break must end too.
    for _ in 0..LONGEST * LONGEST {
        match read(&mut byte) {
            Ok(0) => return Ok((!line.is_empty()).then(|| as_text(&line))),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => match byte[0] {
                b'\n' | b'\r' => return Ok(Some(as_text(&line))),
                // Ctrl-Z arrives as a byte where it must not stop the program.
                b if b.is_ascii_control() && b != b'\t' || line.len() >= LONGEST => {}
                b => line.push(b),
            },
        }
    }
    Ok(Some(as_text(&line)))
}

/// A line that is not UTF-8 is no code, whatever it is read as.
fn as_text(line: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(std::str::from_utf8(line).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::origin::Origin;

    #[test]
    fn one_line_is_read_and_nothing_after_it() {
        let read = |mut input: &[u8]| {
            let line = read_line(|byte| std::io::Read::read(&mut input, byte)).unwrap();
            (line.map(|line| line.to_string()), input.len())
        };
        assert_eq!(read(b"123456\nrest"), (Some("123456".into()), 4));
        assert_eq!(read(b"\x1a123456"), (Some("123456".into()), 0));
        assert_eq!(read(b""), (None, 0));
        assert_eq!(read("123\u{a0}456\n".as_bytes()), (Some("123\u{a0}456".into()), 0));
        assert_eq!(read(b"\xff\n"), (Some(String::new()), 0));
        let (line, left) = read(&[b'1'; 9000]);
        assert!(line.unwrap().len() == 64 && left > 0, "an input without end is given up");
    }

    #[test]
    fn a_command_must_print_a_code_and_end_with_status_0() {
        let run = |text: &str| from_process(&Located::new(text.to_owned(), Origin::Default), &[]);
        assert_eq!(run("echo 123456").unwrap().expose(), "123456");
        for bad in [
            "exit 3",
            "true",
            "yes 111111",
            "echo hello",
            "printf '\\377'",
            "no-such-command-here 2>/dev/null",
        ] {
            assert!(matches!(run(bad), Err(Error::Process { .. })), "{bad}");
        }
    }
}

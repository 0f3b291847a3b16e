//! MFA codes: from a flag, from standard input, from a helper program, or from the person at the terminal.
//!
//! A code is asked for only when the plan says so, and after everything that can be checked without it. It works once, so it is
//! never sent when it cannot be one: six digits (STS, `TokenCode`).

pub mod error;
mod prompt;

use std::os::fd::AsFd as _;
use std::process::Command;

use zeroize::Zeroizing;

use crate::common::credentials::Secret;
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::origin::{Located, Origin};
use crate::mfa::error::Error;
use crate::sys::subprocess;

/// The device, and where its code comes from.
#[derive(Clone, Debug)]
pub struct Mfa {
    /// The ARN of a virtual device, or the serial number of a hardware one.
    pub serial: Located<String>,
    /// Where the code comes from.
    pub code: CodeSource,
}

/// Where the code of `--mfa-token` comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MfaToken {
    /// The code itself, six digits.
    Code(Secret),
    /// Standard input.
    Stdin,
}

/// Where a code comes from.
#[derive(Clone)]
pub enum CodeSource {
    /// `--mfa-token`.
    Token(MfaToken),
    /// A command that prints it.
    Process(Located<String>),
    /// The person at the terminal.
    Prompt,
}

impl std::fmt::Display for CodeSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Token(MfaToken::Code(_)) => f.write_str("--mfa-token"),
            Self::Token(MfaToken::Stdin) => f.write_str("standard input (--mfa-token -)"),
            Self::Process(command) => {
                write!(f, "the command {} ({})", program_of(&command.value), command.origin)
            }
            Self::Prompt => f.write_str("a prompt on the terminal"),
        }
    }
}

impl std::fmt::Debug for CodeSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// The program's name alone: its arguments may be a seed, and so may a variable that is set before it.
fn program_of(command: &str) -> String {
    let mut words = command.split_whitespace();
    let name = words.next().unwrap_or_default();
    if let Some((variable, _)) = name.split_once('=') {
        return format!("{variable}=…");
    }
    if words.next().is_some() { format!("{name} …") } else { name.to_owned() }
}

/// Checks the name of a device: 9 to 256 of `[\w+=/:,.@-]` (STS, `SerialNumber`).
///
/// # Errors
/// When it cannot be one, or is a security key, which has no codes.
pub fn checked_serial(text: &str, origin: Origin) -> Result<String, InvalidValue> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"_+=/:,.@-".contains(&b);
    if !(9..=256).contains(&text.len()) || !text.bytes().all(good) {
        return Err(InvalidValue::new(text, origin, Rule::MfaSerial));
    }
    if text.contains(":u2f/") {
        return Err(InvalidValue::new(text, origin, Rule::MfaWithCodes));
    }
    Ok(text.to_owned())
}

/// Checks a code: six digits.
///
/// # Errors
/// When it is anything else; the message does not repeat it.
pub fn checked_code(text: &str) -> Result<Secret, Error> {
    let text = text.trim();
    if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) {
        Ok(Secret::new(text.to_owned()))
    } else {
        Err(Error::BadCode { typed_as_flag: false })
    }
}

impl Mfa {
    /// Gets the code. `printing` says that a shell waits for our standard output.
    ///
    /// # Errors
    /// No terminal, no code, or something that is none.
    pub fn code(&self, printing: bool) -> Result<Secret, Error> {
        match &self.code {
            CodeSource::Token(MfaToken::Code(code)) => Ok(code.clone()),
            CodeSource::Token(MfaToken::Stdin) => from_stdin(),
            CodeSource::Process(command) => from_process(command),
            CodeSource::Prompt => prompt::ask(&self.serial.value, printing),
        }
    }

    /// Whether a person can be asked for another code.
    pub fn asks_a_person(&self) -> bool {
        matches!(self.code, CodeSource::Prompt)
    }
}

/// The first line alone: what stands behind it is the command's.
fn from_stdin() -> Result<Secret, Error> {
    let stdin = std::io::stdin();
    let read = |byte: &mut [u8]| nix::unistd::read(stdin.as_fd(), byte).map_err(std::io::Error::from);
    match read_line(read) {
        Ok(line) => checked_code(&line.unwrap_or_default()),
        Err(why) => Err(Error::Unreadable { why }),
    }
}

/// Reads a line byte by byte, so that nothing behind it is taken; `None` at the end of input. What is longer than any code, and
/// what is no character, goes nowhere.
fn read_line(
    mut read: impl FnMut(&mut [u8]) -> std::io::Result<usize>,
) -> std::io::Result<Option<Zeroizing<String>>> {
    const LONGEST: usize = 64;
    let mut line = Zeroizing::new(String::with_capacity(2 * LONGEST));
    let mut byte = [0_u8];
    for _ in 0..LONGEST * LONGEST {
        match read(&mut byte) {
            Ok(0) => return Ok((!line.is_empty()).then_some(line)),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(_) => match byte[0] {
                b'\n' | b'\r' => return Ok(Some(line)),
                // A Ctrl-Z that may not stop the program arrives as a byte.
                b if b.is_ascii_control() || line.len() >= LONGEST => {}
                b => line.push(char::from(b)),
            },
        }
    }
    Ok(Some(line))
}

fn from_process(command: &Located<String>) -> Result<Secret, Error> {
    let failed = |why: String| Error::Process {
        command: program_of(&command.value),
        origin: command.origin.clone(),
        why,
    };
    let printed = subprocess::output(Command::new("sh").args(["-c", &command.value])).map_err(failed)?;
    let text = std::str::from_utf8(&printed).map_err(|_| failed("it printed no text".into()))?;
    checked_code(text).map_err(|_| failed("it printed something else than six digits".into()))
}

/// The seconds until the device shows its next code: a code lasts for half a minute (RFC 6238). `now` is in epoch seconds.
pub fn until_next_code(now: i64) -> i64 {
    30 - now.rem_euclid(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_six_digits() {
        assert!(checked_code("123456").is_ok() && checked_code(" 123456\n").is_ok());
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６", "12 456"] {
            assert!(checked_code(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn where_a_code_comes_from_shows_neither_code_nor_seed() {
        for from in [
            CodeSource::Token(MfaToken::Code(Secret::new("123456".into()))),
            CodeSource::Process(Located::new("oathtool 123456".into(), Origin::Default)),
            CodeSource::Process(Located::new("SEED=123456 oathtool".into(), Origin::Default)),
            CodeSource::Process(Located::new("SEED='a 123456' oathtool".into(), Origin::Default)),
        ] {
            assert!(!format!("{from:?} {from}").contains("123456"));
        }
    }

    #[test]
    fn devices_have_names_that_sts_takes() {
        let check = |text| checked_serial(text, Origin::Default);
        assert!(check("arn:aws:iam::123456789012:mfa/ann").is_ok() && check("GAHT12345678").is_ok());
        assert!(matches!(
            check("arn:aws:iam::123456789012:u2f/ann"),
            Err(InvalidValue { rule: Rule::MfaWithCodes, .. })
        ));
        for bad in ["", "short", "arn:aws:iam::123456789012:mfa/a b", "$(id)aaaaaaa"] {
            assert!(matches!(check(bad), Err(InvalidValue { rule: Rule::MfaSerial, .. })), "{bad}");
        }
    }

    #[test]
    fn a_line_is_read_and_nothing_behind_it() {
        let read = |mut input: &[u8]| {
            let line = read_line(|byte| std::io::Read::read(&mut input, byte)).unwrap();
            (line.map(|line| line.to_string()), input.len())
        };
        assert_eq!(read(b"123456\nrest"), (Some("123456".into()), 4));
        assert_eq!(read(b"\x1a123456"), (Some("123456".into()), 0));
        assert_eq!(read(b""), (None, 0));
        let (line, left) = read(&[b'1'; 9000]);
        assert!(line.unwrap().len() == 64 && left > 0, "an input without end ends");
    }

    #[test]
    fn a_helper_program_prints_the_code() {
        let run = |text: &str| from_process(&Located::new(text.to_owned(), Origin::Default));
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

    #[test]
    fn the_next_code_is_at_most_half_a_minute_away() {
        assert_eq!((until_next_code(0), until_next_code(29), until_next_code(31)), (30, 1, 29));
    }
}

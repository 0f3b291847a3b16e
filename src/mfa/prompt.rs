//! The prompt for a code, on the controlling terminal itself: it works while standard input, output and error are pipes.
//!
//! The code is not echoed. Whatever ends the prompt, the terminal gets its settings back: the guard restores them on the way
//! out, and the signal handlers of [`crate::signals`] do when the process is ended or stopped.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;

use nix::sys::termios::{LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::checked_code;
use crate::error::Error;
use crate::secret::Secret;
use crate::signals;

/// How often something that is no code is asked for again, before anything is sent.
const TRIES: usize = 3;

/// Asks for the code of a device.
///
/// # Errors
/// No terminal, or no code from it.
pub fn ask(serial: &str, printing: bool) -> Result<Secret, Error> {
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| no_terminal(serial))?;
    let prompt = format!("assume-env: MFA code of {}: ", crate::tty::clean(serial));
    let quiet = Quiet::start(tty, printing, &prompt).map_err(|_| no_terminal(serial))?;
    for _ in 0..TRIES {
        quiet.write(&prompt);
        let line = quiet.read_line().map_err(|why| Error::CodeUnreadable { why })?;
        quiet.write("\r\n");
        match line {
            None => break,
            Some(line) => match checked_code(&line) {
                Ok(code) => return Ok(code),
                Err(_) => quiet.write("a code is six digits\r\n"),
            },
        }
    }
    Err(Error::BadCode { typed_as_flag: false })
}

fn no_terminal(serial: &str) -> Error {
    Error::NoTerminal { serial: serial.to_owned() }
}

/// A terminal that does not echo, until this is dropped.
struct Quiet {
    tty: File,
    before: Termios,
}

impl Quiet {
    fn start(tty: File, printing: bool, prompt: &str) -> nix::Result<Self> {
        let before = tcgetattr(&tty)?;
        let mut quiet = before.clone();
        quiet
            .local_flags
            .remove(LocalFlags::ECHO | LocalFlags::ECHOE | LocalFlags::ECHOK | LocalFlags::ECHONL);
        quiet.local_flags.insert(LocalFlags::ICANON | LocalFlags::ISIG);
        if printing {
            // Stopped inside $(…), the program would hang the shell for good, or not stop at all: fish, nested zsh and mksh do
            // the one, bash and dash the other.
            quiet.control_chars[SpecialCharacterIndices::VSUSP as usize] = 0;
        }
        signals::guard_terminal(tty.as_fd(), &before, &quiet, (!printing).then_some(prompt));
        // What was typed before the prompt was not meant for it.
        tcsetattr(&tty, SetArg::TCSAFLUSH, &quiet)?;
        Ok(Self { tty, before })
    }

    fn write(&self, text: &str) {
        let _ = (&self.tty).write_all(text.as_bytes());
    }

    /// A line, or `None` at the end of input (Ctrl-D).
    fn read_line(&self) -> std::io::Result<Option<Zeroizing<String>>> {
        let mut line = Zeroizing::new(String::with_capacity(128));
        let mut byte = [0_u8];
        loop {
            if (&self.tty).read(&mut byte)? == 0 {
                return Ok((!line.is_empty()).then_some(line));
            }
            match byte[0] {
                b'\n' | b'\r' => return Ok(Some(line)),
                // Far more than a code; what is typed on goes nowhere.
                _ if line.len() >= 64 => {}
                b => line.push(char::from(b)),
            }
        }
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.tty, SetArg::TCSAFLUSH, &self.before);
        signals::release_terminal();
    }
}

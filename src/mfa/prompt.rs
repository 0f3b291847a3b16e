//! The prompt for a code, on the controlling terminal: it works while standard input, output and error are
//! pipes.
//!
//! The code is not echoed. The terminal settings must be restored in every case: the guard restores them
//! when it is dropped, and the signal handlers of [`crate::sys::signals`] when the process is ended or
//! stopped.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use nix::libc;
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::common::credentials::Secret;
use crate::common::redact;
use crate::common::text;
use crate::mfa::code::checked_code;
use crate::mfa::error::Error;
use crate::mfa::read;
use crate::sys::tty_lock::{self, Holder};
use crate::sys::{foreground, signals};

/// The largest number of tries at one prompt. No request is sent before a text is six digits.
const TRIES: usize = 3;

/// A wait for the terminal that is longer than this is explained.
const SILENT_WAIT: Duration = Duration::from_secs(1);

/// Asks for the code of a device.
///
/// # Errors
/// No terminal is available, it cannot be read, or none of the typed texts is a code.
pub(crate) fn ask(serial: &str, printing: bool) -> Result<Secret, Error> {
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| no_terminal(serial))?;
    let prompt = format!("assume-env: MFA code of {}: ", text::clean(&redact::shown(serial)));
    let terminal = QuietTerminal::start(tty, printing, &prompt).map_err(|_| no_terminal(serial))?;
    for _ in 0..TRIES {
        terminal.write(&prompt);
        let line = terminal.read_line().map_err(|why| Error::Unreadable { why })?;
        terminal.write("\n");
        match line {
            None => break,
            Some(line) => match checked_code(&line) {
                Ok(code) => return Ok(code),
                Err(_) => terminal.write("a code is six digits\n"),
            },
        }
    }
    Err(Error::BadCode { typed_as_flag: false })
}

fn no_terminal(serial: &str) -> Error {
    Error::NoTerminal { serial: serial.to_owned() }
}

/// A terminal that does not echo, until this is dropped.
struct QuietTerminal {
    tty: File,
    before: Termios,
}

/// Takes the lock of the terminal. After a second, a line says for which program it waits.
fn lock_or_say(tty: &File) {
    if !tty_lock::lock_within(SILENT_WAIT) {
        say_for_whom(tty);
        tty_lock::lock();
    }
}

/// Says for which program the prompt waits. Another process of this program needs no words: its prompt is on the
/// terminal.
fn say_for_whom(mut tty: &File) {
    let program = match tty_lock::holder() {
        Holder::SameProgram => return,
        Holder::Other(name, id) => format!("{name} (process {id})"),
        Holder::Unknown => "another program".to_owned(),
    };
    let line =
        format!("assume-env: waiting for {program}, which has a lock on this terminal; Ctrl-C ends the wait");
    let _ = tty.write_all(format!("\r{}\r\n", text::clean(&redact::shown(&line))).as_bytes());
}

impl QuietTerminal {
    fn start(tty: File, printing: bool, prompt: &str) -> nix::Result<Self> {
        tty_lock::find();
        foreground::wait_for_turn(&tty, || lock_or_say(&tty))?;
        let before = tcgetattr(&tty)?;
        // The settings are changed in the `termios` of libc, because the `Termios` of nix applies a change
        // only in `tcsetattr`, and the signal handlers need the changed settings earlier.
        let mut raw: libc::termios = before.clone().into();
        raw.c_lflag &= !(libc::ECHO | libc::ECHOE | libc::ECHOK | libc::ECHONL);
        raw.c_lflag |= libc::ICANON | libc::ISIG;
        raw.c_iflag |= libc::ICRNL;
        if printing {
            // Ctrl-Z in $(…) would make the shell hang for ever (fish, nested zsh, mksh), or would not stop
            // the program (bash, dash).
            raw.c_cc[libc::VSUSP] = 0;
        }
        let quiet = Termios::from(raw);
        signals::guard_terminal(tty.as_fd(), &before, &quiet, (!printing).then_some(prompt));
        // Input that was typed before the prompt is dropped, because it is not an answer to the prompt.
        tcsetattr(&tty, SetArg::TCSAFLUSH, &quiet)?;
        Ok(Self { tty, before })
    }

    fn write(&self, text: &str) {
        let _ = (&self.tty).write_all(text.as_bytes());
    }

    /// A line, or `None` at the end of input (Ctrl-D).
    fn read_line(&self) -> std::io::Result<Option<Zeroizing<String>>> {
        read::read_line(|byte| (&self.tty).read(byte))
    }
}

impl Drop for QuietTerminal {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.tty, SetArg::TCSAFLUSH, &self.before);
        signals::release_terminal();
    }
}

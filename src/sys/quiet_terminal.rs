//! The controlling terminal while it does not echo, for a prompt: it works while standard input, output and error
//! are pipes.
//!
//! The terminal settings must be restored in every case: the guard restores them when it is dropped, and the
//! signal handlers of [`crate::sys::signals`] when the process is ended or stopped. One process asks at a time.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use nix::libc;
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};

use crate::common::redact;
use crate::common::text;
use crate::sys::tty_lock::{self, Holder};
use crate::sys::{foreground, signals};

/// A wait for the terminal that is longer than this is explained.
const SILENT_WAIT: Duration = Duration::from_secs(1);

/// A terminal that does not echo, until this is dropped.
pub(crate) struct QuietTerminal {
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

/// Whether there is a terminal that this process can ask on without being stopped: it is not a job in the background.
pub(crate) fn is_at_hand() -> bool {
    File::open("/dev/tty").is_ok_and(foreground::is_soon)
}

impl QuietTerminal {
    /// Waits until this process can ask, and switches the echo off. `printing`: a shell waits for the output of
    /// this program, so Ctrl-Z has no effect. Otherwise, `prompt` is shown again after a stop.
    ///
    /// # Errors
    /// There is no terminal, or it cannot be used.
    pub(crate) fn open(printing: bool, prompt: &str) -> std::io::Result<Self> {
        let tty = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        Ok(Self::start(tty, printing, prompt)?)
    }

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

    /// Writes a text without secrets.
    pub(crate) fn write(&self, text: &str) {
        let _ = (&self.tty).write_all(text.as_bytes());
    }

    /// Reads what was typed; 0 bytes at the end of input (Ctrl-D).
    ///
    /// # Errors
    /// The terminal cannot be read.
    pub(crate) fn read(&self, bytes: &mut [u8]) -> std::io::Result<usize> {
        (&self.tty).read(bytes)
    }
}

impl Drop for QuietTerminal {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.tty, SetArg::TCSAFLUSH, &self.before);
        signals::release_terminal();
    }
}

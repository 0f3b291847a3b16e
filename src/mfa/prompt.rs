//! The prompt for a code, on the controlling terminal itself: it works while standard input, output and error are pipes.
//!
//! The code is not echoed. Whatever ends the prompt, the terminal gets its settings back: the guard restores them on the way
//! out, and the signal handlers of [`crate::sys::signals`] do when the process is ended or stopped.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, raise};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{getpgrp, tcgetpgrp};
use zeroize::Zeroizing;

use super::checked_code;
use crate::common::credentials::Secret;
use crate::mfa::error::Error;
use crate::sys::signals;
use crate::sys::tty_lock;

/// How often something that is no code is asked for again, before anything is sent.
const TRIES: usize = 3;

/// How often is looked whether the terminal is ours; a second in all, when nothing stops us.
const LOOKS: usize = 200;
const BETWEEN_LOOKS: Duration = Duration::from_millis(5);

/// Asks for the code of a device.
///
/// # Errors
/// No terminal, or no code from it.
pub fn ask(serial: &str, printing: bool) -> Result<Secret, Error> {
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(|_| no_terminal(serial))?;
    let prompt = format!("assume-env: MFA code of {}: ", crate::common::text::clean(serial));
    let quiet = Quiet::start(tty, printing, &prompt).map_err(|_| no_terminal(serial))?;
    for _ in 0..TRIES {
        quiet.write(&prompt);
        let line = quiet.read_line().map_err(|why| Error::Unreadable { why })?;
        quiet.write("\n");
        match line {
            None => break,
            Some(line) => match checked_code(&line) {
                Ok(code) => return Ok(code),
                Err(_) => quiet.write("a code is six digits\n"),
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

/// A command that was started in the background stops until it is brought to the front: until then the terminal is the shell's,
/// with settings that are no good to ask with or to come back to. Not every shell has brought a program to the front by the
/// time that it starts: xonsh 0.25 does so a little later, and the stop does not reach its `$(…)`.
fn wait_for_foreground(tty: &File) -> nix::Result<()> {
    for _ in 0..LOOKS {
        if tcgetpgrp(tty)? == getpgrp() {
            return Ok(());
        }
        raise(Signal::SIGTTIN)?;
        std::thread::sleep(BETWEEN_LOOKS);
    }
    // Nobody can bring it to the front.
    Err(Errno::ENOTTY)
}

/// Another program may be asking on the same terminal: then this one waits until that has its code. The lock is never held in
/// the background, where its holder would stand still.
fn wait_for_turn(tty: &File) -> nix::Result<()> {
    tty_lock::find();
    loop {
        wait_for_foreground(tty)?;
        tty_lock::lock();
        if tcgetpgrp(tty)? == getpgrp() {
            return Ok(());
        }
        tty_lock::unlock();
    }
}

impl Quiet {
    fn start(tty: File, printing: bool, prompt: &str) -> nix::Result<Self> {
        wait_for_turn(&tty)?;
        let before = tcgetattr(&tty)?;
        // Changed in the system's own form: nix's form takes changes over only when it is set, and the signal handlers need them.
        let mut raw: libc::termios = before.clone().into();
        raw.c_lflag &= !(libc::ECHO | libc::ECHOE | libc::ECHOK | libc::ECHONL);
        raw.c_lflag |= libc::ICANON | libc::ISIG;
        raw.c_iflag |= libc::ICRNL;
        if printing {
            // Stopped inside $(…), the program would hang the shell for good, or not stop at all: fish, nested zsh and mksh do
            // the one, bash and dash the other.
            raw.c_cc[libc::VSUSP] = 0;
        }
        let quiet = Termios::from(raw);
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
        super::read_line(|byte| (&self.tty).read(byte))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.tty, SetArg::TCSAFLUSH, &self.before);
        signals::release_terminal();
    }
}

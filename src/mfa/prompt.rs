//! The prompt for a code, on the controlling terminal: it works while standard input, output and error are
//! pipes. The code is not echoed.

use std::io::Error as IoError;

use crate::common::credentials::Secret;
use crate::common::redact;
use crate::common::text;
use crate::mfa::code::checked_code;
use crate::mfa::error::Error;
use crate::mfa::read;
use crate::sys::quiet_terminal::QuietTerminal;

/// The largest number of tries at one prompt. No request is sent before a text is six digits.
const TRIES: usize = 3;

/// Asks for the code of a device.
///
/// # Errors
/// No terminal is available, it cannot be read, or none of the typed texts is a code.
pub(crate) fn ask(serial: &str, printing: bool) -> Result<Secret, Error> {
    let prompt = format!("assume-env: MFA code of {}: ", text::clean(&redact::shown(serial)));
    let no_terminal = |_: IoError| Error::NoTerminal { serial: serial.to_owned() };
    let terminal = QuietTerminal::open(printing, &prompt).map_err(no_terminal)?;
    for _ in 0..TRIES {
        terminal.write(&prompt);
        let line = read::read_line(|byte| terminal.read(byte)).map_err(|why| Error::Unreadable { why })?;
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

//! Printing the text that drops the MFA session of a shell.

use std::ffi::OsString;

use crate::commands::destination::Destination;
use crate::common::mfa_session::MfaSessionUpdate;
use crate::common::report::Report;
use crate::sys::stdout;

/// Prints the text.
///
/// # Errors
/// A text that the calling shell cannot evaluate; a full output.
pub(super) fn run(to: &Destination<'_>, typed: &[OsString]) -> Result<u8, Report> {
    to.check_dialect(typed)?;
    stdout::answer(&to.text(&[], MfaSessionUpdate::Drop)?)?;
    Ok(0)
}

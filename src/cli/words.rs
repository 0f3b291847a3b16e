//! Single words of the command line.

use std::ffi::OsString;

use zeroize::Zeroizing;

use crate::cli::args::Flag;
use crate::cli::error::Error;

/// The arguments without the flag that chooses the format, for a message that suggests another line to type.
pub fn without_format(args: &[OsString]) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = args.iter().map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        match word.as_str() {
            "-f" | "--format" => drop(words.next()),
            joined if joined.starts_with("-f") || joined.starts_with("--format=") => {}
            _ => kept.push(word),
        }
    }
    kept
}

/// The value of a flag, which may be an MFA code. A `--` is never a value: the command begins there.
///
/// # Errors
/// A value that is missing or not UTF-8.
pub(crate) fn value_of(parser: &mut lexopt::Parser, flag: &'static Flag) -> Result<Zeroizing<String>, Error> {
    let missing = || Error::MissingValue { flag: flag.name, metavar: flag.metavar() };
    if let Some(rest) = parser.try_raw_args()
        && rest.peek().is_none_or(|next| next == "--")
    {
        return Err(missing());
    }
    utf8(parser.value().map_err(|_| missing())?, flag.name).map(Zeroizing::new)
}

/// A word as text.
///
/// # Errors
/// A word that is not UTF-8; `what` names it.
pub(crate) fn utf8(word: OsString, what: &'static str) -> Result<String, Error> {
    word.into_string().map_err(|_| Error::NotUtf8 { what })
}

//! MFA codes and devices: where a code comes from, and which texts are valid.
//!
//! Follows the STS API reference: `TokenCode` is six digits, `SerialNumber` 9 to 256 of `[\w+=/:,.@-]`. A
//! code works once, so a text that cannot be a code is never sent. No code and no command line is ever shown:
//! a command may contain the seed.

use std::fmt;

use crate::common::credentials::Secret;
use crate::common::invalid_value::{InvalidValue, Rule};
use crate::common::origin::{Located, Origin};
use crate::common::text;
use crate::mfa::error::Error;

/// Where a code comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum CodeSource {
    /// `--mfa-token CODE`: the code itself.
    Code(Secret),
    /// `--mfa-token -`: a line of standard input.
    Stdin,
    /// A command that prints the code.
    Process(Located<String>),
    /// A prompt on the terminal.
    Prompt,
}

impl fmt::Display for CodeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(_) => f.write_str("--mfa-token"),
            Self::Stdin => f.write_str("standard input (--mfa-token -)"),
            Self::Process(command) => {
                write!(f, "the command {} ({})", text::without_arguments(&command.value), command.origin)
            }
            Self::Prompt => f.write_str("a prompt on the terminal"),
        }
    }
}

impl fmt::Debug for CodeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Checks the name of a device (STS, `SerialNumber`).
///
/// # Errors
/// The text cannot be a serial number or an ARN, or it is the ARN of a security key, which shows no codes.
pub(crate) fn checked_serial(text: &str, origin: Origin) -> Result<String, InvalidValue> {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=/:,.@-".contains(&b);
    if !(9..=256).contains(&text.len()) || !text.bytes().all(is_allowed) {
        return Err(InvalidValue::new(text, origin, Rule::MfaSerial));
    }
    if text.contains(":u2f/") {
        return Err(InvalidValue::new(text, origin, Rule::MfaWithCodes));
    }
    Ok(text.to_owned())
}

/// Checks a code: six digits. Many apps show blanks between them, which a paste brings along.
///
/// # Errors
/// Any other text. The message does not repeat it.
pub(crate) fn checked_code(text: &str) -> Result<Secret, Error> {
    let is_blank = |c: &char| matches!(c, ' ' | '\t' | '\u{a0}' | '\u{2009}' | '\u{202f}');
    let digits = || text.trim().chars().filter(|c| !is_blank(c));
    if digits().count() == 6 && digits().all(|c| c.is_ascii_digit()) {
        Ok(Secret::new(digits().collect()))
    } else {
        Err(Error::BadCode { typed_as_flag: false })
    }
}

/// The seconds until the device shows its next code. A code is valid for 30 seconds (RFC 6238, its default
/// time step). `now` is in seconds since 1970, UTC.
pub(crate) fn until_next_code(now: i64) -> i64 {
    30 - now.rem_euclid(30)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_six_digits() {
        assert!(checked_code("123456").is_ok() && checked_code(" 123456\n").is_ok());
        for pasted in ["123 456", " 12 34 56 ", "123\u{a0}456", "1 2 3 4 5 6", "123\t456\n", "123\u{202f}456"]
        {
            assert_eq!(checked_code(pasted).unwrap().expose(), "123456", "{pasted}");
        }
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６", "12 456", "123\n456", "123 4567"]
        {
            assert!(checked_code(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_code_source_shows_neither_code_nor_seed() {
        for source in [
            CodeSource::Code(Secret::new("123456".into())),
            CodeSource::Process(Located::new("oathtool 123456".into(), Origin::Default)),
            CodeSource::Process(Located::new("SEED=123456 oathtool".into(), Origin::Default)),
            CodeSource::Process(Located::new("SEED='a 123456' oathtool".into(), Origin::Default)),
        ] {
            assert!(!format!("{source:?} {source}").contains("123456"));
        }
    }

    #[test]
    fn serial_numbers_follow_the_rule_of_sts() {
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
    fn the_next_code_is_at_most_half_a_minute_away() {
        assert_eq!((until_next_code(0), until_next_code(29), until_next_code(31)), (30, 1, 29));
    }
}

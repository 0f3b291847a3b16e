//! Lengths of time as people write and read them: `900`, `15m`, `1h30m`, `12h` in, `16m 40s` out.
//!
//! [`SessionLength`] is a type of its own, because STS accepts only 900 to 43200 seconds (AssumeRole,
//! `DurationSeconds`): before the call, only the limits of the role and of role chaining remain to be
//! checked.

use std::fmt;

/// The shortest session that STS creates, in seconds.
pub(crate) const SHORTEST: u32 = 900;
/// The longest session that AssumeRole creates for any role, in seconds.
pub(crate) const LONGEST: u32 = 43_200;
/// The longest session of a role that was assumed with temporary keys, in seconds.
pub(crate) const LONGEST_CHAINED: u32 = 3_600;

/// The length of a session, in seconds: 900 to 43200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionLength(u32);

/// Why a text is not a [`SessionLength`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidDuration {
    /// Not a length of time.
    Unreadable,
    /// Shorter than 900 seconds.
    TooShort,
    /// Longer than 43200 seconds.
    TooLong,
}

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "is not a time such as 900, 15m, 1h30m or 12h",
            Self::TooShort => "is shorter than 900 seconds (15m), the minimum of STS",
            Self::TooLong => "is longer than 43200 seconds (12h), the maximum of STS",
        })
    }
}

impl SessionLength {
    /// Reads `900`, `15m`, `1h30m` or `12h`.
    ///
    /// # Errors
    /// The text is not a length of time, or STS does not accept this length.
    pub fn parse(text: &str) -> Result<Self, InvalidDuration> {
        let seconds = parse_seconds(text).ok_or(InvalidDuration::Unreadable)?;
        match u32::try_from(seconds) {
            Ok(s) if s < SHORTEST => Err(InvalidDuration::TooShort),
            Ok(s) if s <= LONGEST => Ok(Self(s)),
            _ => Err(InvalidDuration::TooLong),
        }
    }

    /// The length in seconds.
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SessionLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&human(i64::from(self.0)))
    }
}

/// Reads plain seconds (`900`), or units from large to small, each at most once (`1h30m`, `45m`, `20s`).
/// `None` for any other text.
pub(crate) fn parse_seconds(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let mut units = [('h', 3600_u64), ('m', 60), ('s', 1)].into_iter();
    let (mut total, mut rest) = (0_u64, text);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let unit = rest[digits..].chars().next()?;
        let (_, size) = units.find(|(name, _)| *name == unit)?;
        let count: u64 = rest[..digits].parse().ok()?;
        total = total.checked_add(count.checked_mul(size)?)?;
        rest = &rest[digits + 1..];
    }
    (!text.is_empty()).then_some(total)
}

/// Seconds for people, with the two largest units: `16m 40s`, `1h 5m`, `12h`, `40s`.
pub(crate) fn human(seconds: i64) -> String {
    let (h, m, s) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    let (large, small) = match (h, m) {
        (0, 0) => return format!("{s}s"),
        (0, m) => (format!("{m}m"), (s > 0).then(|| format!("{s}s"))),
        (h, m) => (format!("{h}h"), (m > 0).then(|| format!("{m}m"))),
    };
    match small {
        Some(small) => format!("{large} {small}"),
        None => large,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_units_are_read() {
        for (text, seconds) in
            [("900", 900), ("15m", 900), ("1h30m", 5400), ("12h", 43200), ("1h", 3600), ("20m30s", 1230)]
        {
            assert_eq!(SessionLength::parse(text).unwrap().seconds(), seconds, "{text}");
        }
    }

    #[test]
    fn a_length_that_sts_rejects_is_an_error() {
        for (text, why) in [
            ("899", InvalidDuration::TooShort),
            ("43201", InvalidDuration::TooLong),
            ("13h", InvalidDuration::TooLong),
            ("1x", InvalidDuration::Unreadable),
            ("-5", InvalidDuration::Unreadable),
            ("", InvalidDuration::Unreadable),
            ("h", InvalidDuration::Unreadable),
            ("30m1h", InvalidDuration::Unreadable),
            ("1h1h", InvalidDuration::Unreadable),
            ("1é", InvalidDuration::Unreadable),
            ("99999999999999999999", InvalidDuration::Unreadable),
            ("99999999999h", InvalidDuration::TooLong),
        ] {
            assert_eq!(SessionLength::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn the_two_largest_units_are_written() {
        for (seconds, text) in
            [(1000, "16m 40s"), (40, "40s"), (0, "0s"), (3600, "1h"), (3900, "1h 5m"), (43199, "11h 59m")]
        {
            assert_eq!(human(seconds), text);
        }
    }
}

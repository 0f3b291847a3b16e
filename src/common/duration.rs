//! Lengths of time as people write and read them: `900`, `15m`, `1h30m`, `12h` in, `16m 40s` out.
//!
//! [`SessionLength`] is a type of its own, because STS takes only 900 to 43200 seconds (AssumeRole, `DurationSeconds`):
//! a value of this type needs no further check before the call, but for the limits of the role and of chaining.

use std::fmt;

/// The shortest session that STS gives, in seconds.
pub const SHORTEST: u32 = 900;
/// The longest session that AssumeRole gives to any role, in seconds.
pub const LONGEST: u32 = 43_200;
/// The longest session of a role that was assumed with temporary keys, in seconds.
pub const LONGEST_CHAINED: u32 = 3_600;

/// How long a session is to last, in seconds: 900 to 43200.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionLength(u32);

/// Why a text is not a [`SessionLength`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidDuration {
    /// Not a time at all.
    Unreadable,
    /// A time, yet under 900 seconds.
    TooShort,
    /// A time, yet over 43200 seconds.
    TooLong,
}

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable => "is not a time such as 900, 15m, 1h30m or 12h",
            Self::TooShort => "is under the 900 seconds (15m) that STS gives at least",
            Self::TooLong => "is over the 43200 seconds (12h) that STS gives at most",
        })
    }
}

impl SessionLength {
    /// Reads `900`, `15m`, `1h30m` or `12h`.
    ///
    /// # Errors
    /// When the text is no time, or one that STS does not accept.
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

/// Reads plain seconds (`900`) or units in falling order, each at most once (`1h30m`, `45m`, `20s`). `None` when it is neither.
pub fn parse_seconds(text: &str) -> Option<u64> {
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

/// Seconds as a person reads them, with the two largest units: `16m 40s`, `1h 5m`, `12h`, `40s`.
pub fn human(seconds: i64) -> String {
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
    fn reads_what_people_write() {
        for (text, seconds) in
            [("900", 900), ("15m", 900), ("1h30m", 5400), ("12h", 43200), ("1h", 3600), ("20m30s", 1230)]
        {
            assert_eq!(SessionLength::parse(text).unwrap().seconds(), seconds, "{text}");
        }
    }

    #[test]
    fn refuses_what_sts_would_refuse() {
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
    fn writes_the_two_largest_units() {
        for (seconds, text) in
            [(1000, "16m 40s"), (40, "40s"), (0, "0s"), (3600, "1h"), (3900, "1h 5m"), (43199, "11h 59m")]
        {
            assert_eq!(human(seconds), text);
        }
    }
}

//! The time: now, as this machine has it, and how a moment is written for a person or a program.

use std::time::{SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// Now, in epoch seconds (UTC).
pub fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(_) => 0,
    }
}

/// A moment in the user's time zone, or in UTC where the system does not tell the zone.
fn in_zone(seconds: i64) -> OffsetDateTime {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let offset = UtcOffset::local_offset_at(moment).unwrap_or(UtcOffset::UTC);
    // The last hours of the year 9999 have no local form in the east.
    moment.checked_to_offset(offset).unwrap_or(moment)
}

/// `2026-11-23 13:14:15`, in the user's time zone.
pub fn local(seconds: i64) -> String {
    let t = in_zone(seconds);
    let (year, month, day) = t.to_calendar_date();
    let (hour, minute, second) = t.to_hms();
    format!("{year}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02}", u8::from(month))
}

/// `2026-11-23 13:14:15 +01:00`, in the user's time zone.
pub fn local_with_offset(seconds: i64) -> String {
    let (hours, minutes, _) = in_zone(seconds).offset().as_hms();
    let sign = if hours < 0 || minutes < 0 { '-' } else { '+' };
    format!("{} {sign}{:02}:{:02}", local(seconds), hours.abs(), minutes.abs())
}

/// `2026-11-23T12:14:15Z`.
pub fn utc(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(&Rfc3339).unwrap_or_default()
}

/// Reads `2026-11-23T12:14:15Z`, whatever its offset, into UTC; `None` for a time that cannot be written so, which one in the
/// last hours of the year 9999 need not be.
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)
}

//! The time of this machine, and the texts of a point in time for people and for programs.

use std::time::{SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// Now, in epoch seconds (UTC); 0 for a clock before 1970.
pub fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(_) => 0,
    }
}

/// The time in the user's time zone, or in UTC if the system does not give the zone.
fn in_zone(seconds: i64) -> OffsetDateTime {
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let offset = UtcOffset::local_offset_at(time).unwrap_or(UtcOffset::UTC);
    // East of Greenwich, the last hours of the year 9999 (UTC) are in the year 10000.
    time.checked_to_offset(offset).unwrap_or(time)
}

/// `2026-11-23 13:14:15`, in the user's time zone. `seconds` are epoch seconds.
pub fn local(seconds: i64) -> String {
    let t = in_zone(seconds);
    let (year, month, day) = t.to_calendar_date();
    let (hour, minute, second) = t.to_hms();
    format!("{year}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02}", u8::from(month))
}

/// `2026-11-23 13:14:15 +01:00`, in the user's time zone. `seconds` are epoch seconds.
pub fn local_with_offset(seconds: i64) -> String {
    let (hours, minutes, _) = in_zone(seconds).offset().as_hms();
    let sign = if hours < 0 || minutes < 0 { '-' } else { '+' };
    format!("{} {sign}{:02}:{:02}", local(seconds), hours.abs(), minutes.abs())
}

/// `2026-11-23T12:14:15Z`. `seconds` are epoch seconds.
pub fn utc(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).unwrap_or_default()
}

/// Reads an RFC 3339 time such as `2026-11-23T12:14:15Z`, with any offset, and converts it to UTC. `None` for
/// any other text, and for a time of which the year is above 9999 in UTC.
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC)
}

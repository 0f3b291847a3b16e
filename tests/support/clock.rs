//! Dates as the services write them. The `time` crate does the arithmetic; the four layouts are
//! written out here, because each is fixed by a document: SigV4 (basic ISO 8601), STS and S3
//! (extended ISO 8601 in UTC), HTTP (RFC 9110, IMF-fixdate).

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// `20261123T121314Z`, as in `X-Amz-Date` and in the messages about a clock.
pub fn basic(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// `2026-11-23T12:13:14Z`, as in an answer's `Expiration`.
pub fn extended(at: OffsetDateTime) -> String {
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// `Mon, 23 Nov 2026 12:13:14 GMT`, as in the `Date` header.
pub fn http(at: OffsetDateTime) -> String {
    let weekday = at.weekday().to_string();
    let month = at.month().to_string();
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        &weekday[..3],
        at.day(),
        &month[..3],
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Reads `20261123T121314Z`; anything else is `None`.
pub fn parse_basic(text: &str) -> Option<OffsetDateTime> {
    let digits = text.strip_suffix('Z')?;
    let (day, second) = digits.split_once('T')?;
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if day.len() != 8 || second.len() != 6 || !numeric(day) || !numeric(second) {
        return None;
    }
    let date = Date::from_calendar_date(
        day[..4].parse().ok()?,
        Month::try_from(day[4..6].parse::<u8>().ok()?).ok()?,
        day[6..].parse().ok()?,
    )
    .ok()?;
    let time =
        Time::from_hms(second[..2].parse().ok()?, second[2..4].parse().ok()?, second[4..].parse().ok()?)
            .ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_utc())
}

//! The time of this machine, and the texts of a point in time for people and for programs.

use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Now, in epoch seconds (UTC); 0 for a clock before 1970.
pub(crate) fn now() -> i64 {
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
pub(crate) fn local(seconds: i64) -> String {
    let t = in_zone(seconds);
    let (year, month, day) = t.to_calendar_date();
    let (hour, minute, second) = t.to_hms();
    format!("{year}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02}", u8::from(month))
}

/// `2026-11-23 13:14:15 +01:00`, in the user's time zone. `seconds` are epoch seconds.
pub(crate) fn local_with_offset(seconds: i64) -> String {
    let (hours, minutes, _) = in_zone(seconds).offset().as_hms();
    let sign = if hours < 0 || minutes < 0 { '-' } else { '+' };
    format!("{} {sign}{:02}:{:02}", local(seconds), hours.abs(), minutes.abs())
}

/// `2026-11-23T12:14:15Z`. `seconds` are epoch seconds.
pub(crate) fn utc(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).unwrap_or_default()
}

/// Reads a time such as `2026-11-23T12:14:15Z` and converts it to UTC: RFC 3339 and the forms of ISO 8601
/// that dateutil reads, which is the parser of botocore. Date and time may have no separators
/// (`20261123T121415Z`), seconds may be missing, and the offset may be `+0000`, `+00`, `UTC` or `GMT`. `None`
/// for any other text, for a time without an offset, and for a time of which the year is above 9999 in UTC.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    let (date, rest) = date_of(text.trim())?;
    let start = rest.find(|c: char| !c.is_ascii_digit() && !":.,".contains(c)).unwrap_or(rest.len());
    let (time, offset) = rest.split_at(start);
    PrimitiveDateTime::new(date, time_of(time)?)
        .assume_offset(offset_of(offset.trim_start())?)
        .checked_to_offset(UtcOffset::UTC)
        .filter(|time| (0..=9999).contains(&time.year()))
}

/// `2026-11-23`, `2026/11/23` or `20261123`, and the text after it and its separator.
fn date_of(text: &str) -> Option<(Date, &str)> {
    let separator = text.get(4..5).filter(|separator| ["-", "/"].contains(separator));
    let (year, month, day, rest) = match separator {
        Some(separator) if text.get(7..8) == Some(separator) => {
            (text.get(..4)?, text.get(5..7)?, text.get(8..10)?, text.get(10..)?)
        }
        Some(_) => return None,
        None => (text.get(..4)?, text.get(4..6)?, text.get(6..8)?, text.get(8..)?),
    };
    let month = Month::try_from(number::<u8>(month)?).ok()?;
    let date = Date::from_calendar_date(number(year)?, month, number(day)?).ok()?;
    let rest = match rest.strip_prefix(['T', 't']) {
        Some(rest) => rest,
        None if rest.starts_with(' ') || separator.is_none() => rest.trim_start(),
        None => return None,
    };
    Some((date, rest))
}

/// `12:14:15.5`, `121415` or `12:14`. A fraction of a second is dropped.
fn time_of(text: &str) -> Option<Time> {
    let (text, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let is_plain = text.len() > 2 && !text.contains(':');
    let step = if is_plain { 2 } else { 3 };
    let part = |i: usize| match text.get(i * step..i * step + 2) {
        Some(digits) => number(digits),
        None => (i > 0 && text.len() < i * step + usize::from(is_plain)).then_some(0),
    };
    let colons_fit = is_plain || text.bytes().enumerate().all(|(i, b)| (b == b':') == (i % 3 == 2));
    if !colons_fit || text.len() > 3 * step - usize::from(!is_plain) {
        return None;
    }
    Time::from_hms(part(0)?, part(1)?, part(2)?).ok()
}

/// `Z`, `UTC`, `GMT`, `+01:00`, `+0100` or `+01`.
fn offset_of(text: &str) -> Option<UtcOffset> {
    if ["Z", "z", "UTC", "GMT"].contains(&text) {
        return Some(UtcOffset::UTC);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = match text.len() {
        3 => (&text[1..], "0"),
        5 => (text.get(1..3)?, text.get(3..)?),
        6 if text.as_bytes()[3] == b':' => (text.get(1..3)?, text.get(4..)?),
        _ => return None,
    };
    let (hours, minutes): (i8, i8) = (number(hours)?, number(minutes)?);
    (minutes < 60).then(|| UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()).flatten()
}

/// A number of ASCII digits alone.
fn number<T: FromStr>(digits: &str) -> Option<T> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outcomes are those of dateutil 2.9, botocore's parser.
    #[test]
    fn a_time_is_read_as_botocore_reads_it() {
        const NEW_YEAR: i64 = 4_070_908_800;
        for (text, seconds) in [
            ("2099-01-01T00:00:00Z", 0),
            ("2099-01-01t00:00:00z", 0),
            ("2099-01-01T00:00:00+0000", 0),
            ("2099-01-01T00:00:00+00", 0),
            ("2099-01-01T00:00:00 -0530", 19_800),
            ("2099-01-01T00:00:00+05:30", -19_800),
            ("20990101T000000Z", 0),
            ("20990101T0000Z", 0),
            ("20990101000000Z", 0),
            ("2099-01-01T000001Z", 1),
            ("20990101T00:00:01Z", 1),
            ("2099-01-01T00:01Z", 60),
            ("2099-01-01T01Z", 3600),
            ("2099-01-01T00:00:00UTC", 0),
            ("2099-01-01T00:00:00 UTC", 0),
            ("2099-01-01 00:00:00 GMT", 0),
            ("2099/01/01 00:00:00.123Z", 0),
            ("2099-01-01T00:00:00,5Z", 0),
            (" 2099-01-01T00:00:00Z ", 0),
        ] {
            let read = parse(text).map(OffsetDateTime::unix_timestamp);
            assert_eq!(read, Some(NEW_YEAR + seconds), "{text}");
        }
        for bad in [
            "",
            "soon",
            "4102444800",
            "2099-01-01",
            "2099-01-01T00:00:00",
            "2099-01-01T00:00:00EST",
            "2099-01-01T00:00:00 utc",
            "2099-01-01T24:00:00Z",
            "2099-01-01T00:00:60Z",
            "2099-13-01T00:00:00Z",
            "2099-02-29T00:00:00Z",
            "2099-001T00:00:00Z",
            "2099-01-01T00:00:00+05:30:10",
            "2099-01-01T00:00:00 +0000 UTC",
            "2099-01-01T0:0:0Z",
            "2099-01-01T00:00:Z",
            "2099-01-01T00:0000Z",
            "2099-01-01T00:00:00.Z",
            "2099-01-01X00:00:00Z",
            "+099-01-01T00:00:00Z",
            "2099-01-01T+1:00:00Z",
            "2099-01-01T00:00:00+0x00",
            "9999-12-31T23:59:59-01:00",
            "ü099-01-01T00:00:00Z",
            "2099-01-01T00:00:00ü",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}

//! The checks of an answer of STS, before any part of it is used.

use aws_sdk_sts::types::Credentials;
use time::OffsetDateTime;

use crate::common::credentials::{Secret, TemporaryKeys};
use crate::plan::RoleHop;

/// Checked credentials from STS.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The keys.
    pub keys: TemporaryKeys,
    /// When they expire, UTC.
    pub expires: OffsetDateTime,
    /// The ARN of a role's session; a session of a user has none.
    pub arn: Option<String>,
}

impl Answer {
    /// Checks an answer of AssumeRole or AssumeRoleWithWebIdentity. `now` is in epoch seconds (UTC).
    ///
    /// # Errors
    /// What is wrong with the answer, in words that follow a colon.
    pub(crate) fn of_role(
        credentials: Option<Credentials>,
        arn: Option<String>,
        hop: &RoleHop,
        now: i64,
    ) -> Result<Self, &'static str> {
        let answer = Self::of_user(credentials, now)?;
        let arn = arn.ok_or("it has no AssumedRoleUser")?;
        if !hop.role.value.has_session(&arn) || !arn.chars().all(|c| c.is_ascii_graphic()) {
            return Err("its AssumedRoleUser is not a session of the role that was asked for");
        }
        Ok(Self { arn: Some(arn), ..answer })
    }

    /// Checks an answer of GetSessionToken. `now` is in epoch seconds (UTC).
    ///
    /// # Errors
    /// What is wrong with the answer, in words that follow a colon.
    pub(crate) fn of_user(credentials: Option<Credentials>, now: i64) -> Result<Self, &'static str> {
        let credentials = credentials.ok_or("it has no Credentials")?;
        // First into types that wipe themselves, because each check can end here.
        let keys = TemporaryKeys {
            id: credentials.access_key_id,
            secret: Secret::new(credentials.secret_access_key),
            token: Secret::new(credentials.session_token),
        };
        if let Some(what) = keys.fault() {
            return Err(what);
        }
        Ok(Self { keys, expires: expiry(credentials.expiration.secs(), now)?, arn: None })
    }
}

/// The expiry of an answer. Both times are epoch seconds (UTC).
fn expiry(seconds: i64, now: i64) -> Result<OffsetDateTime, &'static str> {
    const BAD: &str = "its Expiration is missing or not a time";
    let time = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| BAD)?;
    match seconds {
        // The SDK gives the epoch for a missing element.
        ..=0 => Err(BAD),
        past if past <= now => {
            Err("its keys have expired already, unless the clock of this machine is wrong")
        }
        // RFC 3339 ends with the year 9999.
        _ if time.year() > 9999 => Err(BAD),
        _ => Ok(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_a_future_time_in_four_digits() {
        let now = 1_795_435_994;
        assert!(expiry(now + 1, now).is_ok());
        for bad in [0, -1, now, i64::MAX, 253_402_300_800] {
            assert!(expiry(bad, now).is_err(), "{bad}");
        }
    }
}

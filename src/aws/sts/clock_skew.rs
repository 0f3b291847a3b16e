//! How far the clock of this machine is off, by the date of each answer.
//!
//! The SDK signs again by the service's time when a signature was refused for its date. That makes the request work; but all that
//! is judged by this machine's clock, such as when keys expire, stays wrong, so somebody should hear of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_sts::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::common::clock;
use crate::common::duration::human;

/// What a slow answer or a lazy clock can make up, in seconds.
const TOLERATED: i64 = 5 * 60;

/// By how many seconds the service's clock is ahead of this machine's; zero while nothing is known. Its copies mean the same one.
#[derive(Clone, Debug, Default)]
pub struct ClockSkew(Arc<AtomicI64>);

impl ClockSkew {
    /// What to say about it, once; nothing while the clock is right.
    pub fn warning(&self) -> Option<String> {
        let ahead = self.0.swap(0, Ordering::Relaxed);
        let way = if ahead > 0 { "behind" } else { "ahead of" };
        (ahead.abs() > TOLERATED).then(|| {
            format!(
                "assume-env: the clock of this machine is {} {way} that of STS\n  set it (timedatectl set-ntp true): until then it is not known here when keys expire\n",
                human(ahead.abs())
            )
        })
    }

    fn note(&self, date: &str, now: i64) {
        if let Ok(date) = DateTime::from_str(date, Format::HttpDate) {
            self.0.store(date.secs().saturating_sub(now), Ordering::Relaxed);
        }
    }
}

impl Intercept for ClockSkew {
    fn name(&self) -> &'static str {
        "skew"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(date) = context.response().headers().get("date") {
            self.note(date, clock::now());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_once_and_by_how_much() {
        const NOON: i64 = 1_795_435_200;
        let said = |date: &str, now| {
            let skew = ClockSkew::default();
            skew.note(date, now);
            let said = skew.warning();
            assert!(skew.warning().is_none(), "once");
            said.unwrap_or_default()
        };
        let noon = "Mon, 23 Nov 2026 12:00:00 GMT";
        assert!(said(noon, NOON - 1200).contains("is 20m behind that of STS"));
        assert!(said(noon, NOON + 3661).contains("is 1h 1m ahead of that of STS"));
        for (date, now) in [(noon, NOON), (noon, NOON - 300), (noon, NOON + 300), ("soon", NOON), ("", NOON)]
        {
            assert_eq!(said(date, now), "", "{date}");
        }
    }
}

//! The difference between the clock of this machine and that of STS, from the date of each answer.
//!
//! After a refused signature, the SDK signs again with the service's time, so the request works with a wrong
//! clock. But this program compares expiry times with the clock of this machine, so a wrong clock needs a
//! warning.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_sts::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sts::error::BoxError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::common::clock;
use crate::common::duration::human;

/// The largest difference without a warning, in seconds: a slow answer can cause it.
const TOLERANCE: i64 = 5 * 60;

/// The largest difference that counts as none, in seconds.
const SLOW_ANSWER: i64 = 5;

/// The difference: how many seconds the service's clock is ahead of this machine's. Zero before the first
/// answer. Clones share one value.
#[derive(Clone, Debug, Default)]
pub struct ClockSkew(Arc<Difference>);

#[derive(Debug, Default)]
struct Difference {
    ahead: AtomicI64,
    /// The same, until there was a warning.
    without_warning: AtomicI64,
}

impl ClockSkew {
    /// How many seconds the service's clock is ahead; 0 if they are so few that a slow answer can cause them.
    pub(crate) fn ahead(&self) -> i64 {
        match self.0.ahead.load(Ordering::Relaxed) {
            ahead if ahead.abs() > SLOW_ANSWER => ahead,
            _ => 0,
        }
    }

    /// The warning, once; `None` while the clock is right.
    pub fn warning(&self) -> Option<String> {
        let ahead = self.0.without_warning.swap(0, Ordering::Relaxed);
        let direction = if ahead > 0 { "slow" } else { "fast" };
        (ahead.abs() > TOLERANCE).then(|| {
            format!(
                "assume-env: the clock of this machine is {} {direction}, compared with that of STS\n  set \
                 it (timedatectl set-ntp true): until then, expiry times are wrong on this machine\n",
                human(ahead.abs())
            )
        })
    }

    fn note(&self, date: &str, now: i64) {
        if let Ok(date) = DateTime::from_str(date, Format::HttpDate) {
            let ahead = date.secs().saturating_sub(now);
            self.0.ahead.store(ahead, Ordering::Relaxed);
            self.0.without_warning.store(ahead, Ordering::Relaxed);
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
    fn a_wrong_clock_causes_one_warning_with_the_difference() {
        const NOON: i64 = 1_795_435_200;
        let warning = |date: &str, now| {
            let skew = ClockSkew::default();
            skew.note(date, now);
            let warning = skew.warning();
            assert!(skew.warning().is_none(), "once");
            let ahead = skew.ahead();
            assert_eq!(ahead == 0, ahead.abs() <= SLOW_ANSWER, "{date}");
            warning.unwrap_or_default()
        };
        let noon = "Mon, 23 Nov 2026 12:00:00 GMT";
        assert!(warning(noon, NOON - 1200).contains("is 20m slow, compared with that of STS"));
        assert!(warning(noon, NOON + 3661).contains("is 1h 1m fast, compared with that of STS"));
        for (date, now) in [(noon, NOON), (noon, NOON - 300), (noon, NOON + 300), ("soon", NOON), ("", NOON)]
        {
            assert_eq!(warning(date, now), "", "{date}");
        }
    }
}

//! How long keys last, by two clocks. The clock of a machine can be set, and the keys still end when they end: so the smaller of
//! two answers counts, that of the wall clock and that of the time since the keys arrived, which goes on while the machine sleeps.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::common::clock;

/// The longest time before the expiry at which keys are renewed, in seconds. It is above the 15 minutes from which on botocore
/// asks once for each request.
const LONGEST_LEAD: i64 = 20 * 60;

/// A point in time on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Epoch seconds (UTC).
    pub wall: i64,
    /// Since the start of the machine, with the time in which it slept.
    pub boot: Duration,
}

impl Moment {
    /// Now.
    pub(super) fn now() -> Self {
        #[cfg(target_os = "linux")]
        const CLOCK: ClockId = ClockId::CLOCK_BOOTTIME;
        #[cfg(not(target_os = "linux"))]
        const CLOCK: ClockId = ClockId::CLOCK_MONOTONIC;
        let boot = clock_gettime(CLOCK).map_or(Duration::ZERO, Duration::from);
        Self { wall: clock::now(), boot }
    }

    /// The seconds of the second clock since an earlier moment.
    pub(super) fn since(&self, earlier: &Self) -> i64 {
        i64::try_from(self.boot.saturating_sub(earlier.boot).as_secs()).unwrap_or(i64::MAX)
    }
}

/// The life of keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lifetime {
    received: Moment,
    /// The seconds from then to the expiry.
    seconds: i64,
    /// How long before the expiry they are renewed, in seconds.
    lead: i64,
}

impl Lifetime {
    /// The life of keys that end at `expires`, in epoch seconds of a clock that is `ahead` seconds ahead of this machine's.
    /// `jitter`, from 0 to 255, makes the renewals of many helpers fall apart.
    pub(super) fn new(expires: i64, ahead: i64, received: Moment, jitter: u8) -> Self {
        let seconds = expires - (received.wall + ahead);
        let lead = LONGEST_LEAD.min(seconds / 3);
        // Up to a tenth less.
        let lead = lead - lead * i64::from(jitter) / 2560;
        Self { received, seconds, lead }
    }

    /// The seconds that are left, by the clock that says less; not positive when they have expired.
    pub(super) fn left(&self, now: Moment) -> i64 {
        let by_wall = self.seconds - (now.wall - self.received.wall);
        by_wall.min(self.seconds - now.since(&self.received))
    }

    /// The seconds until they must be renewed; not positive when they must be now.
    pub(super) fn until_due(&self, now: Moment) -> i64 {
        self.left(now) - self.lead
    }

    /// The expiry in epoch seconds by the present setting of this machine's clock: SDKs compare it with that clock.
    pub(super) fn expires(&self, now: Moment) -> i64 {
        let at_receipt = self.received.wall + self.seconds;
        let by_now = now.wall + self.left(now);
        // The clocks count whole seconds, so a difference of one means nothing.
        if (at_receipt - by_now).abs() <= 2 { at_receipt } else { by_now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: i64, boot: u64) -> Moment {
        Moment { wall, boot: Duration::from_secs(boot) }
    }

    #[test]
    fn keys_are_renewed_when_a_third_of_their_life_is_left_or_twenty_minutes() {
        for (life, left) in [(900, 300), (3600, 1200), (43_200, 1200), (30, 10)] {
            let lifetime = Lifetime::new(1_000_000 + life, 0, at(1_000_000, 50), 0);
            let due = life - left;
            assert_eq!(
                lifetime.until_due(at(1_000_000 + due - 1, 50 + (due - 1).cast_unsigned())),
                1,
                "{life}"
            );
            assert_eq!(lifetime.until_due(at(1_000_000 + due, 50 + due.cast_unsigned())), 0, "{life}");
            let later = Lifetime::new(1_000_000 + life, 0, at(1_000_000, 50), 255);
            let lead = later.until_due(at(1_000_000, 50));
            assert!(lead >= due && lead <= due + left / 10, "{life}: a tenth later at most: {lead}");
        }
    }

    #[test]
    fn the_clock_that_says_less_counts() {
        let lifetime = Lifetime::new(1_003_600, 0, at(1_000_000, 0), 0);
        assert_eq!(lifetime.left(at(1_000_100, 100)), 3500);
        assert_eq!(lifetime.left(at(1_003_700, 100)), -100, "an hour ahead");
        assert_eq!(lifetime.left(at(996_500, 100)), 3500, "an hour back");
        assert_eq!(lifetime.left(at(1_000_010, 3600)), 0, "the machine slept");
    }

    #[test]
    fn the_expiry_is_that_of_the_clock_of_this_machine() {
        // The clock is an hour slow: STS is 3600 s ahead of it.
        let lifetime = Lifetime::new(1_007_200, 3600, at(1_000_000, 0), 0);
        assert_eq!(lifetime.expires(at(1_000_000, 0)), 1_003_600);
        assert_eq!(lifetime.expires(at(1_000_101, 100)), 1_003_600);
        // Then it is set.
        assert_eq!(lifetime.expires(at(1_003_700, 100)), 1_003_700 - 100);
        // Or set back: the keys do not last longer.
        assert_eq!(lifetime.expires(at(996_500, 100)), 1_000_000);
    }
}

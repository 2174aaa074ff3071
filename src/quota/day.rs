//! The calendar day in China, from a wall clock that may step. A step, in whichever direction, never opens a new day.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{CHINA, Elapsed, Timestamp};

const DAY_SECONDS: i64 = 86_400;

/// Tells days, never going back and never following the wall clock further than the steady clock warrants.
pub(super) struct CivilDay {
    clock: Arc<dyn Elapsed>,
    tolerance: Duration,
    /// How often the wall clock is believed anew.
    again: Duration,
    /// A reading of the wall clock that was believed, and the steady clock's at the same time.
    believed: Option<(Timestamp, Duration)>,
    /// The latest instant that was told.
    told: i64,
}

impl CivilDay {
    pub(super) fn new(clock: Arc<dyn Elapsed>, tolerance: Duration, again: Duration) -> Self {
        Self { clock, tolerance, again, believed: None, told: i64::MIN }
    }

    /// Tells no day before the one with this number; of days that were over before a restart, none comes again.
    pub(super) fn not_before(&mut self, day: i64) {
        let midnight = day.saturating_mul(DAY_SECONDS).saturating_sub(CHINA.whole_seconds().into());
        self.told = self.told.max(midnight);
    }

    /// The number of the day at which the wall clock shows `now`, and the seconds left of it, at least 1.
    pub(super) fn at(&mut self, now: Timestamp) -> (i64, u32) {
        let elapsed = self.clock.elapsed();
        let (wall, steady) = *self.believed.get_or_insert((now, elapsed));
        let tolerance = millis(self.tolerance);
        let expected = wall.plus_millis(millis(elapsed.saturating_sub(steady)));
        let latest = expected.plus_millis(tolerance);
        let off = now.millis().saturating_sub(expected.millis()).unsigned_abs();
        if off <= tolerance.unsigned_abs() && elapsed.saturating_sub(steady) >= self.again {
            self.believed = Some((now, elapsed));
        }
        self.told = self.told.max(now.min(latest).seconds());
        let local = self.told.saturating_add(CHINA.whole_seconds().into());
        let left = DAY_SECONDS - local.rem_euclid(DAY_SECONDS);
        (local.div_euclid(DAY_SECONDS), u32::try_from(left).unwrap_or(1).max(1))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

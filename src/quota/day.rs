//! The calendar day in China, from a wall clock that may step. A step, in whichever direction, never opens a new day.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Elapsed, Timestamp};

/// China is eight hours ahead of UTC all year.
const CHINA_SECONDS: i64 = 8 * 3_600;

const DAY_SECONDS: i64 = 86_400;

/// How often the wall clock is believed anew. Slow drift between the two clocks is followed; someone who moves the wall
/// clock in small steps gains at most one tolerance in this time.
const BELIEVE_AGAIN: Duration = Duration::from_secs(3_600);

/// Tells days, never going back and never following the wall clock further than the steady clock warrants.
pub(super) struct CivilDay {
    clock: Arc<dyn Elapsed>,
    tolerance: Duration,
    /// A reading of the wall clock that was believed, and the steady clock's at the same time.
    believed: Option<(Timestamp, Duration)>,
    /// The latest instant that was told.
    told: i64,
}

impl CivilDay {
    pub(super) fn new(clock: Arc<dyn Elapsed>, tolerance: Duration) -> Self {
        Self { clock, tolerance, believed: None, told: i64::MIN }
    }

    /// The number of the day at which the wall clock shows `now`, and the seconds left of it, at least 1.
    pub(super) fn at(&mut self, now: Timestamp) -> (i64, u32) {
        let elapsed = self.clock.elapsed();
        let (wall, steady) = *self.believed.get_or_insert((now, elapsed));
        let tolerance = millis(self.tolerance);
        let expected = wall.plus_millis(millis(elapsed.saturating_sub(steady)));
        let latest = expected.plus_millis(tolerance);
        let off = now.millis().saturating_sub(expected.millis()).unsigned_abs();
        if off <= tolerance.unsigned_abs() && elapsed.saturating_sub(steady) >= BELIEVE_AGAIN {
            self.believed = Some((now, elapsed));
        }
        self.told = self.told.max(now.min(latest).seconds());
        let local = self.told.saturating_add(CHINA_SECONDS);
        let left = DAY_SECONDS - local.rem_euclid(DAY_SECONDS);
        (local.div_euclid(DAY_SECONDS), u32::try_from(left).unwrap_or(1).max(1))
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

//! When a source is asked again: regularly while it answers, with growing pauses while it does not. It asks nobody.

use std::time::Duration;

/// The pauses of one source.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    every: Duration,
    retry: Duration,
    most: Duration,
    failures: u32,
}

impl Schedule {
    pub(super) const fn new(every: Duration, retry: Duration, most: Duration) -> Self {
        Self { every, retry, most, failures: 0 }
    }

    /// How often it failed in a row.
    pub(super) const fn failures(&self) -> u32 {
        self.failures
    }

    /// The pause after an attempt that went `well` or failed, scattered by `chance`: up to a tenth shorter or longer, so that
    /// gateways which were started together do not ask together.
    pub(super) fn pause(&mut self, well: bool, chance: u8) -> Duration {
        let pause = if well {
            self.failures = 0;
            self.every
        } else {
            let doubled = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
            self.failures = self.failures.saturating_add(1);
            self.retry.saturating_mul(doubled).min(self.most)
        };
        let steps = i64::from(chance) - 128;
        let tenth = i64::try_from((pause / 10).as_millis()).unwrap_or(i64::MAX);
        let moved = tenth.saturating_mul(steps) / 128;
        let by = Duration::from_millis(moved.unsigned_abs());
        if moved < 0 { pause.saturating_sub(by) } else { pause.saturating_add(by) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(number: u64) -> Duration {
        Duration::from_secs(number)
    }

    #[test]
    fn pauses_grow_while_it_fails_and_end_when_it_answers() {
        let mut schedule = Schedule::new(seconds(3600), seconds(30), seconds(900));
        let outcomes = [true, false, false, false, false, false, false, false, true, false];
        let pauses = outcomes.map(|well| schedule.pause(well, 128).as_secs());
        assert_eq!(pauses, [3600, 30, 60, 120, 240, 480, 900, 900, 3600, 30]);
        for _ in 0..100 {
            schedule.pause(false, 128);
        }
        assert_eq!((schedule.pause(false, 128), schedule.failures()), (seconds(900), 102));
    }

    #[test]
    fn chance_scatters_by_a_tenth_at_most() {
        let mut schedule = Schedule::new(seconds(1000), seconds(30), seconds(900));
        let pauses: Vec<Duration> = (0..=255).map(|chance| schedule.pause(true, chance)).collect();
        assert!(pauses.is_sorted() && pauses[0] < pauses[255]);
        assert_eq!((pauses[0], pauses[128]), (seconds(900), seconds(1000)));
        assert!(pauses[255] < seconds(1100));
    }
}

//! Working days in China: Monday to Friday, less the holidays and plus the days worked in exchange for them (调休), both of
//! which the State Council announces every year and the config lists.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::clock::{CHINA, Timestamp};

const DAY_SECONDS: i64 = 86_400;
/// 1970-01-01 was a Thursday, which is 4 days after a Sunday.
const FIRST_WEEKDAY: i64 = 4;
/// Days that are looked at for one deadline: no run of holidays lasts years, and a calendar without a working day ends too.
const HORIZON: i64 = 3_660;

/// A day of the calendar, written `YYYY-MM-DD`, as its number since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Day(i64);

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let midnight = Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"));
        let midnight = midnight.filter(|_| text.len() == 10);
        let day = midnight.map(|midnight| Self(midnight.seconds().div_euclid(DAY_SECONDS)));
        day.ok_or_else(|| format!("`{text}` is no day, written `YYYY-MM-DD`"))
    }
}

impl Day {
    /// The day in China at `now`.
    fn of(now: Timestamp) -> Self {
        Self(now.seconds().saturating_add(CHINA.whole_seconds().into()).div_euclid(DAY_SECONDS))
    }

    fn is_weekend(self) -> bool {
        matches!(self.0.saturating_add(FIRST_WEEKDAY).rem_euclid(7), 0 | 6)
    }

    fn text(self) -> String {
        let seconds = self.0.saturating_mul(DAY_SECONDS).saturating_sub(CHINA.whole_seconds().into());
        Timestamp::from_seconds(seconds).china_date()
    }
}

/// Which days are worked on.
#[derive(Clone, Debug, Default)]
pub(super) struct Calendar {
    pub(super) holidays: BTreeSet<Day>,
    pub(super) workdays: BTreeSet<Day>,
}

impl Calendar {
    fn is_worked(&self, day: Day) -> bool {
        self.workdays.contains(&day) || !(day.is_weekend() || self.holidays.contains(&day))
    }

    /// The last of `days` working days after the day of `now`.
    pub(super) fn due(&self, now: Timestamp, days: u32) -> String {
        let today = Day::of(now).0;
        let later = (1..=HORIZON).map(|number| Day(today.saturating_add(number)));
        let mut worked = later.filter(|day| self.is_worked(*day));
        let nth = usize::try_from(days.saturating_sub(1)).unwrap_or(usize::MAX);
        worked.nth(nth).unwrap_or(Day(today.saturating_add(HORIZON))).text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn weekends_and_holidays_do_not_count_and_days_worked_in_exchange_do() {
        // Sunday, 22 November 2026, still Saturday in UTC.
        let now = Timestamp::parse_rfc3339("2026-11-21T16:30:00Z").unwrap();
        let mut calendar = Calendar::default();
        assert_eq!(calendar.due(now, 1), "2026-11-23");
        assert_eq!(calendar.due(now, 5), "2026-11-27");
        assert_eq!(calendar.due(now, 10), "2026-12-04");
        calendar.holidays = [day("2026-11-24"), day("2026-11-25")].into();
        assert_eq!(calendar.due(now, 10), "2026-12-08");
        calendar.workdays = [day("2026-11-28")].into();
        assert_eq!(calendar.due(now, 10), "2026-12-07");
        calendar.holidays = (0..10_000).map(Day).map(|day| Day(20_000 + day.0)).collect();
        calendar.workdays.clear();
        assert!(calendar.due(now, 10).as_str() > "2030");
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for bad in ["2026-02-30", "2026-2-3", "20260203", "", "2026-02-03T00:00:00Z"] {
            assert!(Day::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}

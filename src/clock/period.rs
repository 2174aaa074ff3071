//! Spans of time as officers write them: from one instant until another, and how long something lasts.

use std::time::Duration;

use super::Timestamp;

/// From one instant (included) until another (excluded), both in whole seconds; open where nothing is stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Period {
    /// From `from` until before `until`; `None` if that is no time at all. Parts of seconds are dropped from both.
    pub fn new(from: Option<Timestamp>, until: Option<Timestamp>) -> Option<Self> {
        let whole = |at: Timestamp| Timestamp::from_seconds(at.seconds());
        let (from, until) = (from.map(whole), until.map(whole));
        let ends_first = from.zip(until).is_some_and(|(from, until)| until <= from);
        (!ends_first).then_some(Self { from, until })
    }

    /// The first instant inside, if there is one.
    pub const fn from(self) -> Option<Timestamp> {
        self.from
    }

    /// The first instant after it, if it ends.
    pub const fn until(self) -> Option<Timestamp> {
        self.until
    }

    /// Whether `at` lies inside.
    pub fn contains(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }

    /// The part of it that lies in `other`, if there is one.
    pub fn within(self, other: Self) -> Option<Self> {
        let until = [self.until, other.until].into_iter().flatten().min();
        Self::new(self.from.max(other.from), until)
    }
}

/// How long `text` says: a whole number and `s`, `m`, `h` or `d`, such as `24h`; `None` if it says nothing of the kind.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    // `parse` alone takes a sign.
    let number: u64 = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse().ok())??;
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_period_begins_and_ends_on_the_second() {
        let (from, until) = (at("2026-01-01T00:00:00.7Z"), at("2026-01-02T00:00:00Z"));
        let period = Period::new(Some(from), Some(until)).unwrap();
        for (text, inside) in [
            ("2025-12-31T23:59:59.999Z", false),
            ("2026-01-01T00:00:00Z", true),
            ("2026-01-01T23:59:59.999Z", true),
            ("2026-01-02T00:00:00Z", false),
        ] {
            assert_eq!(period.contains(at(text)), inside, "{text}");
        }
        assert_eq!(Period::new(Some(until), Some(from)), None);
        assert_eq!(Period::new(Some(until), Some(until)), None);
        assert!(Period::default().contains(until));
    }

    #[test]
    fn periods_that_follow_each_other_have_nothing_in_common() {
        let turn = at("2026-01-01T00:00:00Z");
        let (old, new) = (Period::new(None, Some(turn)).unwrap(), Period::new(Some(turn), None).unwrap());
        assert_eq!((old.within(new), new.within(old)), (None, None));
        let end = turn.plus_millis(1000);
        let later = Period::new(None, Some(end)).unwrap();
        let common = Period::new(Some(turn), Some(end));
        assert_eq!((later.within(new), new.within(later)), (common, common));
        assert_eq!((Period::default().within(old), old.within(Period::default())), (Some(old), Some(old)));
    }

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, seconds) in [("0s", 0), ("90s", 90), ("5m", 300), ("24h", 86_400), ("7d", 604_800)] {
            assert_eq!(parse_duration(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "h",
            "1",
            "-1h",
            "+1h",
            "1.5h",
            "1 h",
            "1w",
            "1時",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}

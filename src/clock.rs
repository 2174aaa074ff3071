//! Instants and the one place that asks the operating system for the time.
//! Judgement never comes here for `now`: it takes a [`Timestamp`] as an argument.

mod period;

use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, UtcOffset};

pub use self::period::{Period, parse_duration};

/// China Standard Time, UTC+8 all year; seals and daily quotas follow it.
pub const CHINA: UtcOffset = time::macros::offset!(+8);

/// An instant in UTC, in milliseconds since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970-01-01 UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds since 1970-01-01 UTC, saturating at the ends of the range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// From calendar fields in `offset`; `None` if no such instant exists.
    pub fn from_fields(fields: [u16; 6], offset: UtcOffset) -> Option<Self> {
        let [year, month, day, hour, minute, second] = fields;
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        let date = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
        let time = date
            .with_hms(u8::try_from(hour).ok()?, u8::try_from(minute).ok()?, u8::try_from(second).ok()?)
            .ok()?;
        Some(Self::from_seconds(time.assume_offset(offset).unix_timestamp()))
    }

    /// The calendar fields in `offset`, as [`Timestamp::from_fields`] takes them; `None` outside years 0 to 9999.
    pub fn fields(self, offset: UtcOffset) -> Option<[u16; 6]> {
        let at = self.date_time()?.to_offset(offset);
        let small = [u8::from(at.month()), at.day(), at.hour(), at.minute(), at.second()].map(u16::from);
        let [month, day, hour, minute, second] = small;
        Some([u16::try_from(at.year()).ok()?, month, day, hour, minute, second])
    }

    /// Parses RFC 3339, such as `2026-11-21T08:00:00Z`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(parsed.unix_timestamp_nanos() / 1_000_000).ok().map(Self)
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01 UTC, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This instant moved by `millis`, saturating at the ends of the range.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The calendar day in China (`YYYY-MM-DD`), which daily quotas and face dates follow.
    pub fn china_date(self) -> String {
        self.date_time().map_or_else(
            || self.0.to_string(),
            |at| {
                let at = at.to_offset(CHINA);
                format!("{:04}-{:02}-{:02}", at.year(), u8::from(at.month()), at.day())
            },
        )
    }

    /// The first instant of the next calendar day in China.
    pub const fn next_china_day(self) -> Self {
        const DAY: i64 = 86_400_000;
        const OFFSET: i64 = 8 * 3_600_000;
        let day = self.0.saturating_add(OFFSET).div_euclid(DAY);
        Self(day.saturating_add(1).saturating_mul(DAY).saturating_sub(OFFSET))
    }

    /// The hour of the day in China, 0 to 23.
    pub const fn china_hour(self) -> i64 {
        const HOUR: i64 = 3_600_000;
        self.0.div_euclid(HOUR).saturating_add(8).rem_euclid(24)
    }

    /// RFC 3339 in China's zone, as reports write times for people; data have [`Display`](fmt::Display), which is in UTC.
    pub fn in_china(self) -> String {
        self.in_zone(CHINA)
    }

    /// RFC 3339 in the zone `offset`.
    pub fn in_zone(self, offset: UtcOffset) -> String {
        let text = self.date_time().and_then(|at| at.to_offset(offset).format(&Rfc3339).ok());
        text.unwrap_or_else(|| self.to_string())
    }

    fn date_time(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000).ok()
    }
}

/// RFC 3339 in UTC; milliseconds only where there are any.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date_time().and_then(|at| at.format(&Rfc3339).ok()) {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} ms", self.0),
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where services get the time from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let millis = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
        Timestamp(millis)
    }
}

/// A clock that stands still until it is set; for tests and replays.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.0))
    }

    /// Sets the clock, forwards or backwards.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.0, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Where services get the time that has gone by from; it never steps, whatever the wall clock does.
pub trait Elapsed: Send + Sync {
    /// The time since some fixed instant.
    fn elapsed(&self) -> Duration;
}

/// The operating system's monotonic clock, counted from when this was made.
#[derive(Clone, Copy, Debug)]
pub struct SteadyClock(Instant);

impl SteadyClock {
    /// A clock that begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Elapsed for SteadyClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A steady clock that moves only when it is told to; for tests and replays.
#[derive(Debug, Default)]
pub struct ManualSteadyClock(AtomicU64);

impl ManualSteadyClock {
    /// Moves the clock forward by `duration`, to the microsecond.
    pub fn advance(&self, duration: Duration) {
        self.0.fetch_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }
}

impl Elapsed for ManualSteadyClock {
    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parses() {
        for text in ["2026-11-21T08:00:00Z", "1969-12-31T23:59:59.5Z"] {
            assert_eq!(Timestamp::parse_rfc3339(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Timestamp::parse_rfc3339("2026-11-21T16:00:00+08:00").unwrap().to_string(),
            "2026-11-21T08:00:00Z"
        );
        assert_eq!(Timestamp::parse_rfc3339("2026-13-21T16:00:00Z"), None);
    }

    #[test]
    fn fields_go_both_ways() {
        let at = Timestamp::parse_rfc3339("2026-11-20T17:02:03Z").unwrap();
        assert_eq!(at.fields(CHINA), Some([2026, 11, 21, 1, 2, 3]));
        assert_eq!(Timestamp::from_fields([2026, 11, 21, 1, 2, 3], CHINA), Some(at));
        assert_eq!(Timestamp::from_millis(i64::MIN).fields(CHINA), None);
    }

    #[test]
    fn hours_are_those_of_china() {
        for (text, hour) in [
            ("2026-11-20T15:59:59.999Z", 23),
            ("2026-11-20T16:00:00Z", 0),
            ("2026-11-20T00:30:00Z", 8),
            ("1969-12-31T15:00:00Z", 23),
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text).unwrap().china_hour(), hour, "{text}");
        }
    }

    #[test]
    fn the_day_turns_at_midnight_in_china() {
        let at = |text| Timestamp::parse_rfc3339(text).unwrap().china_date();
        assert_eq!(at("2026-11-20T15:59:59Z"), "2026-11-20");
        assert_eq!(at("2026-11-20T16:00:00Z"), "2026-11-21");
        let next = |text| Timestamp::parse_rfc3339(text).unwrap().next_china_day().to_string();
        assert_eq!(next("2026-11-20T15:59:59.999Z"), "2026-11-20T16:00:00Z");
        assert_eq!(next("2026-11-20T16:00:00Z"), "2026-11-21T16:00:00Z");
        assert_eq!(next("1969-12-31T15:00:00Z"), "1969-12-31T16:00:00Z");
    }
}

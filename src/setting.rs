//! Numbers of settings that cannot be zero, so that no config passes that would serve nothing.
//! What each is for, and why it is what it is, stands beside the setting.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

/// A number of things, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Count(NonZeroU32);

/// A time in whole milliseconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Millis(NonZeroU32);

/// A time in whole seconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Seconds(NonZeroU32);

impl Count {
    /// As many as `number`, or one.
    pub const fn new(number: u32) -> Self {
        Self(at_least_one(number))
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0.get()
    }

    /// The number, to count things in memory.
    pub fn size(self) -> usize {
        usize::try_from(self.get()).unwrap_or(usize::MAX)
    }
}

impl Millis {
    /// `number` milliseconds, or one.
    pub const fn new(number: u32) -> Self {
        Self(at_least_one(number))
    }

    /// The time.
    pub fn duration(self) -> Duration {
        Duration::from_millis(self.0.get().into())
    }
}

impl Seconds {
    /// `number` seconds, or one.
    pub const fn new(number: u32) -> Self {
        Self(at_least_one(number))
    }

    /// The time.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0.get().into())
    }
}

const fn at_least_one(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_refused_in_words() {
        let refused = serde_json::from_str::<Count>("0").unwrap_err().to_string();
        assert!(refused.contains("nonzero"), "{refused}");
        assert_eq!(serde_json::from_str::<Millis>("5").unwrap().duration(), Duration::from_millis(5));
        assert_eq!(Seconds::new(0).duration(), Duration::from_secs(1));
    }
}

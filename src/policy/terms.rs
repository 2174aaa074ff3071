//! The terms of an agreement, parsed from its annotations.

use std::fmt;
use std::num::NonZeroU32;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Authorizer, Mask};
use crate::catalog::FieldPath;
use crate::clock::Timestamp;

/// A rate: so many requests each second in the long run, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rate {
    /// Requests a second.
    pub per_second: NonZeroU32,
    /// Requests at once, after a pause.
    pub burst: NonZeroU32,
}

impl Rate {
    /// The rate of an agreement that names none: 5 a second, the usual ceiling of a counter's system
    /// (Shandong's license sharing service), and 10 at once.
    pub const COUNTER: Self = Self::new(5, 10);

    /// `per_second` requests a second and `burst` at once, but at least one.
    pub const fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: literal(per_second), burst: literal(burst) }
    }

    /// Half of it, but at least one.
    pub const fn half(self) -> Self {
        Self::new(self.per_second.get() / 2, self.burst.get() / 2)
    }

    /// Parses `5/s` or `5/s burst 10`; without a burst it is the rate of one second.
    pub fn parse(text: &str) -> Option<Self> {
        let (rate, burst) = match text.split_once(" burst ") {
            Some((rate, burst)) => (rate, Some(burst)),
            None => (text, None),
        };
        let per_second: NonZeroU32 = rate.strip_suffix("/s")?.parse().ok()?;
        let burst = match burst {
            Some(burst) => burst.parse().ok()?,
            None => per_second,
        };
        Some(Self { per_second, burst })
    }
}

/// As [`Rate::parse`] takes it.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s burst {}", self.per_second, self.burst)
    }
}

/// As [`Rate::parse`] takes it.
impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let expected = || D::Error::custom(format!("`{text}` is not a rate such as `5/s burst 10`"));
        Self::parse(&text).ok_or_else(expected)
    }
}

const fn literal(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

/// The legal basis that an agreement stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegalBasis {
    /// An authorization, in the words of the agreement.
    Authorization(String),
    /// A statute, cited by the agreement.
    Statute(String),
}

impl LegalBasis {
    /// Parses `statute:…` or `authorisation:…`, with either spelling of the latter.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, words) = text.split_once(':')?;
        let words = words.trim();
        match kind {
            _ if words.is_empty() => None,
            "authorisation" | "authorization" => Some(Self::Authorization(words.to_owned())),
            "statute" => Some(Self::Statute(words.to_owned())),
            _ => None,
        }
    }
}

/// As [`LegalBasis::parse`] takes it.
impl fmt::Display for LegalBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authorization(words) => write!(f, "authorisation:{words}"),
            Self::Statute(words) => write!(f, "statute:{words}"),
        }
    }
}

/// What an agreement obliges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// `@basis`: the legal basis.
    pub basis: LegalBasis,
    /// `@authorise`: whose authorization each request must bring; `None` where the statute is enough.
    pub authorizer: Option<Authorizer>,
    /// `@fields`: what leaves.
    pub fields: Vec<FieldPath>,
    /// `@mask`: what of it leaves masked.
    pub masks: Vec<(FieldPath, Mask)>,
    /// `@rate`: how often one department may ask.
    pub rate: Rate,
    /// `@daily`: how often one department may ask on one calendar day in China.
    pub daily: Option<u64>,
    /// `@subjects`: about how many different persons one department may ask within any hour.
    pub subjects: Option<NonZeroU32>,
    /// `@cache`: how long an answer may be kept, in seconds; 0 for never.
    pub cache_seconds: u32,
    /// `@from`: the first instant at which it is in force.
    pub from: Timestamp,
    /// `@reviewed`: the beginning in China of the day on which somebody last held it to the law and to its use, if that is
    /// stated.
    pub reviewed: Option<Timestamp>,
    /// `@until`: the first instant at which it is no longer in force.
    pub until: Timestamp,
}

//! Minimizing (最小化): from a provider's answer to what an agreement lets out of it.
//! Raw answers live in [`Answer`], which cannot be printed or serialized; what leaves is a [`Disclosed`].

mod cut;
mod document;
mod scan;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

pub use self::document::Document;
pub use self::scan::Fault;

use crate::clock::Timestamp;
use crate::policy::Permit;
use crate::sensitive::Sensitive;

/// How an exchange ended. `Unavailable` and `Partial` never mean "no".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The data are here.
    Answered,
    /// The provider says that what was given is not what it has on record.
    Mismatch,
    /// The provider has no such record.
    NoRecord,
    /// A part of the data is here; the rest could not be had.
    Partial,
    /// The data are here, and a report that they are wrong is being looked into (校核).
    UnderCorrection,
    /// The provider could not answer. Says nothing about the person asked about.
    Unavailable,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Self; 6] = [
        Self::Answered,
        Self::Mismatch,
        Self::NoRecord,
        Self::Partial,
        Self::UnderCorrection,
        Self::Unavailable,
    ];

    /// The name in answers and records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Mismatch => "mismatch",
            Self::NoRecord => "no_record",
            Self::Partial => "partial",
            Self::UnderCorrection => "under_correction",
            Self::Unavailable => "unavailable",
        }
    }

    /// The outcome with that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// Whether data come with it.
    pub const fn has_data(self) -> bool {
        matches!(self, Self::Answered | Self::Partial | Self::UnderCorrection)
    }
}

/// What a provider answered, whole. It stays inside: it is kept, cut, and never sent on.
#[derive(Clone, Debug)]
pub struct Answer {
    outcome: Outcome,
    data: Sensitive<Document>,
    data_as_of: Option<Timestamp>,
    withheld: Vec<String>,
    age: Duration,
    over: Option<Duration>,
    bytes: u32,
}

impl Answer {
    /// An answer; `data` count only with an outcome that has data. `bytes` is its size as received, for whoever keeps
    /// answers in bounded memory.
    pub fn new(outcome: Outcome, data: Document, data_as_of: Option<Timestamp>, bytes: usize) -> Self {
        let data = if outcome.has_data() { data } else { Document::null() };
        Self {
            outcome,
            data: Sensitive::new(data),
            data_as_of,
            withheld: Vec::new(),
            age: Duration::ZERO,
            over: None,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
        }
    }

    /// The same answer, with the names of fields that the gateway it comes from withheld by its own agreement.
    #[must_use]
    pub fn withholding(mut self, fields: Vec<String>) -> Self {
        self.withheld = fields;
        self
    }

    /// The same answer, `age` old when it came, because another gateway had kept it; `over` is by how much that is too old,
    /// where that gateway gave it all the same.
    #[must_use]
    pub const fn aged(mut self, age: Duration, over: Option<Duration>) -> Self {
        self.age = age;
        self.over = over;
        self
    }

    /// How the provider's work ended.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Of when the data are.
    pub const fn data_as_of(&self) -> Option<Timestamp> {
        self.data_as_of
    }

    /// How old it was when it came.
    pub const fn age(&self) -> Duration {
        self.age
    }

    /// By how much it was too old when it came, if it was.
    pub const fn over(&self) -> Option<Duration> {
        self.over
    }

    /// The size as received.
    pub const fn bytes(&self) -> u32 {
        self.bytes
    }
}

/// What leaves. Made by [`disclose`] and by nothing else.
#[derive(Clone, Debug)]
pub struct Disclosed {
    outcome: Outcome,
    data: Sensitive<Box<RawValue>>,
    withheld: Vec<String>,
    masked: Vec<String>,
    dropped: usize,
    data_as_of: Option<Timestamp>,
}

impl Disclosed {
    /// How the provider's work ended.
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The released fields: an object, a list of objects, or null. Numbers and texts that are not masked stand as the
    /// provider wrote them.
    pub const fn data(&self) -> &Sensitive<Box<RawValue>> {
        &self.data
    }

    /// The names of fields that the service has and that the agreement does not release, of this side or the other.
    pub fn withheld(&self) -> &[String] {
        &self.withheld
    }

    /// The names of fields that leave masked.
    pub fn masked(&self) -> &[String] {
        &self.masked
    }

    /// How many values were dropped because the catalog does not know them, or not in that shape.
    pub const fn dropped(&self) -> usize {
        self.dropped
    }

    /// Of when the data are.
    pub const fn data_as_of(&self) -> Option<Timestamp> {
        self.data_as_of
    }
}

/// Cuts `answer` down to what `permit` releases.
pub fn disclose(permit: &Permit, answer: &Answer) -> Disclosed {
    let release = permit.release();
    let (data, dropped) = cut::cut(release, answer.data.expose());
    let (withheld, masked) = if answer.outcome.has_data() {
        // Names from the other side count only if the catalog has them, so that they cannot carry anything else.
        let elsewhere = release.released().iter().filter(|field| answer.withheld.contains(field));
        (release.withheld().iter().chain(elsewhere).cloned().collect(), release.masked().to_vec())
    } else {
        (Vec::new(), Vec::new())
    };
    Disclosed {
        outcome: answer.outcome,
        // What was cut is JSON again.
        data: Sensitive::new(RawValue::from_string(data).unwrap_or_else(|_| RawValue::NULL.to_owned())),
        withheld,
        masked,
        dropped,
        data_as_of: answer.data_as_of,
    }
}

//! What is known of seals apart from their certificates: revoked and suspended ones, by identifier (esID).
//! It only holds what it was given; where that comes from is the business of services.

use std::collections::{BTreeMap, BTreeSet};

use crate::clock::Timestamp;

/// What happened to a seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealEvent {
    /// Revoked (撤销) for good.
    Revoked,
    /// Suspended (中止) until then, or until further notice.
    Suspended {
        /// The end of the suspension, itself no longer suspended.
        until: Option<Timestamp>,
    },
}

/// Why it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealEventReason {
    /// The seal or its key is in other hands, or may be.
    Compromised,
    /// The seal was replaced, or its owner merged or dissolved: what it sealed before is none the worse.
    Orderly,
    /// No reason is stated.
    Unstated,
}

/// One record of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealRecord {
    /// SM3 of the maker's certificate, lower-case hexadecimal; none means whoever made it. Identifiers are unique
    /// for one maker only.
    pub maker: Option<String>,
    /// What happened.
    pub event: SealEvent,
    /// When it took effect.
    pub since: Timestamp,
    /// Why.
    pub reason: SealEventReason,
}

/// Records of seals by identifier.
#[derive(Clone, Debug, Default)]
pub struct SealRegister {
    records: BTreeMap<String, Vec<SealRecord>>,
    partial: bool,
}

impl SealRegister {
    /// A register of identifiers with their records.
    pub fn new(records: impl IntoIterator<Item = (String, SealRecord)>) -> Self {
        let mut register = Self::default();
        for (id, record) in records {
            register.records.entry(id).or_default().push(record);
        }
        register
    }

    /// A register of some seals only: that it has no record of another says nothing about that one.
    pub fn partial(records: impl IntoIterator<Item = (String, SealRecord)>) -> Self {
        Self { partial: true, ..Self::new(records) }
    }

    /// Whether a seal without a record is known to have none.
    pub const fn knows_all(&self) -> bool {
        !self.partial
    }

    /// The identifiers of seals of which this register and `other` say different things; all that either knows if one of them
    /// alone knows all there are.
    pub fn differing(&self, other: &Self) -> BTreeSet<String> {
        let apart = self.partial != other.partial;
        let differs = |id: &&String| apart || self.records.get(*id) != other.records.get(*id);
        self.records.keys().chain(other.records.keys()).filter(differs).cloned().collect()
    }

    /// The records of the seal `id` that the maker with the certificate digest `maker` made.
    pub fn records<'a>(&'a self, id: &str, maker: Option<&'a str>) -> impl Iterator<Item = &'a SealRecord> {
        let records = self.records.get(id).into_iter().flatten();
        records.filter(move |record| record.maker.is_none() || record.maker.as_deref() == maker)
    }
}

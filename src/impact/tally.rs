//! Counts of what a change would have changed, by effect and reason, and for each by department, license type and month.

use std::collections::BTreeMap;

use serde::Serialize;

use super::effect::{self, Because, Effect};
use super::{Change, RecordedVerdict};
use crate::clock::Timestamp;

/// What stands where a record has no department or license type.
const NONE: &str = "-";

/// Departments, types and months told apart in one group. 10,000 departments are those of a province; beyond it, what comes new
/// is counted together.
const APART: usize = 10_000;

/// Verdicts or decisions with one fate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// How many records.
    pub records: u64,
    /// By department.
    pub departments: BTreeMap<String, u64>,
    /// By license type.
    pub license_types: BTreeMap<String, u64>,
    /// By month, `YYYY-MM` in China.
    pub months: BTreeMap<String, u64>,
    /// The first record and the last, by name.
    pub examples: Vec<String>,
}

impl Group {
    pub(super) fn add(&mut self, record: &RecordedVerdict) {
        let license_type = record.relies_on.as_ref().and_then(|reliance| reliance.license_type.as_deref());
        let month: String = record.recorded_at().china_date().chars().take("2026-11".len()).collect();
        self.records += 1;
        count(&mut self.departments, record.department.as_deref().unwrap_or(NONE));
        count(&mut self.license_types, license_type.unwrap_or(NONE));
        count(&mut self.months, &month);
        self.examples.truncate(1);
        self.examples.push(record.id.clone());
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    let name = if counts.len() < APART || counts.contains_key(name) { name } else { "others" };
    *counts.entry(name.to_owned()).or_default() += 1;
}

/// What a change would have changed.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Records that were looked at.
    pub records: u64,
    /// Verdicts among them.
    pub verdicts: u64,
    /// Those that would change, by effect and reason.
    pub changed: BTreeMap<(Effect, Because), Group>,
    /// Permits by an agreement that goes, by its name.
    pub ended: BTreeMap<String, Group>,
    /// Permits by an agreement that changes; whether they would still be given, records do not tell.
    pub altered: BTreeMap<String, Group>,
}

impl Tally {
    /// Counts `record` under `change`, unless it is older than `since`.
    pub fn add(&mut self, change: &Change, record: &RecordedVerdict, since: Option<Timestamp>) {
        if since.is_some_and(|since| record.recorded_at() < since) {
            return;
        }
        self.records += 1;
        if let Some(decision) = record.decision.as_ref().filter(|decision| decision.code == "permit") {
            let [gone, altered, _] = change.agreements();
            for name in &decision.policies {
                if gone.contains(name) {
                    self.ended.entry(name.clone()).or_default().add(record);
                } else if altered.contains(name) {
                    self.altered.entry(name.clone()).or_default().add(record);
                }
            }
        }
        if record.is_verdict() {
            self.verdicts += 1;
            if let Some(found) = effect::of(change, record) {
                self.changed.entry(found).or_default().add(record);
            }
        }
    }

    /// Whether anything on record would change, or may.
    pub fn is_empty(&self) -> bool {
        let known = |(effect, _): &(Effect, Because)| *effect != Effect::Unknown;
        !self.changed.keys().any(known) && self.ended.is_empty() && self.altered.is_empty()
    }
}

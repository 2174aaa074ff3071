//! What operators see of revocation: how old what each source gave last is, until when it was announced to serve, and how
//! asking it goes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Problem;
use super::intake::Item;
use crate::clock::{Clock, Timestamp};
use crate::metrics::{Counters, Gauge, Levels, Metrics};

/// What a source gave last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Given {
    /// thisUpdate of the oldest thing.
    this_update: Timestamp,
    /// nextUpdate of what ends first.
    next_update: Option<Timestamp>,
    entries: usize,
}

type AllGiven = Arc<Mutex<BTreeMap<String, Given>>>;

/// The metrics of revocation.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    given: AllGiven,
    age: Levels,
    left: Levels,
    entries: Levels,
    failures: Levels,
    fetches: Counters<1>,
    evidence: Gauge,
    lists: Gauge,
    archive: Gauge,
}

impl Numbers {
    pub(super) fn new(metrics: &mut Metrics, clock: Arc<dyn Clock>) -> Self {
        let numbers = Self {
            given: AllGiven::default(),
            age: metrics.levels(
                "revocation_age_seconds",
                "source",
                "Seconds since thisUpdate of what a source gave last.",
            ),
            left: metrics.levels(
                "revocation_left_seconds",
                "source",
                "Seconds until nextUpdate of what a source gave last; below 0 it is stale.",
            ),
            entries: metrics.levels(
                "revocation_entries",
                "source",
                "Revoked certificates on the lists that a source gave last.",
            ),
            failures: metrics.levels(
                "revocation_failures",
                "source",
                "Failures in a row, to read a source or to accept what it gives.",
            ),
            fetches: metrics.counters("revocation_fetches", "Attempts at sources, by how they ended."),
            evidence: metrics
                .gauge("revocation_evidence", "How often what is known about revocation has changed."),
            archive: metrics.gauge(
                "revocation_archive_bytes",
                "Bytes of lists and responses on disk, when last something was added.",
            ),
            lists: metrics.gauge("revocation_lists", "Lists in memory, parts of archived ones included."),
        };
        let reading = numbers.clone();
        metrics.before_reading(move || reading.refresh(clock.now()));
        numbers
    }

    /// Sets what changes as time goes by.
    fn refresh(&self, now: Timestamp) {
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, given) in given.iter() {
            self.age.set(place, now.seconds().saturating_sub(given.this_update.seconds()));
            if let Some(next) = given.next_update {
                self.left.set(place, next.seconds().saturating_sub(now.seconds()));
            }
        }
    }

    /// The source at `place` gave `items` and nothing else.
    pub(super) fn gave(&self, place: &str, items: &[Item]) {
        let times = |item: &Item| match item {
            Item::List(list) => Some((list.this_update(), list.next_update(), list.len())),
            Item::Answer(answer) => Some((answer.this_update()?, answer.next_update(), 0)),
        };
        let given = items.iter().filter_map(times).map(|(this_update, next_update, entries)| Given {
            this_update,
            next_update,
            entries,
        });
        let given = given.reduce(|one, two| Given {
            this_update: one.this_update.min(two.this_update),
            next_update: one.next_update.into_iter().chain(two.next_update).min(),
            entries: one.entries.saturating_add(two.entries),
        });
        if let Some(given) = given {
            self.entries.set(place, i64::try_from(given.entries).unwrap_or(i64::MAX));
            self.given.lock().unwrap_or_else(PoisonError::into_inner).insert(place.to_owned(), given);
        }
    }

    /// The source at `place` is not asked any more.
    pub(super) fn forget(&self, place: &str) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).remove(place);
        [&self.age, &self.left, &self.entries, &self.failures]
            .into_iter()
            .for_each(|level| level.remove(place));
    }

    /// An attempt at the source at `place` ended, after `failures` in a row.
    pub(super) fn attempted(&self, place: &str, outcome: &'static str, failures: u32) {
        self.fetches.add_one([("outcome", outcome)]);
        self.failures.set(place, failures.into());
    }

    /// Something from disk was refused, or could not be kept there.
    pub(super) fn refused(&self, problem: &Problem) {
        self.fetches.add_one([("outcome", problem.fault.code())]);
    }

    /// So many bytes are on disk.
    pub(super) fn archived(&self, bytes: u64) {
        self.archive.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// What is known now has this number, and rests on so many lists.
    pub(super) fn published(&self, number: u64, lists: usize) {
        self.evidence.set(i64::try_from(number).unwrap_or(i64::MAX));
        self.lists.set(i64::try_from(lists).unwrap_or(i64::MAX));
    }
}

//! How much one source may add to what a gateway holds and keeps. Sources are trusted with little: authorities go wrong, and
//! `http` lets others speak.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::intake::Item;
use super::problem::Fault;
use crate::clock::Timestamp;
use crate::pki::Name;
use crate::pki::revocation::{Answer, Scope};
use crate::setting::Count;

/// Seconds of a day, over which bytes are counted.
const DAY: i64 = 86_400;

/// What one source may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceLimits {
    /// Lists in one file. 1,024: nearly three years of daily ones.
    pub lists: Count,
    /// Series of lists, told apart by name and scope, since the gateway started. 1,024: authorities that divide their lists
    /// have some hundreds.
    pub series: Count,
    /// Responses about different certificates, since the gateway started. 1,024: a source gives one at a time, about its
    /// authority's few.
    pub subjects: Count,
    /// Bytes of new lists and responses in a day, by UTC. 4 GiB: a list of a million entries each quarter of an hour.
    pub bytes_a_day: u64,
    /// Bytes of lists of unknown signers held in memory, of all sources and the archive together. 1 GiB: two of the largest,
    /// beside which smaller ones have room.
    pub open_bytes: u64,
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self {
            lists: Count::new(1024),
            series: Count::new(1024),
            subjects: Count::new(1024),
            bytes_a_day: 4 << 30,
            open_bytes: 1 << 30,
        }
    }
}

/// What a source added to the disk on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spent {
    /// Days since 1970.
    day: i64,
    /// Bytes on that day.
    bytes: u64,
}

/// What a source added so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    series: Vec<(Name, Scope, bool)>,
    subjects: Vec<Arc<Answer>>,
    spent: Spent,
}

impl Account {
    /// Goes on from what was spent before the gateway started.
    pub(super) const fn resume(&mut self, spent: Spent) {
        self.spent = spent;
    }

    pub(super) const fn spent(&self) -> Spent {
        self.spent
    }

    /// Enters `items`, of which so many `bytes` are new to the archive; nothing of them if that is more than `limits` allow.
    pub(super) fn enter(
        &mut self,
        items: &[Item],
        bytes: u64,
        now: Timestamp,
        limits: &SourceLimits,
    ) -> Result<(), Fault> {
        let mut account = self.clone();
        items.iter().for_each(|item| account.know(item));
        let day = now.seconds().div_euclid(DAY);
        let before = if self.spent.day == day { self.spent.bytes } else { 0 };
        account.spent = Spent { day, bytes: before.saturating_add(bytes) };
        let fits = account.series.len() <= limits.series.size()
            && account.subjects.len() <= limits.subjects.size()
            && account.spent.bytes <= limits.bytes_a_day;
        if !fits {
            return Err(Fault::TooMuch);
        }
        *self = account;
        Ok(())
    }

    /// Counts `item`, which is held already or fits.
    pub(super) fn know(&mut self, item: &Item) {
        match item {
            Item::List(list) => {
                let (name, scope, delta) = (list.issuer(), list.scope(), list.base().is_some());
                if !self.series.iter().any(|(one, of, other)| one == name && of == scope && *other == delta) {
                    self.series.push((name.clone(), scope.clone(), delta));
                }
            }
            Item::Answer(answer) => {
                if !self.subjects.iter().any(|known| known.is_about_same(answer)) {
                    self.subjects.push(Arc::clone(answer));
                }
            }
        }
    }
}

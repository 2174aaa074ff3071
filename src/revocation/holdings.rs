//! What is held in memory: of each series of lists the newest whole, of older ones what was dropped since, and all responses.

use std::sync::Arc;

use super::intake::Item;
use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::pki::revocation::{Answer, Evidence, List};

/// Lists of one series that are held with their signed bytes because a path showed whose key signed them, and responses about
/// the same certificate. 32: no more of them are ever asked.
const ASKED: usize = 32;

/// Lists of one series that are held though nobody showed whose key signed them. 16, half of those that are asked: whoever
/// forges lists leaves the others their turn.
const UNSHOWN: usize = 16;

/// Lists and responses.
#[derive(Debug, Default)]
pub(super) struct Holdings {
    lists: Vec<Arc<List>>,
    answers: Vec<Arc<Answer>>,
    /// Whether all that is archived was read.
    complete: bool,
}

impl Holdings {
    /// How many lists there are, parts included.
    pub(super) fn lists(&self) -> usize {
        self.lists.len()
    }

    /// The list with this digest.
    pub(super) fn find(&self, digest: &str) -> Option<&Arc<List>> {
        self.lists.iter().find(|list| list.digest().hex() == digest)
    }

    /// Everything as evidence. Until the archive was read whole, it may speak of any certificate.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence::new(self.lists.iter().cloned(), self.answers.iter().cloned(), !self.complete)
    }

    /// The archive was read, and nothing of it had to be left out.
    pub(super) const fn complete(&mut self) {
        self.complete = true;
    }

    /// thisUpdate of the newest thing that is held where `item` belongs, if `item` is older. That of an unknown signer
    /// displaces nothing, and nothing is older than it.
    pub(super) fn newer_than(&self, item: &Item) -> Option<Timestamp> {
        match item {
            Item::List(list) if list.is_verified() => {
                let series = self.lists.iter().filter(|held| held.is_of_series(list) && held.is_verified());
                let newest = series.max_by(|one, two| order(one).cmp(&order(two)))?;
                (order(newest) > order(list)).then(|| newest.this_update())
            }
            Item::List(_) => None,
            Item::Answer(answer) => {
                let same = self.answers.iter().filter(|held| held.is_about_same(answer));
                let newest = same.map(|held| held.produced_at()).max()?;
                (newest > answer.produced_at()).then_some(newest)
            }
        }
    }

    /// Adds `item`; whether it was not there yet.
    pub(super) fn add(&mut self, item: Item) -> bool {
        match item {
            Item::List(list) => self.add_list(list),
            Item::Answer(answer) => {
                let new = self.answers.iter().all(|held| held.digest() != answer.digest());
                if new {
                    self.add_answer(answer);
                }
                new
            }
        }
    }

    fn add_answer(&mut self, answer: Arc<Answer>) {
        self.answers.push(Arc::clone(&answer));
        let same = |held: &&Arc<Answer>| held.is_about_same(&answer);
        if self.answers.iter().filter(same).count() > ASKED {
            let oldest = self.answers.iter().filter(same).min_by_key(|held| held.produced_at());
            if let Some(oldest) = oldest.map(|held| *held.digest()) {
                self.answers.retain(|held| *held.digest() != oldest);
            }
        }
    }

    fn add_list(&mut self, list: Arc<List>) -> bool {
        if self.has(list.digest()) {
            return false;
        }
        let time = list.this_update();
        let series = self.lists.iter().filter(|held| held.is_of_series(&list));
        let newer = series.filter(|held| held.this_update() > time).min_by_key(|held| held.this_update());
        let part = newer.and_then(|newer| list.beside(newer));
        let series = self.lists.iter_mut().filter(|held| held.is_of_series(&list));
        let older = series.filter(|held| held.this_update() < time).max_by_key(|held| held.this_update());
        if let Some(older) = older.filter(|older| !older.is_part())
            && let Some(part) = older.beside(&list)
        {
            *older = Arc::new(part);
        }
        let list = part.map_or(list, Arc::new);
        self.lists.push(Arc::clone(&list));
        self.prune(&list);
        true
    }

    /// Drops what `list` makes useless: deltas from before a full list, which has what they added, and what of unknown signers
    /// would never be asked.
    fn prune(&mut self, list: &List) {
        let full = list.base().is_none() && list.is_verified();
        self.lists.retain(|held| {
            let replaced = full
                && held.base().is_some()
                && held.issuer() == list.issuer()
                && held.scope() == list.scope()
                && held.this_update() <= list.this_update();
            !replaced
        });
        for (shown, most) in [(true, ASKED), (false, UNSHOWN)] {
            let such = |held: &&Arc<List>| {
                held.is_of_series(list) && !held.is_vouched() && held.is_verified() == shown
            };
            if self.lists.iter().filter(such).count() > most {
                let oldest = self.lists.iter().filter(such).min_by_key(|held| held.this_update());
                if let Some(oldest) = oldest.map(|held| *held.digest()) {
                    self.lists.retain(|held| *held.digest() != oldest);
                }
            }
        }
    }

    fn has(&self, digest: &Digest) -> bool {
        self.lists.iter().any(|held| held.digest() == digest)
    }
}

fn order(list: &List) -> (Timestamp, Option<&crate::pki::revocation::ListNumber>) {
    (list.this_update(), list.number())
}

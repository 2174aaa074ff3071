//! What is held in memory: of each series of lists the newest whole, of older ones what was dropped since, and responses.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::intake::Item;
use crate::clock::Timestamp;
use crate::crypto::Digest;
use crate::pki::Name;
use crate::pki::revocation::{Answer, Evidence, List};

/// Lists of one series that are held with their signed bytes because a path showed whose key signed them, and responses about
/// the same certificate. 32: no more of them are ever asked.
const ASKED: usize = 32;

/// Lists of one series that are held though nobody showed whose key signed them. 16, half of those that are asked: whoever
/// forges lists leaves the others their turn.
const UNSHOWN: usize = 16;

/// Older lists that were read again and are held. 256: a province has some dozens of issuing authorities, each of which judged
/// by a list or two of each year.
const RECALLED: usize = 256;

/// The share of the bytes of lists of unknown signers that those have which were read again: one in this many.
const RECALLED_SHARE: u64 = 4;

/// Lists about the same things, from the same name.
type Series = Vec<Arc<List>>;

/// Lists and responses.
#[derive(Debug)]
pub(super) struct Holdings {
    /// By the name of who signed them. Each series from the oldest to the newest, so that neighbors are found at once.
    lists: HashMap<Name, Vec<Series>>,
    digests: HashSet<Digest>,
    answers: Vec<Arc<Answer>>,
    /// Older lists of unknown signers that were wanted and read again, the last of them last.
    recalled: Vec<Arc<List>>,
    /// Whether all that is archived was read.
    complete: bool,
    /// Bytes of lists that may be held for a key that shows later who signed them.
    open_bytes: u64,
}

impl Holdings {
    /// Nothing yet, with room for so many bytes of lists of unknown signers.
    pub(super) fn new(open_bytes: u64) -> Self {
        Self {
            lists: HashMap::new(),
            digests: HashSet::new(),
            answers: Vec::new(),
            recalled: Vec::new(),
            complete: false,
            open_bytes,
        }
    }

    /// All lists, parts included.
    pub(super) fn lists(&self) -> impl Iterator<Item = &Arc<List>> {
        self.lists.values().flatten().flatten()
    }

    /// How many lists there are, parts included.
    pub(super) fn count(&self) -> usize {
        self.digests.len()
    }

    /// Everything as evidence. Until the archive was read whole, it may speak of any certificate.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence::new(
            self.lists().chain(&self.recalled).cloned(),
            self.answers.iter().cloned(),
            !self.complete,
        )
    }

    /// Whether the list of this digest is held, or was read again.
    pub(super) fn holds(&self, digest: &Digest) -> bool {
        self.digests.contains(digest) || self.recalled.iter().any(|list| list.digest() == digest)
    }

    /// Adds older lists that were read again, in place of those that were first.
    pub(super) fn recall(&mut self, lists: Vec<Arc<List>>) {
        self.recalled.extend(lists);
        let most = self.open_bytes / RECALLED_SHARE;
        let bytes = |lists: &[Arc<List>]| lists.iter().map(|list| list.open_bytes()).sum::<u64>();
        while self.recalled.len() > RECALLED || bytes(&self.recalled) > most && self.recalled.len() > 1 {
            self.recalled.remove(0);
        }
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
                let series = self.series(list).into_iter().flatten().filter(|held| held.is_verified());
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

    fn series(&self, list: &List) -> Option<&Series> {
        let mut all = self.lists.get(list.issuer())?.iter();
        all.find(|series| series.first().is_some_and(|held| held.is_of_series(list)))
    }

    fn add_list(&mut self, list: Arc<List>) -> bool {
        if !self.digests.insert(*list.digest()) {
            return false;
        }
        let all = self.lists.entry(list.issuer().clone()).or_default();
        let known = |series: &Series| series.first().is_some_and(|held| held.is_of_series(&list));
        let position = all.iter().position(known).unwrap_or_else(|| {
            all.push(Series::new());
            all.len() - 1
        });
        if let Some(series) = all.get_mut(position) {
            put(series, &list);
        }
        self.prune(&list);
        true
    }

    /// Drops what `list` makes useless: deltas from before a full list, which has what they added, and what of unknown signers
    /// would never be asked or has no room.
    fn prune(&mut self, list: &List) {
        let Some(all) = self.lists.get_mut(list.issuer()) else { return };
        if list.is_vouched() && list.base().is_none() {
            let digests = &mut self.digests;
            // A series is of deltas or of full lists.
            let deltas = |series: &&mut Series| series.first().is_some_and(|held| held.base().is_some());
            for series in all.iter_mut().filter(deltas) {
                series.retain(|held| {
                    let replaced = held.scope() == list.scope() && held.this_update() <= list.this_update();
                    if replaced {
                        digests.remove(held.digest());
                    }
                    !replaced
                });
            }
            all.retain(|series| !series.is_empty());
        }
        if list.is_vouched() {
            return;
        }
        for series in
            all.iter_mut().filter(|series| series.first().is_some_and(|held| held.is_of_series(list)))
        {
            for (shown, most) in [(true, ASKED), (false, UNSHOWN)] {
                let such = |held: &Arc<List>| !held.is_vouched() && held.is_verified() == shown;
                let count = series.iter().filter(|held| such(held)).count();
                if count > most
                    && let Some(oldest) = series.iter().position(such)
                {
                    self.digests.remove(series.remove(oldest).digest());
                }
            }
        }
        self.make_room();
    }

    /// Drops the oldest lists of unknown signers until the others have room. Those whose signer a path showed go last.
    fn make_room(&mut self) {
        while self.lists().map(|list| list.open_bytes()).sum::<u64>() > self.open_bytes {
            let open = self.lists().filter(|list| list.open_bytes() > 0);
            let Some(least) = open.min_by_key(|list| (list.is_verified(), list.this_update())) else {
                return;
            };
            let (name, digest) = (least.issuer().clone(), *least.digest());
            self.digests.remove(&digest);
            if let Some(all) = self.lists.get_mut(&name) {
                all.iter_mut().for_each(|series| series.retain(|held| *held.digest() != digest));
                all.retain(|series| !series.is_empty());
            }
        }
    }
}

/// Puts `list` into its place in `series`, and leaves to the next one what both have.
fn put(series: &mut Series, list: &Arc<List>) {
    let time = list.this_update();
    let begin = series.partition_point(|held| held.this_update() < time);
    let end = series.partition_point(|held| held.this_update() <= time);
    // Those of unknown signers, which anybody may have put between, share nothing.
    let newer = series.iter().skip(end).find(|held| held.is_vouched());
    let part = newer.and_then(|newer| list.beside(newer));
    let older = series.iter_mut().take(begin).rfind(|held| held.is_vouched());
    if let Some(older) = older.filter(|older| !older.is_part())
        && let Some(part) = older.beside(list)
    {
        *older = Arc::new(part);
    }
    series.insert(end, part.map_or_else(|| Arc::clone(list), Arc::new));
}

fn order(list: &List) -> (Timestamp, Option<&crate::pki::revocation::ListNumber>) {
    (list.this_update(), list.number())
}

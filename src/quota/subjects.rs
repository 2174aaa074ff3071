//! How many different persons are asked about within an hour, against those who would list a whole people one by one
//! (枚举). It holds 128 bits of a digest of each keyed pseudonym, in memory, and counts exactly or refuses.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Spend;
use super::journal::Account;
use crate::clock::Elapsed;
use crate::crypto::DigestAlgorithm;
use crate::metrics::Gauge;

/// The window of the limit: any hour, not those of the clock, whose change would double it.
pub(super) const WINDOW: Duration = Duration::from_secs(3_600);

/// The least time between two sweeps of everything, which a full memory asks for at each new person.
const SWEEP: Duration = Duration::from_secs(1);

/// A person of whom nothing is known but whether it is the same.
type Person = u128;

/// Persons that were asked about, by account.
pub(super) struct Subjects {
    clock: Arc<dyn Elapsed>,
    most: usize,
    seen: Mutex<Seen>,
    shown: Gauge,
}

#[derive(Default)]
struct Seen {
    accounts: HashMap<Account, Persons>,
    /// Persons of all accounts.
    all: usize,
    swept: Option<Duration>,
}

#[derive(Default)]
struct Persons {
    last: HashMap<Person, (Duration, u64)>,
    /// The same by when they were last asked about; the number keeps apart what came at once.
    order: BTreeMap<(Duration, u64), Person>,
    next: u64,
}

/// What the limit says to one request: how many more persons there may be, or how long until the next.
pub(super) type Said = Result<u64, Duration>;

impl Subjects {
    /// Room for `most` persons over all accounts, on the steady `clock`.
    pub(super) fn new(clock: Arc<dyn Elapsed>, most: usize, shown: Gauge) -> Self {
        Self { clock, most, seen: Mutex::default(), shown }
    }

    /// Holds a question of `account` about the person with `pseudonym` against `limit` persons in any hour.
    ///
    /// A person who was asked about within the last hour is none more. When there is no room for another one the answer is
    /// no, whatever the limit: guessing would either let a list be made or refuse at random.
    pub(super) fn hold(&self, account: &Account, limit: u32, pseudonym: &str, spend: Spend) -> Said {
        let person = person(pseudonym);
        let now = self.clock.elapsed();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        // Each step leaves the maps whole, so a poisoned lock is as good as any.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let said = seen.hold(account, limit, self.most, person, spend, now);
        self.shown.set(i64::try_from(seen.all).unwrap_or(i64::MAX));
        said
    }
}

impl Seen {
    fn hold(
        &mut self,
        account: &Account,
        limit: usize,
        most: usize,
        person: Person,
        spend: Spend,
        now: Duration,
    ) -> Said {
        let persons = self.accounts.entry(account.clone()).or_default();
        self.all = self.all.saturating_sub(persons.expire(now));
        let known = persons.last.contains_key(&person);
        if !known && persons.last.len() >= limit {
            return Err(persons.wait(now));
        }
        if !known && self.all >= most {
            if self.swept.is_none_or(|swept| now.saturating_sub(swept) >= SWEEP) {
                self.sweep(now);
            }
            if self.all >= most {
                return Err(SWEEP);
            }
        }
        let persons = self.accounts.entry(account.clone()).or_default();
        if matches!(spend, Spend::One) {
            persons.note(person, now);
            self.all = self.all.saturating_add(usize::from(!known));
        }
        let used = persons.last.len();
        Ok(u64::try_from(limit.saturating_sub(used)).unwrap_or(u64::MAX))
    }

    fn sweep(&mut self, now: Duration) {
        self.swept = Some(now);
        let mut all = 0;
        self.accounts.retain(|_, persons| {
            persons.expire(now);
            all += persons.last.len();
            !persons.last.is_empty()
        });
        self.all = all;
    }
}

impl Persons {
    /// Forgets who was last asked about an hour ago or longer; returns how many.
    fn expire(&mut self, now: Duration) -> usize {
        let mut expired = 0;
        while let Some(oldest) = self.order.first_entry() {
            if oldest.key().0.saturating_add(WINDOW) > now {
                break;
            }
            let person = oldest.remove();
            self.last.remove(&person);
            expired += 1;
        }
        expired
    }

    fn note(&mut self, person: Person, now: Duration) {
        let at = (now, self.next);
        self.next = self.next.wrapping_add(1);
        if let Some(before) = self.last.insert(person, at) {
            self.order.remove(&before);
        }
        self.order.insert(at, person);
    }

    /// How long until the one who was not asked about for longest is forgotten.
    fn wait(&self, now: Duration) -> Duration {
        self.order
            .first_key_value()
            .map_or(WINDOW, |((last, _), _)| last.saturating_add(WINDOW).saturating_sub(now))
    }
}

fn person(pseudonym: &str) -> Person {
    let digest = DigestAlgorithm::Sm3.digest(pseudonym.as_bytes());
    digest.as_ref().iter().take(16).fold(0, |bits, byte| bits << 8 | Person::from(*byte))
}

//! Signers that many signatures come from, and the tables that make checking them cheap. Which keys get one is for those to say who
//! know that a key is trusted: a table costs memory and time, and nobody else's keys may spend that.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PublicKey;
use super::sm2::SignerTable;
use super::sm2_key::Sm2Key;

/// Why a key is handed in; who stands before another in this list does not make room for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is named in what this gateway is configured with.
    Configured,
    /// It is certified by a chain that was validated up to an anchor.
    ChainValidated,
}

/// Uses of a chain-validated key before it gets a table: one costs as much as seven single checks by it save.
const USES_BEFORE_TABLE: u32 = 8;

/// Keys that are counted for each one that may have a table.
const COUNTED: usize = 8;

/// Uses of all keys, for each one that may have a table, after which a signer who was not among them is taken for gone, and its table may
/// be given to another chain-validated one. Where more sign in turn than have tables, some keep theirs and the others are checked without,
/// which costs far less than to make tables again and again.
const GONE_AFTER: u64 = 16;

/// What part of all tables configured keys may have where they are [followed](KnownSigners::follow). Half: the certificates that they
/// check are those of signers not met before, and whoever signs often asks for more than that.
const CONFIGURED_SHARE: usize = 2;

/// The tables of known signers, of which there are never more than a given number.
#[derive(Debug)]
pub struct KnownSigners {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    signers: HashMap<[u8; 65], Known>,
    tables: usize,
    /// Rises with each use.
    now: u64,
}

#[derive(Debug)]
struct Known {
    standing: Standing,
    uses: u32,
    last: u64,
    table: Option<Arc<SignerTable>>,
}

impl KnownSigners {
    /// Bytes of one table; what the counting of keys takes beside it is below a fiftieth of that.
    pub const TABLE_BYTES: usize = SignerTable::BYTES;

    /// Room for the tables of `most` signers, `most` times [`KnownSigners::TABLE_BYTES`].
    pub fn new(most: usize) -> Self {
        Self { most, state: Mutex::default() }
    }

    /// Makes `keys`, and no others, the configured ones: who was among them before and is not now loses standing and table at once,
    /// and is counted anew. The first of them, up to half of all tables, are to have one and keep it, whoever else signs. Returns those
    /// that have none yet, for the caller to [furnish](Self::furnish) where that holds up nobody.
    pub fn follow<'k>(&self, keys: impl IntoIterator<Item = &'k PublicKey>) -> Vec<PublicKey> {
        let mut seen = HashSet::new();
        let of_sm2 = keys.into_iter().filter(|key| match key {
            PublicKey::Sm2(key) => seen.insert(*key.point()),
            _ => false,
        });
        let keys: Vec<PublicKey> = of_sm2.take(self.most / CONFIGURED_SHARE).cloned().collect();
        let mut state = self.state();
        state.configure(&keys);
        let lacks = |key: &PublicKey| matches!(key, PublicKey::Sm2(key) if !state.lend(key));
        keys.into_iter().filter(lacks).collect()
    }

    /// Makes the table of a key that is still configured and has none. That takes as long as some six checks without one.
    pub fn furnish(&self, key: &PublicKey) {
        let PublicKey::Sm2(key) = key else { return };
        let is_due = |state: &State| {
            let known = state.signers.get(key.point());
            known.is_some_and(|known| known.standing == Standing::Configured && known.table.is_none())
        };
        if !is_due(&self.state()) {
            return;
        }
        let table = Arc::new(SignerTable::new(key.key()));
        let mut state = self.state();
        // It may have lost its standing meanwhile.
        if is_due(&state)
            && let Some(table) = state.keep(key.point(), table, self.most)
        {
            key.set_table(&table);
        }
    }

    /// Counts a use of a key that the caller vouches for, as `standing` says, and gives it a table if it is used often, or at once if
    /// it is configured; the keys of other algorithms pass. Where all tables are given away, the one that was not used for longest
    /// makes room, that of a configured key only for another.
    pub fn admit(&self, key: &PublicKey, standing: Standing) {
        let PublicKey::Sm2(key) = key else { return };
        if let Some(table) = self.counted(key, standing) {
            key.set_table(&table);
        }
    }

    /// Lets `key` use the table of its signer, if there is one; counts nothing, and admits nobody.
    pub fn recall(&self, key: &PublicKey) {
        let PublicKey::Sm2(key) = key else { return };
        if key.table().is_none() {
            self.state().lend(key);
        }
    }

    /// How many signers have a table now.
    pub fn tables(&self) -> usize {
        self.state().tables
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counted(&self, key: &Sm2Key, standing: Standing) -> Option<Arc<SignerTable>> {
        if self.most == 0 {
            return None;
        }
        {
            let mut state = self.state();
            let known = state.count(key.point(), standing, self.most.saturating_mul(COUNTED));
            let (uses, table) = (known.uses, known.table.clone());
            if table.is_some() {
                return table;
            }
            // Not at every use: to see whether a table is free again, all signers are gone through.
            let earned = uses.is_multiple_of(USES_BEFORE_TABLE) && state.has_room(self.most);
            if standing == Standing::ChainValidated && !earned {
                return None;
            }
        }
        // Others need not wait for this; if two make the same table, one of them is kept.
        let table = Arc::new(SignerTable::new(key.key()));
        let mut state = self.state();
        state.keep(key.point(), table, self.most)
    }
}

impl State {
    /// Gives all keys the standing that they have when `keys` are the configured ones.
    fn configure(&mut self, keys: &[PublicKey]) {
        let points: HashSet<&[u8; 65]> = keys
            .iter()
            .filter_map(|key| match key {
                PublicKey::Sm2(key) => Some(key.point()),
                _ => None,
            })
            .collect();
        self.signers.retain(|point, known| known.standing != Standing::Configured || points.contains(point));
        for point in points {
            let known = self.signers.entry(*point).or_insert_with(|| Known::new(Standing::Configured));
            known.standing = Standing::Configured;
        }
        self.tables = self.signers.values().filter(|known| known.table.is_some()).count();
    }

    /// Lets `key` use the table of its signer; whether there is one.
    fn lend(&self, key: &Sm2Key) -> bool {
        let table = self.signers.get(key.point()).and_then(|known| known.table.as_ref());
        table.inspect(|table| key.set_table(table)).is_some()
    }

    fn count(&mut self, point: &[u8; 65], standing: Standing, most: usize) -> &mut Known {
        self.now += 1;
        if !self.signers.contains_key(point) && self.signers.len() >= most {
            // All who are only counted, at once: to look for one of them each time would keep every thread waiting. Who signs
            // often is soon counted again; tables are an eighth of what is counted at most.
            self.signers.retain(|_, known| known.table.is_some() || known.standing == Standing::Configured);
        }
        let known = self.signers.entry(*point).or_insert_with(|| Known::new(standing));
        if standing == Standing::Configured {
            known.standing = standing;
        }
        known.uses = known.uses.saturating_add(1);
        known.last = self.now;
        known
    }

    /// Whether a table can be given away without taking one from a signer who still signs.
    fn has_room(&self, most: usize) -> bool {
        let gone =
            self.now.saturating_sub(GONE_AFTER.saturating_mul(u64::try_from(most).unwrap_or(u64::MAX)));
        let is_gone = |known: &Known| {
            known.standing == Standing::ChainValidated && known.table.is_some() && known.last < gone
        };
        self.tables < most || self.signers.values().any(is_gone)
    }

    fn keep(&mut self, point: &[u8; 65], table: Arc<SignerTable>, most: usize) -> Option<Arc<SignerTable>> {
        if let Some(Known { table: Some(kept), .. }) = self.signers.get(point) {
            return Some(Arc::clone(kept));
        }
        // It may have been forgotten meanwhile.
        let standing = self.signers.get(point)?.standing;
        if self.tables >= most && !self.forget_oldest_table(standing) {
            return None;
        }
        let known = self.signers.get_mut(point)?;
        self.tables += 1;
        known.table = Some(Arc::clone(&table));
        Some(table)
    }

    /// Drops the signer with a table who was not met for longest, a configured one only for another and where there is nobody else;
    /// whether there was any to drop.
    fn forget_oldest_table(&mut self, standing: Standing) -> bool {
        let may_go = |known: &Known| known.table.is_some() && known.standing >= standing;
        let oldest = self
            .signers
            .iter()
            .filter(|(_, known)| may_go(known))
            .min_by_key(|(_, known)| (std::cmp::Reverse(known.standing), known.last))
            .map(|(point, _)| *point);
        let dropped = oldest.and_then(|point| self.signers.remove(&point)).is_some();
        self.tables -= usize::from(dropped);
        dropped
    }
}

impl Known {
    const fn new(standing: Standing) -> Self {
        Self { standing, uses: 0, last: 0, table: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;

    fn key(secret: u8) -> PublicKey {
        SigningKey::from_secret(&[secret; 32]).unwrap().public_key().unwrap()
    }

    #[test]
    fn a_configured_key_gets_its_table_at_once_and_another_one_with_use() {
        let known = KnownSigners::new(2);
        let (configured, validated) = (key(1), key(2));
        known.admit(&configured, Standing::Configured);
        assert!(configured.has_table());
        for _ in 1..USES_BEFORE_TABLE {
            known.admit(&validated, Standing::ChainValidated);
            assert!(!validated.has_table());
        }
        known.admit(&validated, Standing::ChainValidated);
        assert!(validated.has_table());
        // The same signer from another certificate.
        let again = key(2);
        assert!(!again.has_table());
        known.admit(&again, Standing::ChainValidated);
        assert!(again.has_table());
        assert_eq!(known.tables(), 2);
    }

    #[test]
    fn tables_stay_within_their_number() {
        let known = KnownSigners::new(2);
        let keys: Vec<PublicKey> = (1..=5).map(key).collect();
        for (at, key) in keys.iter().enumerate() {
            known.admit(key, Standing::Configured);
            assert_eq!(known.tables(), (at + 1).min(2));
        }
        assert_eq!(keys.iter().filter(|key| key.has_table()).count(), 2);
        assert!(keys[3].has_table() && keys[4].has_table());
        drop(known);
        assert!(!keys.iter().any(PublicKey::has_table));
    }

    #[test]
    fn signers_who_sign_in_turn_do_not_take_tables_from_each_other() {
        let known = KnownSigners::new(2);
        let keys: Vec<PublicKey> = (1..=4).map(key).collect();
        for _ in 0..10 * USES_BEFORE_TABLE {
            keys.iter().for_each(|key| known.admit(key, Standing::ChainValidated));
        }
        let with_tables = |keys: &[PublicKey]| keys.iter().map(PublicKey::has_table).collect::<Vec<bool>>();
        assert_eq!(with_tables(&keys), [true, true, false, false]);
        // The first stops signing; in the end another gets its table.
        for _ in 0..10 * USES_BEFORE_TABLE {
            keys.iter().skip(1).for_each(|key| known.admit(key, Standing::ChainValidated));
        }
        assert_eq!(with_tables(&keys[..2]), [false, true]);
        assert_eq!(known.tables(), 2);
    }

    #[test]
    fn who_is_only_counted_takes_no_table() {
        let known = KnownSigners::new(1);
        let signer = key(1);
        (0..USES_BEFORE_TABLE).for_each(|_| known.admit(&signer, Standing::ChainValidated));
        for secret in 2..=3 * u8::try_from(COUNTED).unwrap() {
            known.admit(&key(secret), Standing::ChainValidated);
        }
        assert!(signer.has_table());
        assert!(known.state().signers.len() <= COUNTED);
    }

    #[test]
    fn counted_keys_stay_within_their_number() {
        let known = KnownSigners::new(1);
        for secret in 1..=3 * u8::try_from(COUNTED).unwrap() {
            known.admit(&key(secret), Standing::ChainValidated);
        }
        assert!(known.state().signers.len() <= COUNTED);
        KnownSigners::new(0).admit(&key(1), Standing::Configured);
        assert!(!key(1).has_table());
    }

    /// Follows `keys` and makes the tables that they lack, which were `lacking`.
    fn follow(known: &KnownSigners, keys: &[PublicKey], lacking: usize) {
        let lack = known.follow(keys);
        assert_eq!(lack.len(), lacking);
        lack.iter().for_each(|key| known.furnish(key));
    }

    #[test]
    fn those_configured_before_lose_their_tables_to_those_configured_now() {
        let known = KnownSigners::new(8);
        let keys: Vec<PublicKey> = (1..=4).map(key).collect();
        follow(&known, &keys[..3], 3);
        assert!(keys[..3].iter().all(PublicKey::has_table));
        follow(&known, &keys[1..], 1);
        assert_eq!(keys.iter().map(PublicKey::has_table).collect::<Vec<bool>>(), [false, true, true, true]);
        assert_eq!(known.tables(), 3);
        // What comes too late for a key that lost its standing makes no table, and validated once it has none either.
        known.furnish(&keys[0]);
        known.admit(&keys[0], Standing::ChainValidated);
        assert!(!keys[0].has_table());
        // The same keys in other certificates, of another publication, use the tables that there are.
        let again: Vec<PublicKey> = (2..=4).map(key).collect();
        follow(&known, &again, 0);
        assert!(again.iter().all(PublicKey::has_table));
        follow(&known, &[], 0);
        assert_eq!(known.tables(), 0);
        assert!(!keys.iter().chain(&again).any(PublicKey::has_table));
    }

    #[test]
    fn configured_keys_have_half_of_the_tables_and_keep_them() {
        let known = KnownSigners::new(4);
        let configured: Vec<PublicKey> = (1..=5).chain([1, 2]).map(key).collect();
        follow(&known, &configured, 2);
        for _ in 0..40 * USES_BEFORE_TABLE {
            (10..14).for_each(|secret| known.admit(&key(secret), Standing::ChainValidated));
        }
        assert_eq!(known.tables(), 4);
        assert!(configured[0].has_table() && configured[1].has_table() && !configured[2].has_table());
        // More of them than fit beside the others who sign take the places of those.
        let known = KnownSigners::new(2);
        let signers = [key(10), key(11)];
        for signer in &signers {
            (0..USES_BEFORE_TABLE).for_each(|_| known.admit(signer, Standing::ChainValidated));
        }
        follow(&known, &configured, 1);
        assert!(configured[0].has_table() && signers[1].has_table() && !signers[0].has_table());
        for none in [KnownSigners::new(0), KnownSigners::new(1)] {
            assert!(none.follow(&configured[2..]).is_empty());
            none.furnish(&configured[2]);
            assert_eq!(none.tables(), 0);
        }
    }
}

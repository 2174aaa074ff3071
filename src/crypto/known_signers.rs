//! Signers that many signatures come from, and the tables that make checking them cheap. Which keys get one is for those to say who
//! know that a key is trusted: a table costs memory and time, and nobody else's keys may spend that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::PublicKey;
use super::sm2::SignerTable;
use super::sm2_key::Sm2Key;

/// Why a key is handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// Counts a use of a key that the caller vouches for, as `standing` says, and gives it a table if it is used often; the keys of
    /// other algorithms pass. Where all tables are given away, the one that was not used for longest makes room.
    pub fn admit(&self, key: &PublicKey, standing: Standing) {
        let PublicKey::Sm2(key) = key else { return };
        if let Some(table) = self.counted(key, standing) {
            key.set_table(&table);
        }
    }

    /// Lets `key` use the table of its signer, if there is one; counts nothing, and admits nobody.
    pub fn recall(&self, key: &PublicKey) {
        let PublicKey::Sm2(key) = key else { return };
        let table = || self.state().signers.get(key.point()).and_then(|known| known.table.clone());
        if key.table().is_none()
            && let Some(table) = table()
        {
            key.set_table(&table);
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
            let known = state.count(key.point(), self.most.saturating_mul(COUNTED));
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
    fn count(&mut self, point: &[u8; 65], most: usize) -> &mut Known {
        self.now += 1;
        if !self.signers.contains_key(point) && self.signers.len() >= most {
            // All who are only counted, at once: to look for one of them each time would keep every thread waiting. Who signs
            // often is soon counted again; tables are an eighth of what is counted at most.
            self.signers.retain(|_, known| known.table.is_some());
        }
        let known = self.signers.entry(*point).or_insert(Known { uses: 0, last: 0, table: None });
        known.uses = known.uses.saturating_add(1);
        known.last = self.now;
        known
    }

    /// Whether a table can be given away without taking one from a signer who still signs.
    fn has_room(&self, most: usize) -> bool {
        let gone =
            self.now.saturating_sub(GONE_AFTER.saturating_mul(u64::try_from(most).unwrap_or(u64::MAX)));
        let is_gone = |known: &Known| known.table.is_some() && known.last < gone;
        self.tables < most || self.signers.values().any(is_gone)
    }

    fn keep(&mut self, point: &[u8; 65], table: Arc<SignerTable>, most: usize) -> Option<Arc<SignerTable>> {
        if let Some(Known { table: Some(kept), .. }) = self.signers.get(point) {
            return Some(Arc::clone(kept));
        }
        if self.tables >= most {
            self.forget_oldest_table();
        }
        // It may have been forgotten meanwhile.
        let known = self.signers.get_mut(point)?;
        self.tables += 1;
        known.table = Some(Arc::clone(&table));
        Some(table)
    }

    /// Drops the signer with a table who was not met for longest.
    fn forget_oldest_table(&mut self) {
        let oldest = self
            .signers
            .iter()
            .filter(|(_, known)| known.table.is_some())
            .min_by_key(|(_, known)| known.last)
            .map(|(point, _)| *point);
        if let Some(Known { table: Some(_), .. }) = oldest.and_then(|point| self.signers.remove(&point)) {
            self.tables -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;

    fn key(secret: u8) -> PublicKey {
        SigningKey::from_secret(&[secret; 32]).unwrap().public_key().unwrap()
    }

    fn has_table(key: &PublicKey) -> bool {
        matches!(key, PublicKey::Sm2(key) if key.table().is_some())
    }

    #[test]
    fn a_configured_key_gets_its_table_at_once_and_another_one_with_use() {
        let known = KnownSigners::new(2);
        let (configured, validated) = (key(1), key(2));
        known.admit(&configured, Standing::Configured);
        assert!(has_table(&configured));
        for _ in 1..USES_BEFORE_TABLE {
            known.admit(&validated, Standing::ChainValidated);
            assert!(!has_table(&validated));
        }
        known.admit(&validated, Standing::ChainValidated);
        assert!(has_table(&validated));
        // The same signer from another certificate.
        let again = key(2);
        assert!(!has_table(&again));
        known.admit(&again, Standing::ChainValidated);
        assert!(has_table(&again));
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
        assert_eq!(keys.iter().filter(|key| has_table(key)).count(), 2);
        assert!(has_table(&keys[3]) && has_table(&keys[4]));
        drop(known);
        assert!(!keys.iter().any(has_table));
    }

    #[test]
    fn signers_who_sign_in_turn_do_not_take_tables_from_each_other() {
        let known = KnownSigners::new(2);
        let keys: Vec<PublicKey> = (1..=4).map(key).collect();
        for _ in 0..10 * USES_BEFORE_TABLE {
            keys.iter().for_each(|key| known.admit(key, Standing::ChainValidated));
        }
        let with_tables = |keys: &[PublicKey]| keys.iter().map(has_table).collect::<Vec<bool>>();
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
        assert!(has_table(&signer));
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
        assert!(!has_table(&key(1)));
    }
}

//! Values of which many agreements need the same one: kept once, so that what decisions look at stays small enough for the
//! processor's caches.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Values by what they were made from.
#[derive(Debug)]
pub(super) struct Shared<K, V>(Mutex<HashMap<K, Arc<V>>>);

impl<K, V> Default for Shared<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash, V> Shared<K, V> {
    /// The value of `key`, made if there is none yet; `None` if it cannot be made.
    pub(super) fn get(&self, key: K, make: impl FnOnce() -> Option<V>) -> Option<Arc<V>> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return Some(Arc::clone(known));
        }
        // Made unlocked, as others are read meanwhile; should two make the same, the first stays.
        let made = Arc::new(make()?);
        Some(Arc::clone(lock().entry(key).or_insert(made)))
    }
}

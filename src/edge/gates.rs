//! Counted places, so many for each caller and apart from those of all others. What a place stands for is not known here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

/// The places of each caller, by its name.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<HashMap<String, Arc<Semaphore>>>);

impl Gates {
    /// The places of `name`; `most` when it first comes.
    pub(super) fn of(&self, name: &str, most: usize) -> Arc<Semaphore> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
        Arc::clone(gate)
    }
}

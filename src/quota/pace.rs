//! How fast one caller may come at all, before anything is known of what it asks. It knows no permits and keeps no days.

use std::sync::Arc;

use super::rates::{Allowance, Rates};
use crate::clock::Elapsed;
use crate::policy::Rate;

/// Rates of callers by name.
pub struct Pace(Rates<String>);

impl Pace {
    /// Rates that nobody has used yet, on the steady `clock`.
    pub fn new(clock: Arc<dyn Elapsed>) -> Self {
        Self(Rates::new(clock))
    }

    /// Counts one request of `caller`; false if it comes too soon for `rate`.
    pub fn keeps(&self, caller: &str, rate: Rate) -> bool {
        matches!(self.0.admit(rate, &caller.to_owned()), Allowance::Admitted { .. })
    }
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pace").finish_non_exhaustive()
    }
}

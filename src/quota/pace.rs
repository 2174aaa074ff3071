//! How fast one caller may come at all, before anything is known of what it asks. It knows no permits and keeps no days.

use std::sync::Arc;

use super::rates::{Allowance, Rates};
use crate::clock::Elapsed;
use crate::policy::Rate;

/// Rates of callers by name.
pub struct Pace {
    whole: Rates<String>,
    lines: Rates<String>,
}

impl Pace {
    /// Rates that nobody has used yet, on the steady `clock`.
    pub fn new(clock: Arc<dyn Elapsed>) -> Self {
        Self { whole: Rates::new(Arc::clone(&clock)), lines: Rates::new(clock) }
    }

    /// Counts one request of `caller`; false if it comes too soon for `rate`.
    pub fn keeps(&self, caller: &str, rate: Rate) -> bool {
        matches!(self.whole.admit(rate, &caller.to_owned()), Allowance::Admitted { .. })
    }

    /// Counts one line of a batch of `caller`, once it is not too soon for `rate`, nor, with its other lines, for half of
    /// it: what a batch leaves over is for requests that somebody waits for.
    pub async fn turn(&self, caller: &str, rate: Rate) {
        let caller = caller.to_owned();
        self.lines.turn(rate.half(), &caller).await;
        self.whole.turn(rate, &caller).await;
    }
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pace").finish_non_exhaustive()
    }
}

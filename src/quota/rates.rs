//! Rates by key, on governor's generic cell rate algorithm. Only this file names the crate.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Elapsed;
use crate::policy::Rate;

/// What a rate says to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowance {
    Admitted { remaining: u32 },
    Refused { wait: Duration },
}

/// The least time until one that waits looks again. 5 ms: of a rate of 1,000 a second five are due by then, and the dozens
/// that may wait cost next to nothing.
const STEP: Duration = Duration::from_millis(5);

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, Steady, StateInformationMiddleware>;

/// One limiter for each rate in use: a limiter has one rate for all its keys, and agreements have few different ones.
pub(super) struct Rates<K: Clone + Eq + Hash> {
    clock: Steady,
    limiters: RwLock<HashMap<Rate, Arc<Limiter<K>>>>,
}

impl<K: Clone + Eq + Hash> Rates<K> {
    pub(super) fn new(clock: Arc<dyn Elapsed>) -> Self {
        Self { clock: Steady(clock), limiters: RwLock::new(HashMap::new()) }
    }

    /// Counts one request of `key` at `rate`, unless it comes too soon.
    pub(super) fn admit(&self, rate: Rate, key: &K) -> Allowance {
        match self.limiter(rate).check_key(key) {
            Ok(snapshot) => Allowance::Admitted { remaining: snapshot.remaining_burst_capacity() },
            Err(not_until) => Allowance::Refused { wait: not_until.wait_time_from(self.clock.now()) },
        }
    }

    /// The same for one that waits until it comes late enough; returns what is left of the burst then.
    ///
    /// Those who wait together have no order among them: each takes what is due when it looks.
    pub(super) async fn turn(&self, rate: Rate, key: &K) -> u32 {
        loop {
            match self.admit(rate, key) {
                Allowance::Admitted { remaining } => return remaining,
                Allowance::Refused { wait } => tokio::time::sleep(wait.max(STEP)).await,
            }
        }
    }

    fn limiter(&self, rate: Rate) -> Arc<Limiter<K>> {
        if let Some(limiter) = self.limiters.read().unwrap_or_else(PoisonError::into_inner).get(&rate) {
            return Arc::clone(limiter);
        }
        let mut limiters = self.limiters.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(limiters.entry(rate).or_insert_with(|| {
            let quota = Quota::per_second(rate.per_second).allow_burst(rate.burst);
            let limiter = RateLimiter::dashmap_with_clock(quota, self.clock.clone());
            Arc::new(limiter.with_middleware::<StateInformationMiddleware>())
        }))
    }
}

/// The steady clock, as governor wants it. The reading is the time since the clock's own beginning.
#[derive(Clone)]
struct Steady(Arc<dyn Elapsed>);

impl Clock for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// governor implements its reference points for [`Duration`]; this holds it to that.
const _: fn() = || {
    fn reference<T: Reference>() {}
    reference::<Duration>();
};

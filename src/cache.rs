//! Providers' answers and verdicts, kept for a while in memory. It keeps answers whole: minimizing runs on every hit, so that one
//! caller's rights never leak into another's reply. It decides nothing; the permit says how long is allowed.

mod key;
#[cfg(test)]
mod tests;
mod verdicts;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;
use serde::Deserialize;

use self::key::Key;
pub use self::key::Subject;
pub use self::verdicts::{Under, Verdicts};
use crate::clock::Elapsed;
use crate::disclosure::{Answer, Outcome};
use crate::metrics::{Counters, Gauge, Metrics};
use crate::quota::Admission;

/// Settings, in the config under `[cache]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Memory for answers, in bytes. 256 MiB: some 200,000 answers of 1 KB with what it costs to keep them.
    pub bytes: u64,
    /// How long it is remembered that there is no record, in seconds. 60: the record may be made at any moment, and the
    /// person is at the counter.
    pub no_record_seconds: u32,
    /// How long an answer of a sensitive service serves one case, in seconds. 300: the same clerk asks again within
    /// minutes.
    pub case_seconds: u32,
    /// Whether verdicts are kept at all. They are: one license is shown at several counters within minutes, and batches name
    /// one twice. Measurements of judging switch it off.
    pub verdicts: bool,
    /// How long a verdict is kept at most, in seconds. 300: as for one case; what it rests on ends it sooner.
    pub verdict_seconds: u32,
    /// Memory for verdicts, in bytes. 128 MiB: some 10,000 of 12 KB, two a second and counter for five minutes.
    pub verdict_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            no_record_seconds: 60,
            case_seconds: 300,
            verdicts: true,
            verdict_seconds: 300,
            verdict_bytes: 128 << 20,
        }
    }
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheState {
    /// From the provider, and not kept.
    Bypass,
    /// From the provider, asked once for several requests that came together.
    Coalesced,
    /// Kept since this many seconds.
    Hit {
        /// Since the answer came, in whole seconds.
        age_seconds: u64,
    },
    /// From the provider, and kept if it may be.
    Miss,
}

impl CacheState {
    /// The name in records and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Coalesced => "coalesced",
            Self::Hit { .. } => "hit",
            Self::Miss => "miss",
        }
    }
}

/// For whom an answer is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// For the one request; when its caller gives up, so does the fetch.
    Alone,
    /// For all who ask the same until it comes, whenever they give up.
    Joint,
}

/// The fetch ended without an answer and without a reason, because the runtime is going down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fetch was cut short")]
pub struct CutShort;

/// An answer with the reading of the steady clock at which it came.
#[derive(Clone)]
struct Kept {
    answer: Arc<Answer>,
    since: Duration,
    life: Duration,
}

/// Kept answers.
pub struct Answers {
    kept: Cache<Key, Kept>,
    clock: Arc<dyn Elapsed>,
    no_record: Duration,
    case: Duration,
    lookups: Counters<1>,
    bytes: Gauge,
}

impl Answers {
    /// An empty cache on the steady `clock`.
    pub fn new(config: &Config, clock: Arc<dyn Elapsed>, metrics: &mut Metrics) -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(config.bytes)
                .weigher(|_: &Key, kept: &Kept| kept.answer.bytes().saturating_add(OVERHEAD))
                .expire_after(Lives)
                .build(),
            clock,
            no_record: Duration::from_secs(config.no_record_seconds.into()),
            case: Duration::from_secs(config.case_seconds.into()),
            lookups: metrics.counters("cache_lookups", "Answers by where they came from."),
            bytes: metrics.gauge("cache_bytes", "Memory taken by kept answers, in bytes."),
        }
    }

    /// The answer about `subject` for the request that was admitted: kept and young enough for its permit, or else from
    /// `fetch`.
    ///
    /// A joint fetch runs once for all that ask the same at the same time, as a task of its own: it goes on when the
    /// caller that began it drops this future. Its failure goes to all who wait and is not kept.
    pub async fn get<E, F>(
        &self,
        admission: &Admission,
        subject: Subject,
        fetch: impl FnOnce(Sharing) -> F,
    ) -> Result<(Arc<Answer>, CacheState), E>
    where
        E: From<CutShort> + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, E>> + Send + 'static,
    {
        let got = self.find_or_fetch(Key::new(admission.permit(), subject, self.case), fetch).await;
        if let Ok((_, state)) = &got {
            self.lookups.add_one([("state", state.as_str())]);
        }
        self.bytes.set(i64::try_from(self.kept.weighted_size()).unwrap_or(i64::MAX));
        got
    }

    async fn find_or_fetch<E, F>(
        &self,
        key: Key,
        fetch: impl FnOnce(Sharing) -> F,
    ) -> Result<(Arc<Answer>, CacheState), E>
    where
        E: From<CutShort> + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Answer, E>> + Send + 'static,
    {
        let life = key.life();
        if life.is_zero() {
            return fetch(Sharing::Alone).await.map(|answer| (Arc::new(answer), CacheState::Bypass));
        }
        if let Some(kept) = self.kept.get(&key).await {
            match self.age(&kept, life) {
                Some(age) => return Ok((kept.answer, CacheState::Hit { age_seconds: age.as_secs() })),
                // Too old for this permit; a newer answer is as good for whoever may have an older one.
                None => self.kept.invalidate(&key).await,
            }
        }
        let fetch = fetch(Sharing::Joint);
        let (kept, clock, no_record) = (self.kept.clone(), Arc::clone(&self.clock), self.no_record);
        let joined = tokio::spawn(async move {
            let mine = async {
                let answer = fetch.await?;
                // What is being looked into may change any moment, and who keeps it would not hear of it.
                let life = if answer.is_under_correction() { Duration::ZERO } else { life };
                let life = allowed(answer.outcome(), life, no_record);
                Ok(Kept { answer: Arc::new(answer), since: clock.elapsed(), life })
            };
            let entry = kept.entry(key.clone()).or_try_insert_with(mine).await;
            let entry = entry.map_err(|error: Arc<E>| (*error).clone())?;
            let state = if entry.is_fresh() { CacheState::Miss } else { CacheState::Coalesced };
            let found = entry.into_value();
            if found.life.is_zero() {
                // It came for those who waited together and for nobody after them.
                kept.invalidate(&key).await;
            }
            Ok((found.answer, state))
        });
        joined.await.unwrap_or_else(|_| Err(CutShort.into()))
    }

    /// The age of `kept`, if it is younger than its own life and than `life`.
    fn age(&self, kept: &Kept, life: Duration) -> Option<Duration> {
        let age = self.clock.elapsed().saturating_sub(kept.since);
        (age < kept.life.min(life)).then_some(age)
    }
}

/// How long an answer with `outcome` is kept, of the `life` that is allowed.
fn allowed(outcome: Outcome, life: Duration, no_record: Duration) -> Duration {
    match outcome {
        Outcome::Answered | Outcome::Mismatch => life,
        Outcome::NoRecord => life.min(no_record),
        // These are about to change, or say nothing.
        Outcome::Partial | Outcome::UnderCorrection | Outcome::Unavailable => Duration::ZERO,
    }
}

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").field("kept", &self.kept.entry_count()).finish_non_exhaustive()
    }
}

/// Bytes that an entry costs beside its answer: the key, and moka's own bookkeeping, which is about 200 bytes.
const OVERHEAD: u32 = 512;

/// Lets moka free what is too old. Whether an entry is young enough to be used is decided by the steady clock.
struct Lives;

impl Expiry<Key, Kept> for Lives {
    fn expire_after_create(&self, _: &Key, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.life)
    }
}

//! Providers' answers and verdicts, kept for a while in memory. It keeps answers whole: minimizing runs on every hit, so that one
//! caller's rights never leak into another's reply. It decides nothing; the permit says how long is allowed.

mod flight;
mod key;
mod purge;
mod reuse;
#[cfg(test)]
mod tests;
mod verdicts;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::sync::Cache;
use serde::Deserialize;
use tokio::time::timeout_at;

use self::flight::Flights;
use self::key::Key;
pub use self::key::Subject;
pub use self::purge::Purge;
pub use self::reuse::Reuse;
use self::reuse::Untold;
pub use self::verdicts::{Under, Verdicts};
use crate::clock::Elapsed;
use crate::disclosure::{Answer, Outcome};
use crate::metrics::{Counter, Counters, Gauge, Metrics};
use crate::policy::Permit;
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
    /// How long an answer of a sensitive service serves one case, in seconds; at most [`CASE_SECONDS`]. 300: the same clerk
    /// asks again within minutes.
    pub case_seconds: u32,
    /// Whether verdicts are kept at all. They are: one license is shown at several counters within minutes, and batches name
    /// one twice. Measurements of judging switch it off.
    pub verdicts: bool,
    /// How long a verdict is kept at most, in seconds. 300: as for one case; what it rests on ends it sooner.
    pub verdict_seconds: u32,
    /// Memory for verdicts, in bytes. 128 MiB: some 10,000 of 12 KB, two a second and counter for five minutes.
    pub verdict_bytes: u64,
}

/// The most that an answer of a sensitive service may serve one case, in seconds: five minutes are one visit to a counter.
pub const CASE_SECONDS: u32 = 300;

impl Default for Config {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            no_record_seconds: 60,
            case_seconds: CASE_SECONDS,
            verdicts: true,
            verdict_seconds: 300,
            verdict_bytes: 128 << 20,
        }
    }
}

/// Where an answer came from. Ages are in whole seconds since the provider gave it, time at other gateways included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheState {
    /// From the provider, and not kept.
    Bypass,
    /// From the provider, asked once for several requests that came together.
    Coalesced,
    /// Kept.
    Hit {
        /// How old it is.
        age_seconds: u64,
        /// For how long it may still be given.
        left_seconds: u64,
    },
    /// From the provider, and kept if it may be.
    Miss,
    /// Kept, older than it should be, and given because the provider could not answer and the service's rule allows it
    /// (stale-if-error, RFC 5861 §4).
    Stale {
        /// How old it is.
        age_seconds: u64,
        /// How much older than it should be.
        over_seconds: u64,
    },
}

impl CacheState {
    /// The name in records and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Coalesced => "coalesced",
            Self::Hit { .. } => "hit",
            Self::Miss => "miss",
            Self::Stale { .. } => "stale",
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

/// Why there is no answer, as far as keeping answers is concerned.
pub trait Failure: From<CutShort> + Clone + Send + Sync + 'static {
    /// The caller does not wait any longer.
    fn late() -> Self;

    /// Whether an older answer may stand in: the upstream could not answer, which is not that it would not.
    fn excuses(&self) -> bool;
}

/// An answer with the reading of the steady clock at which it came.
#[derive(Clone)]
struct Kept {
    answer: Arc<Answer>,
    since: Duration,
    life: Duration,
    /// How much longer it may stand in for one that cannot be had.
    grace: Duration,
}

/// Kept answers. `E` is why there is none.
pub struct Answers<E> {
    kept: Cache<Key, Kept>,
    flights: Arc<Flights<E>>,
    untold: Arc<Untold>,
    clock: Arc<dyn Elapsed>,
    no_record: Duration,
    case: Duration,
    lookups: Counters<1>,
    purged: Counter,
    bytes: Gauge,
}

impl<E: Failure> Answers<E> {
    /// An empty cache on the steady `clock`.
    pub fn new(config: &Config, clock: Arc<dyn Elapsed>, metrics: &mut Metrics) -> Self {
        let untold =
            metrics.gauge("cache_untold", "Answers given again that their provider has not heard of.");
        Self {
            kept: Cache::builder()
                .max_capacity(config.bytes)
                .weigher(|_: &Key, kept: &Kept| kept.answer.bytes().saturating_add(OVERHEAD))
                .expire_after(Lives)
                .build(),
            flights: Arc::new(Flights::new()),
            untold: Arc::new(Untold::new(untold)),
            clock,
            no_record: Duration::from_secs(config.no_record_seconds.into()),
            case: Duration::from_secs(config.case_seconds.min(CASE_SECONDS).into()),
            lookups: metrics.counters("cache_lookups", "Answers by where they came from."),
            purged: metrics.counter("cache_purged", "Answers and fetches that operators let go of."),
            bytes: metrics.gauge("cache_bytes", "Memory taken by kept answers, in bytes."),
        }
    }

    /// The answer about `subject` for the request that was admitted: kept and young enough for its permit, or else from
    /// `fetch`, waited for until `deadline`. `fetch` is told what the provider should hear of.
    ///
    /// A joint fetch runs once for all that ask the same at the same time, as a task of its own: it goes on when the
    /// caller that began it drops this future. Its failure goes to all who wait and is not kept.
    pub async fn get<F>(
        &self,
        admission: &Admission,
        subject: Subject,
        deadline: tokio::time::Instant,
        fetch: impl FnOnce(Sharing, Reuse) -> F,
    ) -> Result<(Arc<Answer>, CacheState), E>
    where
        F: Future<Output = Result<Answer, E>> + Send + 'static,
    {
        let permit = admission.permit();
        let key = Key::new(permit, subject, self.case);
        let fetch = |sharing| fetch(sharing, self.untold.take(permit));
        let got = match timeout_at(deadline, self.find_or_fetch(&key, fetch)).await {
            Ok(got) => got,
            Err(_) => Err(E::late()),
        };
        let got = self.stand_in(&key, got);
        if let Ok((answer, state)) = &got {
            self.lookups.add_one([("state", state.as_str())]);
            if given_again(answer, *state) {
                self.untold.add(permit, 1);
            }
        }
        self.bytes.set(i64::try_from(self.kept.weighted_size()).unwrap_or(i64::MAX));
        got
    }

    /// Notes that another gateway gave `answers` again that were fetched under `permit`.
    pub fn reused(&self, permit: &Permit, answers: u64) {
        self.untold.add(permit, answers);
    }

    /// Lets go of what `purge` wants, kept or on its way; the next request finds none of it. Returns how many these were.
    /// Takes time in proportion to all that is kept.
    pub fn purge(&self, purge: &Purge) -> u64 {
        // Nothing lands while this is held.
        let mut board = self.flights.board();
        let mut gone = board.let_go(|key| purge.wants(key));
        for (key, _) in &self.kept {
            if purge.wants(&key) {
                self.kept.invalidate(key.as_ref());
                gone += 1;
            }
        }
        let gone = u64::try_from(gone).unwrap_or(u64::MAX);
        self.purged.add(gone);
        gone
    }

    async fn find_or_fetch<F>(
        &self,
        key: &Key,
        fetch: impl FnOnce(Sharing) -> F,
    ) -> Result<(Arc<Answer>, CacheState), E>
    where
        F: Future<Output = Result<Answer, E>> + Send + 'static,
    {
        if key.life().is_zero() {
            let answer = Arc::new(fetch(Sharing::Alone).await?);
            let state = came_stale(&answer).unwrap_or(CacheState::Bypass);
            return Ok((answer, state));
        }
        if let Some(found) = self.fresh(key) {
            return Ok(found);
        }
        let (seat, state) = {
            let mut board = self.flights.board();
            // What landed since the look above has left the board.
            if let Some(found) = self.fresh(key) {
                return Ok(found);
            }
            match board.join(key) {
                Some(seat) => (seat, CacheState::Coalesced),
                None => {
                    let land = self.keep(key);
                    (board.begin(&self.flights, key, fetch(Sharing::Joint), land), CacheState::Miss)
                }
            }
        };
        let answer = seat.wait().await?;
        let state = came_stale(&answer).unwrap_or(state);
        Ok((answer, state))
    }

    /// What keeps an answer that comes under `key`, if anybody after those who wait may have it.
    fn keep(&self, key: &Key) -> impl FnOnce(&Arc<Answer>) + Send + use<E> {
        let (kept, clock, key, no_record) =
            (self.kept.clone(), Arc::clone(&self.clock), key.clone(), self.no_record);
        move |answer| {
            let life = allowed(answer, key.life(), no_record);
            if answer.age() < life {
                let answered = answer.outcome() == Outcome::Answered;
                let grace = if answered { key.grace() } else { Duration::ZERO };
                let answer = Arc::clone(answer);
                kept.insert(key, Kept { answer, since: clock.elapsed(), life, grace });
            }
        }
    }

    fn fresh(&self, key: &Key) -> Option<(Arc<Answer>, CacheState)> {
        let kept = self.kept.get(key)?;
        let (age, life) = (self.age(&kept), kept.life.min(key.life()));
        let left_seconds = life.checked_sub(age).filter(|left| !left.is_zero())?.as_secs();
        Some((kept.answer, CacheState::Hit { age_seconds: age.as_secs(), left_seconds }))
    }

    /// What was `got`, or what is kept in its stead where that may be.
    fn stand_in(
        &self,
        key: &Key,
        got: Result<(Arc<Answer>, CacheState), E>,
    ) -> Result<(Arc<Answer>, CacheState), E> {
        let excused = match &got {
            Ok((answer, _)) => answer.outcome() == Outcome::Unavailable,
            Err(failure) => failure.excuses(),
        };
        if !excused || key.grace().is_zero() {
            return got;
        }
        // Looked up only now, so that what was let go of meanwhile does not stand in.
        let Some(kept) = self.kept.get(key) else { return got };
        let (age, life) = (self.age(&kept), kept.life.min(key.life()));
        if age >= life.saturating_add(kept.grace.min(key.grace())) {
            return got;
        }
        let over_seconds = age.saturating_sub(life).as_secs();
        Ok((kept.answer, CacheState::Stale { age_seconds: age.as_secs(), over_seconds }))
    }

    fn age(&self, kept: &Kept) -> Duration {
        self.clock.elapsed().saturating_sub(kept.since).saturating_add(kept.answer.age())
    }
}

/// Whether the provider was not asked for this one.
fn given_again(answer: &Answer, state: CacheState) -> bool {
    match state {
        CacheState::Hit { .. } | CacheState::Coalesced => true,
        CacheState::Stale { .. } => answer.over().is_none(),
        CacheState::Bypass | CacheState::Miss => false,
    }
}

/// An answer that the other gateway gave although it is too old.
fn came_stale(answer: &Answer) -> Option<CacheState> {
    let over_seconds = answer.over()?.as_secs();
    Some(CacheState::Stale { age_seconds: answer.age().as_secs(), over_seconds })
}

/// How long `answer` is kept, of the `life` that is allowed.
fn allowed(answer: &Answer, life: Duration, no_record: Duration) -> Duration {
    match answer.outcome() {
        _ if answer.over().is_some() => Duration::ZERO,
        Outcome::Answered | Outcome::Mismatch => life,
        Outcome::NoRecord => life.min(no_record),
        // These are about to change, or say nothing.
        Outcome::Partial | Outcome::UnderCorrection | Outcome::Unavailable => Duration::ZERO,
    }
}

impl<E> std::fmt::Debug for Answers<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answers").field("kept", &self.kept.entry_count()).finish_non_exhaustive()
    }
}

/// Bytes that an entry costs beside its answer: the key, and moka's own bookkeeping, which is about 200 bytes.
const OVERHEAD: u32 = 512;

/// Lets moka free what is too old. Whether an entry is young enough to be used is decided by the steady clock.
struct Lives;

impl Lives {
    fn of(kept: &Kept) -> Option<Duration> {
        Some(kept.life.saturating_add(kept.grace))
    }
}

impl Expiry<Key, Kept> for Lives {
    fn expire_after_create(&self, _: &Key, kept: &Kept, _: Instant) -> Option<Duration> {
        Self::of(kept)
    }

    fn expire_after_update(&self, _: &Key, kept: &Kept, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Self::of(kept)
    }
}

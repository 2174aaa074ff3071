//! Judgements, kept for a while in memory under the digests of all that was judged. What they rest on is held against every
//! change of rules and evidence when they are asked for, so that none is used that would be another now; permits, quotas,
//! records and questions to registries are the business of who asks, at every hit.

mod weight;

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;

use super::{CacheState, Config};
use crate::clock::{Elapsed, Timestamp};
use crate::crypto::Digest;
use crate::metrics::{Counters, Gauge, Metrics};
use crate::rulebook::RulesChange;
use crate::verdict::{Judgement, StatusSource};
use crate::verifier::{Judged, MaterialKey};

/// Names and seals whose last change is remembered. 100,000 are 10 MB and years of changes; beyond it all count as changed.
const REMEMBERED: usize = 100_000;

/// What a judgement was made under, or is asked for under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Under {
    /// The generation of the rulebook.
    pub generation: u64,
    /// The number of the publication of evidence about revocation.
    pub evidence: u64,
    /// The time that is judged.
    pub at: Timestamp,
    /// What [`Verdicts::purges`] said before the judgement began, so that a purge meanwhile ends it as well.
    pub purges: u64,
}

/// A judgement as it is kept.
#[derive(Clone, Debug)]
struct Kept {
    judged: Arc<Judged>,
    under: Under,
    /// The reading of the steady clock when it was made.
    since: Duration,
    life: Duration,
    weight: u32,
}

/// Kept judgements.
pub struct Verdicts {
    kept: Cache<MaterialKey, Kept>,
    clock: Arc<dyn Elapsed>,
    is_on: bool,
    life: Duration,
    purges: AtomicU64,
    changes: Mutex<Changes>,
    lookups: Counters<1>,
    bytes: Gauge,
}

/// The generations with which things changed last.
#[derive(Debug, Default)]
struct Changes {
    names: HashMap<Digest, u64>,
    seals: HashMap<String, u64>,
    /// The last with which any anchor changed.
    any_name: u64,
    /// Up to this one, everything counts as changed.
    everything: u64,
}

impl Verdicts {
    /// An empty cache on the steady `clock`.
    pub fn new(config: &Config, clock: Arc<dyn Elapsed>, metrics: &mut Metrics) -> Self {
        Self {
            kept: Cache::builder()
                .max_capacity(config.verdict_bytes)
                .weigher(|_: &MaterialKey, kept: &Kept| kept.weight)
                .expire_after(Lives)
                .build(),
            clock,
            is_on: config.verdicts,
            life: Duration::from_secs(config.verdict_seconds.into()),
            purges: AtomicU64::new(0),
            changes: Mutex::default(),
            lookups: metrics.counters("verdict_lookups", "Verdicts by where they came from."),
            bytes: metrics.gauge("verdict_bytes", "Memory taken by kept verdicts, in bytes."),
        }
    }

    /// Whether verdicts are kept at all.
    pub const fn is_on(&self) -> bool {
        self.is_on
    }

    /// The rules change with `generation`. Said before anybody can ask under it.
    pub fn rules_change(&self, generation: u64, change: &RulesChange) {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        if !change.names.is_empty() {
            changes.any_name = generation;
        }
        if change.unlisted {
            changes.everything = generation;
        }
        changes.names.extend(change.names.iter().map(|name| (*name, generation)));
        changes.seals.extend(change.seals.iter().map(|seal| (seal.clone(), generation)));
        if changes.names.len() + changes.seals.len() > REMEMBERED {
            *changes = Changes { any_name: generation, everything: generation, ..Changes::default() };
        }
    }

    /// Ends every verdict there is, and those that are on their way.
    pub fn purge(&self) {
        self.purges.fetch_add(1, Ordering::SeqCst);
        self.kept.invalidate_all();
    }

    /// How often everything was purged.
    pub fn purges(&self) -> u64 {
        self.purges.load(Ordering::SeqCst)
    }

    /// Says of what a judgement is kept, whether or not it still holds; to be asked from anywhere.
    pub fn keeps(&self) -> impl Fn(&MaterialKey) -> bool + Send + 'static {
        let kept = self.is_on.then(|| self.kept.clone());
        move |key| kept.as_ref().is_some_and(|kept| kept.contains_key(key))
    }

    /// The judgement of what `key` names, as `under` makes it: kept, or else from `judge`.
    ///
    /// Those that ask the same at the same time share one judgement if they `join`; its failure goes to all of them and is not
    /// kept. Who finds one that does not hold for them judges for themselves.
    pub async fn get<E, F>(
        &self,
        key: MaterialKey,
        under: Under,
        join: bool,
        judge: impl Fn() -> F,
    ) -> Result<(Arc<Judged>, CacheState), E>
    where
        E: Clone + Send + Sync + 'static,
        F: Future<Output = Result<Arc<Judged>, E>>,
    {
        let got = self.find_or_judge(key, under, join, judge).await;
        if let Ok((_, state)) = &got {
            self.lookups.add_one([("state", state.as_str())]);
        }
        self.bytes.set(i64::try_from(self.kept.weighted_size()).unwrap_or(i64::MAX));
        got
    }

    async fn find_or_judge<E, F>(
        &self,
        key: MaterialKey,
        under: Under,
        join: bool,
        judge: impl Fn() -> F,
    ) -> Result<(Arc<Judged>, CacheState), E>
    where
        E: Clone + Send + Sync + 'static,
        F: Future<Output = Result<Arc<Judged>, E>>,
    {
        if !self.is_on {
            return judge().await.map(|judged| (judged, CacheState::Bypass));
        }
        if let Some(kept) = self.kept.get(&key).await {
            if let Some(age) = self.age(&kept, under) {
                let left_seconds = kept.life.saturating_sub(age).as_secs();
                let judged = renewed(kept.judged, under.at);
                return Ok((judged, CacheState::Hit { age_seconds: age.as_secs(), left_seconds }));
            }
            // One of newer rules stays for those who come under them.
            if kept.under.generation <= under.generation && kept.under.evidence <= under.evidence {
                self.kept.invalidate(&key).await;
            }
        }
        let mine = async { judge().await.map(|judged| self.keep(judged, under)) };
        if !join {
            let kept = mine.await?;
            if !kept.life.is_zero() {
                self.kept.insert(key, kept.clone()).await;
            }
            return Ok((kept.judged, CacheState::Miss));
        }
        let entry = self.kept.entry(key).or_try_insert_with(mine).await;
        let entry = entry.map_err(|error: Arc<E>| (*error).clone())?;
        let (fresh, kept) = (entry.is_fresh(), entry.into_value());
        if kept.life.is_zero() {
            self.kept.invalidate(&key).await;
        }
        if fresh {
            Ok((kept.judged, CacheState::Miss))
        } else if self.age(&kept, under).is_some() {
            Ok((renewed(kept.judged, under.at), CacheState::Coalesced))
        } else {
            judge().await.map(|judged| (judged, CacheState::Bypass))
        }
    }

    fn keep(&self, judged: Arc<Judged>, under: Under) -> Kept {
        let left = |until: Timestamp| {
            let left = until.millis().saturating_sub(under.at.millis());
            Duration::from_millis(u64::try_from(left).unwrap_or_default())
        };
        let life = match judged.trace.holds_until() {
            _ if judged.trace.is_open() || !judged.trace.is_kept() => Duration::ZERO,
            _ if under.purges != self.purges() => Duration::ZERO,
            None => self.life,
            Some(until) => self.life.min(left(until)),
        };
        let weight = weight::of(&judged.judgement, &judged.trace);
        Kept { judged, under, since: self.clock.elapsed(), life, weight }
    }

    /// The age of `kept`, if it says what would be found under `under`.
    fn age(&self, kept: &Kept, under: Under) -> Option<Duration> {
        let trace = &kept.judged.trace;
        let age = self.clock.elapsed().saturating_sub(kept.since);
        // The wall clock as well: it may have stepped, and what is compared with it is judged by it.
        let in_time = kept.under.at <= under.at && trace.holds_until().is_none_or(|until| under.at < until);
        let looked_for_nobody = trace.names().is_some_and(|names| names.is_empty());
        let holds = age < kept.life
            && in_time
            && kept.under.purges == self.purges()
            && (kept.under.evidence == under.evidence || looked_for_nobody)
            && self.rules_hold(kept, under.generation);
        holds.then_some(age)
    }

    /// Whether nothing that `kept` rests on changed between the two generations, whichever is the later: a request keeps to
    /// the rules that held when it came.
    fn rules_hold(&self, kept: &Kept, generation: u64) -> bool {
        let since = kept.under.generation.min(generation);
        if kept.under.generation == generation {
            return true;
        }
        let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let stays = |changed: Option<&u64>| changed.is_none_or(|changed| *changed <= since);
        let names = match kept.judged.trace.names() {
            Some(names) => names.iter().all(|name| stays(changes.names.get(name))),
            None => changes.any_name <= since,
        };
        let seals = seals(&kept.judged.judgement).all(|seal| stays(changes.seals.get(seal)));
        changes.everything <= since && names && seals
    }
}

/// The identifiers of the seals in a judgement.
fn seals(judgement: &Judgement) -> impl Iterator<Item = &str> {
    let listed = judgement.entry_list.iter().map(|list| &list.signature);
    let signatures = judgement.signatures.iter().chain(listed);
    signatures.filter_map(|signature| signature.seal.as_ref()).map(|seal| seal.id.as_str())
}

/// The same judgement for `at`, at which it still holds.
fn renewed(judged: Arc<Judged>, at: Timestamp) -> Arc<Judged> {
    if judged.judgement.status.source != StatusSource::Face {
        return judged;
    }
    let mut judged = Arc::unwrap_or_clone(judged);
    judged.judgement.status.as_of = Some(at);
    Arc::new(judged)
}

impl std::fmt::Debug for Verdicts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verdicts").field("kept", &self.kept.entry_count()).finish_non_exhaustive()
    }
}

/// Lets moka free what is too old. Whether an entry may be used is decided at every lookup.
struct Lives;

impl Expiry<MaterialKey, Kept> for Lives {
    fn expire_after_create(&self, _: &MaterialKey, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.life)
    }
}

#[cfg(test)]
mod tests;

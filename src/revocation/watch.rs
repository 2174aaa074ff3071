//! Asks sources regularly, takes in what they give, and publishes what is known then. What is refused changes nothing.

mod history;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use bytes::Bytes;
use tokio::sync::{Notify, Semaphore, SemaphorePermit, watch};
use tokio::task::{AbortHandle, JoinSet};

use super::allowance::{Account, SourceLimits, Spent};
use super::archive::{Archive, Memory};
use super::holdings::Holdings;
use super::intake::{self, Accepted, Item, Terms};
use super::numbers::Numbers;
use super::problem::{Fault, Problem};
use super::schedule::Schedule;
use super::shelf::Shelf;
use super::source::{self, Means};
use super::{Config, Snapshot};
use crate::clock::{Clock, Timestamp};
use crate::crypto::{Digest, DigestAlgorithm, TlsAuthorities, random_bytes};
use crate::metrics::Metrics;
use crate::pki::revocation::{Evidence, List};
use crate::pki::{Anchors, Certificate, RevocationSource};
use crate::upstream::Validators;

/// Keeps what is known about revocation up to date.
pub struct Watch {
    config: Config,
    means: Means,
    clock: Arc<dyn Clock>,
    archive: Archive,
    numbers: Numbers,
    published: ArcSwap<Snapshot>,
    told: watch::Sender<u64>,
    holdings: Mutex<Holdings>,
    shelf: Mutex<Shelf>,
    followed: Mutex<Followed>,
    /// Wakes [`Watch::run`] when other sources are followed.
    changed: Notify,
    /// One thing is loaded at a time, so that memory is needed for the largest and not for all.
    loading: Semaphore,
    asking: Semaphore,
    /// Sources that failed wait for each other: servers that never answer keep none waiting that do.
    asking_again: Semaphore,
    asking_large: Semaphore,
}

/// The sources of the anchors that hold.
struct Followed {
    authorities: Arc<[Certificate]>,
    sources: BTreeMap<String, Arc<Followee>>,
}

/// One source.
struct Followee {
    place: String,
    source: RevocationSource,
    account: Mutex<Account>,
    /// Held by whoever asks it.
    turn: tokio::sync::Mutex<Turn>,
}

/// Where the conversation with a source stands.
struct Turn {
    /// Whether what it gave before the gateway started was looked for.
    resumed: bool,
    validators: Validators,
    /// SM3 of all that it gave last.
    seen: Option<Digest>,
    /// Whether that was no small answer.
    large: bool,
    schedule: Schedule,
}

/// What an attempt at a source came to, if it was none to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    New,
    /// As `New`, but for some of it no key is known that signed it.
    Aside,
    Unchanged,
}

impl Attempt {
    const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Aside => "aside",
            Self::Unchanged => "unchanged",
        }
    }
}

impl Watch {
    /// A watch with `config` that follows no source yet and knows nothing. Servers of `https` sources are certified by
    /// `authorities`.
    pub fn new(
        config: &Config,
        authorities: TlsAuthorities,
        clock: Arc<dyn Clock>,
        metrics: &mut Metrics,
    ) -> Arc<Self> {
        // Before the archive is read, anything may be revoked in it.
        let nothing =
            Snapshot { number: 0, evidence: Arc::new(Evidence::new([], [], true)), rules: config.rules() };
        Arc::new(Self {
            means: Means { authorities, limit: config.limits.bytes, within: config.fetch_seconds.duration() },
            archive: Archive::new(config.state.clone()),
            numbers: Numbers::new(metrics, Arc::clone(&clock)),
            published: ArcSwap::from_pointee(nothing),
            told: watch::Sender::new(0),
            shelf: Mutex::default(),
            holdings: Mutex::new(Holdings::new(config.source.open_bytes)),
            followed: Mutex::new(Followed { authorities: Arc::new([]), sources: BTreeMap::new() }),
            changed: Notify::new(),
            loading: Semaphore::new(1),
            asking: Semaphore::new(config.at_once.size()),
            asking_again: Semaphore::new(config.at_once.size()),
            asking_large: Semaphore::new(1),
            config: config.clone(),
            clock,
        })
    }

    /// What is known now.
    pub fn current(&self) -> Arc<Snapshot> {
        self.published.load_full()
    }

    /// Tells the number of every publication of evidence from now on; of several at once, of the last.
    pub fn numbers(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }

    /// From now on, follows the sources that `anchors` state and no others. What others gave before stays known.
    pub fn follow(&self, anchors: &Anchors) {
        let mut sources: BTreeMap<String, RevocationSource> = BTreeMap::new();
        for stated in anchors.entries().flat_map(|entry| &entry.revocation) {
            let source = sources.entry(stated.place.to_string()).or_insert_with(|| stated.clone());
            // Two anchors may share a source; the one that is in a hurry counts.
            source.every = source.every.min(stated.every);
        }
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.authorities = [anchors.trusted(), anchors.intermediates()].concat().into();
        let gone: Vec<String> =
            followed.sources.keys().filter(|place| !sources.contains_key(*place)).cloned().collect();
        gone.iter().for_each(|place| self.numbers.forget(place));
        let known = std::mem::take(&mut followed.sources);
        followed.sources = sources
            .into_iter()
            .map(|(place, source)| {
                let known = known.get(&place).filter(|known| known.source == source);
                let followee = known.map_or_else(|| Arc::new(self.followee(&place, source)), Arc::clone);
                (place, followee)
            })
            .collect();
        drop(followed);
        self.changed.notify_one();
    }

    fn followee(&self, place: &str, source: RevocationSource) -> Followee {
        let (retry, most) = (self.config.retry_seconds.duration(), self.config.retry_most_seconds.duration());
        let schedule = Schedule::new(source.every, retry, most);
        let turn =
            Turn { resumed: false, validators: Validators::default(), seen: None, large: false, schedule };
        let (account, turn) = (Mutex::default(), tokio::sync::Mutex::new(turn));
        Followee { place: place.to_owned(), source, account, turn }
    }

    /// Takes up again what all sources gave before the gateway stopped, and reads the archive, so that no source is needed to
    /// start and nothing is good below an anchor only because what revokes it was not read yet. Blocks.
    pub fn resume(&self) {
        for followee in self.followees() {
            // Whoever holds the turn does it.
            if let Ok(mut turn) = followee.turn.try_lock() {
                self.resume_one(&followee, &mut turn);
            }
        }
        self.read_history();
    }

    /// Reads again what the archive has and memory has not, and what may answer `wishes`; whether there was anything. What is known
    /// then is published when this ends.
    pub async fn recall(self: &Arc<Self>, wishes: &BTreeSet<(Digest, Timestamp)>) -> bool {
        if wishes.is_empty() || self.on_the_shelf(wishes).is_empty() {
            return false;
        }
        let Ok(_loading) = place(&self.loading).await else { return false };
        let (watch, wishes) = (Arc::clone(self), wishes.clone());
        // Whoever waited meanwhile for the same finds it held, and asks what is known then.
        tokio::task::spawn_blocking(move || watch.recall_now(&wishes)).await.is_ok()
    }

    /// Asks every source at its times, for as long as it is polled.
    pub async fn run(self: Arc<Self>) {
        let mut tasks = JoinSet::new();
        let mut asked: BTreeMap<String, (Arc<Followee>, AbortHandle)> = BTreeMap::new();
        loop {
            let followees = self.followees();
            asked.retain(|_, (known, task)| {
                let stays = followees.iter().any(|followee| Arc::ptr_eq(known, followee));
                if !stays {
                    task.abort();
                }
                stays
            });
            for followee in followees {
                let place = followee.place.clone();
                asked.entry(place).or_insert_with(|| {
                    let task = tasks.spawn(Arc::clone(&self).ask_regularly(Arc::clone(&followee)));
                    (followee, task)
                });
            }
            tokio::select! {
                () = self.changed.notified() => {}
                // One ends if its source is not followed any more, or by a fault; then its source is asked anew.
                Some(ended) = tasks.join_next() => {
                    if ended.is_err_and(|error| error.is_panic()) {
                        self.tell(&Fault::CutShort.at("sources"));
                        asked.retain(|_, (_, task)| !task.is_finished());
                    }
                }
            }
        }
    }

    async fn ask_regularly(self: Arc<Self>, followee: Arc<Followee>) {
        loop {
            let (attempt, pause) = Arc::clone(&self).ask(Arc::clone(&followee)).await;
            if let Err(problem) = attempt {
                self.tell(&problem);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Asks every source now instead of at its time; gives what is wrong. What can be used is published when this ends.
    pub async fn look(self: &Arc<Self>) -> Vec<Problem> {
        let mut asked = JoinSet::new();
        for followee in self.followees() {
            asked.spawn(Arc::clone(self).ask(followee));
        }
        let mut problems = Vec::new();
        while let Some(ended) = asked.join_next().await {
            match ended {
                Ok((Ok(_), _)) => {}
                Ok((Err(problem), _)) => problems.push(problem),
                Err(_) => problems.push(Fault::CutShort.at("sources")),
            }
        }
        problems.sort_by(|one, two| one.place.cmp(&two.place));
        problems
    }

    /// Asks one source; tells also how long to pause then.
    async fn ask(
        self: Arc<Self>,
        followee: Arc<Followee>,
    ) -> (Result<Attempt, Problem>, std::time::Duration) {
        let mut turn = followee.turn.lock().await;
        let attempt = self.attempt(&followee, &mut turn).await;
        let chance = random_bytes::<1>().map_or(128, |[chance]| chance);
        let pause = turn.schedule.pause(attempt.is_ok(), chance);
        let outcome = attempt.as_ref().map_or_else(Fault::code, |attempt| attempt.as_str());
        self.numbers.attempted(&followee.place, outcome, turn.schedule.failures());
        (attempt.map_err(|fault| fault.at(&followee.place)), pause)
    }

    async fn attempt(self: &Arc<Self>, followee: &Arc<Followee>, turn: &mut Turn) -> Result<Attempt, Fault> {
        if !turn.resumed {
            let _loading = place(&self.loading).await?;
            let (watch, followee) = (Arc::clone(self), Arc::clone(followee));
            let mut own =
                Turn { schedule: turn.schedule.clone(), validators: Validators::default(), ..*turn };
            let resumed = tokio::task::spawn_blocking(move || {
                watch.resume_one(&followee, &mut own);
                own
            });
            *turn = resumed.await.map_err(|_| Fault::CutShort)?;
        }
        // Held until what came is taken in, since it is in memory until then.
        let (given, _asking) = self.read(followee, turn).await?;
        let Some((bytes, validators)) = given else { return Ok(Attempt::Unchanged) };
        let _loading = place(&self.loading).await?;
        let (watch, followee, seen) = (Arc::clone(self), Arc::clone(followee), turn.seen);
        let told = validators.clone();
        let taken = tokio::task::spawn_blocking(move || watch.take_in(&followee, &bytes, seen, told));
        let (digest, attempt) = taken.await.map_err(|_| Fault::CutShort)??;
        turn.seen = Some(digest);
        turn.validators = validators;
        Ok(attempt)
    }

    /// What a source gives, and its place among those that are asked.
    async fn read(
        &self,
        followee: &Followee,
        turn: &mut Turn,
    ) -> Result<(Option<(Bytes, Validators)>, SemaphorePermit<'_>), Fault> {
        let source = &followee.source.place;
        if !turn.large {
            let failed = turn.schedule.failures() > 0;
            let asking = place(if failed { &self.asking_again } else { &self.asking }).await?;
            let limit = self.means.limit.min(self.config.small_bytes);
            let means = Means { limit, ..self.means.clone() };
            match source::read(source, &turn.validators, &means).await {
                Err(Fault::TooLarge) if limit < self.means.limit => {}
                given => return Ok((given?, asking)),
            }
        }
        let asking = place(&self.asking_large).await?;
        // If it fails, it is asked again among those that failed.
        turn.large = false;
        let given = source::read(source, &turn.validators, &self.means).await?;
        turn.large = true;
        Ok((given, asking))
    }

    /// Takes in what a source gave, unless it is what was `seen`: all of it or nothing. Blocks.
    fn take_in(
        &self,
        followee: &Followee,
        bytes: &Bytes,
        seen: Option<Digest>,
        validators: Validators,
    ) -> Result<(Digest, Attempt), Fault> {
        let digest = DigestAlgorithm::Sm3.digest(bytes);
        if seen == Some(digest) {
            return Ok((digest, Attempt::Unchanged));
        }
        let authorities = self.authorities();
        let given = intake::check(bytes, followee.source.format, &self.terms(&authorities))?;
        let items: Vec<Item> = given.iter().map(|(item, _)| item.clone()).collect();
        self.refuse_older(&items)?;
        let spent = followee.enter(&given, &self.archive, self.clock.now(), &self.config.source)?;
        // Those that cannot be kept count all the same: the disk is not what revokes.
        let kept = given.iter().try_for_each(|(item, der)| self.archive.keep(&item.name(), der));
        let memory = Memory {
            place: followee.place.clone(),
            files: items.iter().map(Item::name).collect(),
            validators,
            spent,
        };
        let before = self.archive.recall(&followee.place);
        let kept = kept.and_then(|()| self.archive.remember(&memory));
        if let Err(error) = kept.and_then(|()| self.settle_aside(before.as_ref(), &memory)) {
            self.tell_of_disk(&Fault::Keep(error).at(self.config.state.display()));
        }
        drop(given);
        self.numbers.archived(self.archive.bytes());
        self.numbers.gave(&followee.place, &items);
        let aside = items.iter().filter(|item| item.is_aside()).count();
        if !self.add(items) {
            return Ok((digest, Attempt::Unchanged));
        }
        if aside > 0 {
            let place = &followee.place;
            tracing::warn!(code = "revocation.aside", %place, lists = aside, "signed by nobody known so far");
        }
        Ok((digest, if aside > 0 { Attempt::Aside } else { Attempt::New }))
    }

    /// Decides on what a source gave before and was kept aside: it is history if a path has shown meanwhile whose key signed
    /// it, and nothing otherwise. So a source can have no more on disk, unless it is signed by somebody, than it gives at once.
    fn settle_aside(&self, before: Option<&Memory>, after: &Memory) -> std::io::Result<()> {
        let gone =
            before.into_iter().flat_map(|memory| &memory.files).filter(|name| !after.files.contains(name));
        for name in gone {
            let digest = history::digest_in(name);
            let shown = |list: &Arc<List>| {
                list.is_verified() && digest.is_some_and(|digest| list.digest().hex() == digest)
            };
            // Kept for good, nothing is decided on.
            if name.starts_with("aside/") && self.holdings().lists().any(shown) {
                self.archive.accept(name)?;
                if let (Some(list), Some(file)) =
                    (self.holdings().lists().find(|list| shown(list)), name.strip_prefix("aside/"))
                {
                    self.shelf().add(list.issuer(), list.this_update(), &format!("lists/{file}"));
                }
            } else {
                self.archive.discard(name)?;
            }
        }
        Ok(())
    }

    /// Refuses a source that went back in time: of each series and subject the newest that it gives must be as new as what is
    /// held. Older ones beside that are its history.
    fn refuse_older(&self, items: &[Item]) -> Result<(), Fault> {
        let holdings = self.holdings();
        for item in items {
            let is_newest = items.iter().all(|other| match (item, other) {
                (Item::List(item), Item::List(other)) => {
                    !item.is_of_series(other) || other.this_update() <= item.this_update()
                }
                _ => true,
            });
            if let (true, Some(held)) = (is_newest, holdings.newer_than(item)) {
                let given = match item {
                    Item::List(list) => list.this_update(),
                    Item::Answer(answer) => answer.produced_at(),
                };
                return Err(Fault::Older { given, held });
            }
        }
        Ok(())
    }

    /// Takes up what a source gave before. Blocks.
    fn resume_one(&self, followee: &Followee, turn: &mut Turn) {
        if std::mem::replace(&mut turn.resumed, true) {
            return;
        }
        let Some(memory) = self.archive.recall(&followee.place) else { return };
        let authorities = self.authorities();
        let terms = self.terms(&authorities);
        let mut items = Vec::new();
        for name in &memory.files {
            let read = match self.archive.read(name, self.config.limits.bytes) {
                Ok(Some(bytes)) => intake::check(&bytes, followee.source.format, &terms)
                    .map(|found| found.into_iter().map(|(item, _)| item).collect::<Vec<_>>()),
                Ok(None) => Err(Fault::Absent),
                Err(error) => Err(Fault::Unreadable(error)),
            };
            match read {
                Ok(found) => items.extend(found),
                Err(fault) => self.tell_of_disk(&fault.at(self.archive.place(name).display())),
            }
        }
        // Only of what is whole may the source say that it is unchanged.
        if items.len() == memory.files.len() {
            turn.validators = memory.validators;
        }
        self.numbers.gave(&followee.place, &items);
        followee.account(|account| {
            account.resume(memory.spent);
            items.iter().for_each(|item| account.know(item));
        });
        self.add(items);
    }

    /// Adds to what is known; whether anything was new. Published whole, or not at all.
    fn add(&self, items: Vec<Item>) -> bool {
        let mut holdings = self.holdings();
        let mut new = false;
        for item in items {
            new |= holdings.add(item);
        }
        if new {
            self.publish(&holdings, self.published.load().number.saturating_add(1));
        }
        new
    }

    /// Adds what the archive has, before anybody was answered; `whole` if nothing of it had to be left out.
    fn begin_with(&self, archived: Vec<Item>, whole: bool) {
        let mut holdings = self.holdings();
        let mut new = false;
        for item in archived {
            new |= holdings.add(item);
        }
        if whole {
            holdings.complete();
        }
        self.publish(&holdings, self.published.load().number.saturating_add(new.into()));
    }

    fn publish(&self, holdings: &Holdings, number: u64) {
        let evidence = Arc::new(holdings.evidence());
        self.published.store(Arc::new(Snapshot { number, evidence, rules: self.config.rules() }));
        self.told.send_replace(number);
        self.numbers.published(number, holdings.count());
    }

    fn tell(&self, problem: &Problem) {
        tracing::error!(code = problem.fault.code(), %problem, "revocation not brought up to date");
    }

    fn tell_of_disk(&self, problem: &Problem) {
        self.numbers.refused(problem);
        tracing::error!(code = problem.fault.code(), %problem, "archive of revocation");
    }

    fn followees(&self) -> Vec<Arc<Followee>> {
        let followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        followed.sources.values().cloned().collect()
    }

    fn authorities(&self) -> Arc<[Certificate]> {
        Arc::clone(&self.followed.lock().unwrap_or_else(PoisonError::into_inner).authorities)
    }

    fn terms<'a>(&'a self, authorities: &'a [Certificate]) -> Terms<'a> {
        Terms {
            authorities,
            limits: &self.config.limits,
            most: self.config.source.lists.size(),
            rules: self.config.rules(),
            now: self.clock.now(),
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holdings(&self) -> MutexGuard<'_, Holdings> {
        self.holdings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a place.
async fn place(places: &Semaphore) -> Result<SemaphorePermit<'_>, Fault> {
    // They are never closed; if they were, the gateway would be on its way down.
    places.acquire().await.map_err(|_| Fault::CutShort)
}

impl Followee {
    fn account<T>(&self, see: impl FnOnce(&mut Account) -> T) -> T {
        see(&mut self.account.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Enters what was `given` into what the source added so far.
    fn enter(
        &self,
        given: &[Accepted<'_>],
        archive: &Archive,
        now: Timestamp,
        limits: &SourceLimits,
    ) -> Result<Spent, Fault> {
        let new = given.iter().filter(|(item, der)| !archive.has(&item.name(), der.len()));
        let bytes = new.map(|(_, der)| u64::try_from(der.len()).unwrap_or(u64::MAX)).sum();
        let items: Vec<Item> = given.iter().map(|(item, _)| item.clone()).collect();
        self.account(|account| account.enter(&items, bytes, now, limits).map(|()| account.spent()))
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = self.published.load().number;
        f.debug_struct("Watch").field("evidence", &number).finish_non_exhaustive()
    }
}

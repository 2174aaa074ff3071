//! From what officers published to the rulebook that holds: at the start, at every turn, and on SIGHUP. What is wrong
//! changes nothing; a manifest at fault keeps no suspension from holding.

mod identity;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

pub use self::identity::Identities;
use crate::catalog::Catalog;
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::config::Config;
use crate::crypto::Digest;
use crate::exchange::Exchange;
use crate::fault::Fault;
use crate::ledger::{self, Entry, Ledger};
use crate::manifest::Standing;
use crate::pki::AnchorRole;
use crate::rulebook::{Rulebook, store};
use crate::trust::{self, Event, Keeper, Numbers, Problem, Seen};

/// Keeps a gateway's rulebook in step with what officers published.
pub struct Reload {
    config: Arc<Config>,
    keeper: Keeper,
    numbers: Numbers,
    /// One look at a time. Held while the source is read, which may take as long as the source likes: nothing else waits for it.
    looking: Mutex<()>,
    state: Mutex<State>,
    /// Wakes the one who waits for the next turn, which may now come sooner.
    changed: Notify,
    /// What manifests are held against.
    clock: Arc<dyn Clock>,
}

struct State {
    standing: Arc<Standing>,
    /// What was last seen and is not kept yet.
    seen: Option<Seen>,
    /// Faults that were told already, so that a turn tells only what is new.
    told: BTreeSet<Fault>,
    /// Refusals that are on record already.
    recorded: BTreeSet<Fault>,
    /// The manifest of which it is on record that it could not be kept, so that a turn records it no second time.
    unkept: Option<Digest>,
    /// What the gateway starts with, for the ledger.
    opening: Vec<Event>,
}

/// How long until the end of an emergency is tried again that could not be put in effect. A second: it must not be long, and a
/// rulebook takes some of that to read.
const AGAIN: Duration = Duration::from_secs(1);

/// A refusal, for the log and for the ledger.
type Refused = (Fault, Event);

/// What is wrong with what is published for `config`, when the rest of the config is not in order.
pub fn faults(config: &trust::Config, now: Timestamp) -> Vec<Fault> {
    let keeper = Keeper::new(config);
    let resumed = match keeper.resume(now) {
        Ok(resumed) => resumed,
        Err(problem) => return vec![problem.fault()],
    };
    let seen = keeper.look(resumed.as_ref(), now);
    let mut faults: Vec<Fault> = seen.problems.iter().map(trust::Problem::fault).collect();
    if let Some(standing) = &seen.standing {
        faults.extend(store::Reading::of(standing.in_effect().files()).into_faults());
    }
    faults
}

impl Reload {
    /// What a gateway with `config` starts from: what is published if that is in order, else what it accepted before. Gives
    /// the rulebook, and what is wrong with what is published. Writes nothing.
    pub fn start(
        config: &Arc<Config>,
        numbers: Numbers,
        now: Timestamp,
    ) -> Result<(Self, Rulebook, Vec<Fault>), Vec<Fault>> {
        let keeper = Keeper::new(&config.trust);
        // What was kept and cannot be used is not passed over: the version and the suspensions in it would be forgotten.
        let resumed = keeper.resume(now).map_err(|problem| vec![problem.fault()])?;
        let seen = keeper.look(resumed.as_ref(), now);
        numbers.looked(&seen.problems, now);
        let mut refused: Vec<Fault> = seen.problems.iter().map(trust::Problem::fault).collect();
        let Some(standing) = seen.standing.clone() else { return Err(refused) };
        let (standing, rulebook, unfit) =
            match (settle(config, standing, resumed.as_ref(), now), refused.is_empty()) {
                (Ok(settled), _) => settled,
                (Err(faults), true) => return Err(faults),
                (Err(faults), false) => return Err([refused, faults].concat()),
            };
        if !unfit.is_empty() {
            numbers.unfit();
        }
        let new = refusals(&seen, &unfit);
        refused.extend(unfit);
        numbers.tell(&standing, now);
        let told = refused.iter().cloned().collect();
        let mut opening: Vec<Event> = resumed.iter().map(Event::resumed).collect();
        opening.extend(Event::between(resumed.as_ref(), &seen.passed, &standing));
        let recorded = new.iter().map(|(fault, _)| fault.clone()).collect();
        opening.extend(new.into_iter().map(|(_, event)| event));
        let state = Mutex::new(State { standing, seen: Some(seen), told, recorded, unkept: None, opening });
        let config = Arc::clone(config);
        let changed = Notify::new();
        let clock = Arc::new(SystemClock);
        let looking = Mutex::default();
        Ok((Self { config, keeper, numbers, looking, state, changed, clock }, rulebook, refused))
    }

    /// Holds manifests against `clock` from now on, instead of against the system's.
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// What the gateway starts from, for the ledger: what held when it stopped, and what came since. Once only.
    pub fn opening(&self) -> Vec<Entry> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let first = 1;
        std::mem::take(&mut state.opening).into_iter().map(|event| Entry::of_event(event, first)).collect()
    }

    /// Keeps what the gateway starts from.
    pub fn keep(&self) -> std::io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.seen.take() {
            Some(seen) => self.keeper.keep(&state.standing, &seen),
            None => Ok(()),
        }
    }

    /// Looks at the publication at every turn, for as long as it is polled, and ends emergencies when their time is over.
    pub async fn follow(self: Arc<Self>, exchange: Arc<Exchange>) {
        let ends = Arc::clone(&self).follow_ends(Arc::clone(&exchange));
        tokio::join!(ends, self.follow_source(exchange));
    }

    async fn follow_source(self: Arc<Self>, exchange: Arc<Exchange>) {
        loop {
            tokio::time::sleep(self.config.trust.poll.duration()).await;
            let (reload, exchange) = (Arc::clone(&self), Arc::clone(&exchange));
            let turn = tokio::task::spawn_blocking(move || {
                if let Err(faults) = reload.turn(&exchange) {
                    reload.tell(&faults);
                }
            });
            if turn.await.is_err() {
                tracing::error!("a look at the publication was cut short");
            }
        }
    }

    /// Ends emergencies by the clock alone, however slow the source is.
    async fn follow_ends(self: Arc<Self>, exchange: Arc<Exchange>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.pause()) => {}
                () = self.changed.notified() => continue,
            }
            let (reload, exchange) = (Arc::clone(&self), Arc::clone(&exchange));
            let ended = tokio::task::spawn_blocking(move || reload.end(&exchange)).await;
            if !ended.unwrap_or(false) {
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    /// Looks at the publication now; returns the generation that holds then.
    pub async fn look(self: Arc<Self>, exchange: Arc<Exchange>) -> Result<u64, Vec<Fault>> {
        let turn = tokio::task::spawn_blocking(move || self.turn(&exchange));
        turn.await.map_err(|_| vec![Fault::new("publication", 0, "the look at it was cut short")])?
    }

    /// How long until an emergency ends, or to wait before that is asked again.
    fn pause(&self) -> Duration {
        let poll = self.config.trust.poll.duration();
        let standing = self.present();
        let ends = standing.emergency().map(|emergency| emergency.manifest().expires);
        let left = ends.map(|ends| ends.millis().saturating_sub(self.clock.now().millis()));
        left.map_or(poll, |left| poll.min(Duration::from_millis(u64::try_from(left).unwrap_or(0))))
    }

    fn present(&self) -> Arc<Standing> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&state.standing)
    }

    /// Ends an emergency whose time is over; `false` if one goes on that should not.
    fn end(&self, exchange: &Exchange) -> bool {
        let faults = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.now();
            let seen = Keeper::pass(&state.standing, now);
            let (faults, _) = self.take(&mut state, exchange, &seen, now);
            self.numbers.tell(&state.standing, now);
            faults
        };
        for fault in &faults {
            tracing::error!(%fault, "an emergency that is over");
        }
        let standing = self.present();
        standing.emergency().is_none_or(|emergency| self.clock.now() < emergency.manifest().expires)
    }

    fn turn(&self, exchange: &Exchange) -> Result<u64, Vec<Fault>> {
        let _one_at_a_time = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let narrowed = self.keeper.look_at_suspensions(&self.present(), self.clock.now());
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            // What is wrong with it the look at the whole tells as well.
            self.take(&mut state, exchange, &narrowed, self.clock.now());
        }
        let mut seen = self.keeper.look(Some(&self.present()), self.clock.now());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        // What ended while the source was read is over, whatever held when the look began.
        seen.standing.iter_mut().for_each(|standing| standing.pass(now));
        self.numbers.looked(&seen.problems, now);
        let mut faults: Vec<Fault> = seen.problems.iter().map(trust::Problem::fault).collect();
        let (unkept, unfit) = self.take(&mut state, exchange, &seen, now);
        faults.extend(unkept);
        if !unfit.is_empty() {
            self.numbers.unfit();
        }
        self.record_refusals(&mut state, exchange, &seen, &unfit);
        self.numbers.tell(&state.standing, now);
        if faults.is_empty() {
            state.told.clear();
            Ok(exchange.rulebook().generation)
        } else {
            Err(faults)
        }
    }

    /// Lets what was `seen` hold, if that is another thing than what does: what was wrong about it, and of that what is wrong with
    /// its rules.
    fn take(
        &self,
        state: &mut State,
        exchange: &Exchange,
        seen: &Seen,
        now: Timestamp,
    ) -> (Vec<Fault>, Vec<Fault>) {
        let Some(standing) = seen.standing.clone().filter(|standing| !standing.is(&state.standing)) else {
            return (Vec::new(), Vec::new());
        };
        match settle(&self.config, standing, Some(&state.standing), now) {
            Ok((standing, rulebook, unfit)) => {
                let mut faults = unfit.clone();
                if !standing.is(&state.standing) {
                    self.publish(state, exchange, standing, rulebook, seen, &mut faults);
                }
                (faults, unfit)
            }
            Err(unfit) => (unfit.clone(), unfit),
        }
    }

    /// Lets `standing` hold with its `rulebook`, or where that cannot be recorded and kept, so much of it as only takes away.
    fn publish(
        &self,
        state: &mut State,
        exchange: &Exchange,
        standing: Arc<Standing>,
        rulebook: Rulebook,
        seen: &Seen,
        faults: &mut Vec<Fault>,
    ) {
        let manifest = standing.in_effect().manifest();
        // What held before, or lies below an emergency, takes nothing in that was not recorded and kept when it came.
        let before = [Some(state.standing.base()), state.standing.emergency()];
        if before.iter().flatten().any(|accepted| accepted.manifest() == manifest) {
            let recorded = self.record(state, exchange, &standing, seen);
            faults.extend(recorded.err());
            faults.extend(self.keep_all(&standing, seen).err());
            return self.hold(state, exchange, standing, rulebook);
        }
        let mut is_recorded = false;
        match self.admit(state, exchange, &standing, seen, &mut is_recorded) {
            Ok(()) => self.hold(state, exchange, standing, rulebook),
            Err(fault) => {
                faults.push(fault);
                let lesser = Arc::new(lessened(&state.standing, &standing, self.clock.now()));
                if lesser.is(&state.standing) {
                    return;
                }
                match self::rulebook(&self.config, &lesser) {
                    Ok(rulebook) => {
                        if !is_recorded {
                            faults.extend(self.record(state, exchange, &lesser, seen).err());
                        }
                        faults.extend(self.keep_all(&lesser, seen).err());
                        self.hold(state, exchange, lesser, rulebook);
                    }
                    Err(unfit) => faults.extend(unfit),
                }
            }
        }
    }

    /// Records and keeps a manifest that is new: nothing of it takes effect that the ledger does not know, or that a crash
    /// would forget. `is_recorded` tells whether the events of `standing` are on record, however it ends.
    fn admit(
        &self,
        state: &mut State,
        exchange: &Exchange,
        standing: &Standing,
        seen: &Seen,
        is_recorded: &mut bool,
    ) -> Result<(), Fault> {
        let manifest = standing.in_effect().manifest().digest();
        if state.unkept.as_ref() == Some(&manifest) {
            self.keep_all(standing, seen)?;
        }
        self.record(state, exchange, standing, seen)?;
        *is_recorded = true;
        let kept = self.keep_all(standing, seen);
        if kept.is_err() {
            let generation = exchange.rulebook().generation.saturating_add(1);
            let told = record(exchange.ledger(), vec![Event::not_kept(standing)], generation);
            state.unkept = told.is_ok().then_some(manifest);
        }
        kept
    }

    /// Puts what leads from what holds to `standing` on record.
    fn record(
        &self,
        state: &State,
        exchange: &Exchange,
        standing: &Standing,
        seen: &Seen,
    ) -> Result<(), Fault> {
        let generation = exchange.rulebook().generation.saturating_add(1);
        let events = Event::between(Some(&state.standing), &seen.passed, standing);
        record(exchange.ledger(), events, generation).map_err(|error| {
            let place = self.config.ledger.path.display().to_string();
            Fault::new(&place, 0, format!("a change of trust cannot be recorded: {error}"))
        })
    }

    fn keep_all(&self, standing: &Standing, seen: &Seen) -> Result<(), Fault> {
        self.keeper.keep(standing, seen).map_err(|error| {
            let place = self.config.trust.state.display().to_string();
            Fault::new(&place, 0, format!("cannot be written: {}", error.kind()))
        })
    }

    fn hold(&self, state: &mut State, exchange: &Exchange, standing: Arc<Standing>, rulebook: Rulebook) {
        let version = standing.in_effect().manifest().version;
        let suspensions = standing.suspensions().count();
        let generation = exchange.publish(rulebook);
        tracing::info!(generation, version, suspensions, "rulebook published");
        if standing.emergency().is_some() {
            tracing::warn!(version, "what is in effect was made by one officer alone");
        }
        state.standing = standing;
        self.changed.notify_one();
    }

    /// Puts refusals on record that are not there yet. One that cannot be recorded is tried again at the next turn.
    fn record_refusals(&self, state: &mut State, exchange: &Exchange, seen: &Seen, unfit: &[Fault]) {
        let refusals = refusals(seen, unfit);
        let present: BTreeSet<Fault> = refusals.iter().map(|(fault, _)| fault.clone()).collect();
        let new = refusals.into_iter().filter(|(fault, _)| !state.recorded.contains(fault));
        let new = new.map(|(_, event)| event).collect();
        match record(exchange.ledger(), new, exchange.rulebook().generation) {
            Ok(()) => state.recorded = present,
            Err(error) => tracing::error!(%error, "refusals of what is published are not recorded"),
        }
    }

    /// Logs what was not logged before.
    fn tell(&self, faults: &[Fault]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for fault in faults.iter().filter(|fault| !state.told.contains(fault)) {
            tracing::error!(%fault, "publication refused");
        }
        state.told = faults.iter().cloned().collect();
    }
}

/// The refusals in what was `seen`: of its parts, and of its rules as a whole if these are `unfit`.
fn refusals(seen: &Seen, unfit: &[Fault]) -> Vec<Refused> {
    let of_problem = |problem: &Problem| Some((problem.fault(), Event::of_problem(problem)?));
    let mut refusals: Vec<Refused> = seen.problems.iter().filter_map(of_problem).collect();
    let offered = seen.standing.as_ref().map(|standing| standing.in_effect().manifest());
    let event = offered.and_then(|manifest| Event::of_unfit(manifest, unfit));
    refusals.extend(unfit.first().cloned().zip(event));
    refusals
}

/// Puts `events` on record. Blocks.
fn record(ledger: &Ledger, events: Vec<Event>, generation: u64) -> Result<(), ledger::Error> {
    let entries: Vec<Entry> = events.into_iter().map(|event| Entry::of_event(event, generation)).collect();
    ledger.record_all_blocking(&entries).map(drop)
}

/// What was settled on: what is in effect, its rulebook, and what was wrong with what was offered.
type Settled = (Arc<Standing>, Rulebook, Vec<Fault>);

/// The rulebook of `offered`, or if that does not hold together, without its emergency, or else of `present` with the
/// suspensions of `offered`.
fn settle(
    config: &Config,
    offered: Standing,
    present: Option<&Standing>,
    now: Timestamp,
) -> Result<Settled, Vec<Fault>> {
    let offered = Arc::new(offered);
    let unfit = match rulebook(config, &offered) {
        Ok(rulebook) => return Ok((offered, rulebook, Vec::new())),
        Err(unfit) => unfit,
    };
    let present = present.map(|present| lessened(present, &offered, now));
    let calm = offered.emergency().is_some().then(|| offered.calm());
    for fallback in [calm, present].into_iter().flatten().map(Arc::new) {
        if let Ok(rulebook) = rulebook(config, &fallback) {
            return Ok((fallback, rulebook, unfit));
        }
    }
    Err(unfit)
}

/// `present` with what `offered` only takes away: its suspensions. An emergency that is over is so by itself.
fn lessened(present: &Standing, offered: &Standing, now: Timestamp) -> Standing {
    let mut present = present.clone();
    present.pass(now);
    for suspended in offered.seen().values() {
        present.suspend(suspended.as_ref().clone());
    }
    present
}

fn rulebook(config: &Config, standing: &Arc<Standing>) -> Result<Rulebook, Vec<Fault>> {
    store::rulebook(standing, config.province, |reading| {
        let apart = reading.catalog().map(|catalog| disagreements(config, catalog)).unwrap_or_default();
        let mut roles = reading.anchors().iter().flat_map(|anchor| &anchor.entry.roles);
        let nobody = (!roles.any(|role| *role == AnchorRole::TlsClient))
            .then(|| "no anchor has the role `tls_client`, so that nobody could connect".to_owned());
        for reason in apart.into_iter().chain(nobody) {
            reading.fault(Fault::new(&config.name, 0, reason));
        }
    })
}

/// What config and catalog must agree on; neither can see it alone.
fn disagreements(config: &Config, catalog: &Catalog) -> Vec<String> {
    let services = config.upstreams.providers.keys();
    let services = services
        .filter(|service| catalog.service(service).is_none())
        .map(|service| format!("provider: service `{service}` is not in the catalog"));
    services.chain(config.registry.fault(catalog)).collect()
}

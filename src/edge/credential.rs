//! Whether the certificates that a client showed are trusted: found by the handshake, and found anew whenever rules or evidence
//! about revocation are published, for connections that resume a session or are kept alive too. Never found for each request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use tokio::sync::{Semaphore, watch};

use super::Config;
use super::tally::Tally;
use crate::clock::Timestamp;
use crate::crypto::Fingerprint;
use crate::exchange::Exchange;
use crate::pki::RevocationKnowledge;
use crate::revocation::Snapshot;
use crate::rulebook::{Caller, ClientChain, Distrust, Rulebook};

/// Chains of one certificate that are kept in mind. 2: a client that changes what it sends beside its own, as while its
/// authority renews itself, does so once; what else it sends is its own making, and takes no place from others.
const CHAINS: usize = 2;

/// Finds out about clients, each chain once for each publication, however many connections show it.
///
/// None of it is done where requests are served: TLS asks in the handshake and waits, and handshakes have threads of their own;
/// connections that are open are all to be judged anew at the same moment, each on a thread for that, so many at once.
pub(super) struct Credentials {
    exchange: Arc<Exchange>,
    known: Mutex<Known>,
    again_millis: i64,
    tally: Tally,
    /// Open connections' clients that are being judged.
    running: Arc<Semaphore>,
    /// Of these, or the next, those of connections that ask nothing. As many: a request finds at most so many before it.
    looks: Semaphore,
}

/// What something was found by: the generation of the rules, and the number of the evidence about revocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Basis {
    rules: u64,
    evidence: u64,
}

impl Basis {
    /// Whether nothing that `other` rests on is newer.
    const fn covers(self, other: Self) -> bool {
        self.rules >= other.rules && self.evidence >= other.evidence
    }
}

/// Chains that were found trusted on one basis, by the certificate of the client, each until when that serves; the newest
/// first. What is refused is not kept: anybody can make up chains, and only an authority one that is trusted.
struct Known {
    basis: Basis,
    /// How many certificates are kept in mind.
    most: usize,
    trusted: HashMap<Fingerprint, Vec<(Fingerprint, Timestamp)>>,
}

impl Known {
    fn new(most: usize) -> Self {
        Self { basis: Basis::default(), most, trusted: HashMap::new() }
    }

    /// Until when `shown` is trusted, if that was found on `basis` and still serves.
    fn until(&self, basis: Basis, shown: Shown, now: Timestamp) -> Option<Timestamp> {
        let chains = self.trusted.get(&shown.leaf).filter(|_| self.basis == basis)?;
        let (_, until) = chains.iter().find(|(whole, _)| *whole == shown.whole)?;
        Some(*until).filter(|until| now < *until)
    }

    /// Keeps in mind that `shown` was found on `basis` to be trusted.
    fn keep(&mut self, basis: Basis, shown: Shown, until: Timestamp, now: Timestamp) {
        if self.basis != basis {
            if !basis.covers(self.basis) {
                return;
            }
            *self = Self { basis, ..Self::new(self.most) };
        }
        if self.trusted.len() >= self.most && !self.trusted.contains_key(&shown.leaf) {
            self.trusted.retain(|_, chains| chains.iter().any(|(_, until)| now < *until));
            if self.trusted.len() >= self.most {
                return;
            }
        }
        let chains = self.trusted.entry(shown.leaf).or_default();
        chains.retain(|(whole, until)| *whole != shown.whole && now < *until);
        chains.truncate(CHAINS.saturating_sub(1));
        chains.insert(0, (shown.whole, until));
    }
}

/// What tells chains apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown {
    /// Of the client's certificate.
    leaf: Fingerprint,
    /// Of all. A certificate in DER says where it ends, so no two chains are one row of bytes.
    whole: Fingerprint,
}

impl Shown {
    fn of(chain: &[&[u8]]) -> Self {
        let leaf = Fingerprint::of(chain.first().copied().unwrap_or_default());
        Self { leaf, whole: Fingerprint::of(&chain.concat()) }
    }
}

impl Credentials {
    /// Goes by the rules that `exchange` answers under, and by its clock.
    pub(super) fn new(exchange: Arc<Exchange>, config: &Config, tally: Tally) -> Self {
        let again = config.trust_seconds.duration().as_millis();
        let workers = config.trust_workers.get().min(Semaphore::MAX_PERMITS);
        Self {
            exchange,
            known: Mutex::new(Known::new(config.connections.size())),
            again_millis: i64::try_from(again).unwrap_or(i64::MAX),
            tally,
            running: Arc::new(Semaphore::new(workers)),
            looks: Semaphore::new(workers),
        }
    }

    /// The rules that hold now.
    pub(super) fn rulebook(&self) -> Arc<Rulebook> {
        self.exchange.rulebook()
    }

    /// What is known about revocation now.
    fn known_now(&self) -> Arc<Snapshot> {
        self.exchange.revocation().current()
    }

    /// The present, that of the rules and of what is known about revocation.
    fn now(&self) -> Timestamp {
        self.exchange.now()
    }

    /// Judges what a client shows in a handshake.
    pub(super) fn judge_handshake(&self, chain: &[&[u8]]) -> Result<(), Distrust> {
        let (rulebook, known, shown) = (self.rulebook(), self.known_now(), Shown::of(chain));
        if self.remembered(basis(&rulebook, &known), shown).is_some() {
            return Ok(());
        }
        let read = ClientChain::read(chain.iter().copied());
        let judged = read.and_then(|chain| self.judge(&rulebook, &known, shown, &chain));
        judged.map(drop).inspect_err(|distrust| self.tally.distrusted(distrust, "handshake"))
    }

    /// The client of a connection whose handshake, full or resumed, is done; `None` if it showed nothing.
    pub(super) fn of(self: &Arc<Self>, chain: &[CertificateDer<'static>]) -> Option<Credential> {
        let slices: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
        slices.first()?;
        let shown = Shown::of(&slices);
        Some(Credential {
            credentials: Arc::clone(self),
            shown,
            chain: ClientChain::read(slices).map(Arc::new),
            was_enrolled: self.rulebook().callers.identify(&shown.leaf, self.now()).is_some(),
            found: Mutex::default(),
            judging: tokio::sync::Mutex::default(),
        })
    }

    /// Until when `shown` is trusted, if that is in mind.
    fn remembered(&self, basis: Basis, shown: Shown) -> Option<Timestamp> {
        let now = self.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.until(basis, shown, now)
    }

    /// Until when `chain` is trusted under `rulebook` by what is `known`, unless something is published before.
    fn judge(
        &self,
        rulebook: &Rulebook,
        known: &Snapshot,
        shown: Shown,
        chain: &ClientChain,
    ) -> Result<Timestamp, Distrust> {
        let (basis, now) = (basis(rulebook, known), self.now());
        // Another connection that shows the same may have been judged while this one waited.
        if let Some(until) = self.remembered(basis, shown) {
            return Ok(until);
        }
        let known = RevocationKnowledge { evidence: &known.evidence, rules: known.rules };
        let regions = rulebook.callers.enrolled(&shown.leaf).map(Caller::regions).unwrap_or_default();
        let trusted = rulebook.clients.standing_of(chain, now, known, &regions)?;
        let until = trusted.until().min(now.plus_millis(self.again_millis));
        self.known.lock().unwrap_or_else(PoisonError::into_inner).keep(basis, shown, until, now);
        Ok(until)
    }

    /// The same, on a thread of its own as soon as there is one.
    async fn judge_apart(
        self: &Arc<Self>,
        rulebook: &Arc<Rulebook>,
        known: Arc<Snapshot>,
        shown: Shown,
        chain: &Arc<ClientChain>,
    ) -> Result<Timestamp, Distrust> {
        let (credentials, rulebook, chain) = (Arc::clone(self), Arc::clone(rulebook), Arc::clone(chain));
        let running = Arc::clone(&self.running).acquire_owned().await;
        let judging = tokio::task::spawn_blocking(move || {
            // Held by the thread, so that a connection that goes away does not make room for another.
            let _running = running;
            credentials.judge(&rulebook, &known, shown, &chain)
        });
        match judging.await.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(standing) => standing,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            // The runtime ends, and with it whoever waits.
            Err(Err(_)) => std::future::pending().await,
        }
    }
}

const fn basis(rulebook: &Rulebook, known: &Snapshot) -> Basis {
    Basis { rules: rulebook.generation, evidence: known.number }
}

/// The client of one connection.
pub(super) struct Credential {
    credentials: Arc<Credentials>,
    shown: Shown,
    chain: Result<Arc<ClientChain>, Distrust>,
    was_enrolled: bool,
    found: Mutex<Option<Found>>,
    /// Held by whoever has it judged; the other requests of the connection wait for that.
    judging: tokio::sync::Mutex<()>,
}

/// What was found last, and on which basis.
struct Found {
    basis: Basis,
    standing: Result<Timestamp, Distrust>,
}

impl Credential {
    /// The fingerprint of its certificate.
    pub(super) const fn fingerprint(&self) -> Fingerprint {
        self.shown.leaf
    }

    /// Whether the client may stay under `rulebook`: its certificate is trusted, and if it was enrolled when the connection
    /// began, it still is. Who never was is told so by each answer.
    pub(super) async fn may_stay(&self, rulebook: &Arc<Rulebook>) -> bool {
        let enrolled = rulebook.callers.identify(&self.shown.leaf, self.credentials.now()).is_some();
        self.standing(rulebook).await.is_ok() && (enrolled || !self.was_enrolled)
    }

    /// The same under the rules that hold now, and when to ask again if nothing is published before. For connections that
    /// ask nothing: after the requests that wait.
    pub(super) async fn stays(&self) -> (bool, Timestamp) {
        let _turn = self.credentials.looks.acquire().await;
        let rulebook = self.credentials.rulebook();
        let until = self.standing(&rulebook).await.unwrap_or(Timestamp::from_millis(i64::MAX));
        (self.may_stay(&rulebook).await, until)
    }

    /// Until when the client's certificate is trusted under `rulebook`. Judged anew only for a publication that is new here,
    /// and when what was found before has served its time. Whoever asks waits for that: nothing is answered by what was
    /// trusted before.
    pub(super) async fn standing(&self, rulebook: &Arc<Rulebook>) -> Result<Timestamp, Distrust> {
        let known = self.credentials.known_now();
        let basis = basis(rulebook, &known);
        if let Some(standing) = self.found(basis) {
            return standing;
        }
        let _judging = self.judging.lock().await;
        if let Some(standing) = self.found(basis) {
            return standing;
        }
        let standing = match (&self.chain, self.credentials.remembered(basis, self.shown)) {
            (_, Some(until)) => Ok(until),
            (Err(distrust), None) => Err(distrust.clone()),
            (Ok(chain), None) => self.credentials.judge_apart(rulebook, known, self.shown, chain).await,
        };
        self.note(basis, standing.clone());
        standing
    }

    /// What was found before, if it holds on `basis`.
    fn found(&self, basis: Basis) -> Option<Result<Timestamp, Distrust>> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        // A request may hold an older rulebook than the connection was judged under since; the newer counts.
        let Found { standing, .. } = found.as_ref().filter(|found| found.basis.covers(basis))?;
        let serves = standing.as_ref().map_or(true, |until| self.credentials.now() < *until);
        serves.then(|| standing.clone())
    }

    fn note(&self, basis: Basis, standing: Result<Timestamp, Distrust>) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(distrust) = &standing
            && found.as_ref().is_none_or(|found| found.standing.is_ok())
        {
            self.credentials.tally.distrusted(distrust, "connection");
            let (certificate, code) = (self.shown.leaf, distrust.code());
            tracing::info!(%certificate, code, "a connection's client is not trusted any more");
        }
        *found = Some(Found { basis, standing });
    }

    /// How long from now until `at`.
    pub(super) fn left_until(&self, at: Timestamp) -> Duration {
        let left = at.millis().saturating_sub(self.credentials.now().millis());
        // A millisecond later, so that what ends then has ended.
        Duration::from_millis(u64::try_from(left).unwrap_or(0).saturating_add(1))
    }

    /// Tells of everything that is published from now on.
    pub(super) fn changes(&self) -> Changes {
        let exchange = &self.credentials.exchange;
        Changes { rules: exchange.generations(), evidence: exchange.revocation().numbers() }
    }
}

/// What is published, rules and evidence about revocation.
pub(super) struct Changes {
    rules: watch::Receiver<u64>,
    evidence: watch::Receiver<u64>,
}

impl Changes {
    /// Returns when something was published; never, when nobody is left to publish.
    pub(super) async fn next(&mut self) {
        let told = tokio::select! {
            told = self.rules.changed() => told,
            told = self.evidence.changed() => told,
        };
        if told.is_err() {
            std::future::pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn chain(leaf: &str, beside: &str) -> Shown {
        Shown::of(&[leaf.as_bytes(), beside.as_bytes()])
    }

    #[test]
    fn what_a_client_sends_beside_its_certificate_takes_no_place_from_others() {
        let (basis, mut known) = (Basis { rules: 1, evidence: 1 }, Known::new(2));
        known.keep(basis, chain("other", ""), at(100), at(0));
        for number in 0..1_000 {
            known.keep(basis, chain("one", &number.to_string()), at(100), at(0));
        }
        let until = |known: &Known, shown, now| known.until(basis, shown, at(now));
        assert_eq!(until(&known, chain("other", ""), 0), Some(at(100)));
        assert_eq!((known.trusted.len(), known.trusted[&chain("one", "").leaf].len()), (2, CHAINS));
        // Of its own, the newest are known.
        for (number, expected) in [(0, None), (998, Some(at(100))), (999, Some(at(100)))] {
            assert_eq!(until(&known, chain("one", &number.to_string()), 0), expected);
        }

        // Who comes when all places are taken is judged each time, until the time of another has come.
        known.keep(basis, chain("third", ""), at(200), at(99));
        assert_eq!(until(&known, chain("third", ""), 99), None);
        known.keep(basis, chain("third", ""), at(200), at(100));
        assert_eq!(until(&known, chain("third", ""), 100), Some(at(200)));
        assert_eq!(until(&known, chain("other", ""), 100), None);
        assert_eq!(known.trusted.len(), 1);
    }

    #[test]
    fn what_was_found_by_something_older_is_not_kept() {
        let (older, newer) = (Basis { rules: 1, evidence: 2 }, Basis { rules: 2, evidence: 2 });
        let mut known = Known::new(2);
        known.keep(newer, chain("one", ""), at(100), at(0));
        known.keep(older, chain("two", ""), at(100), at(0));
        assert_eq!(known.until(newer, chain("one", ""), at(0)), Some(at(100)));
        for basis in [older, newer] {
            assert_eq!(known.until(basis, chain("two", ""), at(0)), None);
        }
        assert_eq!(known.until(older, chain("one", ""), at(0)), None);
    }
}

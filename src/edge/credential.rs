//! Whether the certificates that a client showed are trusted: found by the handshake, and found anew whenever rules or evidence
//! about revocation are published, for connections that resume a session or are kept alive too. Never asked for each request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use tokio::sync::watch;

use super::Config;
use super::tally::Tally;
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::crypto::Fingerprint;
use crate::exchange::Exchange;
use crate::pki::RevocationKnowledge;
use crate::revocation::Snapshot;
use crate::rulebook::{Distrust, Rulebook};

/// Finds out about clients, each chain once for each publication, however many connections show it.
pub(super) struct Credentials {
    exchange: Arc<Exchange>,
    known: Mutex<Known>,
    /// How many chains are kept in mind, and for how many milliseconds.
    most: usize,
    again_millis: i64,
    tally: Tally,
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

/// Chains that were found trusted on one basis, each until when that serves. What is refused is not kept: anybody
/// can make up chains, and only an authority one that is trusted.
#[derive(Default)]
struct Known {
    basis: Basis,
    trusted: HashMap<Fingerprint, Timestamp>,
}

impl Credentials {
    /// Goes by the rules that `exchange` answers under.
    pub(super) fn new(exchange: Arc<Exchange>, config: &Config, tally: Tally) -> Self {
        let again = config.trust_seconds.duration().as_millis();
        Self {
            exchange,
            known: Mutex::default(),
            most: config.connections.size(),
            again_millis: i64::try_from(again).unwrap_or(i64::MAX),
            tally,
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

    /// Judges what a client shows in a handshake.
    pub(super) fn judge_handshake(&self, chain: &[&[u8]]) -> Result<(), Distrust> {
        let (rulebook, digest) = (self.rulebook(), digest(chain));
        let judged = self.judge(&rulebook, &self.known_now(), digest, chain).map(drop);
        judged.inspect_err(|distrust| self.tally.distrusted(distrust, "handshake"))
    }

    /// The client of a connection whose handshake, full or resumed, is done; `None` if it showed nothing.
    pub(super) fn of(self: &Arc<Self>, chain: &[CertificateDer<'static>]) -> Option<Credential> {
        let fingerprint = Fingerprint::of(chain.first()?);
        let slices: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
        let digest = digest(&slices);
        let was_enrolled = self.rulebook().callers.identify(&fingerprint, now()).is_some();
        let chain = chain.to_vec();
        Some(Credential {
            credentials: Arc::clone(self),
            fingerprint,
            digest,
            chain,
            was_enrolled,
            found: Mutex::default(),
        })
    }

    /// Until when `chain` is trusted under `rulebook` by what is `known`, unless something is published before.
    fn judge(
        &self,
        rulebook: &Rulebook,
        known: &Snapshot,
        digest: Fingerprint,
        chain: &[&[u8]],
    ) -> Result<Timestamp, Distrust> {
        let (basis, now) = (basis(rulebook, known), now());
        let found = |found: &Known| {
            let found = (found.basis == basis).then(|| found.trusted.get(&digest).copied()).flatten();
            found.filter(|until| now < *until)
        };
        if let Some(until) = found(&self.known.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(until);
        }
        let known = RevocationKnowledge { evidence: &known.evidence, rules: known.rules };
        let trusted = rulebook.clients.standing_of(chain.iter().copied(), now, known)?;
        let until = trusted.until().min(now.plus_millis(self.again_millis));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.basis != basis && basis.covers(known.basis) {
            *known = Known { basis, ..Known::default() };
        }
        if known.basis == basis && known.trusted.len() < self.most {
            known.trusted.insert(digest, until);
        }
        Ok(until)
    }
}

const fn basis(rulebook: &Rulebook, known: &Snapshot) -> Basis {
    Basis { rules: rulebook.generation, evidence: known.number }
}

/// The present. The system's, as that of every other check in a handshake is.
fn now() -> Timestamp {
    SystemClock.now()
}

/// What tells chains apart. A certificate in DER says where it ends, so no two chains are one row of bytes.
fn digest(chain: &[&[u8]]) -> Fingerprint {
    Fingerprint::of(&chain.concat())
}

/// The client of one connection.
pub(super) struct Credential {
    credentials: Arc<Credentials>,
    fingerprint: Fingerprint,
    digest: Fingerprint,
    chain: Vec<CertificateDer<'static>>,
    was_enrolled: bool,
    found: Mutex<Option<Found>>,
}

/// What was found last, and on which basis.
struct Found {
    basis: Basis,
    standing: Result<Timestamp, Distrust>,
}

impl Credential {
    /// The fingerprint of its certificate.
    pub(super) const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Whether the client may stay under `rulebook`: its certificate is trusted, and if it was enrolled when the connection
    /// began, it still is. Who never was is told so by each answer.
    pub(super) fn may_stay(&self, rulebook: &Rulebook) -> bool {
        let enrolled = rulebook.callers.identify(&self.fingerprint, now()).is_some();
        self.standing(rulebook).is_ok() && (enrolled || !self.was_enrolled)
    }

    /// The same under the rules that hold now, and when to ask again if nothing is published before.
    pub(super) fn stays(&self) -> (bool, Timestamp) {
        let rulebook = self.credentials.rulebook();
        let until = self.standing(&rulebook).unwrap_or(Timestamp::from_millis(i64::MAX));
        (self.may_stay(&rulebook), until)
    }

    /// Until when the client's certificate is trusted under `rulebook`. Judged anew only for a publication that is new here,
    /// and when what was found before has served its time.
    pub(super) fn standing(&self, rulebook: &Rulebook) -> Result<Timestamp, Distrust> {
        let known = self.credentials.known_now();
        let basis = basis(rulebook, &known);
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Found { basis: before, standing }) = found.as_ref()
            // A request may hold an older rulebook than the connection was judged under since; the newer counts.
            && before.covers(basis)
            && standing.as_ref().map_or(true, |until| now() < *until)
        {
            return standing.clone();
        }
        let chain: Vec<&[u8]> = self.chain.iter().map(AsRef::as_ref).collect();
        let standing = self.credentials.judge(rulebook, &known, self.digest, &chain);
        if let Err(distrust) = &standing
            && found.as_ref().is_none_or(|found| found.standing.is_ok())
        {
            self.credentials.tally.distrusted(distrust, "connection");
            let code = distrust.code();
            tracing::info!(certificate = %self.fingerprint, code, "a connection's client is not trusted any more");
        }
        *found = Some(Found { basis, standing: standing.clone() });
        standing
    }

    /// How long from now until `at`.
    pub(super) fn left_until(at: Timestamp) -> Duration {
        let left = at.millis().saturating_sub(now().millis());
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

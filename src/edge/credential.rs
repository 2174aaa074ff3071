//! Whether the certificates that a client showed are trusted: found by the handshake, and found anew whenever rules are
//! published, for connections that resume a session or are kept alive too. Never asked for each request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustls_pki_types::CertificateDer;

use super::Config;
use super::tally::Tally;
use crate::clock::Timestamp;
use crate::crypto::Fingerprint;
use crate::exchange::Exchange;
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

/// Chains that were found trusted under one generation, each until when that serves. What is refused is not kept: anybody
/// can make up chains, and only an authority one that is trusted.
#[derive(Default)]
struct Known {
    generation: u64,
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

    /// Judges what a client shows in a handshake.
    pub(super) fn judge_handshake(&self, chain: &[&[u8]]) -> Result<(), Distrust> {
        let (rulebook, digest) = (self.rulebook(), digest(chain));
        let judged = self.judge(&rulebook, digest, chain, self.exchange.now()).map(drop);
        judged.inspect_err(|distrust| self.tally.distrusted(distrust, "handshake"))
    }

    /// The client of a connection whose handshake, full or resumed, is done; `None` if it showed nothing.
    pub(super) fn of(self: &Arc<Self>, chain: &[CertificateDer<'static>]) -> Option<Credential> {
        let fingerprint = Fingerprint::of(chain.first()?);
        let slices: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
        let digest = digest(&slices);
        let now = self.exchange.now();
        let was_enrolled = self.rulebook().callers.identify(&fingerprint, now).is_some();
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

    /// Until when `chain` is trusted under `rulebook`, unless something is published before.
    fn judge(
        &self,
        rulebook: &Rulebook,
        digest: Fingerprint,
        chain: &[&[u8]],
        now: Timestamp,
    ) -> Result<Timestamp, Distrust> {
        let known = |known: &Known| {
            let same = known.generation == rulebook.generation;
            same.then(|| known.trusted.get(&digest).copied()).flatten().filter(|until| now < *until)
        };
        if let Some(until) = known(&self.known.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(until);
        }
        let trusted = rulebook.clients.standing_of(chain.iter().copied(), now)?;
        let until = trusted.until().min(now.plus_millis(self.again_millis));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.generation < rulebook.generation {
            *known = Known { generation: rulebook.generation, ..Known::default() };
        }
        if known.generation == rulebook.generation && known.trusted.len() < self.most {
            known.trusted.insert(digest, until);
        }
        Ok(until)
    }
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

/// What was found last, and under which generation.
struct Found {
    generation: u64,
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
        let enrolled = rulebook.callers.identify(&self.fingerprint, self.now()).is_some();
        self.standing(rulebook).is_ok() && (enrolled || !self.was_enrolled)
    }

    /// The same under the rules that hold now, and when to ask again if nothing is published before.
    pub(super) fn stays(&self) -> (bool, Timestamp) {
        let rulebook = self.credentials.rulebook();
        let until = self.standing(&rulebook).unwrap_or(Timestamp::from_millis(i64::MAX));
        (self.may_stay(&rulebook), until)
    }

    /// Until when the client's certificate is trusted under `rulebook`. Judged anew only for a generation that is new here,
    /// and when what was found before has served its time.
    pub(super) fn standing(&self, rulebook: &Rulebook) -> Result<Timestamp, Distrust> {
        let now = self.credentials.exchange.now();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Found { generation, standing }) = found.as_ref()
            // A request may hold an older rulebook than the connection was judged under since; the newer counts.
            && *generation >= rulebook.generation
            && standing.as_ref().map_or(true, |until| now < *until)
        {
            return standing.clone();
        }
        let chain: Vec<&[u8]> = self.chain.iter().map(AsRef::as_ref).collect();
        let standing = self.credentials.judge(rulebook, self.digest, &chain, now);
        if let Err(distrust) = &standing
            && found.as_ref().is_none_or(|found| found.standing.is_ok())
        {
            self.credentials.tally.distrusted(distrust, "connection");
            let code = distrust.code();
            tracing::info!(certificate = %self.fingerprint, code, "a connection's client is not trusted any more");
        }
        *found = Some(Found { generation: rulebook.generation, standing: standing.clone() });
        standing
    }

    /// The present time, by the clock of [`Credential::stays`].
    pub(super) fn now(&self) -> Timestamp {
        self.credentials.exchange.now()
    }

    /// Tells of every publication from now on.
    pub(super) fn generations(&self) -> tokio::sync::watch::Receiver<u64> {
        self.credentials.exchange.generations()
    }
}

//! The steps of one request, in order: decide, quota, answer, minimize, record. No HTTP and no TLS.
//!
//! Each step takes what only the step before can make, and everything ends in `Exchange::conclude`: answers and
//! refusals alike are on record before anybody hears of them. What the edge sheds at the door never comes here. Callers run these functions as tasks of their own, so
//! that a client that hangs up cannot skip the record.

mod conclusion;
mod draft;
mod inquiry;
mod refusal;
mod registry;
mod relay;
mod verify;

use std::sync::Arc;
use std::time::Instant;

pub use self::conclusion::{Answered, Evidence, Failure, Refused, Relayed, Unrecorded, Verified};
use self::draft::Draft;
pub use self::inquiry::{Arrival, Gist, Inquiry, RequestId, Target, Verification};
pub use self::refusal::Refusal;
use crate::cache::Answers;
use crate::clock::Clock;
use crate::crypto::{Fingerprint, PseudonymKey};
use crate::identifier::Province;
use crate::ledger::Ledger;
use crate::quota::Quotas;
use crate::rulebook::{Caller, Published, Rulebook};
use crate::upstream::Upstreams;
use crate::verifier::Verifier;

/// The services that an exchange is made of.
pub struct Parts {
    /// The province that this gateway stands for.
    pub province: Province,
    /// The rules, as published.
    pub rulebook: Published,
    /// Judges files.
    pub verifier: Verifier,
    /// Keeps limits.
    pub quotas: Quotas,
    /// Keeps answers.
    pub answers: Answers,
    /// Gets answers.
    pub upstreams: Upstreams,
    /// How registries of licenses are asked.
    pub registry: crate::registry::Config,
    /// Keeps records.
    pub ledger: Ledger,
    /// The key of the pseudonyms in records and cache keys.
    pub pseudonyms: Arc<PseudonymKey>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
}

/// Answers requests.
pub struct Exchange {
    parts: Parts,
}

impl Exchange {
    /// An exchange made of `parts`.
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }

    /// The rulebook that holds now.
    pub fn rulebook(&self) -> Arc<Rulebook> {
        self.parts.rulebook.current()
    }

    /// Publishes `rulebook` for all requests that come from now on; returns its generation.
    pub fn publish(&self, rulebook: Rulebook) -> u64 {
        self.parts.rulebook.publish(rulebook)
    }

    /// The ledger that requests are recorded in.
    pub fn ledger(&self) -> &Ledger {
        &self.parts.ledger
    }

    /// A request that came in just now, to be answered under `rulebook`.
    pub fn arrive(
        &self,
        id: RequestId,
        rulebook: Arc<Rulebook>,
        certificate: Option<Fingerprint>,
        caller: Option<Caller>,
    ) -> Arrival {
        Arrival { id, at: self.parts.clock.now(), started: Instant::now(), rulebook, certificate, caller }
    }

    /// Judges a license file for a department that may have that done.
    pub async fn verify(
        &self,
        arrival: &Arrival,
        verification: Verification,
    ) -> Result<Answered<Verified>, Failure> {
        let mut draft = Draft::verification(&self.parts, arrival, &verification);
        let result = verify::verify(&self.parts, arrival, verification, &mut draft).await;
        self.conclude(arrival, draft, result).await
    }

    /// Gets an answer from where it should come from, for a department that may have it, cut to what it may have.
    pub async fn relay(&self, arrival: &Arrival, inquiry: Inquiry) -> Result<Answered<Relayed>, Failure> {
        let mut draft = Draft::inquiry(&self.parts, arrival, &inquiry);
        let result = relay::relay(&self.parts, arrival, &inquiry, &mut draft).await;
        self.conclude(arrival, draft, result).await
    }

    /// Refuses a request that was not even understood; `gist` is what was.
    pub async fn refuse(&self, arrival: &Arrival, gist: &Gist, refusal: Refusal) -> Failure {
        let draft = Draft::gist(arrival, gist);
        match self.conclude::<std::convert::Infallible>(arrival, draft, Err(refusal)).await {
            Err(failure) => failure,
            Ok(answered) => match *answered.content() {},
        }
    }

    /// Puts the end of a request on record, whatever it is. Only what comes back from here may be told to anybody.
    async fn conclude<T>(
        &self,
        arrival: &Arrival,
        draft: Draft,
        result: Result<T, Refusal>,
    ) -> Result<Answered<T>, Failure> {
        let entry = draft.finish(arrival.started.elapsed(), result.as_ref().err());
        let recorded = self.parts.ledger.record(&entry).await.map_err(|error| {
            tracing::error!(request_id = %arrival.id, %error, "not recorded");
            Failure::Unrecorded(Unrecorded::Ledger)
        })?;
        let evidence =
            Evidence { recorded, request_id: arrival.id.clone(), generation: arrival.rulebook.generation };
        match result {
            Ok(content) => Ok(Answered { content, evidence }),
            Err(refusal) => Err(Failure::Refused(Box::new(Refused { refusal, evidence }))),
        }
    }
}

//! The steps of one request, in order: decide, quota, answer, minimize, record. No HTTP and no TLS.
//!
//! Each step takes what only the step before can make, and everything ends in `Exchange::conclude`: answers and
//! refusals alike are on record before anybody hears of them. What the edge sheds at the door never comes here.
//! Callers run these functions as tasks of their own, so that a client that hangs up cannot skip the record.

mod reliance;
mod conclusion;
mod correction;
mod draft;
mod evidence;
mod explanation;
mod inquiry;
mod matter;
mod refusal;
mod registry;
mod relay;
mod verify;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

pub use self::conclusion::{Answered, Evidence, Failure, Pending, Refused, Relayed, Unrecorded, Verified};
pub use self::correction::{Action, Corrected, Handling, OpenReports, Reporting};
use self::draft::Draft;
pub use self::evidence::{Problem as EvidenceProblem, Unproven};
pub use self::explanation::{Decisive, Explanation, Missing};
pub use self::inquiry::{Arrival, CatalogPart, Gist, Inquiry, Mandate, RequestId, Target, Verification};
pub use self::matter::{Config as MatterConfig, Matters, Unknown as UnknownMatters};
pub use self::refusal::Refusal;
use crate::cache::{Answers, Purge, Verdicts};
use crate::clock::{Clock, Timestamp};
use crate::corrections::Corrections;
use crate::crypto::{Fingerprint, PseudonymKey};
use crate::identifier::Province;
use crate::ledger::{self, Ledger, Recorded};
use crate::quota::Quotas;
use crate::revocation::Watch;
use crate::rulebook::{Caller, Published, Rulebook, RulesChange};
use crate::sensitive::Sensitive;
use crate::upstream::{self, Upstreams};
use crate::verifier::{Precedence, Verifier};

/// The services that an exchange is made of.
pub struct Parts {
    /// The province that this gateway stands for.
    pub province: Province,
    /// The rules, as published.
    pub rulebook: Published,
    /// What is known about revocation, from the sources that the anchors of the rules state.
    pub revocation: Arc<Watch>,
    /// Judges files.
    pub verifier: Verifier,
    /// Keeps limits.
    pub quotas: Quotas,
    /// Keeps verdicts.
    pub verdicts: Verdicts,
    /// Keeps answers.
    pub answers: Answers<upstream::Error>,
    /// Gets answers.
    pub upstreams: Upstreams,
    /// Holds requests to their matters.
    pub matters: Matters,
    /// How registries of licenses are asked.
    pub registry: crate::registry::Config,
    /// Keeps reports that data are wrong.
    pub corrections: Arc<Corrections>,
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
    /// Held by whoever publishes, so that what changes is told of the right generation.
    publishing: Mutex<()>,
}

impl Exchange {
    /// An exchange made of `parts`.
    pub fn new(parts: Parts) -> Self {
        parts.verifier.follow(&parts.rulebook.current().anchors);
        Self { parts, publishing: Mutex::new(()) }
    }

    /// The rulebook that holds now.
    pub fn rulebook(&self) -> Arc<Rulebook> {
        self.parts.rulebook.current()
    }

    /// Publishes `rulebook` for all requests that come from now on; returns its generation.
    pub fn publish(&self, rulebook: Rulebook) -> u64 {
        let _turn = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let present = self.parts.rulebook.current();
        // Said first: whoever is answered under the new rules finds no verdict that they change.
        let next = present.generation.saturating_add(1);
        self.parts.verdicts.rules_change(next, &RulesChange::between(&present, &rulebook));
        self.parts.revocation.follow(&rulebook.anchors);
        self.parts.verifier.follow(&rulebook.anchors);
        self.parts.rulebook.publish(rulebook)
    }

    /// Tells of every publication from now on.
    pub fn generations(&self) -> watch::Receiver<u64> {
        self.parts.rulebook.generations()
    }

    /// What is known about revocation now.
    pub fn revocation(&self) -> &Watch {
        &self.parts.revocation
    }

    /// Ends every verdict that is kept, for all requests that come from now on.
    pub fn purge_verdicts(&self) {
        self.parts.verdicts.purge();
    }

    /// The ledger that requests are recorded in.
    pub fn ledger(&self) -> &Ledger {
        &self.parts.ledger
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// A request that came in at `at`, which is now, to be answered under `rulebook`.
    pub fn arrive(
        &self,
        id: RequestId,
        rulebook: Arc<Rulebook>,
        certificate: Option<Fingerprint>,
        caller: Option<Caller>,
        at: Timestamp,
    ) -> Arrival {
        Arrival { id, at, started: Instant::now(), rulebook, certificate, caller }
    }

    /// Judges a file for a department that may have that done.
    pub async fn verify(
        &self,
        arrival: &Arrival,
        verification: Verification,
    ) -> Result<Answered<Verified>, Failure> {
        self.conclude(self.judge(arrival, verification).await).await
    }

    /// The same without the record, for [`Exchange::conclude_all`].
    pub async fn judge(&self, arrival: &Arrival, verification: Verification) -> Pending<Verified> {
        let mut draft = Draft::verification(&self.parts, arrival, &verification);
        let result = verify::verify(&self.parts, arrival, verification, &mut draft).await;
        Pending::new(arrival, draft, result)
    }

    /// Runs `read`, which makes sense of a large body, where files are judged: it would hold up every connection for as
    /// long as a judgement does.
    ///
    /// Fails with [`Refusal::Verifier`].
    pub async fn read<T: Send + 'static>(
        &self,
        precedence: Precedence,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        self.parts.verifier.run(precedence, read).await.map_err(Refusal::Verifier)
    }

    /// Whether anything may be judged under `mandate` at all, so that a batch need not be read to be refused.
    pub async fn admit(&self, arrival: &Arrival, gist: &Gist, mandate: &Mandate) -> Result<(), Failure> {
        match verify::permit(&self.parts, arrival, mandate) {
            Ok(_) => Ok(()),
            Err(refusal) => {
                let draft = Draft::mandated(&self.parts, arrival, gist, mandate);
                let pending = Pending::<()>::new(arrival, draft, Err(refusal));
                self.conclude(pending).await.map(drop)
            }
        }
    }

    /// Refuses a part of a batch that is sent under `mandate`; the record comes with [`Exchange::conclude_all`].
    pub fn decline<T>(
        &self,
        arrival: &Arrival,
        gist: &Gist,
        mandate: &Mandate,
        refusal: Refusal,
    ) -> Pending<T> {
        Pending::new(arrival, Draft::mandated(&self.parts, arrival, gist, mandate), Err(refusal))
    }

    /// Gets an answer from where it should come from, for a department that may have it, cut to what it may have.
    pub async fn relay(&self, arrival: &Arrival, inquiry: Inquiry) -> Result<Answered<Relayed>, Failure> {
        let mut draft = Draft::inquiry(&self.parts, arrival, &inquiry);
        let result = relay::relay(&self.parts, arrival, &inquiry, None, &mut draft).await;
        self.conclude(Pending::new(arrival, draft, result)).await
    }

    /// Takes a report that data are wrong, from a department that may have them.
    pub async fn report(
        &self,
        arrival: &Arrival,
        reporting: Reporting,
    ) -> Result<Answered<Corrected>, Failure> {
        let mut draft = Draft::reporting(&self.parts, arrival, &reporting);
        let result = correction::report(&self.parts, arrival, &reporting, &mut draft).await;
        self.conclude(Pending::new(arrival, draft, result)).await
    }

    /// Shows a report to who made it and to who settles it, or closes it for one of them.
    pub async fn handle(
        &self,
        arrival: &Arrival,
        handling: Handling,
    ) -> Result<Answered<Corrected>, Failure> {
        let mut draft = Draft::handling(&self.parts, arrival, &handling);
        let result = correction::handle(&self.parts, arrival, &handling, &mut draft).await;
        self.conclude(Pending::new(arrival, draft, result)).await
    }

    /// The open reports that the caller made or is to settle.
    pub async fn reports(&self, arrival: &Arrival) -> Result<Answered<OpenReports>, Failure> {
        let gist = Gist { target: Some(Target::Reports), line: None };
        let mut draft = Draft::gist(arrival, &gist);
        let result = correction::list(&self.parts, arrival);
        if result.is_ok() {
            draft.listed();
        }
        self.conclude(Pending::new(arrival, draft, result)).await
    }

    /// Explains the denial of which `record` is the name to whoever it was given to. Only the newest are known.
    pub async fn explain(
        self: &Arc<Self>,
        arrival: &Arrival,
        record: &str,
    ) -> Result<Answered<Explanation>, Failure> {
        let (exchange, name) = (Arc::clone(self), record.to_owned());
        // It reads a line of a file, which on a slow disk would hold up every connection.
        let read = tokio::task::spawn_blocking(move || exchange.parts.ledger.denial(&name)).await;
        let read = read.map_err(|_| Failure::Unrecorded(Unrecorded::Fault))?;
        let found = read.map_err(|error| {
            tracing::error!(request_id = %arrival.id, %error, "a record cannot be read back");
            Failure::Unrecorded(Unrecorded::Ledger)
        })?;
        let result = found.ok_or(Refusal::UnknownDecision).and_then(|found| explanation::of(arrival, found));
        let gist = Gist { target: Some(Target::Decision(record.to_owned())), line: None };
        let mut draft = Draft::gist(arrival, &gist);
        if let Ok(explanation) = &result {
            draft.explained(explanation);
        }
        self.conclude(Pending::new(arrival, draft, result)).await
    }

    /// Brings up to date what the operators' numbers say of time.
    pub fn tell(&self) {
        self.parts.corrections.tell(self.parts.clock.now());
    }

    /// Lets go of kept answers for `operator`, and puts that on record; returns how many these were. What is let go of is so
    /// even if the record fails.
    pub async fn purge(
        self: &Arc<Self>,
        id: &RequestId,
        purge: Purge,
        operator: &Sensitive<String>,
    ) -> Result<(u64, Evidence), Unrecorded> {
        let entry = Draft::purge(&self.parts, id, &purge, operator);
        let generation = entry.generation;
        let exchange = Arc::clone(self);
        // It looks at all that is kept, which would hold up every connection.
        let gone = tokio::task::spawn_blocking(move || exchange.parts.answers.purge(&purge)).await;
        let gone = gone.map_err(|_| Unrecorded::Fault)?;
        let recorded = self.parts.ledger.record(&entry).await.map_err(|error| {
            tracing::error!(request_id = %id, %error, "not recorded");
            Unrecorded::Ledger
        })?;
        Ok((gone, Evidence { recorded, request_id: id.clone(), generation }))
    }

    /// Refuses a request that was not even understood; `gist` is what was.
    pub async fn refuse(&self, arrival: &Arrival, gist: &Gist, refusal: Refusal) -> Failure {
        let draft = Draft::gist(arrival, gist);
        let pending = Pending::<std::convert::Infallible>::new(arrival, draft, Err(refusal));
        match self.conclude(pending).await {
            Err(failure) => failure,
            Ok(answered) => match *answered.content() {},
        }
    }

    /// Puts the end of a request on record, whatever it is. Only what comes back from here may be told to anybody.
    async fn conclude<T>(&self, pending: Pending<T>) -> Result<Answered<T>, Failure> {
        let recorded = self.parts.ledger.record_all(&pending.entries).await;
        pending.conclude(recorded.and_then(own))
    }

    /// The same for many, which share one write to the disk. What comes back stands in the order of `pending`.
    pub async fn conclude_all<T>(&self, pending: Vec<Pending<T>>) -> Vec<Result<Answered<T>, Failure>> {
        let entries = pending.iter().flat_map(|pending| &pending.entries);
        match self.parts.ledger.record_all(entries).await {
            Ok(recorded) => {
                let mut recorded = recorded.into_iter();
                let conclude = |pending: Pending<T>| {
                    let of_this = recorded.by_ref().take(pending.entries.len()).collect();
                    pending.conclude(own(of_this))
                };
                pending.into_iter().map(conclude).collect()
            }
            Err(error) => pending.into_iter().map(|pending| pending.conclude(Err(error.clone()))).collect(),
        }
    }
}

/// Of the records of one request, the one that its answer names.
fn own(mut recorded: Vec<Recorded>) -> Result<Recorded, ledger::Error> {
    recorded.pop().ok_or(ledger::Error::Failed)
}

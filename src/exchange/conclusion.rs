//! How a request ends: answered or refused, and on record either way, or neither and undisclosed.
//! The proofs here are made by [`super::Exchange`] alone, once the ledger has the record on disk.

use super::draft::Draft;
use super::{Arrival, Refusal, RequestId};
use crate::cache::CacheState;
use crate::disclosure::Disclosed;
use crate::ledger::{self, Entry, Recorded};
use crate::quota::Admission;
use crate::registry::Consultation;
use crate::verdict::Judgement;

/// Evidence that a request is on record, to be shown with its answer.
#[derive(Debug)]
pub struct Evidence {
    pub(super) recorded: Recorded,
    pub(super) request_id: RequestId,
    pub(super) generation: u64,
}

impl Evidence {
    /// The record.
    pub const fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// The request's identifier.
    pub const fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The generation of the rulebook that held for the request.
    pub const fn generation(&self) -> u64 {
        self.generation
    }
}

/// A request that has come to its end, which nobody may hear of: the record is still missing.
#[derive(Debug)]
#[must_use = "an end without a record is lost"]
pub struct Pending<T> {
    /// The record of the request, last, behind those of what the gateway asked to answer it.
    pub(super) entries: Vec<Entry>,
    result: Result<T, Refusal>,
    request_id: RequestId,
    generation: u64,
}

impl<T> Pending<T> {
    pub(super) fn new(arrival: &Arrival, draft: Draft, result: Result<T, Refusal>) -> Self {
        Self {
            entries: draft.finish(arrival.started.elapsed(), result.as_ref().err()),
            result,
            request_id: arrival.id.clone(),
            generation: arrival.rulebook.generation,
        }
    }

    /// What may be told once the ledger has answered.
    pub(super) fn conclude(self, recorded: Result<Recorded, ledger::Error>) -> Result<Answered<T>, Failure> {
        let Self { result, request_id, generation, .. } = self;
        let recorded = recorded.map_err(|error| {
            tracing::error!(%request_id, %error, "not recorded");
            Failure::Unrecorded(Unrecorded::Ledger)
        })?;
        let evidence = Evidence { recorded, request_id, generation };
        match result {
            Ok(content) => Ok(Answered { content, evidence }),
            Err(refusal) => Err(Failure::Refused(Box::new(Refused { refusal, evidence }))),
        }
    }
}

impl Pending<Verified> {
    /// How many bytes of memory it takes, about: those of the license's data, which may be a thousand times as many as
    /// those of everything else.
    pub fn weight(&self) -> usize {
        let license = self.result.as_ref().ok().and_then(|verified| verified.judgement.license.as_ref());
        let values = license.map(|license| license.values.as_slice()).unwrap_or_default();
        values.iter().map(|value| value.name.len().saturating_add(value.value.expose().len())).sum()
    }
}

/// An answer that is on record.
#[derive(Debug)]
pub struct Answered<T> {
    pub(super) content: T,
    pub(super) evidence: Evidence,
}

impl<T> Answered<T> {
    /// What is answered.
    pub const fn content(&self) -> &T {
        &self.content
    }

    /// The evidence of the record.
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

/// A refusal that is on record.
#[derive(Debug)]
pub struct Refused {
    pub(super) refusal: Refusal,
    pub(super) evidence: Evidence,
}

impl Refused {
    /// Why.
    pub const fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// The evidence of the record.
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

/// Why a request left no record. Nothing was disclosed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrecorded {
    /// The caller has too many requests open, or sends them too fast; recording these would make shedding as dear as
    /// serving.
    #[error("this caller has too many requests open or sends them too fast")]
    Busy,
    /// The gateway itself failed.
    #[error("the gateway failed")]
    Fault,
    /// The ledger does not take records.
    #[error("the request cannot be recorded")]
    Ledger,
}

impl Unrecorded {
    /// The stable code: part of the interface, in answers and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Busy => "gateway.busy",
            Self::Fault => "gateway.fault",
            Self::Ledger => "ledger.unavailable",
        }
    }
}

/// How a request ends without an answer.
#[derive(Debug)]
pub enum Failure {
    /// Refused, on record.
    Refused(Box<Refused>),
    /// Not on record.
    Unrecorded(Unrecorded),
}

/// The answer to a verification.
#[derive(Debug)]
pub struct Verified {
    /// What was found about the file.
    pub judgement: Judgement,
    /// How asking the registry of the license's issuer ended; what it said is in the judgement's status.
    pub registry: Consultation,
    /// The number of what was known about revocation, which grows with every change of that.
    pub evidence: u64,
    /// The agreement that permitted it, and how the caller's limits stand.
    pub admission: Admission,
}

/// The answer to an inquiry.
#[derive(Debug)]
pub struct Relayed {
    /// What leaves of the answer.
    pub disclosed: Disclosed,
    /// Where the answer came from.
    pub cache: CacheState,
    /// How old it is, in whole seconds, where it does not come from the provider itself.
    pub age_seconds: Option<u64>,
    /// The agreement that permitted it, and how the caller's limits stand.
    pub admission: Admission,
}

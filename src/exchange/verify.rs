//! A verification, step by step: decide and quota first, because judging is the work; then judge.

use std::sync::{Arc, Mutex, PoisonError};

use super::draft::Draft;
use super::registry::consult;
use super::reliance;
use super::{Arrival, Mandate, Parts, Refusal, Verification, Verified};
use crate::cache::Under;
use crate::policy::{Operation, Permit, Question};
use crate::quota::Admission;
use crate::registry::Consultation;
use crate::revocation::Snapshot;
use crate::rulebook::Caller;
use crate::verdict::Judgement;
use crate::verifier::{self, Digests, Grounds, Identified, Judged, Material, Precedence, Seen};

pub(super) async fn verify(
    parts: &Parts,
    arrival: &Arrival,
    verification: Verification,
    draft: &mut Draft,
) -> Result<Verified, Refusal> {
    let Verification { material, mandate, line } = verification;
    let material = Arc::new(material);
    let precedence = if line.is_some() { Precedence::Line } else { Precedence::Request };
    let admission = match admit(parts, arrival, &mandate, precedence, draft).await {
        Ok(admission) => admission,
        Err(refusal) => {
            // The record names the refused file too, unless so many wait that there is no room even for that.
            if let Ok(identified) = parts.verifier.identify(material, precedence).await {
                draft.digested(parts, &identified.digests);
            }
            return Err(refusal);
        }
    };

    let sighted = match see(parts, arrival, Arc::clone(&material), (&admission, precedence)).await {
        Ok(sighted) => sighted,
        Err(error) => {
            // The same holds for a file that cannot be judged.
            if error == verifier::Error::CutShort
                && let Ok(identified) = parts.verifier.identify(material, precedence).await
            {
                draft.digested(parts, &identified.digests);
            }
            return Err(Refusal::Verifier(error));
        }
    };
    draft.digested(parts, sighted.digests());
    let judging = Judging { mandate: &mandate, admission: &admission, precedence };
    let Found { judgement, registry, evidence } = judge(parts, arrival, sighted, judging, draft).await?;
    Ok(Verified { judgement, registry, evidence, admission })
}

/// Material that was looked at, and what was known of revocation before.
pub(super) struct Sighted {
    seen: Seen,
    known: Arc<Snapshot>,
    purges: u64,
}

impl Sighted {
    /// What the record is to say of the material.
    pub(super) const fn digests(&self) -> &Digests {
        &self.seen.identified.digests
    }
}

/// Identifies `material` and, unless a judgement of it is kept or it takes long, judges it at once.
pub(super) async fn see(
    parts: &Parts,
    arrival: &Arrival,
    material: Arc<Material>,
    (admission, precedence): (&Admission, Precedence),
) -> Result<Sighted, verifier::Error> {
    let (known, purges) = (parts.revocation.current(), parts.verdicts.purges());
    let asked = (grounds(arrival, &known), arrival.at);
    let seen = parts.verifier.see(admission, material, asked, precedence, parts.verdicts.index()).await?;
    Ok(Sighted { seen, known, purges })
}

fn grounds(arrival: &Arrival, known: &Snapshot) -> Grounds {
    Grounds {
        anchors: Arc::clone(&arrival.rulebook.anchors),
        seals: Arc::clone(&arrival.rulebook.seals),
        evidence: Arc::clone(&known.evidence),
        rules: known.rules,
    }
}

/// In whose name something is judged that was admitted.
#[derive(Clone, Copy)]
pub(super) struct Judging<'a> {
    /// What the registry of the license's issuer is told.
    pub(super) mandate: &'a Mandate,
    pub(super) admission: &'a Admission,
    pub(super) precedence: Precedence,
}

/// What was found about a file.
pub(super) struct Found {
    pub(super) judgement: Judgement,
    /// How asking the registry ended.
    pub(super) registry: Consultation,
    /// The number of what was known about revocation.
    pub(super) evidence: u64,
}

/// Judges what was admitted, asks the registry about it, and puts both into `draft`.
pub(super) async fn judge(
    parts: &Parts,
    arrival: &Arrival,
    sighted: Sighted,
    judging: Judging<'_>,
    draft: &mut Draft,
) -> Result<Found, Refusal> {
    let Judging { mandate, admission, precedence } = judging;
    let Sighted { seen: Seen { identified, judged }, mut known, purges } = sighted;
    let Identified { material, key, .. } = identified;
    let judge_by = async |known: &Snapshot, purges: u64, judged: Option<Judged>| {
        let grounds = grounds(arrival, known);
        let generation = arrival.rulebook.generation;
        let under = Under { generation, evidence: known.number, at: arrival.at, purges };
        let judged = Mutex::new(judged);
        let judge = || {
            let (material, grounds) = (Arc::clone(&material), grounds.clone());
            let judged = judged.lock().unwrap_or_else(PoisonError::into_inner).take();
            async move {
                match judged {
                    Some(judged) => Ok(judged),
                    None => parts.verifier.verify(admission, material, grounds, arrival.at, precedence).await,
                }
            }
        };
        // Lines wait in a line of their own, in which no request is to wait with them.
        let join = precedence == Precedence::Request;
        parts.verdicts.get(key, under, join, judge).await.map_err(Refusal::Verifier)
    };
    let (mut judged, mut cache) = judge_by(&known, purges, judged).await?;
    // Once: what the archive has is read by then, and a list that does not help is no reason to read another.
    if parts.revocation.recall(judged.trace.wishes()).await {
        known = parts.revocation.current();
        (judged, cache) = judge_by(&known, parts.verdicts.purges(), None).await?;
    }
    let Judged { mut judgement, trace } = Arc::unwrap_or_clone(judged);
    let registry = consult(parts, arrival, mandate, admission, &mut judgement, draft).await;
    draft.judged(parts, &judgement, registry, cache);
    let catalog = &arrival.rulebook.catalog;
    draft.rests_on(reliance::of(&judgement, &trace, catalog, &parts.pseudonyms));
    Ok(Found { judgement, registry, evidence: known.number })
}

async fn admit(
    parts: &Parts,
    arrival: &Arrival,
    mandate: &Mandate,
    precedence: Precedence,
    draft: &mut Draft,
) -> Result<Admission, Refusal> {
    let permit = permit(parts, arrival, mandate)?;
    draft.permitted(&permit);
    let admitted = match precedence {
        Precedence::Request => parts.quotas.admit(permit, None, arrival.at).await,
        Precedence::Line => parts.quotas.admit_line(permit, parts.clock.as_ref()).await,
    };
    admitted.map_err(Refusal::from)
}

/// Whether an agreement permits to have anything judged under `mandate`; counts nothing.
pub(super) fn permit(parts: &Parts, arrival: &Arrival, mandate: &Mandate) -> Result<Permit, Refusal> {
    let permit = arrival.rulebook.agreements.decide(&Question {
        department: &mandate.department,
        operation: Operation::Verify,
        purpose: &mandate.purpose,
        matter: mandate.matter.as_ref(),
        case: mandate.case.is_some(),
        operator: mandate.operator.is_some(),
        basis: mandate.basis,
        evidence: &[],
        age: None,
        party: arrival.caller.as_ref().and_then(Caller::party),
        at: arrival.at,
    });
    let permit = permit.map_err(Refusal::Denied)?;
    parts.matters.check(&arrival.rulebook.catalog, mandate.matter.as_ref(), None)?;
    Ok(permit)
}

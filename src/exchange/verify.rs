//! A verification, step by step: decide and quota first, because judging is the work; then judge.

use std::sync::{Arc, Mutex, PoisonError};

use super::draft::Draft;
use super::registry::consult;
use super::reliance;
use super::{Arrival, Mandate, Parts, Refusal, Verification, Verified};
use crate::cache::Under;
use crate::ledger::Coming;
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

    let coming = parts.ledger.announce();
    let sighted = match see(parts, arrival, material, (&admission, precedence)).await {
        Ok(sighted) => sighted,
        Err((digests, refusal)) => {
            if let Some(digests) = digests {
                draft.digested(parts, &digests);
            }
            return Err(refusal);
        }
    };
    draft.digested(parts, sighted.digests());
    let judging = Judging { mandate: &mandate, admission: &admission, precedence };
    let found = judge(parts, arrival, sighted, judging, (draft, Some(coming))).await?;
    let Found { judgement, registry, evidence } = found;
    Ok(Verified { judgement, registry, evidence, admission })
}

/// Material that was looked at, and if it was judged, what held by then.
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
///
/// Fails with what the record can say of material that could not be judged.
pub(super) async fn see(
    parts: &Parts,
    arrival: &Arrival,
    material: Arc<Material>,
    (admission, precedence): (&Admission, Precedence),
) -> Result<Sighted, (Option<Digests>, Refusal)> {
    let (known, purges) = (parts.revocation.current(), parts.verdicts.purges());
    let asked = (grounds(arrival, &known), arrival.at);
    let (verifier, is_kept) = (&parts.verifier, parts.verdicts.keeps());
    match verifier.see(admission, Arc::clone(&material), asked, precedence, is_kept).await {
        Ok(seen) => Ok(Sighted { seen, known, purges }),
        Err(error) => {
            let cut_short = error == verifier::Error::CutShort;
            let identified =
                if cut_short { verifier.identify(material, precedence).await.ok() } else { None };
            Err((identified.map(|identified| identified.digests), Refusal::Verifier(error)))
        }
    }
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

/// Judges what was admitted, asks the registry about it, and puts both into `draft`. What is `coming` to the ledger comes at once unless the
/// registry, or an archive, is waited for; so it is no longer announced by then.
pub(super) async fn judge(
    parts: &Parts,
    arrival: &Arrival,
    sighted: Sighted,
    judging: Judging<'_>,
    (draft, coming): (&mut Draft, Option<Coming>),
) -> Result<Found, Refusal> {
    let Judging { mandate, admission, precedence } = judging;
    let Sighted { seen: Seen { identified, judged }, mut known, mut purges } = sighted;
    if judged.is_none() {
        // It is judged by what holds when that begins, or its judgement would serve nobody who comes later.
        (known, purges) = (parts.revocation.current(), parts.verdicts.purges());
    }
    let Identified { material, key, .. } = identified;
    let judge_by = async |known: &Snapshot, purges: u64, judged: Option<Arc<Judged>>| {
        let grounds = grounds(arrival, known);
        let generation = arrival.rulebook.generation;
        let under = Under { generation, evidence: known.number, at: arrival.at, purges };
        // Lines wait in a line of their own, in which no request is to wait with them; and whoever has a judgement need not wait for
        // that of another.
        let join = precedence == Precedence::Request && judged.is_none();
        // What is in hand serves the first who asks for it; should it not hold by then, it is made again.
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
        parts.verdicts.get(key, under, join, judge).await.map_err(Refusal::Verifier)
    };
    let (mut judged, mut cache) = judge_by(&known, purges, judged).await?;
    drop(coming);
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

//! A verification, step by step: decide and quota first, because judging is the work; then judge.

use std::sync::Arc;

use super::draft::Draft;
use super::registry::consult;
use super::{Arrival, Parts, Refusal, Verification, Verified};
use crate::policy::{Operation, Question};
use crate::quota::Admission;
use crate::rulebook::Caller;
use crate::verifier::Examined;

pub(super) async fn verify(
    parts: &Parts,
    arrival: &Arrival,
    verification: Verification,
    draft: &mut Draft,
) -> Result<Verified, Refusal> {
    let admission = match admit(parts, arrival, &verification, draft) {
        Ok(admission) => admission,
        Err(refusal) => {
            // The record names the refused file too, unless so many wait that there is no room even for that.
            if let Ok(digest) = parts.verifier.digest(verification.file).await {
                draft.digested(digest);
            }
            return Err(refusal);
        }
    };

    let anchors = Arc::clone(&arrival.rulebook.anchors);
    let examined = parts.verifier.verify(&admission, verification.file.clone(), anchors, arrival.at).await;
    let Examined { digest, mut judgement } = examined.map_err(Refusal::Verifier)?;
    draft.digested(digest);
    let registry = consult(parts, arrival, &verification, &mut judgement).await;
    draft.judged(parts, &judgement, registry);
    Ok(Verified { judgement, registry, admission })
}

fn admit(
    parts: &Parts,
    arrival: &Arrival,
    verification: &Verification,
    draft: &mut Draft,
) -> Result<Admission, Refusal> {
    let permit = arrival.rulebook.agreements.decide(&Question {
        department: &verification.department,
        operation: Operation::Verify,
        purpose: &verification.purpose,
        matter: verification.matter.as_ref(),
        basis: verification.basis,
        party: arrival.caller.as_ref().and_then(Caller::party),
        at: arrival.at,
    });
    let permit = permit.map_err(Refusal::Denied)?;
    draft.permitted(&permit);
    parts.quotas.admit(permit, arrival.at).map_err(Refusal::OverQuota)
}

//! A verification, step by step: decide and quota first, because judging is the work; then judge.

use std::sync::Arc;

use super::draft::Draft;
use super::{Arrival, Parts, Refusal, Verification, Verified};
use crate::policy::{Operation, Question};
use crate::rulebook::Caller;

pub(super) async fn verify(
    parts: &Parts,
    arrival: &Arrival,
    verification: Verification,
    draft: &mut Draft,
) -> Result<Verified, Refusal> {
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

    let admission = parts.quotas.admit(&permit, arrival.at).map_err(Refusal::OverQuota)?;

    let anchors = Arc::clone(&arrival.rulebook.anchors);
    let judged = parts.verifier.verify(verification.file, anchors, arrival.at).await;
    let judgement = judged.map_err(Refusal::Verifier)?;
    draft.judged(&judgement);
    Ok(Verified { judgement, admission })
}

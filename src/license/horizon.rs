//! Until when time alone cannot change a judgement, as far as its own facts tell: seals, claimed times, days on the face. What
//! was compared inside paths and timestamps is marked where it is compared.

use super::Circumstances;
use super::dates::instant;
use crate::seal::SealEvent;
use crate::trace::Trace;
use crate::verdict::{Judgement, SignatureJudgement};

/// Marks in `trace` what `judgement` compared with the present.
pub(super) fn mark(judgement: &Judgement, circumstances: &Circumstances<'_>, trace: &mut Trace) {
    let listed = judgement.entry_list.iter().map(|list| &list.signature);
    judgement
        .signatures
        .iter()
        .chain(listed)
        .for_each(|signature| of_signature(signature, circumstances, trace));
    if judgement.license.is_some() {
        // The days on a face begin and end with the day in China, whichever of them count.
        trace.may_change_at(circumstances.at.next_china_day());
    }
    if let Some(end) = judgement.copy.valid_until.as_deref().and_then(instant) {
        trace.may_change_at(end.plus_millis(1));
    }
}

fn of_signature(signature: &SignatureJudgement, circumstances: &Circumstances<'_>, trace: &mut Trace) {
    if let Some(claimed) = signature.signed_at {
        // A time of the future is one until clocks may have come that far.
        trace.may_change_at(claimed.plus_millis(-circumstances.skew_millis));
    }
    let Some(seal) = &signature.seal else { return };
    trace.compared_with((seal.valid_from, seal.valid_until));
    let maker = seal.maker.as_ref().map(|maker| maker.sm3.as_str());
    for record in circumstances.seals.into_iter().flat_map(|register| register.records(&seal.id, maker)) {
        trace.may_change_at(record.since);
        if let SealEvent::Suspended { until: Some(until) } = record.event {
            trace.may_change_at(until);
        }
    }
}

//! How much memory a kept judgement takes, about: counted from what is large, rounded up for the rest.

use crate::trace::Trace;
use crate::verdict::{Coverage, Judgement, SignatureJudgement};

/// Key, bookkeeping and the parts that every judgement has.
const BASE: usize = 2_048;
/// A signature with its signer, seal, timestamp and their paths; subjects are a few hundred bytes each.
const SIGNATURE: usize = 6_144;
/// A reason with its place and details.
const REASON: usize = 256;
/// A datum beside its name and value, and a name in a list.
const ITEM: usize = 96;

/// The weight of `judgement` with its `trace`, in bytes.
pub(super) fn of(judgement: &Judgement, trace: &Trace) -> u32 {
    let values = judgement.license.iter().flat_map(|license| &license.values);
    let values = values.map(|value| ITEM + value.name.len() + value.value.expose().len());
    let listed = judgement.entry_list.iter().map(|list| {
        let names = list.unlisted.iter().chain(&list.missing).map(|name| ITEM + name.len());
        names.sum::<usize>() + signature(&list.signature)
    });
    let signatures = judgement.signatures.iter().map(signature).chain(listed);
    let names = trace.names().map_or(0, |names| names.len() * ITEM);
    let sum = BASE + judgement.reasons.len() * REASON + names;
    let sum = values.chain(signatures).fold(sum, usize::saturating_add);
    u32::try_from(sum).unwrap_or(u32::MAX)
}

fn signature(signature: &SignatureJudgement) -> usize {
    let covered = signature.coverage.as_ref().map_or(0, coverage);
    SIGNATURE + signature.reasons.len() * REASON + covered
}

fn coverage(coverage: &Coverage) -> usize {
    let Coverage { uncovered, smuggled, missing, .. } = coverage;
    [uncovered, smuggled, missing].into_iter().flatten().map(|name| ITEM + name.len()).sum()
}

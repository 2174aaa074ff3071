//! Judgements side by side: each is drafted on the presumption that all signatures and digests in it are true, those of all drafts are
//! confirmed together in full lanes, and what was presumed wrongly is judged again, each by itself, with every answer at once.
//!
//! The judges of formats know nothing of this. They ask `Checks`, which presumes or answers; a draft of which all was confirmed was led
//! to by the same answers as a judgement with answers at once, and so is that judgement.

use super::{Circumstances, Known, Sought, judge_with};
use crate::crypto::{Checks, Engine, Presumption, Standing};
use crate::trace::Trace;
use crate::verdict::{ChainState, Integrity, Judgement, SignatureJudgement};

/// A judgement that rests on presumptions. [`Drafts`](confirm) are confirmed together, then each is concluded.
#[derive(Debug)]
pub struct Draft {
    judgement: Judgement,
    trace: Trace,
    checks: Checks,
}

impl Draft {
    /// Judges `file` as what is `sought`, presuming. Whoever concludes it with nothing is to judge the same at once.
    pub fn new(sought: Sought, file: &[u8], circumstances: &Circumstances<'_>) -> Self {
        let facts = circumstances.known.map(|known| &known.facts);
        let checks = Checks::presuming(circumstances.engine, facts);
        let (judgement, trace, checks) = judge_with(checks, sought, file, circumstances);
        if let Some(known) = circumstances.known {
            let keys = checks.presumed().iter().filter_map(Presumption::key);
            keys.for_each(|key| known.signers.recall(&key));
        }
        Self { judgement, trace, checks }
    }

    /// The judgement, if all that was presumed [`holds`](confirm); what can be known of trusted signers is kept in `known`.
    pub fn conclude(self, holds: bool, known: Option<&Known>) -> Option<(Judgement, Trace)> {
        let Self { judgement, trace, checks } = self;
        if !holds || checks.are_refuted() {
            return None;
        }
        if let Some(known) = known.filter(|_| is_trusted(&judgement)) {
            known.facts.learn(checks.confirmed_lasting().iter().chain(checks.presumed()));
            for key in checks.presumed().iter().filter_map(Presumption::key) {
                known.signers.admit(&key, Standing::ChainValidated);
            }
        }
        Some((judgement, trace))
    }
}

/// Of which of `drafts` all presumptions are true, found out for all together.
pub fn confirm(engine: Engine, drafts: &[Draft]) -> Vec<bool> {
    let presumed: Vec<&Presumption> = drafts.iter().flat_map(|draft| draft.checks.presumed()).collect();
    let answers = engine.confirm(&presumed);
    let mut rest = answers.as_slice();
    drafts
        .iter()
        .map(|draft| {
            let (own, others) = rest.split_at_checked(draft.checks.presumed().len()).unwrap_or((rest, &[]));
            rest = others;
            own.len() == draft.checks.presumed().len() && !own.contains(&false)
        })
        .collect()
}

/// Whether all who signed, and the makers of all seals, are vouched for by anchors, and all that they signed is as it was: then nobody
/// else had a part in what was checked. A value that cannot be read is presumed by nobody, so what was presumed is not all.
fn is_trusted(judgement: &Judgement) -> bool {
    let of_list = judgement.entry_list.iter().map(|list| &list.signature);
    let mut signatures = judgement.signatures.iter().chain(of_list).peekable();
    signatures.peek().is_some() && signatures.all(is_by_trusted)
}

fn is_by_trusted(signature: &SignatureJudgement) -> bool {
    let is = |state: ChainState| state == ChainState::Trusted;
    let seal = signature.seal.as_ref();
    // Chains of timestamps are told only where they hold; with one, nobody is vouched for here.
    is(signature.chain.state)
        && signature.integrity == Integrity::Intact
        && signature.timestamp.is_none()
        && seal.is_none_or(|seal| is(seal.maker_chain.state) && seal.timestamp.is_none())
}

#[cfg(test)]
mod tests;

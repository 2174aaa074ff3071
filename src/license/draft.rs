//! Judgements side by side: each is drafted on the presumption that all signatures and digests in it are true, those of all drafts are
//! confirmed together in full lanes, and what was presumed wrongly is judged again, each by itself, with every answer at once.
//!
//! The judges of formats know nothing of this. They ask `Checks`, which presumes or answers; a draft of which all was confirmed was led
//! to by the same answers as a judgement with answers at once, and so is that judgement.

use super::{Circumstances, Sought, judge_at_once, judge_with};
use crate::crypto::{Checks, Presumption, Standing};
use crate::trace::Trace;
use crate::verdict::{ChainState, Judgement};

/// A judgement that rests on presumptions.
#[derive(Debug)]
pub struct Draft<'a> {
    sought: Sought,
    file: &'a [u8],
    circumstances: Circumstances<'a>,
    judgement: Judgement,
    trace: Trace,
    checks: Checks,
}

impl<'a> Draft<'a> {
    /// Judges `file` as what is `sought`, presuming.
    pub fn new(sought: Sought, file: &'a [u8], circumstances: &Circumstances<'a>) -> Self {
        let facts = circumstances.known.map(|known| &known.facts);
        let checks = Checks::presuming(circumstances.engine, facts);
        let (judgement, trace, checks) = judge_with(checks, sought, file, circumstances);
        if let Some(known) = circumstances.known {
            let keys = checks.presumed().iter().filter_map(Presumption::key);
            keys.for_each(|key| known.signers.recall(&key));
        }
        Self { sought, file, circumstances: *circumstances, judgement, trace, checks }
    }

    /// What is to be confirmed.
    pub fn presumed(&self) -> &[Presumption] {
        self.checks.presumed()
    }

    /// Whether all of it is true, found out for this draft alone.
    pub fn confirm(&self) -> bool {
        let presumed: Vec<&Presumption> = self.presumed().iter().collect();
        !self.circumstances.engine.confirm(&presumed).contains(&false)
    }

    /// The judgement, given whether all that was presumed [`holds`](Draft::confirm); what is known of trusted signers is kept.
    pub fn conclude(self, holds: bool) -> (Judgement, Trace) {
        if !holds || self.checks.are_refuted() {
            return judge_at_once(self.sought, self.file, &self.circumstances);
        }
        if let Some(known) = self.circumstances.known.filter(|_| is_trusted(&self.judgement)) {
            known.facts.learn(self.checks.confirmed_lasting().iter().chain(self.presumed()));
            for key in self.presumed().iter().filter_map(Presumption::key) {
                known.signers.admit(&key, Standing::ChainValidated);
            }
        }
        (self.judgement, self.trace)
    }
}

/// Whether all who signed, and the makers of all seals, are vouched for by anchors: then nobody else had a part in what was checked.
fn is_trusted(judgement: &Judgement) -> bool {
    let is = |state: ChainState| state == ChainState::Trusted;
    !judgement.signatures.is_empty()
        && judgement.signatures.iter().all(|signature| {
            let maker = signature.seal.as_ref().is_none_or(|seal| is(seal.maker_chain.state));
            is(signature.chain.state) && maker && signature.timestamp.is_none()
        })
}

/// The judgements of `drafts`, in their order, confirmed together.
pub fn conclude(drafts: Vec<Draft<'_>>) -> Vec<(Judgement, Trace)> {
    let holds = confirm(&drafts);
    drafts.into_iter().zip(holds).map(|(draft, holds)| draft.conclude(holds)).collect()
}

/// Of which of `drafts` all presumptions are true, found out for all together.
pub fn confirm(drafts: &[Draft<'_>]) -> Vec<bool> {
    let presumed: Vec<&Presumption> = drafts.iter().flat_map(Draft::presumed).collect();
    let Some(first) = drafts.first() else { return Vec::new() };
    let mut answers = first.circumstances.engine.confirm(&presumed).into_iter();
    // Every answer is taken, whatever the first ones are, so that the next draft finds its own.
    let all =
        |draft: &Draft<'_>| answers.by_ref().take(draft.presumed().len()).filter(|holds| !holds).count() == 0;
    drafts.iter().map(all).collect()
}

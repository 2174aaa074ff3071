//! What the conditions of a policy demand of a request, as far as a denial tells: the parts that are missing.

use std::collections::BTreeSet;

use super::condition::Conditions;
use super::{Claim, Question};

/// Parts of a request whose value a condition may speak of; which value would do is for the policy itself to say.
const PARTS: [&str; 6] = ["basis", "hour", "matter", "party", "time", "under_fourteen"];

/// What the conditions of one policy speak of, beside the purpose.
#[derive(Clone, Debug, Default)]
pub(super) struct Demands {
    parts: Vec<&'static str>,
    case: bool,
    operator: bool,
    guardian: bool,
    evidence: Vec<Claim>,
}

impl Demands {
    pub(super) fn of(conditions: &Conditions) -> Self {
        Self {
            parts: PARTS.into_iter().filter(|part| conditions.mention(part)).collect(),
            case: conditions.mention("case"),
            operator: conditions.mention("operator"),
            guardian: conditions.mention("guardian"),
            evidence: conditions.evidence().0,
        }
    }

    /// What of it `question`, whose evidence shows a guardian or not, does not have: `matter`, `guardian`, or
    /// `evidence:birth_certificate/parent_of`.
    pub(super) fn missing(&self, question: &Question<'_>, guardian: bool) -> BTreeSet<String> {
        let flags = [
            ("case", self.case && !question.case),
            ("guardian", self.guardian && !guardian),
            ("operator", self.operator && !question.operator),
        ];
        let flags = flags.into_iter().filter(|(_, missing)| *missing).map(|(name, _)| name.to_owned());
        let evidence = self.evidence.iter().filter(|claim| !question.evidence.contains(claim));
        let evidence = evidence.map(|claim| format!("evidence:{claim}"));
        self.parts.iter().map(ToString::to_string).chain(flags).chain(evidence).collect()
    }
}

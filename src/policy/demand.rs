//! What a policy demands of a request, as far as a denial tells: the parts that are missing.

use std::collections::BTreeSet;

use cedar_policy::Policy;

use super::condition::Conditions;
use super::{Claim, Question};

/// Parts of a request whose value a condition may speak of; which value would do is for the policy itself to say.
const PARTS: [&str; 5] = ["basis", "hour", "matter", "party", "time"];

/// What `policy`, which was not met or forbids, speaks of and `question` does not have, beside the purpose: `matter`,
/// `guardian`, or `evidence:birth_certificate/parent_of`. `guardian` says whether the evidence shows one.
pub(super) fn missing(policy: &Policy, question: &Question<'_>, guardian: bool) -> BTreeSet<String> {
    let conditions = Conditions::of(policy);
    let flags = [("case", question.case), ("guardian", guardian), ("operator", question.operator)];
    let flags = flags.into_iter().filter(|(_, there)| !there).map(|(name, _)| name);
    let spoken = PARTS.into_iter().chain(flags).filter(|part| conditions.mention(part));
    let (claims, _) = conditions.evidence();
    let lacking = claims.iter().filter(|claim: &&Claim| !question.evidence.contains(claim));
    let evidence = lacking.map(|claim| format!("evidence:{claim}"));
    spoken.map(str::to_owned).chain(evidence).collect()
}

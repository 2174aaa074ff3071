//! All agreements together, and the decision over them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use cedar_policy::{AuthorizationError, Authorizer, Decision, Policy, PolicySet, Request, Response};

use super::body::{Answer, Answers, Body};
use super::compile::{self, Compiled};
use super::condition;
use super::demand::missing;
use super::directory::Directory;
use super::index::{Asker, Index};
use super::question::Authorizer as Authority;
use super::vocabulary::Vocabulary;
use super::{
    Age, Agreement, AgreementId, Basis, Claim, Denial, DenialCode, Operation, Permit, Question, Terms,
};
use crate::catalog::Catalog;
use crate::fault::{Fault, Source};
use crate::identifier::{Department, Province};

/// All agreements and red lines. Immutable; a change is a new one.
pub struct Agreements {
    pub(super) vocabulary: Vocabulary,
    pub(super) authorizer: Authorizer,
    pub(super) index: Index,
    pub(super) compiled: Vec<Compiled>,
    /// Where in `compiled` an agreement is.
    pub(super) names: HashMap<AgreementId, usize>,
    pub(super) red_lines: PolicySet,
    /// What makes whoever shows it a guardian.
    pub(super) guards: HashSet<Claim>,
    /// Everything that a license of the catalog can show.
    pub(super) claims: Vec<Claim>,
    pub(super) directory: Directory,
    pub(super) suspended_departments: BTreeSet<Department>,
    pub(super) suspended_agreements: BTreeSet<AgreementId>,
    /// Whose gateways are not asked.
    pub(super) suspended_gateways: BTreeSet<Province>,
}

/// A question with what was made of it once, for all candidates.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) question: &'a Question<'a>,
    /// Whether its evidence shows a guardian.
    pub(super) guardian: bool,
    pub(super) request: &'a Request,
}

/// What one candidate says.
enum Outcome {
    /// With what of the authorization is missing.
    AuthorizationMissing(Vec<&'static str>),
    ConditionsNotMet,
    EvaluationFailed,
    Expired,
    NotYetInForce,
    Permits,
    Suspended,
}

impl Agreements {
    /// Checks and compiles the Cedar `files` against `schema` and `catalog`. All faults come at once.
    ///
    /// A file holds either one agreement (a `permit`) or red lines (`forbid`s).
    pub fn compile(catalog: &Catalog, schema: Source<'_>, files: &[Source<'_>]) -> Result<Self, Vec<Fault>> {
        compile::compile(catalog, schema, files)
    }

    /// What is wrong with `files` as Cedar alone, for when there is no catalog to hold them to.
    pub fn faults_of_grammar(files: &[Source<'_>]) -> Vec<Fault> {
        compile::faults_of_grammar(files)
    }

    /// What each agreement in `files` says, by its name, in a form that is the same for the same agreement however it is laid
    /// out and commented. Files that are no Cedar, and policies without a name, are left out.
    pub fn stated_in(files: &[Source<'_>]) -> BTreeMap<AgreementId, String> {
        compile::stated_in(files)
    }

    /// The same, but that `departments` may have nothing, `agreements` permit nothing, and the `gateways` of other provinces
    /// are neither asked nor answered.
    #[must_use]
    pub fn suspending(
        self,
        departments: BTreeSet<Department>,
        agreements: BTreeSet<AgreementId>,
        gateways: BTreeSet<Province>,
    ) -> Self {
        Self {
            suspended_departments: departments,
            suspended_agreements: agreements,
            suspended_gateways: gateways,
            ..self
        }
    }

    /// Decides `question`: an agreement permits it, in force at that second, and no red line forbids it.
    ///
    /// Of several that permit, the most specific counts: one made with the department before one with its function,
    /// its province or all; one about this province before one about all; then the one that releases the fewest fields.
    /// A policy that cannot be evaluated never permits, and a red line that cannot be evaluated forbids.
    pub fn decide(&self, question: &Question<'_>) -> Result<Permit, Denial> {
        let Some((function, principal)) = self.directory.department(question.department) else {
            return Err(Denial::new(DenialCode::UnknownDepartment).missing("department"));
        };
        if self.suspended_departments.contains(question.department) {
            return Err(Denial::new(DenialCode::Suspended));
        }
        let province = match &question.operation {
            Operation::Query { province, .. } => Some(province),
            Operation::Verify => None,
        };
        if province.into_iter().chain(&question.party).any(|one| self.suspended_gateways.contains(one)) {
            return Err(Denial::new(DenialCode::Suspended));
        }
        let resource = match &question.operation {
            Operation::Query { province, service } => match self.directory.offered(*province, service) {
                Some(resource) => resource,
                None => return Err(Denial::new(DenialCode::UnknownService).missing("service")),
            },
            Operation::Verify => &self.vocabulary.license_verification,
        };
        let asker = Asker { department: question.department, function };
        let candidates = self.index.candidates(asker, &question.operation, question.purpose);
        let candidates_found: Vec<&Compiled> =
            candidates.positions.iter().filter_map(|position| self.compiled.get(*position)).collect();
        if candidates_found.is_empty() {
            return Err(match candidates.otherwise {
                true => Denial::new(DenialCode::PurposeNotAgreed).missing("purpose"),
                false => Denial::new(DenialCode::NoAgreement).missing("agreement"),
            });
        }
        let guardian = self.shows_guardian(question);
        let request = self.vocabulary.request(question, guardian, principal, resource, None);
        let request = request.map_err(|_| Denial::new(DenialCode::EvaluationFailed))?;
        let asked = Asked { question, guardian, request: &request };
        self.red_lines(asked)?;
        self.first_that_permits(asked, &candidates_found)
    }

    /// Whether the evidence of `question` shows a guardian of whoever is asked about.
    pub(super) fn shows_guardian(&self, question: &Question<'_>) -> bool {
        question.evidence.iter().any(|claim| self.guards.contains(claim))
    }

    /// Everything that a license of the catalog can show: for questions whose answer discloses nothing, so that nobody need
    /// show anything to ask them.
    pub fn all_claims(&self) -> &[Claim] {
        &self.claims
    }

    /// The agreement called `id`.
    pub fn agreement(&self, id: &AgreementId) -> Option<&Arc<Agreement>> {
        self.compiled.get(*self.names.get(id)?).map(|compiled| &compiled.agreement)
    }

    /// All agreements, in the order of their files.
    pub fn agreements(&self) -> impl Iterator<Item = &Arc<Agreement>> {
        self.compiled.iter().map(|compiled| &compiled.agreement)
    }

    pub(super) fn ask(&self, asked: Asked<'_>, policies: &PolicySet) -> Response {
        self.authorizer.is_authorized(asked.request, policies, &self.directory.entities)
    }

    fn red_lines(&self, asked: Asked<'_>) -> Result<(), Denial> {
        let response = self.ask(asked, &self.red_lines);
        let diagnostics = response.diagnostics();
        let mut crossed: Vec<String> = diagnostics.reason().map(ToString::to_string).collect();
        crossed.sort();
        if !crossed.is_empty() {
            let lines = diagnostics.reason().filter_map(|id| self.red_lines.policy(id));
            let missing: BTreeSet<String> =
                lines.flat_map(|line| missing(line, asked.question, asked.guardian)).collect();
            let missing = missing.into_iter().collect();
            return Err(Denial { policies: crossed, missing, ..Denial::new(DenialCode::RedLine) });
        }
        let mut failed: Vec<String> = diagnostics
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id().to_string())
            .collect();
        failed.sort();
        if failed.is_empty() {
            Ok(())
        } else {
            Err(Denial { policies: failed, ..Denial::new(DenialCode::EvaluationFailed) })
        }
    }

    pub(super) fn first_that_permits(
        &self,
        asked: Asked<'_>,
        candidates: &[&Compiled],
    ) -> Result<Permit, Denial> {
        let mut refused = Vec::new();
        let mut answers = Answers::new();
        for candidate in candidates {
            match self.outcome(asked, candidate, &mut answers) {
                Outcome::Permits => return Ok(Permit::new(&candidate.agreement, asked.question)),
                outcome => refused.push((outcome, candidate)),
            }
        }
        // What was missing costs many times what a decision costs, so it is found only where nothing permits.
        let mut nearest: Option<(u8, Denial)> = None;
        for (outcome, candidate) in refused {
            let (rank, denial) = self.refusal(outcome, asked, candidate);
            match &mut nearest {
                Some((known, merged)) if *known == rank => {
                    merged.policies.extend(denial.policies);
                    merged.missing.extend(denial.missing);
                }
                Some((known, _)) if *known > rank => {}
                _ => nearest = Some((rank, denial)),
            }
        }
        let (_, mut denial) = nearest.unwrap_or((0, Denial::new(DenialCode::NoAgreement)));
        denial.missing.sort();
        denial.missing.dedup();
        Err(denial)
    }

    fn outcome<'c>(&self, asked: Asked<'_>, candidate: &'c Compiled, answers: &mut Answers<'c>) -> Outcome {
        let question = asked.question;
        if self.suspended_agreements.contains(&candidate.agreement.id) {
            return Outcome::Suspended;
        }
        let terms = &candidate.agreement.terms;
        // Before Cedar, which has no notion of time here: validity bites to the second.
        if question.at < terms.from {
            return Outcome::NotYetInForce;
        }
        if question.at >= terms.until {
            return Outcome::Expired;
        }
        match answers.of(&candidate.body, || self.answer(asked, &candidate.body)) {
            Answer::Failed => return Outcome::EvaluationFailed,
            Answer::NotMet => return Outcome::ConditionsNotMet,
            Answer::Met => {}
        }
        let missing = unauthorized(asked, terms);
        if missing.is_empty() { Outcome::Permits } else { Outcome::AuthorizationMissing(missing) }
    }

    fn answer(&self, asked: Asked<'_>, body: &Body) -> Answer {
        let response = self.ask(asked, &body.policy);
        match response.decision() {
            _ if response.diagnostics().errors().next().is_some() => Answer::Failed,
            Decision::Allow => Answer::Met,
            Decision::Deny => Answer::NotMet,
        }
    }

    /// The denial for one candidate, with how near it came to permitting; the nearest is what the caller is told.
    fn refusal(&self, outcome: Outcome, asked: Asked<'_>, candidate: &Compiled) -> (u8, Denial) {
        let denial = |code| Denial::new(code).by(&candidate.agreement.id);
        match outcome {
            Outcome::AuthorizationMissing(missing) => {
                let denial = denial(DenialCode::AuthorizationMissing);
                (5, missing.into_iter().fold(denial, Denial::missing))
            }
            Outcome::ConditionsNotMet => {
                let missing = self.unmet(asked, candidate);
                (4, missing.into_iter().fold(denial(DenialCode::ConditionsNotMet), Denial::missing))
            }
            Outcome::NotYetInForce => (3, denial(DenialCode::NotYetInForce).missing("agreement_in_force")),
            Outcome::Expired => (2, denial(DenialCode::Expired).missing("agreement_in_force")),
            Outcome::Suspended => (6, denial(DenialCode::Suspended)),
            Outcome::EvaluationFailed | Outcome::Permits => (1, denial(DenialCode::EvaluationFailed)),
        }
    }

    /// What the conditions of `candidate` that are not met demand.
    fn unmet(&self, asked: Asked<'_>, candidate: &Compiled) -> BTreeSet<String> {
        let is_met = |clause: &Policy| {
            let mut alone = PolicySet::new();
            alone.add(clause.clone()).is_ok() && self.ask(asked, &alone).decision() == Decision::Allow
        };
        let clauses = candidate.body.policy.policies().flat_map(condition::clauses);
        let unmet = clauses.filter(|clause| !is_met(clause));
        unmet.flat_map(|clause| missing(&clause, asked.question, asked.guardian)).collect()
    }
}

impl fmt::Debug for Agreements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreements").field("agreements", &self.compiled.len()).finish_non_exhaustive()
    }
}

/// What of the authorization that `terms` need the request does not bring.
///
/// Only a guardian who is shown to be one can give theirs. For whoever is under fourteen it stands in the place of their own.
fn unauthorized(asked: Asked<'_>, terms: &Terms) -> Vec<&'static str> {
    let Some(needed) = terms.authorizer else { return Vec::new() };
    let minor = asked.question.age == Some(Age::UnderFourteen);
    let needed = match needed {
        Authority::Subject if minor => Authority::Guardian,
        needed => needed,
    };
    let basis = Basis::Authorization(needed);
    [
        (basis.as_str(), asked.question.basis != basis),
        ("guardian", needed == Authority::Guardian && !asked.guardian),
    ]
    .into_iter()
    .filter(|(_, missing)| *missing)
    .map(|(name, _)| name)
    .collect()
}

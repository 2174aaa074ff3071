//! All agreements together, and the decision over them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use cedar_policy::{Entities, EvalResult, Expression, Request, eval_expression};

use super::body::Body;
use super::compile::{self, Compiled};
use super::demand::{self, Demands};
use super::directory::Directory;
use super::index::{Asker, Index};
use super::question::Authorizer as Authority;
use super::red_lines::RedLines;
use super::vocabulary::{Spoken, Vocabulary};
use super::{
    Age, Agreement, AgreementId, Basis, Claim, Denial, DenialCode, Operation, Permit, Purpose, Question,
};
use crate::catalog::Catalog;
use crate::fault::{Fault, Source};
use crate::identifier::{Department, Province};

/// All agreements and red lines. Immutable; a change is a new one.
pub struct Agreements {
    pub(super) vocabulary: Vocabulary,
    pub(super) index: Index,
    pub(super) compiled: Vec<Compiled>,
    /// Where in `compiled` an agreement is.
    pub(super) names: HashMap<AgreementId, usize>,
    pub(super) red_lines: RedLines,
    /// The parts of a request that any policy speaks of: no other is told to Cedar.
    pub(super) spoken: Spoken,
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
    /// All that it can be about.
    pub(super) entities: &'a Entities,
}

/// That something could not be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed;

impl Asked<'_> {
    /// Whether Cedar finds `expression` true of the request.
    pub(super) fn is(self, expression: &Expression) -> Result<bool, Failed> {
        match eval_expression(self.request, self.entities, expression) {
            Ok(EvalResult::Bool(is_so)) => Ok(is_so),
            Ok(_) | Err(_) => Err(Failed),
        }
    }
}

/// A question with the agreements that can apply to it.
pub(super) struct Prepared<'a> {
    pub(super) guardian: bool,
    pub(super) request: Result<Request, String>,
    pub(super) candidates: Vec<&'a Compiled>,
    /// Whether there are none for the purpose, but for others.
    otherwise: bool,
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

/// What Cedar said of the bodies that were asked so far for one question: those that several candidates share are asked once.
#[derive(Default)]
struct Answers<'a>(Vec<(&'a Body, Result<bool, Failed>)>);

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

    /// Fails where the gateway of `province` is suspended: nothing is asked of it, and nothing for it.
    pub fn gateway_of(&self, province: Province) -> Result<(), Denial> {
        match self.suspended_gateways.contains(&province) {
            true => Err(Denial::new(DenialCode::Suspended)),
            false => Ok(()),
        }
    }

    /// Decides `question`: an agreement permits it, in force at that second, and no red line forbids it.
    ///
    /// Of several that permit, the most specific counts: one made with the department before one with its function,
    /// its province or all; one about this province before one about all; then the one that releases the fewest fields.
    /// A policy that cannot be evaluated never permits, and a red line that cannot be evaluated forbids.
    pub fn decide(&self, question: &Question<'_>) -> Result<Permit, Denial> {
        self.decided(question, true)
    }

    /// The same without what was missing, which costs many times what a decision costs: for those who ask a great many.
    pub fn outcome(&self, question: &Question<'_>) -> Result<Permit, Denial> {
        self.decided(question, false)
    }

    fn decided(&self, question: &Question<'_>, detail: bool) -> Result<Permit, Denial> {
        let Prepared { guardian, request, candidates, otherwise } = self.prepare(question)?;
        if candidates.is_empty() {
            return Err(match otherwise {
                true => Denial::new(DenialCode::PurposeNotAgreed).missing("purpose"),
                false => Denial::new(DenialCode::NoAgreement).missing("agreement"),
            });
        }
        let request = request.map_err(|_| Denial::new(DenialCode::EvaluationFailed))?;
        let asked = self.asked(question, guardian, &request);
        match self.red_lines.denial(asked, detail) {
            Some(denial) => Err(denial),
            None => self.first_that_permits(asked, &candidates, detail),
        }
    }

    pub(super) fn asked<'a>(
        &'a self,
        question: &'a Question<'a>,
        guardian: bool,
        request: &'a Request,
    ) -> Asked<'a> {
        Asked { question, guardian, request, entities: &self.directory.entities }
    }

    /// Finds what can apply to `question`; fails where nothing can, whoever agreed to what.
    pub(super) fn prepare(&self, question: &Question<'_>) -> Result<Prepared<'_>, Denial> {
        let Some((function, principal)) = self.directory.department(question.department) else {
            return Err(Denial::new(DenialCode::UnknownDepartment).missing("department"));
        };
        if self.suspended_departments.contains(question.department) {
            return Err(Denial::new(DenialCode::Suspended));
        }
        let province = match &question.operation {
            Operation::Query { province, .. } => Some(*province),
            Operation::Verify => None,
        };
        province.into_iter().chain(question.party).try_for_each(|one| self.gateway_of(one))?;
        let resource = match &question.operation {
            Operation::Query { province, service } => match self.directory.offered(*province, service) {
                Some(resource) => resource,
                None => return Err(Denial::new(DenialCode::UnknownService).missing("service")),
            },
            Operation::Verify => &self.vocabulary.license_verification,
        };
        let asker = Asker { department: question.department, function };
        let found = self.index.candidates(asker, &question.operation, question.purpose);
        let candidates: Vec<&Compiled> =
            found.positions.iter().filter_map(|position| self.compiled.get(*position)).collect();
        let guardian = self.shows_guardian(question);
        let request = self.vocabulary.request(question, guardian, principal, resource, &self.spoken, None);
        Ok(Prepared { guardian, request, candidates, otherwise: found.otherwise })
    }

    /// Whether the evidence of `question` shows a guardian of whoever is asked about. Parents are guardians until their children
    /// are of age (Civil Code, articles 17, 18 and 27).
    pub(super) fn shows_guardian(&self, question: &Question<'_>) -> bool {
        let of_age = question.age == Some(Age::Adult);
        let guards = |claim: &Claim| claim.relation.may_guard_adults() || !of_age;
        question.evidence.iter().any(|claim| self.guards.contains(claim) && guards(claim))
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

    pub(super) fn first_that_permits(
        &self,
        asked: Asked<'_>,
        candidates: &[&Compiled],
        detail: bool,
    ) -> Result<Permit, Denial> {
        let mut answers = Answers::default();
        let mut refused = Vec::new();
        for candidate in candidates {
            match self.outcome_of(asked, candidate, &mut answers) {
                Outcome::Permits => return Ok(Permit::new(&candidate.agreement, asked.question)),
                outcome => refused.push((outcome, candidate)),
            }
        }
        // What was missing costs many times what a decision costs, so it is found only where nothing permits.
        let mut nearest: Option<(u8, Denial)> = None;
        for (outcome, candidate) in refused {
            let (rank, denial) = self.refusal(outcome, asked, candidate, detail);
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

    fn outcome_of<'a>(
        &self,
        asked: Asked<'_>,
        candidate: &'a Compiled,
        answers: &mut Answers<'a>,
    ) -> Outcome {
        if self.suspended_agreements.contains(&candidate.agreement.id) {
            return Outcome::Suspended;
        }
        // Before Cedar, which has no notion of time here: validity bites to the second.
        if asked.question.at < candidate.from {
            return Outcome::NotYetInForce;
        }
        if asked.question.at >= candidate.until {
            return Outcome::Expired;
        }
        let ask = |body: &Body| body.expression.as_ref().map_or(Err(Failed), |whole| asked.is(whole));
        match answers.of(&candidate.body, ask) {
            Err(Failed) => Outcome::EvaluationFailed,
            Ok(false) => Outcome::ConditionsNotMet,
            Ok(true) => {
                let missing = self.unauthorized(asked, candidate);
                if missing.is_empty() { Outcome::Permits } else { Outcome::AuthorizationMissing(missing) }
            }
        }
    }

    /// What of the authorization that the terms of `candidate` need the request does not bring.
    ///
    /// Only a guardian who is shown to be one can give theirs. For whoever is under fourteen it stands in the place of their own.
    fn unauthorized(&self, asked: Asked<'_>, candidate: &Compiled) -> Vec<&'static str> {
        let Some(needed) = candidate.agreement.terms.authorizer else { return Vec::new() };
        let minor = asked.question.age == Some(Age::UnderFourteen);
        let needed = match needed {
            Authority::Subject if minor => Authority::Guardian,
            needed => needed,
        };
        let basis = Basis::Authorization(needed);
        // An agreement whose conditions speak of adults says itself who stands up for them.
        let stated = candidate.body.mentions.parts.contains("adult");
        let guards = || asked.question.evidence.iter().any(|claim| self.guards.contains(claim));
        let guarded = asked.guardian || stated && guards();
        [
            (basis.as_str(), asked.question.basis != basis),
            ("guardian", needed == Authority::Guardian && !guarded),
        ]
        .into_iter()
        .filter(|(_, missing)| *missing)
        .map(|(name, _)| name)
        .collect()
    }

    /// The denial for one candidate, with how near it came to permitting; the nearest is what the caller is told.
    fn refusal(
        &self,
        outcome: Outcome,
        asked: Asked<'_>,
        candidate: &Compiled,
        detail: bool,
    ) -> (u8, Denial) {
        let denial = |code| Denial::new(code).by(&candidate.agreement.id);
        match outcome {
            Outcome::AuthorizationMissing(missing) => {
                let denial = denial(DenialCode::AuthorizationMissing);
                (5, missing.into_iter().fold(denial, Denial::missing))
            }
            Outcome::ConditionsNotMet => {
                let missing = if detail { Self::unmet(asked, &candidate.body) } else { BTreeSet::new() };
                (4, missing.into_iter().fold(denial(DenialCode::ConditionsNotMet), Denial::missing))
            }
            Outcome::NotYetInForce => (3, denial(DenialCode::NotYetInForce).missing("agreement_in_force")),
            Outcome::Expired => (2, denial(DenialCode::Expired).missing("agreement_in_force")),
            Outcome::Suspended => (6, denial(DenialCode::Suspended)),
            Outcome::EvaluationFailed | Outcome::Permits => (1, denial(DenialCode::EvaluationFailed)),
        }
    }

    /// What the conditions of `body` that are not met demand.
    fn unmet(asked: Asked<'_>, body: &Body) -> BTreeSet<String> {
        let is_met = |clause: Option<&Expression>| clause.is_some_and(|clause| asked.is(clause) == Ok(true));
        let unmet = body.clauses().filter(|(clause, _)| !is_met(*clause));
        unmet.flat_map(|(_, condition)| Demands::of(asked).to_be_permitted(condition)).collect()
    }

    /// Whether any agreement is for `purpose`: then it is a name, and not whatever a caller wrote.
    pub fn knows_purpose(&self, purpose: &Purpose) -> bool {
        self.index.has_purpose(purpose)
    }

    /// The purposes for which there are agreements that let `department` ask for `operation`.
    pub fn purposes(&self, department: &Department, operation: &Operation) -> Vec<&Purpose> {
        let Some((function, _)) = self.directory.department(department) else { return Vec::new() };
        self.index.purposes(Asker { department, function }, operation)
    }

    /// Whether `name` is that of a red line.
    pub fn is_red_line(&self, name: &str) -> bool {
        self.red_lines.conditions(name).is_some()
    }

    /// What would do for `missing`, of which a denial by `policy` tells, such as `birth_certificate/parent_of` for `guardian`; empty
    /// where the policy does not name it.
    pub fn wanted(&self, policy: &str, missing: &str) -> Vec<String> {
        if let Some(claim) = missing.strip_prefix("evidence:") {
            return vec![claim.to_owned()];
        }
        if Basis::parse(missing).is_some() {
            return vec![missing.to_owned()];
        }
        let agreement = AgreementId::parse(policy).and_then(|id| self.compiled.get(*self.names.get(&id)?));
        let conditions = agreement.map(|compiled| &compiled.body.conditions);
        let is_permit = conditions.is_some();
        let Some(conditions) = conditions.or_else(|| self.red_lines.conditions(policy)) else {
            return Vec::new();
        };
        if missing != "guardian" {
            return demand::wanted(conditions, is_permit, missing).into_iter().collect();
        }
        let guards: BTreeSet<String> = self.guards.iter().map(ToString::to_string).collect();
        let named = demand::wanted(conditions, is_permit, "evidence");
        let both: Vec<String> = named.intersection(&guards).cloned().collect();
        if both.is_empty() { guards.into_iter().collect() } else { both }
    }
}

impl<'a> Answers<'a> {
    fn of(
        &mut self,
        body: &'a Body,
        ask: impl FnOnce(&Body) -> Result<bool, Failed>,
    ) -> Result<bool, Failed> {
        if let Some((_, answer)) = self.0.iter().find(|(known, _)| std::ptr::eq(*known, body)) {
            return *answer;
        }
        let answer = ask(body);
        self.0.push((body, answer));
        answer
    }
}

impl fmt::Debug for Agreements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agreements").field("agreements", &self.compiled.len()).finish_non_exhaustive()
    }
}

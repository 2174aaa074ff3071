//! A decision with all that went into it: every candidate and every red line, for people who ask why.
//! It decides nothing of its own; the decision is that of [`Agreements::decide`].

use std::sync::Arc;

use cedar_policy::AuthorizationError;

use super::agreements::Asked;
use super::index::Asker;
use super::{Agreement, Agreements, Denial, DenialCode, Operation, Permit, Question};

/// How a red line stands to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineState {
    /// It forbids.
    Crossed,
    /// It could not be evaluated, which forbids as well.
    Failed,
    /// It does not forbid.
    Kept,
}

/// A candidate, looked at by itself.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The agreement.
    pub agreement: Arc<Agreement>,
    /// Why it does not permit; `None` if it does.
    pub refused: Option<Denial>,
}

/// A decision and what went into it.
#[derive(Clone, Debug)]
pub struct Consideration {
    /// The decision.
    pub decision: Result<Permit, Denial>,
    /// Agreements for the purpose, in the order in which they are tried, whether or not an earlier one decided.
    pub candidates: Vec<Candidate>,
    /// All red lines by name. Empty where the department or the service is unknown, because then nothing is asked of them.
    pub red_lines: Vec<(String, LineState)>,
}

impl Agreements {
    /// Decides `question` and looks at everything that could have had a say.
    pub fn consider(&self, question: &Question<'_>) -> Consideration {
        let decision = self.decide(question);
        let mut consideration = Consideration { decision, candidates: Vec::new(), red_lines: Vec::new() };
        let Some((function, principal)) = self.directory.department(question.department) else {
            return consideration;
        };
        let resource = match &question.operation {
            Operation::Query { province, service } => {
                let Some(resource) = self.directory.offered(*province, service) else { return consideration };
                resource
            }
            Operation::Verify => &self.vocabulary.license_verification,
        };
        let guardian = self.shows_guardian(question);
        let built = self.vocabulary.request(question, guardian, principal, resource, None);
        let asked = built.as_ref().map(|request| Asked { question, guardian, request });
        let asker = Asker { department: question.department, function };
        let found = self.index.candidates(asker, &question.operation, question.purpose);
        for compiled in found.positions.iter().filter_map(|position| self.compiled.get(*position)) {
            let alone = match asked {
                Ok(asked) => self.first_that_permits(asked, &[compiled]),
                Err(_) => Err(Denial::new(DenialCode::EvaluationFailed)),
            };
            let agreement = Arc::clone(&compiled.agreement);
            consideration.candidates.push(Candidate { agreement, refused: alone.err() });
        }
        consideration.red_lines = asked.map(|asked| self.lines(asked)).unwrap_or_default();
        consideration
    }

    fn lines(&self, asked: Asked<'_>) -> Vec<(String, LineState)> {
        let response = self.ask(asked, &self.red_lines);
        let diagnostics = response.diagnostics();
        let crossed: Vec<String> = diagnostics.reason().map(ToString::to_string).collect();
        let failed: Vec<String> = diagnostics
            .errors()
            .map(|AuthorizationError::PolicyEvaluationError(error)| error.policy_id().to_string())
            .collect();
        let state = |name: &String| match () {
            () if crossed.contains(name) => LineState::Crossed,
            () if failed.contains(name) => LineState::Failed,
            () => LineState::Kept,
        };
        let names = self.red_lines.policies().map(|policy| policy.id().to_string());
        let mut lines: Vec<_> = names.map(|name| (name.clone(), state(&name))).collect();
        lines.sort_by(|(one, _), (other, _)| one.cmp(other));
        lines
    }
}

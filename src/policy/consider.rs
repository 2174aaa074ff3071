//! A decision with all that went into it: every candidate and every red line, for people who ask why.
//! It decides nothing of its own; the decision is that of [`Agreements::decide`].

use std::sync::Arc;

use super::agreements::Asked;
use super::red_lines::Crossed;
use super::{Agreement, Agreements, Denial, DenialCode, Permit, Question};

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
        self.considered(question, true)
    }

    /// The same without what was missing, for those who look at a great many.
    pub fn consider_briefly(&self, question: &Question<'_>) -> Consideration {
        self.considered(question, false)
    }

    fn considered(&self, question: &Question<'_>, detail: bool) -> Consideration {
        let decision = if detail { self.decide(question) } else { self.outcome(question) };
        let mut consideration = Consideration { decision, candidates: Vec::new(), red_lines: Vec::new() };
        let Ok(prepared) = self.prepare(question) else { return consideration };
        let guardian = prepared.guardian;
        let asked = prepared.request.as_ref().map(|request| self.asked(question, guardian, request));
        for compiled in prepared.candidates {
            let alone = match asked {
                Ok(asked) => self.first_that_permits(asked, &[compiled], detail),
                Err(_) => Err(Denial::new(DenialCode::EvaluationFailed)),
            };
            let agreement = Arc::clone(&compiled.agreement);
            consideration.candidates.push(Candidate { agreement, refused: alone.err() });
        }
        consideration.red_lines = asked.map(|asked| self.lines(asked)).unwrap_or_default();
        consideration
    }

    fn lines(&self, asked: Asked<'_>) -> Vec<(String, LineState)> {
        let Crossed { lines, failed } = self.red_lines.crossed(asked);
        let has = |names: &[String], name: &str| names.iter().any(|one| one == name);
        let state = |name: &str| match () {
            () if has(&lines, name) => LineState::Crossed,
            () if has(&failed, name) => LineState::Failed,
            () => LineState::Kept,
        };
        self.red_lines.names().into_iter().map(|name| (name.to_owned(), state(name))).collect()
    }
}

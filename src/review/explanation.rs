//! Why a request is decided as it is, and what would make it pass.

use std::collections::BTreeSet;

use super::survey::Survey;
use super::{Asking, MatterFault, Refused, matter_fault};
use crate::clock::Timestamp;
use crate::policy::{AgreementId, Consideration, Operation, Permit, Purpose};

/// A decision explained.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The request.
    pub asking: Asking,
    /// When.
    pub at: Timestamp,
    /// The decision of the agreements and what went into it.
    pub considered: Consideration,
    /// Why a gateway refuses by the matter what the agreements permit, or would.
    pub matter: Option<MatterFault>,
    /// All purposes for which there is an agreement about the same data with the same department.
    pub purposes: Vec<Purpose>,
    /// What would make it pass, the least first.
    pub mends: Vec<Mend>,
}

/// A change of a request that makes it pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mend {
    /// The request that passes.
    pub asking: Asking,
    /// When it passes, where it does not at the time that was asked.
    pub at: Option<Timestamp>,
    /// The agreement that then permits.
    pub agreement: AgreementId,
}

/// Explains the decision over `asking`.
pub fn explain(survey: &Survey<'_>, asking: Asking) -> Explanation {
    let considered = survey.agreements.consider(&asking.question(survey.at));
    let purposes: Vec<Purpose> = purposes(survey, &asking).into_iter().collect();
    let matter = matter_fault(survey.catalog, &asking);
    let mends = match (&considered.decision, &matter) {
        (Ok(_), None) => Vec::new(),
        _ => mends(survey, &asking, &purposes),
    };
    Explanation { at: survey.at, considered, matter, purposes, mends, asking }
}

impl Explanation {
    /// What a gateway answers.
    pub fn ruling(&self) -> Result<&Permit, Refused> {
        match (&self.considered.decision, &self.matter) {
            (Err(denial), _) => Err(Refused::Denied(denial.clone())),
            (Ok(_), Some(fault)) => Err(Refused::Matter(fault.clone())),
            (Ok(permit), None) => Ok(permit),
        }
    }
}

/// Positions of the agreements that reach the department and the data.
fn positions(survey: &Survey<'_>, asking: &Asking) -> Vec<usize> {
    let Some(office) = survey.catalog.office(&asking.department) else { return Vec::new() };
    let about = |reach: &crate::policy::Reach<'_>| match &asking.operation {
        Operation::Query { province, service } => {
            reach.service() == Some(service) && reach.province().is_none_or(|own| own == *province)
        }
        Operation::Verify => reach.service().is_none(),
    };
    let reaches = survey.reaches.iter().enumerate();
    reaches.filter(|(_, reach)| reach.is_with(office) && about(reach)).map(|(position, _)| position).collect()
}

fn purposes(survey: &Survey<'_>, asking: &Asking) -> BTreeSet<Purpose> {
    let reaches = positions(survey, asking).into_iter().filter_map(|position| survey.reaches.get(position));
    reaches.flat_map(|reach| reach.purposes.iter().cloned()).collect()
}

/// The smallest changes that make it pass. Of two that change the same members, the one that brings less; none that changes
/// all that another does and more.
fn mends(survey: &Survey<'_>, asking: &Asking, purposes: &[Purpose]) -> Vec<Mend> {
    let positions = positions(survey, asking);
    let ground = survey.ground(&asking.department, &positions);
    // In the order of the times: now first, then when each agreement begins or last held.
    let mut times = vec![survey.at];
    for terms in
        positions.iter().filter_map(|position| survey.reaches.get(*position)).map(|one| &one.agreement.terms)
    {
        let at = survey.at.max(terms.from).min(terms.until.plus_millis(-1));
        if !times.contains(&at) {
            times.push(at);
        }
    }
    let mut found: Vec<(BTreeSet<&'static str>, Mend)> = Vec::new();
    for at in times {
        for purpose in purposes {
            let about = (&asking.department, &asking.operation, purpose);
            for trial in ground.trials(&[survey.catalog], about, &[asking.age]) {
                // Neither whom it is about nor which party it comes from is a matter of choice, and what it names beyond what
                // is needed may stay.
                let trial = Asking {
                    party: asking.party.or(trial.party),
                    case: asking.case || trial.case,
                    operator: asking.operator || trial.operator,
                    ..trial
                };
                let Ok(permit) = survey.agreements.outcome(&trial.question(at)) else { continue };
                let (changed, lacking) = trial.beside(asking);
                let mut members: BTreeSet<&'static str> = changed.into_iter().map(|(name, _)| name).collect();
                members.extend(lacking);
                if at != survey.at {
                    members.insert("at");
                }
                if found.iter().any(|(known, _)| known.is_subset(&members) && *known != members) {
                    continue;
                }
                let same = found.iter().any(|(known, mend)| {
                    *known == members && (mend.asking.purpose == trial.purpose || known.len() > 1)
                });
                if same {
                    continue;
                }
                found.retain(|(known, _)| !members.is_subset(known) || *known == members);
                let agreement = permit.agreement().clone();
                let at = (at != survey.at).then_some(at);
                found.push((members, Mend { asking: trial, at, agreement }));
            }
        }
    }
    found.sort_by_key(|(members, _)| members.len());
    found.into_iter().map(|(_, mend)| mend).collect()
}

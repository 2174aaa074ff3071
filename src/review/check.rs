//! What of agreements that gateways would load is wrong all the same: they can never apply, end soon, or undo one another.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Finding, FindingCode, Places};
use super::survey::{Key, Survey};
use super::{Asking, overlap};
use crate::catalog::Catalog;
use crate::clock::Timestamp;
use crate::fault::Source;
use crate::identifier::MatterCode;
use crate::policy::{AgreementId, Agreements, Consideration, DenialCode, LineState, Operation};

const DAY_MS: i64 = 86_400_000;

/// How an agreement fared over all requests that could make it apply.
#[derive(Default)]
struct Fate {
    offices: usize,
    /// Requests that it permits and no red line forbids.
    permits: usize,
    /// Requests that it decides.
    decides: usize,
    /// Agreements that decide in its place.
    before: BTreeSet<String>,
    /// Red lines that forbid what it permits.
    crossed: BTreeSet<String>,
    /// How the requests that it does not permit fail.
    refused: BTreeSet<DenialCode>,
    /// Whether there were too many requests to try all.
    sampled: bool,
}

/// Everything that stands out in `agreements`, of `files`, at `at`; agreements that end within `days` of it included. `progress` is
/// told how many departments with a service and a purpose were looked at, and out of how many.
pub fn check(
    catalog: &Catalog,
    agreements: &Agreements,
    files: &[Source<'_>],
    at: Timestamp,
    days: u32,
    progress: &mut dyn FnMut(usize, usize),
) -> Vec<Finding> {
    let places = Places::of(files);
    let survey = Survey::new(catalog, agreements, at);
    let keys = survey.keys();
    let mut findings = Vec::new();
    let ended = endings(&survey, &places, days, &mut findings);
    let unknown = matters(&survey, &places, &mut findings);
    let fates = fates(&survey, &keys, progress);
    for (position, reach) in survey.reaches.iter().enumerate() {
        let nothing = Fate::default();
        let fate = fates.get(&position).unwrap_or(&nothing);
        // Of what ended or cannot be demanded it was told.
        if fate.decides > 0 || ended.contains(&position) || unknown.contains(&position) {
            continue;
        }
        let (code, reason, mend) = verdict(fate, &reach.party());
        findings.push(places.finding(&reach.agreement.id, "agreement", code, reason, mend));
    }
    findings.extend(overlap::findings(&survey, &keys, &places));
    findings.sort();
    findings.dedup();
    findings
}

/// Agreements that ended, or will within `days`; the positions of the former.
fn endings(
    survey: &Survey<'_>,
    places: &Places<'_>,
    days: u32,
    findings: &mut Vec<Finding>,
) -> BTreeSet<usize> {
    let soon = survey.at.plus_millis(i64::from(days).saturating_mul(DAY_MS));
    let mut ended = BTreeSet::new();
    for (position, reach) in survey.reaches.iter().enumerate() {
        let until = reach.agreement.terms.until;
        let day = until.in_china();
        let (code, reason, mend) = if until <= survey.at {
            ended.insert(position);
            let mend = "renew it with a later `@until`, or remove the file";
            (FindingCode::Expired, format!("ended on {day} and permits nothing"), mend)
        } else if until <= soon {
            let left = until.seconds().saturating_sub(survey.at.seconds()) / (DAY_MS / 1000);
            let mend = "agree on a later `@until`, or tell those who ask under it";
            (FindingCode::Expiring, format!("ends on {day}, in {left} days"), mend)
        } else {
            continue;
        };
        findings.push(places.finding(&reach.agreement.id, "until", code, reason, mend.to_owned()));
    }
    ended
}

/// Matters that conditions name and with which no gateway lets a request through; the positions of agreements that name no other.
fn matters(survey: &Survey<'_>, places: &Places<'_>, findings: &mut Vec<Finding>) -> BTreeSet<usize> {
    let mut unusable = BTreeSet::new();
    for (position, (reach, mentions)) in survey.reaches.iter().zip(&survey.mentions).enumerate() {
        if !mentions.parts.contains("matter") {
            continue;
        }
        let purposes: BTreeSet<&str> = reach.purposes.iter().map(|purpose| purpose.as_str()).collect();
        let codes =
            mentions.texts.iter().filter(|text| text.len() == 12 && !purposes.contains(text.as_str()));
        let mut usable = 0;
        for code in codes.filter_map(|text| MatterCode::parse(text).ok()) {
            let (kind, reason, mend) = match (survey.catalog.matter(&code), reach.service()) {
                (None, _) => (
                    FindingCode::UnknownMatter,
                    format!("its conditions name matter `{code}`, which the catalog does not have"),
                    "name one of `catalog/matters.json`, or enter it there".to_owned(),
                ),
                (Some(matter), Some(service)) if !matter.services.contains(service) => (
                    FindingCode::MatterNotCovered,
                    format!("for matter `{code}` nobody may call `{service}`, so no request brings both"),
                    format!("enter `{service}` among the services of `{code}` in `catalog/matters.json`"),
                ),
                _ => {
                    usable += 1;
                    continue;
                }
            };
            if usable == 0 {
                unusable.insert(position);
            }
            findings.push(places.finding(&reach.agreement.id, "agreement", kind, reason, mend));
        }
        if usable > 0 {
            unusable.remove(&position);
        }
    }
    unusable
}

/// Every agreement looked at while it is in force, over every request that policies can tell apart.
fn fates(
    survey: &Survey<'_>,
    keys: &BTreeMap<Key, Vec<usize>>,
    progress: &mut dyn FnMut(usize, usize),
) -> BTreeMap<usize, Fate> {
    let mut fates: BTreeMap<usize, Fate> = BTreeMap::new();
    for (done, ((department, service, purpose), positions)) in keys.iter().enumerate() {
        progress(done, keys.len());
        let ground = survey.ground(department, positions);
        let operations: Vec<Operation> = match service {
            None => vec![Operation::Verify],
            Some(service) => ground
                .places(&[survey.catalog])
                .into_iter()
                .map(|(province, _)| Operation::Query { province, service: service.clone() })
                .collect(),
        };
        let tries_all =
            operations.iter().all(|operation| ground.tries_all(&[survey.catalog], department, operation));
        for position in positions {
            let fate = fates.entry(*position).or_default();
            fate.offices += 1;
            fate.sampled |= !tries_all;
        }
        for operation in operations {
            for asking in ground.trials(&[survey.catalog], (department, &operation, purpose), &ground.ages())
            {
                // What has decided once needs no other request to show that it can.
                if positions.iter().all(|position| fates.get(position).is_some_and(|fate| fate.decides > 0)) {
                    break;
                }
                look(survey, positions, &asking, &mut fates);
            }
        }
    }
    fates
}

/// How the agreements at `positions` that have decided nothing so far fare with `asking`, each while it is in force.
fn look(survey: &Survey<'_>, positions: &[usize], asking: &Asking, fates: &mut BTreeMap<usize, Fate>) {
    let mut times: BTreeMap<Timestamp, Vec<(usize, &AgreementId)>> = BTreeMap::new();
    for position in positions {
        let open = fates.get(position).is_none_or(|fate| fate.decides == 0);
        if let Some(reach) = survey.reaches.get(*position).filter(|_| open) {
            let terms = &reach.agreement.terms;
            // The last instant of it, where it is over by now.
            let at = survey.at.max(terms.from).min(terms.until.plus_millis(-1));
            times.entry(at).or_default().push((*position, &reach.agreement.id));
        }
    }
    for (at, open) in times {
        let considered = survey.agreements.consider_briefly(&asking.question(at));
        for (position, agreement) in open {
            enter(&considered, agreement, fates.entry(position).or_default());
        }
    }
}

fn enter(considered: &Consideration, agreement: &AgreementId, fate: &mut Fate) {
    let own = considered.candidates.iter().find(|candidate| candidate.agreement.id == *agreement);
    // About another province's data it is no candidate.
    let Some(own) = own else { return };
    if let Some(denial) = &own.refused {
        fate.refused.insert(denial.code);
        return;
    }
    match &considered.decision {
        Ok(permit) if permit.agreement() == agreement => {
            fate.permits += 1;
            fate.decides += 1;
        }
        Ok(permit) => {
            fate.permits += 1;
            fate.before.insert(permit.agreement().to_string());
        }
        Err(_) => {
            let crossed = considered.red_lines.iter().filter(|(_, state)| *state != LineState::Kept);
            fate.crossed.extend(crossed.map(|(name, _)| name.clone()));
        }
    }
}

fn verdict(fate: &Fate, party: &str) -> (FindingCode, String, String) {
    let list = |names: &BTreeSet<String>| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    let never = |why: String, mend: &str| (FindingCode::NeverApplies, why, mend.to_owned());
    let none_there = fate.offices == 0;
    if fate.sampled && fate.permits == 0 && !none_there {
        let reason = "may never apply: its conditions tell more requests apart than are tried".to_owned();
        let mend = "show one that it permits in `tests/`, or take conditions out".to_owned();
        return (FindingCode::NotAllTried, reason, mend);
    }
    if fate.permits > 0 {
        let reason = format!("wherever it permits, {} decides before it", list(&fate.before));
        let mend = "remove one of them, or make this one the more specific".to_owned();
        return (FindingCode::NeverDecides, reason, mend);
    }
    if none_there {
        let mend = "enroll one in `catalog/departments.json`, or make the agreement with another";
        return never(format!("can never apply: the catalog has no department among {party}"), mend);
    }
    if !fate.crossed.is_empty() {
        let mend = "demand what the red line demands, or remove the agreement";
        return never(
            format!("can never apply: red line {} forbids all that it permits", list(&fate.crossed)),
            mend,
        );
    }
    if fate.refused.contains(&DenialCode::AuthorizationMissing) {
        let mend = "let `@authorise` and the conditions on `context.basis` agree";
        return never(
            "can never apply: no request that meets its conditions brings its `@authorise`".to_owned(),
            mend,
        );
    }
    if fate.refused.contains(&DenialCode::EvaluationFailed) {
        return never(
            "can never apply: its conditions cannot be evaluated".to_owned(),
            "mend the conditions",
        );
    }
    never(
        "can never apply: no request meets its conditions".to_owned(),
        "take out the conditions that exclude each other, or that no department or service meets",
    )
}

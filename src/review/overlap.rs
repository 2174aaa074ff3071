//! Agreements for the same department, service and purpose: those that say the same, and those that give more than another.

use std::collections::{BTreeMap, BTreeSet};

use super::Asking;
use super::finding::{Finding, FindingCode, Places};
use super::survey::{Key, Survey};
use crate::clock::Timestamp;
use crate::policy::{AgreementId, Authorizer, LineState, Mask, Operation, PARTS, Reach};

/// Cells of one pair, with what the wider gives more.
type Pairs = BTreeMap<(usize, usize), Vec<String>>;

/// Findings about all pairs of agreements that meet.
pub(super) fn findings(
    survey: &Survey<'_>,
    keys: &BTreeMap<Key, Vec<usize>>,
    places: &Places<'_>,
) -> Vec<Finding> {
    let mut pairs = Pairs::new();
    for (key, positions) in keys.iter().filter(|(_, positions)| positions.len() > 1) {
        meet(survey, key, positions, &mut pairs);
    }
    let mut findings = Vec::new();
    for ((one, other), cells) in &pairs {
        let (Some(wide), Some(narrow)) = (survey.reaches.get(*one), survey.reaches.get(*other)) else {
            continue;
        };
        let (id, than) = (&wide.agreement.id, &narrow.agreement.id);
        if same(survey, *one, *other) {
            // Once for both.
            if one < other {
                let reason = format!("`{id}` and `{than}` say the same");
                let mend = format!("remove one of them; `{id}` decides if both stay");
                findings.push(places.finding(than, "agreement", FindingCode::Duplicate, reason, mend));
            }
            continue;
        }
        let mut more = wider(wide, narrow);
        if more.is_empty() {
            continue;
        }
        let free = unconditional(survey, *one, *other);
        if !free.is_empty() {
            more.push(format!("without conditions on {}", free.join(", ")));
        }
        let cell = cells.first().cloned().unwrap_or_default();
        let others = match cells.len() {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        let reason = format!("`{id}` gives more than `{than}` for {cell}{others}: {}", more.join("; "));
        let mend =
            "let one of them cover it, or name in both what sets them apart, such as the matter".to_owned();
        findings.push(places.finding(id, "agreement", FindingCode::Widens, reason, mend));
    }
    findings
}

/// Enters each pair of `positions` that both permit something of the same, at a time when both are in force.
fn meet(survey: &Survey<'_>, key: &Key, positions: &[usize], pairs: &mut Pairs) {
    let (department, service, purpose) = key;
    let ground = survey.ground(department, positions);
    let places: Vec<_> = match service {
        None => vec![(Operation::Verify, "verify".to_owned())],
        Some(service) => {
            let places = ground.places(&[survey.catalog]).into_iter();
            let named = |(province, members): (_, Vec<_>)| {
                let place = if members.len() > 1 { "*".to_owned() } else { format!("{province}") };
                (Operation::Query { province, service: service.clone() }, format!("{place}/{service}"))
            };
            places.map(named).collect()
        }
    };
    let name = survey.catalog.office(department).map_or("", |office| office.name.as_str());
    for (operation, place) in places {
        let trials = ground.trials(&[survey.catalog], (department, &operation, purpose), &ground.ages());
        let mut permitting: BTreeMap<Timestamp, BTreeSet<AgreementId>> = BTreeMap::new();
        for (index, one) in positions.iter().enumerate() {
            for other in positions.iter().skip(index + 1) {
                let (Some(a), Some(b)) = (survey.reaches.get(*one), survey.reaches.get(*other)) else {
                    continue;
                };
                let (a, b) = (&a.agreement, &b.agreement);
                let at = survey.at.max(a.terms.from).max(b.terms.from);
                if at >= a.terms.until.min(b.terms.until) {
                    continue;
                }
                let permitting = permitting.entry(at).or_insert_with(|| permitting_at(survey, &trials, at));
                if permitting.contains(&a.id) && permitting.contains(&b.id) {
                    let cell = format!("{name} ({department}), `{place}`, `{purpose}`");
                    for pair in [(*one, *other), (*other, *one)] {
                        pairs.entry(pair).or_default().push(cell.clone());
                    }
                }
            }
        }
    }
}

/// Agreements that permit any of `trials` at `at` that no red line forbids, whether or not another decides in their place.
fn permitting_at(survey: &Survey<'_>, trials: &[Asking], at: Timestamp) -> BTreeSet<AgreementId> {
    let mut permitting = BTreeSet::new();
    for asking in trials {
        let considered = survey.agreements.consider_briefly(&asking.question(at));
        let candidates = considered.candidates.len();
        if considered.red_lines.iter().any(|(_, state)| *state != LineState::Kept) {
            continue;
        }
        let permits = considered.candidates.into_iter().filter(|candidate| candidate.refused.is_none());
        permitting.extend(permits.map(|candidate| candidate.agreement.id.clone()));
        // More than all it cannot be.
        if permitting.len() == candidates {
            break;
        }
    }
    permitting
}

/// Whether two agreements differ by their names alone.
fn same(survey: &Survey<'_>, one: usize, other: usize) -> bool {
    let (Some(a), Some(b)) = (survey.reaches.get(one), survey.reaches.get(other)) else { return false };
    a.is_that_of(b)
        && a.agreement.terms == b.agreement.terms
        && a.purposes == b.purposes
        && survey.mentions.get(one) == survey.mentions.get(other)
}

/// Parts of a request of which the conditions of the agreement at `narrow` speak, and not those of the one at `wide`.
fn unconditional(survey: &Survey<'_>, wide: usize, narrow: usize) -> Vec<&'static str> {
    let speaks = |position: usize, part: &str| {
        survey.mentions.get(position).is_some_and(|mentions| mentions.parts.contains(part))
    };
    // Every agreement demands its purpose, and what it says of time no request chooses.
    let chosen = PARTS.into_iter().filter(|part| !matches!(*part, "purpose" | "time"));
    chosen.filter(|part| speaks(narrow, part) && !speaks(wide, part)).collect()
}

/// What `wide` gives that `narrow` does not.
fn wider(wide: &Reach<'_>, narrow: &Reach<'_>) -> Vec<String> {
    let (w, n) = (&wide.agreement.terms, &narrow.agreement.terms);
    let mut more = Vec::new();
    let added: Vec<String> =
        w.fields.iter().filter(|path| !n.fields.contains(path)).map(|path| format!("`{path}`")).collect();
    if !added.is_empty() {
        more.push(format!("releases {}", added.join(", ")));
    }
    let mask_of = |masks: &[(crate::catalog::FieldPath, Mask)], path| {
        masks.iter().find(|(masked, _)| masked == path).map(|(_, mask)| *mask)
    };
    for path in w.fields.iter().filter(|path| n.fields.contains(path)) {
        let (wide, narrow) = (mask_of(&w.masks, path), mask_of(&n.masks, path));
        if weaker(wide, narrow) {
            more.push(format!("`{path}` {} instead of {}", mask(wide), mask(narrow)));
        }
    }
    if w.until > n.until {
        more.push(format!("until {} instead of {}", w.until.in_china(), n.until.in_china()));
    }
    if lighter(w.authorizer, n.authorizer) {
        more.push(format!("with {} instead of {}", authorization(w.authorizer), authorization(n.authorizer)));
    }
    more
}

/// Whether `wide` shows anything that `narrow` hides.
pub(super) fn weaker(wide: Option<Mask>, narrow: Option<Mask>) -> bool {
    match (wide, narrow) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(wide), Some(narrow)) => match (wide, narrow) {
            (Mask::YesNo, _) => false,
            (_, Mask::YesNo) => true,
            (Mask::First(wide), Mask::First(narrow)) | (Mask::Last(wide), Mask::Last(narrow)) => {
                wide > narrow
            }
            // A narrower band tells more; and one that does not divide the other cuts it.
            (Mask::Band(wide), Mask::Band(narrow)) => !wide.is_multiple_of(narrow),
            (Mask::Month, Mask::Month) => false,
            _ => true,
        },
    }
}

/// Whether `wide` asks for less, or for somebody else's word.
fn lighter(wide: Option<Authorizer>, narrow: Option<Authorizer>) -> bool {
    narrow.is_some() && wide != narrow
}

fn mask(mask: Option<Mask>) -> String {
    mask.map_or_else(|| "unmasked".to_owned(), |mask| format!("as `{mask}`"))
}

fn authorization(authorizer: Option<Authorizer>) -> String {
    authorizer.map_or_else(
        || "no authorization".to_owned(),
        |authorizer| format!("that of the {}", authorizer.as_str()),
    )
}

//! What a change of policies changes: every field that a department sees otherwise than before, with a request that shows it.

use std::collections::{BTreeMap, BTreeSet};

use super::survey::{Key, Provinces, Survey};
use super::{Asking, View};
use crate::catalog::{Catalog, FieldPath, Service};
use crate::identifier::Province;
use crate::policy::{Agreement, AgreementId, Operation};

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// More is seen than before, and nothing less.
    Widens,
    /// Less is seen.
    Narrows,
    /// Something else is seen.
    Alters,
}

impl Move {
    /// The name in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Widens => "widens",
            Self::Narrows => "narrows",
            Self::Alters => "alters",
        }
    }

    fn between(before: View, after: View) -> Option<Self> {
        match (after.shows_more_than(before), before.shows_more_than(after)) {
            (true, false) => Some(Self::Widens),
            (false, true) => Some(Self::Narrows),
            (true, true) => Some(Self::Alters),
            (false, false) => None,
        }
    }
}

/// A field that is seen otherwise.
#[derive(Clone, Debug)]
pub struct Change {
    /// A request that shows it, the weakest; with department, service and purpose.
    pub asking: Asking,
    /// The department by its name, where the catalog has one.
    pub name: String,
    /// The provinces for whose data it is so.
    pub provinces: Provinces,
    /// The field, `None` for the verification of licenses.
    pub field: Option<FieldPath>,
    /// What was seen.
    pub before: View,
    /// What is seen.
    pub after: View,
    /// The agreements that decide, before and after.
    pub agreements: [Option<AgreementId>; 2],
    /// Which way it goes.
    pub direction: Move,
}

/// A term of an agreement that is there before and after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TermChange {
    /// The agreement.
    pub agreement: AgreementId,
    /// The annotation.
    pub term: &'static str,
    /// What it said.
    pub before: String,
    /// What it says.
    pub after: String,
}

/// All that changes.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Fields that are seen otherwise.
    pub changes: Vec<Change>,
    /// Agreements that come.
    pub added: Vec<AgreementId>,
    /// Agreements that go.
    pub removed: Vec<AgreementId>,
    /// Terms that change.
    pub terms: Vec<TermChange>,
    /// Of these the agreements tell more requests apart than were tried, so that a change may be missing above.
    pub sampled: Vec<Key>,
}

impl Difference {
    /// Whether nothing changes, as far as is known.
    pub fn is_empty(&self) -> bool {
        let Self { changes, added, removed, terms, sampled } = self;
        let told = changes.is_empty() && added.is_empty() && removed.is_empty() && terms.is_empty();
        told && sampled.is_empty()
    }
}

/// What changes from `old` to `new`. Requests that are refused before and after are no change, whatever they are told.
pub fn difference(old: &Survey<'_>, new: &Survey<'_>) -> Difference {
    let (was, is) = (old.keys(), new.keys());
    let keys: BTreeSet<&Key> = was.keys().chain(is.keys()).collect();
    let (mut changes, mut sampled) = (Vec::new(), Vec::new());
    for key in keys {
        let none = Vec::new();
        let positions = [was.get(key).unwrap_or(&none), is.get(key).unwrap_or(&none)];
        if unchanged(old, new, key, positions) {
            continue;
        }
        let (found, all) = about(old, new, key, positions);
        changes.extend(found);
        sampled.extend((!all).then(|| key.clone()));
    }
    let [before, after] = [old, new].map(|survey| {
        let agreements = survey.agreements.agreements();
        agreements.map(|one| (one.id.clone(), one)).collect::<BTreeMap<_, _>>()
    });
    let only = |these: &BTreeMap<AgreementId, _>, those: &BTreeMap<AgreementId, _>| {
        these.keys().filter(|id| !those.contains_key(id)).cloned().collect()
    };
    let both = before.iter().filter_map(|(id, one)| Some((*one, *after.get(id)?)));
    Difference {
        changes,
        added: only(&after, &before),
        removed: only(&before, &after),
        terms: both.flat_map(|(one, other)| terms(one, other)).collect(),
        sampled,
    }
}

/// Whether all that decides about `key` is the same, so that there is nothing to ask.
fn unchanged(old: &Survey<'_>, new: &Survey<'_>, key: &Key, [was, is]: [&Vec<usize>; 2]) -> bool {
    let (department, service, _) = key;
    let (one, other) = (old.catalog, new.catalog);
    let digest =
        |catalog: &Catalog| service.as_ref().and_then(|id| catalog.service(id)).map(|service| service.digest);
    let same_catalog = one.office(department) == other.office(department)
        && digest(one) == digest(other)
        && one.license_types() == other.license_types()
        && one.matters().eq(other.matters());
    let same = |(before, after): (&usize, &usize)| {
        old.reaches
            .get(*before)
            .zip(new.reaches.get(*after))
            .is_some_and(|(before, after)| before.says(after))
    };
    // In another order they may decide otherwise, and then they are asked.
    let same_agreements = was.len() == is.len() && was.iter().zip(is).all(same);
    same_catalog
        && same_agreements
        && old.at == new.at
        && old.agreements.red_lines_are_those_of(new.agreements)
}

/// What changes about `key`, and whether every request was tried.
fn about(old: &Survey<'_>, new: &Survey<'_>, key: &Key, positions: [&Vec<usize>; 2]) -> (Vec<Change>, bool) {
    let (department, service, purpose) = key;
    let [was, is] = positions;
    let ground = old.ground(department, was).join(&new.ground(department, is));
    let catalogs = [old.catalog, new.catalog];
    let office = catalogs.iter().rev().find_map(|catalog| catalog.office(department));
    let name = office.map(|office| office.name.clone()).unwrap_or_default();
    let operations: Vec<(Operation, Vec<Province>)> = match service {
        None => vec![(Operation::Verify, Vec::new())],
        Some(service) => {
            let places = ground.places(&catalogs).into_iter();
            let query = |province| Operation::Query { province, service: service.clone() };
            places.map(|(province, members)| (query(province), members)).collect()
        }
    };
    let fields: Vec<Option<FieldPath>> = match service {
        None => vec![None],
        Some(id) => {
            let services = catalogs.iter().filter_map(|catalog| catalog.service(id));
            let mut fields: Vec<Option<FieldPath>> = Vec::new();
            for path in services.flat_map(|service: &std::sync::Arc<Service>| {
                service.response.iter().map(|field| &field.path)
            }) {
                if !fields.iter().flatten().any(|known| known == path) {
                    fields.push(Some(path.clone()));
                }
            }
            fields
        }
    };
    let all = operations.iter().all(|(operation, _)| ground.tries_all(&catalogs, department, operation));
    let mut found: Vec<(Vec<Province>, Change)> = Vec::new();
    for (operation, members) in &operations {
        // One row for each way in which a field changes here, whatever other requests show the same.
        let mut here: Vec<Change> = Vec::new();
        for asking in ground.trials(&catalogs, (department, operation, purpose), &ground.ages()) {
            let decisions = [old, new].map(|survey| survey.agreements.outcome(&asking.question(survey.at)));
            for field in &fields {
                let [before, after] = [0, 1].map(|index| {
                    decisions.get(index).map_or(View::Withheld, |decision| View::of(decision, field.as_ref()))
                });
                let Some(direction) = Move::between(before, after) else { continue };
                let known = |one: &Change| {
                    one.field == *field && one.direction == direction && one.seen(before, after)
                };
                if here.iter().any(known) {
                    continue;
                }
                let agreements = decisions
                    .each_ref()
                    .map(|decision| decision.as_ref().ok().map(|permit| permit.agreement().clone()));
                here.push(Change {
                    asking: asking.clone(),
                    name: name.clone(),
                    provinces: Provinces::None,
                    field: field.clone(),
                    before,
                    after,
                    agreements,
                    direction,
                });
            }
        }
        for change in here {
            match found.iter_mut().find(|(_, known)| known.is_like(&change)) {
                Some((provinces, _)) => provinces.extend(members),
                None => found.push((members.clone(), change)),
            }
        }
    }
    let with_provinces = |(provinces, change): (Vec<Province>, Change)| match service {
        None => change,
        Some(_) => Change { provinces: Provinces::of(provinces, new.catalog), ..change },
    };
    (found.into_iter().map(with_provinces).collect(), all)
}

impl Change {
    /// Refusals are alike for this, whatever their codes.
    fn seen(&self, before: View, after: View) -> bool {
        let alike = |one: View, other: View| one == other || !one.shows() && !other.shows();
        alike(self.before, before) && alike(self.after, after)
    }

    /// Whether it is the same change of the data of another province.
    fn is_like(&self, other: &Self) -> bool {
        let same = self.field == other.field && self.agreements == other.agreements;
        same && self.before == other.before
            && self.after == other.after
            && self.asking.beside(&other.asking).0.len() <= 1
    }
}

fn terms(before: &Agreement, after: &Agreement) -> Vec<TermChange> {
    let stated = |agreement: &Agreement| {
        let terms = &agreement.terms;
        let number = |number: Option<String>| number.unwrap_or_else(|| "without limit".to_owned());
        [
            ("basis", terms.basis.to_string()),
            ("authorise", terms.authorizer.map_or("none", |one| one.as_str()).to_owned()),
            ("rate", terms.rate.to_string()),
            ("daily", number(terms.daily.map(|daily| daily.to_string()))),
            ("subjects", number(terms.subjects.map(|subjects| subjects.to_string()))),
            ("cache", format!("{} s", terms.cache_seconds)),
            ("from", terms.from.in_china()),
            ("until", terms.until.in_china()),
        ]
    };
    let pairs = stated(before).into_iter().zip(stated(after)).filter(|(one, other)| one != other);
    pairs
        .map(|((term, before), (_, now))| TermChange {
            agreement: after.id.clone(),
            term,
            before,
            after: now,
        })
        .collect()
}

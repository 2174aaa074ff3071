//! The requests worth trying: all that the policies at hand can tell apart, the weakest first. Conditions see a request only by
//! the members of the schema and compare them with what they name, so a value that nobody names stands for all such.

use std::collections::BTreeSet;

use super::Asking;
use crate::catalog::{Catalog, Coverage, LicenseType};
use crate::identifier::{Department, MatterCode, Province};
use crate::policy::{Age, Authorizer, Basis, Claim, Mentions, Operation, Purpose};

/// All bases, the one that asks least of the person first.
pub(super) const BASES: [Basis; 4] = [
    Basis::Statute,
    Basis::Authorization(Authorizer::Subject),
    Basis::Authorization(Authorizer::Guardian),
    Basis::Authorization(Authorizer::Enterprise),
];

/// What policies can tell apart about one department, service and purpose.
#[derive(Clone, Debug, Default)]
pub(super) struct Ground {
    /// Provinces that policies name.
    pub(super) named: BTreeSet<Province>,
    /// Whether there is anything for provinces that nobody names.
    pub(super) elsewhere: bool,
    /// Whether a guardian's authorization may be needed.
    pub(super) guarded: bool,
    /// What the conditions of the agreements compare with.
    pub(super) candidates: Mentions,
    /// What red lines compare with.
    pub(super) red_lines: Mentions,
}

impl Ground {
    /// Both together.
    pub(super) fn join(mut self, other: &Self) -> Self {
        self.named.extend(&other.named);
        self.elsewhere |= other.elsewhere;
        self.guarded |= other.guarded;
        self.candidates.add(&other.candidates);
        self.red_lines.add(&other.red_lines);
        self
    }

    /// Provinces to ask, each with those that it stands for.
    pub(super) fn places(&self, catalogs: &[&Catalog]) -> Vec<(Province, Vec<Province>)> {
        let mut places: Vec<_> = self.named.iter().map(|province| (*province, vec![*province])).collect();
        if self.elsewhere {
            let all: BTreeSet<Province> =
                catalogs.iter().flat_map(|catalog| catalog.provinces()).map(|entry| entry.code).collect();
            let others: Vec<Province> = all.difference(&self.named).copied().collect();
            places.extend(others.first().map(|first| (*first, others.clone())));
        }
        places
    }

    /// Ages as far as policies tell them apart: none, which stands for everybody who is old enough, and under fourteen; where
    /// policies speak of adults, those as well, and whoever is neither.
    pub(super) fn ages(&self) -> Vec<Option<Age>> {
        let mut ages = vec![None, Some(Age::UnderFourteen)];
        if self.speaks_of("adult") {
            ages.extend([Some(Age::UnderEighteen), Some(Age::Adult)]);
        }
        ages
    }

    /// Hours of the day as far as policies tell them apart: what is compared with, and what is one less and one more. All, where
    /// nothing tells with what.
    fn hours(&self) -> Vec<u8> {
        if !self.speaks_of("hour") {
            return Vec::new();
        }
        let compared = self.candidates.numbers.union(&self.red_lines.numbers);
        let near = compared.flat_map(|number| [number.saturating_sub(1), *number, number.saturating_add(1)]);
        let near: BTreeSet<u8> =
            near.filter_map(|hour| u8::try_from(hour).ok()).filter(|hour| *hour < 24).collect();
        if near.is_empty() { (0..24).collect() } else { near.into_iter().collect() }
    }

    fn speaks_of(&self, part: &str) -> bool {
        self.candidates.parts.contains(part) || self.red_lines.parts.contains(part)
    }

    /// The requests, the weakest first; about persons of each of `ages`. Where these are more than [`MOST`], some of them.
    pub(super) fn trials(
        &self,
        catalogs: &[&Catalog],
        (department, operation, purpose): (&Department, &Operation, &Purpose),
        ages: &[Option<Age>],
    ) -> Vec<Asking> {
        let mut values = self.values(catalogs, department, operation, ages);
        values.thin_out();
        let bare = Asking {
            department: department.clone(),
            operation: operation.clone(),
            purpose: purpose.clone(),
            basis: Basis::Statute,
            matter: None,
            case: false,
            operator: false,
            evidence: Vec::new(),
            age: None,
            party: None,
            hour: None,
        };
        let mut trials = vec![bare];
        trials = varied(&trials, &BASES, |asking, basis| asking.basis = *basis);
        trials = varied(&trials, &values.ages, |asking, age| asking.age = *age);
        trials = varied(&trials, &values.parties, |asking, party| asking.party = *party);
        trials = varied(&trials, &values.matters, |asking, matter| asking.matter.clone_from(matter));
        trials = varied(&trials, &values.cases, |asking, case| asking.case = *case);
        trials = varied(&trials, &values.operators, |asking, operator| asking.operator = *operator);
        trials = varied(&trials, &values.evidence, |asking, shown| asking.evidence.clone_from(shown));
        trials = varied(&trials, &values.hours, |asking, hour| asking.hour = *hour);
        // The sort is stable: of requests that bring as much, the order of bases stays.
        trials.sort_by_key(weight);
        trials
    }

    /// Whether there are so few requests that [`Self::trials`] tries all.
    pub(super) fn tries_all(
        &self,
        catalogs: &[&Catalog],
        department: &Department,
        operation: &Operation,
    ) -> bool {
        self.values(catalogs, department, operation, &self.ages()).requests() <= MOST
    }

    fn values(
        &self,
        catalogs: &[&Catalog],
        department: &Department,
        operation: &Operation,
        ages: &[Option<Age>],
    ) -> Values {
        let mut matters = vec![None];
        if self.speaks_of("matter") {
            let listed: BTreeSet<&MatterCode> =
                catalogs.iter().flat_map(|catalog| matters_for(catalog, operation)).collect();
            matters.extend(listed.into_iter().cloned().map(Some));
        }
        // Where only red lines speak of the party, no request is better for naming one.
        let mut parties = vec![None];
        if self.candidates.parts.contains("party") {
            let own = department.region.province();
            parties.extend(own.iter().chain(&self.candidates.provinces).copied().map(Some));
            parties.dedup();
        }
        let flag = |part: &str| if self.speaks_of(part) { vec![false, true] } else { vec![false] };
        Values {
            ages: ages.to_vec(),
            parties,
            matters,
            cases: flag("case"),
            operators: flag("operator"),
            evidence: self.evidence(catalogs),
            hours: std::iter::once(None).chain(self.hours().into_iter().map(Some)).collect(),
        }
    }

    /// Sets of evidence: none, all that conditions name in any number up to [`SUBSETS`], and one more that shows a guardian.
    fn evidence(&self, catalogs: &[&Catalog]) -> Vec<Vec<Claim>> {
        let mut named: BTreeSet<Claim> =
            self.candidates.claims.union(&self.red_lines.claims).cloned().collect();
        if self.guarded || self.speaks_of("guardian") {
            let guards = |catalog: &&Catalog| catalog.license_types().iter().find_map(guard);
            // What is named may show a guardian as well; without need of two licenses, one is enough.
            if !named.iter().any(|claim| catalogs.iter().any(|catalog| guards_by(catalog, claim))) {
                named.extend(catalogs.iter().find_map(guards));
            }
        }
        let named: Vec<Claim> = named.into_iter().collect();
        if named.len() > SUBSETS {
            let single = named.iter().map(|claim| vec![claim.clone()]);
            return std::iter::once(Vec::new()).chain(single).chain([named.clone()]).collect();
        }
        let mut sets = vec![Vec::new()];
        for claim in named {
            let with: Vec<Vec<Claim>> = sets
                .iter()
                .map(|set: &Vec<Claim>| set.iter().cloned().chain([claim.clone()]).collect())
                .collect();
            sets.extend(with);
        }
        sets
    }
}

/// Requests that are tried about one department, operation and purpose. 4,096: the shipped agreements take 704 at the most, and so
/// many are decided in less than a second even without optimization. What policies tell apart multiplies, so that without a bound a
/// few conditions more would take hours.
const MOST: usize = 4096;

/// What each member of a request may be, the weakest first.
struct Values {
    ages: Vec<Option<Age>>,
    parties: Vec<Option<Province>>,
    matters: Vec<Option<MatterCode>>,
    cases: Vec<bool>,
    operators: Vec<bool>,
    evidence: Vec<Vec<Claim>>,
    hours: Vec<Option<u8>>,
}

impl Values {
    fn requests(&self) -> usize {
        let members = [
            BASES.len(),
            self.ages.len(),
            self.parties.len(),
            self.matters.len(),
            self.cases.len(),
            self.operators.len(),
            self.evidence.len(),
            self.hours.len(),
        ];
        members.into_iter().fold(1, usize::saturating_mul)
    }

    /// Takes every other value out of the member with the most of them, until few enough are left.
    fn thin_out(&mut self) {
        while self.requests() > MOST {
            let Self { parties, matters, evidence, hours, .. } = self;
            let most = parties.len().max(matters.len()).max(evidence.len()).max(hours.len());
            match most {
                // Ages, cases and operators alone are fewer than the bound.
                0..=2 => return,
                _ if hours.len() == most => halve(hours),
                _ if matters.len() == most => halve(matters),
                _ if evidence.len() == most => halve(evidence),
                _ => halve(parties),
            }
        }
    }
}

/// Leaves every other value and both ends.
fn halve<T>(values: &mut Vec<T>) {
    let last = values.len().saturating_sub(1);
    let mut index = 0;
    values.retain(|_| {
        let keep = index % 2 == 0 || index == last;
        index += 1;
        keep
    });
}

/// Claims of which all sets are tried. 4: no matter is handled on more than two licenses that show relations.
const SUBSETS: usize = 4;

fn varied<T>(trials: &[Asking], values: &[T], set: impl Fn(&mut Asking, &T)) -> Vec<Asking> {
    let with = |asking: &Asking, value: &T| {
        let mut asking = asking.clone();
        set(&mut asking, value);
        asking
    };
    trials
        .iter()
        .flat_map(|asking| values.iter().map(move |value| (asking, value)))
        .map(|(a, v)| with(a, v))
        .collect()
}

/// How much a request brings.
fn weight(asking: &Asking) -> usize {
    asking.members().len() + asking.evidence.len()
}

/// A claim by which a license of this type makes somebody a guardian.
fn guard(license: &LicenseType) -> Option<Claim> {
    let rule = license.relations.iter().find(|rule| rule.guardian)?;
    Some(Claim { license: license.id.clone(), relation: rule.relation })
}

fn guards_by(catalog: &Catalog, claim: &Claim) -> bool {
    let rule = catalog.license_type_called(&claim.license).and_then(|license| license.shows(claim.relation));
    rule.is_some_and(|rule| rule.guardian)
}

/// Matters of `catalog` for which `operation` may be asked, by the rule of gateways.
fn matters_for<'a>(catalog: &'a Catalog, operation: &'a Operation) -> impl Iterator<Item = &'a MatterCode> {
    let service = match operation {
        Operation::Query { service, .. } => catalog.service(service).map(std::sync::Arc::as_ref),
        Operation::Verify => None,
    };
    let codes = catalog.matters().map(|matter| &matter.code);
    codes.filter(move |code| catalog.coverage(code, service) == Coverage::Covered)
}

//! The requests worth trying: all that the policies at hand can tell apart, the weakest first. Conditions see a request only by
//! the members of the schema and compare them with what they name, so a value that nobody names stands for all such.

use std::collections::BTreeSet;

use super::Asking;
use crate::catalog::{Catalog, Domain, LicenseType, Service};
use crate::identifier::{Department, MatterCode, Province};
use crate::policy::{Age, Authorizer, Basis, Claim, Mentions, Operation, Purpose};

/// All bases, the one that asks least of the person first.
pub(super) const BASES: [Basis; 4] = [
    Basis::Statute,
    Basis::Authorization(Authorizer::Subject),
    Basis::Authorization(Authorizer::Guardian),
    Basis::Authorization(Authorizer::Enterprise),
];

/// Ages as far as policies tell them apart: none, which stands for everybody who is old enough, and under fourteen.
pub(super) const AGES: [Option<Age>; 2] = [None, Some(Age::UnderFourteen)];

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

    fn speaks_of(&self, part: &str) -> bool {
        self.candidates.parts.contains(part) || self.red_lines.parts.contains(part)
    }

    /// The requests, the weakest first; about persons of each of `ages`.
    pub(super) fn trials(
        &self,
        catalogs: &[&Catalog],
        (department, operation, purpose): (&Department, &Operation, &Purpose),
        ages: &[Option<Age>],
    ) -> Vec<Asking> {
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
        let hours = if self.speaks_of("hour") { (0..24).map(Some).collect() } else { Vec::new() };
        let flag = |part: &str| if self.speaks_of(part) { vec![false, true] } else { vec![false] };
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
        trials = varied(&trials, ages, |asking, age| asking.age = *age);
        trials = varied(&trials, &parties, |asking, party| asking.party = *party);
        trials = varied(&trials, &matters, |asking, matter| asking.matter.clone_from(matter));
        trials = varied(&trials, &flag("case"), |asking, case| asking.case = *case);
        trials = varied(&trials, &flag("operator"), |asking, operator| asking.operator = *operator);
        trials = varied(&trials, &self.evidence(catalogs), |asking, shown| asking.evidence.clone_from(shown));
        let hours: Vec<Option<u8>> = std::iter::once(None).chain(hours).collect();
        trials = varied(&trials, &hours, |asking, hour| asking.hour = *hour);
        // The sort is stable: of requests that bring as much, the order of bases stays.
        trials.sort_by_key(weight);
        trials
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

/// Matters of `catalog` for which `operation` may be asked, by the rule of the gateway.
fn matters_for<'a>(catalog: &'a Catalog, operation: &'a Operation) -> impl Iterator<Item = &'a MatterCode> {
    let free = match operation {
        Operation::Query { service, .. } => catalog
            .service(service)
            .is_some_and(|service: &std::sync::Arc<Service>| service.domain == Domain::License),
        Operation::Verify => true,
    };
    let covers = move |services: &[crate::catalog::ServiceId]| match operation {
        Operation::Query { service, .. } => free || services.contains(service),
        Operation::Verify => true,
    };
    catalog.matters().filter(move |matter| covers(&matter.services)).map(|matter| &matter.code)
}

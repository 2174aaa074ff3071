//! The requests worth trying: all that the policies at hand can tell apart, the weakest first. Conditions see a request only by
//! the members of the schema and compare them with what they name, so a value that nobody names stands for all such.

use std::collections::BTreeSet;

use super::Asking;
use crate::catalog::{Catalog, Domain, Service};
use crate::identifier::{Department, MatterCode, Province};
use crate::policy::{Authorizer, Basis, Mentions, Operation, Purpose};

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

    /// The requests, the weakest first.
    pub(super) fn trials(
        &self,
        catalogs: &[&Catalog],
        department: &Department,
        operation: &Operation,
        purpose: &Purpose,
    ) -> Vec<Asking> {
        let mut matters = vec![None];
        if self.speaks_of("matter") {
            let listed: BTreeSet<&MatterCode> =
                catalogs.iter().flat_map(|catalog| matters_for(catalog, operation)).collect();
            matters.extend(listed.into_iter().cloned().map(Some));
        }
        let mut parties = vec![None];
        // Red lines hold gateways to their own province, and no request is better for naming another.
        if self.candidates.parts.contains("party") {
            parties.extend(department.region.province().map(Some));
        }
        let mut trials = Vec::new();
        for party in &parties {
            for matter in &matters {
                for basis in BASES {
                    trials.push(Asking {
                        department: department.clone(),
                        operation: operation.clone(),
                        purpose: purpose.clone(),
                        basis,
                        matter: matter.clone(),
                        party: *party,
                    });
                }
            }
        }
        // The sort is stable: of requests that bring as much, the order of bases stays.
        trials.sort_by_key(|asking| asking.members().len());
        trials
    }
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

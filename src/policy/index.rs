//! Finds the few agreements that can apply, so that a decision costs the same however many there are.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::{Operation, Purpose};
use crate::catalog::{FunctionId, ServiceId};
use crate::identifier::{Department, Province};

/// With whom an agreement is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Anyone,
    Department(Department),
    Function(FunctionId),
    Province(Province),
}

/// What an agreement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A service, of one province or of all.
    Service(Option<Province>, ServiceId),
    Verify,
}

/// Who asks, as the index knows departments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker<'a> {
    pub(super) department: &'a Department,
    pub(super) function: &'a FunctionId,
}

/// Names as numbers, each looked up once for a question: so that what is looked up for each of the eight ways in which an agreement
/// can fit is small, and all of it lies in one table.
#[derive(Debug)]
struct Numbers<T>(HashMap<T, u32>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash> Numbers<T> {
    fn give(&mut self, name: T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(name).or_insert(next)
    }

    fn of(&self, name: &T) -> Option<u32> {
        self.0.get(name).copied()
    }
}

/// [`Who`] by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Party {
    Anyone,
    Department(u32),
    Function(u32),
    Province(Province),
}

/// [`What`] by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Target {
    Anywhere(u32),
    OfProvince(Province, u32),
    Verify,
}

/// Agreements by department, service and purpose.
#[derive(Debug, Default)]
pub(super) struct Index {
    departments: Numbers<Department>,
    functions: Numbers<FunctionId>,
    services: Numbers<ServiceId>,
    purposes: Numbers<Purpose>,
    /// Positions of agreements, in the order in which they are tried.
    positions: HashMap<(Party, Target, u32), Vec<u32>>,
    /// What anything is agreed about, for whichever purpose.
    agreed: HashSet<(Party, Target)>,
}

/// What the index found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    /// Agreements for the purpose, from the most specific to the most general.
    pub(super) positions: Vec<usize>,
    /// Whether there are none for the purpose, but for others.
    pub(super) otherwise: bool,
}

impl Index {
    /// Adds the agreement at `position`. Within one key the first added is tried first.
    pub(super) fn insert(&mut self, who: Who, what: What, purposes: &[Purpose], position: usize) {
        let party = match who {
            Who::Anyone => Party::Anyone,
            Who::Department(department) => Party::Department(self.departments.give(department)),
            Who::Function(function) => Party::Function(self.functions.give(function)),
            Who::Province(province) => Party::Province(province),
        };
        let target = match what {
            What::Service(Some(province), service) => {
                Target::OfProvince(province, self.services.give(service))
            }
            What::Service(None, service) => Target::Anywhere(self.services.give(service)),
            What::Verify => Target::Verify,
        };
        // Each file takes more than a byte, and no machine holds so many.
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        for purpose in purposes {
            let purpose = self.purposes.give(purpose.clone());
            self.positions.entry((party, target, purpose)).or_default().push(position);
        }
        if !purposes.is_empty() {
            self.agreed.insert((party, target));
        }
    }

    /// Whether any agreement is for `purpose`.
    pub(super) fn has_purpose(&self, purpose: &Purpose) -> bool {
        self.purposes.of(purpose).is_some()
    }

    /// The purposes of all agreements that can apply when `asker` wants `operation`, in order.
    pub(super) fn purposes(&self, asker: Asker<'_>, operation: &Operation) -> Vec<&Purpose> {
        let ways = self.ways(asker, operation);
        let is_agreed = |number: &u32| {
            ways.iter()
                .flatten()
                .any(|(party, target)| self.positions.contains_key(&(*party, *target, *number)))
        };
        let all = self.purposes.0.iter();
        let mut found: Vec<&Purpose> =
            all.filter(|(_, number)| is_agreed(number)).map(|(name, _)| name).collect();
        found.sort();
        found
    }

    /// The agreements that can apply when `asker` wants `operation` for `purpose`.
    pub(super) fn candidates(
        &self,
        asker: Asker<'_>,
        operation: &Operation,
        purpose: &Purpose,
    ) -> Candidates {
        let ways = self.ways(asker, operation);
        let mut positions = Vec::new();
        if let Some(purpose) = self.purposes.of(purpose) {
            for (party, target) in ways.iter().flatten() {
                let found = self.positions.get(&(*party, *target, purpose));
                positions.extend(found.into_iter().flatten().filter_map(|one| usize::try_from(*one).ok()));
            }
        }
        let otherwise = positions.is_empty() && ways.iter().flatten().any(|way| self.agreed.contains(way));
        Candidates { positions, otherwise }
    }

    /// Every way in which an agreement can fit, the most specific first.
    fn ways(&self, asker: Asker<'_>, operation: &Operation) -> [Option<(Party, Target)>; 8] {
        let parties = [
            self.departments.of(asker.department).map(Party::Department),
            self.functions.of(asker.function).map(Party::Function),
            asker.department.region.province().map(Party::Province),
            Some(Party::Anyone),
        ];
        let [near, far] = match operation {
            Operation::Query { province, service } => {
                let service = self.services.of(service);
                [service.map(|service| Target::OfProvince(*province, service)), service.map(Target::Anywhere)]
            }
            Operation::Verify => [Some(Target::Verify), None],
        };
        let [department, function, province, anyone] = parties;
        [
            department.zip(near),
            department.zip(far),
            function.zip(near),
            function.zip(far),
            province.zip(near),
            province.zip(far),
            anyone.zip(near),
            anyone.zip(far),
        ]
    }
}

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

/// [`Who`] by numbers. Names are looked up once for a question; all else compares and hashes a few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Party {
    Anyone,
    Department(u32),
    Function(u32),
    Province(Province),
}

/// [`What`] by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Target {
    Service(Option<Province>, u32),
    Verify,
}

/// Names with their numbers.
#[derive(Debug)]
struct Numbers<T>(HashMap<T, u32>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Clone + Eq + Hash> Numbers<T> {
    fn enter(&mut self, name: &T) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(name.clone()).or_insert(next)
    }

    fn of(&self, name: &T) -> Option<u32> {
        self.0.get(name).copied()
    }
}

/// Agreements by department, service and purpose.
#[derive(Debug, Default)]
pub(super) struct Index {
    departments: Numbers<Department>,
    functions: Numbers<FunctionId>,
    services: Numbers<ServiceId>,
    purposes: Numbers<Purpose>,
    /// Positions of agreements, in the order in which they are tried. One flat table, so that a question touches a few places
    /// of it and no more.
    positions: HashMap<(Party, Target, u32), Vec<usize>>,
    /// Whoever has an agreement about something, for whichever purpose.
    agreed: HashSet<(Party, Target)>,
}

/// What the index found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    /// Agreements for the purpose, from the most specific to the most general.
    pub(super) positions: Vec<usize>,
    /// Whether there are only ones for other purposes.
    pub(super) otherwise: bool,
}

impl Index {
    /// Adds the agreement at `position`. Within one key the first added is tried first.
    pub(super) fn insert(&mut self, who: Who, what: What, purposes: &[Purpose], position: usize) {
        let party = match who {
            Who::Anyone => Party::Anyone,
            Who::Department(department) => Party::Department(self.departments.enter(&department)),
            Who::Function(function) => Party::Function(self.functions.enter(&function)),
            Who::Province(province) => Party::Province(province),
        };
        let target = match what {
            What::Service(province, service) => Target::Service(province, self.services.enter(&service)),
            What::Verify => Target::Verify,
        };
        self.agreed.insert((party, target));
        for purpose in purposes {
            let purpose = self.purposes.enter(purpose);
            self.positions.entry((party, target, purpose)).or_default().push(position);
        }
    }

    /// The agreements that can apply when `asker` wants `operation` for `purpose`.
    pub(super) fn candidates(
        &self,
        asker: Asker<'_>,
        operation: &Operation,
        purpose: &Purpose,
    ) -> Candidates {
        let parties = [
            self.departments.of(asker.department).map(Party::Department),
            self.functions.of(asker.function).map(Party::Function),
            asker.department.region.province().map(Party::Province),
            Some(Party::Anyone),
        ];
        let targets = match operation {
            Operation::Query { province, service } => match self.services.of(service) {
                Some(service) => {
                    [Some(*province), None].map(|province| Some(Target::Service(province, service)))
                }
                None => [None, None],
            },
            Operation::Verify => [Some(Target::Verify), None],
        };
        let keys = parties.into_iter().flatten();
        let keys = keys.flat_map(|party| targets.iter().flatten().map(move |target| (party, *target)));
        let purpose = self.purposes.of(purpose);
        let mut candidates = Candidates::default();
        if let Some(purpose) = purpose {
            let found =
                keys.clone().filter_map(|(party, target)| self.positions.get(&(party, target, purpose)));
            candidates.positions.extend(found.flatten());
        }
        if candidates.positions.is_empty() {
            candidates.otherwise = keys.into_iter().any(|key| self.agreed.contains(&key));
        }
        candidates
    }
}

//! Finds the few agreements that can apply, so that a decision costs the same however many there are.

use std::collections::HashMap;

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

/// Positions of agreements by purpose, and within one purpose in the order in which they are tried.
type Purposes = HashMap<Purpose, Vec<usize>>;

#[derive(Debug, Default)]
struct Targets {
    anywhere: HashMap<ServiceId, Purposes>,
    of_province: HashMap<Province, HashMap<ServiceId, Purposes>>,
    verify: Purposes,
}

/// Agreements by department, service and purpose.
#[derive(Debug, Default)]
pub(super) struct Index {
    anyone: Targets,
    departments: HashMap<Department, Targets>,
    functions: HashMap<FunctionId, Targets>,
    provinces: HashMap<Province, Targets>,
}

/// What the index found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Candidates {
    /// Agreements for the purpose, from the most specific to the most general.
    pub(super) positions: Vec<usize>,
    /// Whether there are any for other purposes.
    pub(super) otherwise: bool,
}

impl Index {
    /// Adds the agreement at `position`. Within one key the first added is tried first.
    pub(super) fn insert(&mut self, who: Who, what: What, purposes: &[Purpose], position: usize) {
        let targets = match who {
            Who::Anyone => &mut self.anyone,
            Who::Department(department) => self.departments.entry(department).or_default(),
            Who::Function(function) => self.functions.entry(function).or_default(),
            Who::Province(province) => self.provinces.entry(province).or_default(),
        };
        let by_purpose = match what {
            What::Service(Some(province), service) => {
                targets.of_province.entry(province).or_default().entry(service).or_default()
            }
            What::Service(None, service) => targets.anywhere.entry(service).or_default(),
            What::Verify => &mut targets.verify,
        };
        for purpose in purposes {
            by_purpose.entry(purpose.clone()).or_default().push(position);
        }
    }

    /// The agreements that can apply when `asker` wants `operation` for `purpose`.
    pub(super) fn candidates(
        &self,
        asker: Asker<'_>,
        operation: &Operation,
        purpose: &Purpose,
    ) -> Candidates {
        let province = asker.department.region.province();
        let targets = [
            self.departments.get(asker.department),
            self.functions.get(asker.function),
            province.and_then(|province| self.provinces.get(&province)),
            Some(&self.anyone),
        ];
        let mut candidates = Candidates::default();
        for targets in targets.into_iter().flatten() {
            let (near, far) = match operation {
                Operation::Query { province, service } => (
                    targets.of_province.get(province).and_then(|services| services.get(service)),
                    targets.anywhere.get(service),
                ),
                Operation::Verify => (Some(&targets.verify), None),
            };
            for by_purpose in [near, far].into_iter().flatten() {
                match by_purpose.get(purpose) {
                    Some(positions) => candidates.positions.extend(positions),
                    None => candidates.otherwise |= !by_purpose.is_empty(),
                }
            }
        }
        candidates
    }
}

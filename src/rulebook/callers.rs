//! Who may call: certificates, the systems and gateways they belong to, and the departments these may speak for.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::clock::{Period, Timestamp};
use crate::crypto::Fingerprint;
use crate::identifier::{Department, Province, Region, System};

/// Who a client certificate belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A system of this province, with the departments that it may speak for.
    System(Arc<EnrolledSystem>),
    /// The gateway of another province, which has identified its own department before it asks here.
    Gateway(Province),
}

/// A system that was enrolled, in `certs/systems/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolledSystem {
    /// Its name.
    pub name: System,
    /// The departments that it may speak for; at least one.
    pub departments: Vec<Department>,
}

impl Caller {
    /// Whether the caller may speak for `department`.
    pub fn speaks_for(&self, department: &Department) -> bool {
        match self {
            Self::System(system) => system.departments.contains(department),
            Self::Gateway(province) => department.region.province() == Some(*province),
        }
    }

    /// The regions that the caller speaks for: of its departments, or a province as a whole.
    pub fn regions(&self) -> Vec<Region> {
        match self {
            Self::System(system) => {
                system.departments.iter().map(|department| department.region.clone()).collect()
            }
            Self::Gateway(province) => Region::parse(&format!("{province}0000")).into_iter().collect(),
        }
    }

    /// The department that is meant when a request names none.
    pub fn only_department(&self) -> Option<&Department> {
        match self {
            Self::System(system) => match system.departments.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            Self::Gateway(_) => None,
        }
    }

    /// The province of the asking gateway, if the caller is one.
    pub fn party(&self) -> Option<Province> {
        match self {
            Self::System(_) => None,
            Self::Gateway(province) => Some(*province),
        }
    }
}

/// The name in records and logs.
impl std::fmt::Display for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::System(system) => system.name.fmt(f),
            Self::Gateway(province) => write!(f, "gateway-{province}"),
        }
    }
}

/// All callers by certificate, each with when the certificate serves.
#[derive(Clone, Debug, Default)]
pub struct Callers(HashMap<Fingerprint, (Caller, Period)>);

impl Callers {
    /// Enrolls `fingerprint` for `caller` during `period`, unless it belongs to somebody already.
    pub fn enroll(&mut self, fingerprint: Fingerprint, caller: Caller, period: Period) {
        self.0.entry(fingerprint).or_insert((caller, period));
    }

    /// The same without these systems and the gateways of these provinces: their certificates are nobody's.
    #[must_use]
    pub fn without(mut self, systems: &BTreeSet<System>, gateways: &BTreeSet<Province>) -> Self {
        self.0.retain(|_, (caller, _)| match caller {
            Caller::System(system) => !systems.contains(&system.name),
            Caller::Gateway(province) => !gateways.contains(province),
        });
        self
    }

    /// Whose certificate this is at `at`.
    pub fn identify(&self, fingerprint: &Fingerprint, at: Timestamp) -> Option<&Caller> {
        self.0.get(fingerprint).filter(|(_, period)| period.contains(at)).map(|(caller, _)| caller)
    }

    /// Whose certificate this is, whenever it serves.
    pub fn enrolled(&self, fingerprint: &Fingerprint) -> Option<&Caller> {
        self.0.get(fingerprint).map(|(caller, _)| caller)
    }

    /// How many systems and gateways may call.
    pub fn count(&self) -> usize {
        self.0.values().map(|(caller, _)| caller.to_string()).collect::<BTreeSet<_>>().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn department(text: &str) -> Department {
        Department::parse(text).unwrap()
    }

    #[test]
    fn speaks_only_for_its_own() {
        let (here, there) =
            (department("11440000DEM0000033@440000"), department("11430000DEM000003Y@430000"));
        let system = Caller::System(Arc::new(EnrolledSystem {
            name: System::parse("hall").unwrap(),
            departments: vec![here.clone()],
        }));
        assert!(system.speaks_for(&here) && !system.speaks_for(&there));
        assert_eq!(system.only_department(), Some(&here));

        let gateway = Caller::Gateway(Province::parse("43").unwrap());
        assert!(gateway.speaks_for(&there) && !gateway.speaks_for(&here));
        assert_eq!((gateway.only_department(), gateway.to_string()), (None, "gateway-43".to_owned()));
    }

    #[test]
    fn certificates_rotate_by_overlap() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let (from, until) = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
        let one = Caller::Gateway(Province::parse("43").unwrap());
        let other = Caller::Gateway(Province::parse("44").unwrap());
        let [old, new] = [b"old", b"new"].map(|bytes| Fingerprint::of(bytes));
        let mut callers = Callers::default();
        callers.enroll(old, one.clone(), Period::new(None, Some(until)).unwrap());
        callers.enroll(new, one.clone(), Period::new(Some(from), None).unwrap());
        callers.enroll(new, other, Period::default());
        for (when, by_old, by_new) in [
            ("2026-10-31T23:59:59.999Z", true, false),
            ("2026-11-01T00:00:00Z", true, true),
            ("2026-11-30T23:59:59.999Z", true, true),
            ("2026-12-01T00:00:00Z", false, true),
        ] {
            let found = [old, new].map(|fingerprint| callers.identify(&fingerprint, at(when)).cloned());
            assert_eq!(found, [by_old.then(|| one.clone()), by_new.then(|| one.clone())], "{when}");
        }
        assert_eq!((callers.identify(&Fingerprint::of(b"unknown"), from), callers.count()), (None, 1));
    }
}

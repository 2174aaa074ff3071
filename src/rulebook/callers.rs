//! Who may call: certificates, the systems and gateways they belong to, and the departments these may speak for.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::crypto::Fingerprint;
use crate::identifier::{Department, Province, System};

/// Who a client certificate belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A system of this province, with the departments that it may speak for.
    System(Arc<EnrolledSystem>),
    /// The gateway of another province, which has identified its own department before it asks here.
    Gateway(Province),
}

/// A system that was enrolled. In the config under `[[systems]]`.
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

/// All callers by certificate.
#[derive(Clone, Debug, Default)]
pub struct Callers(HashMap<Fingerprint, Caller>);

impl Callers {
    /// Enrolls `fingerprint` for `caller`; gives back the caller that already has it, if another one does.
    pub fn enroll(&mut self, fingerprint: Fingerprint, caller: Caller) -> Result<(), Caller> {
        match self.0.get(&fingerprint) {
            Some(holder) if *holder != caller => Err(holder.clone()),
            _ => {
                self.0.insert(fingerprint, caller);
                Ok(())
            }
        }
    }

    /// The same without the systems of these names: their certificates are nobody's.
    #[must_use]
    pub fn without(mut self, systems: &BTreeSet<System>) -> Self {
        self.0.retain(|_, caller| match caller {
            Caller::System(system) => !systems.contains(&system.name),
            Caller::Gateway(_) => true,
        });
        self
    }

    /// Whose certificate this is.
    pub fn identify(&self, fingerprint: &Fingerprint) -> Option<&Caller> {
        self.0.get(fingerprint)
    }

    /// Every department that some system may speak for.
    pub fn departments(&self) -> impl Iterator<Item = (&EnrolledSystem, &Department)> {
        self.0
            .values()
            .filter_map(|caller| match caller {
                Caller::System(system) => Some(system),
                Caller::Gateway(_) => None,
            })
            .flat_map(|system| system.departments.iter().map(|department| (system.as_ref(), department)))
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
    fn one_certificate_belongs_to_one_caller() {
        let mut callers = Callers::default();
        let (one, other) = (
            Caller::Gateway(Province::parse("43").unwrap()),
            Caller::Gateway(Province::parse("44").unwrap()),
        );
        let fingerprint = Fingerprint::of(b"certificate");
        assert_eq!(callers.enroll(fingerprint, one.clone()), Ok(()));
        assert_eq!(callers.enroll(fingerprint, one.clone()), Ok(()));
        assert_eq!(callers.enroll(fingerprint, other), Err(one.clone()));
        assert_eq!(callers.identify(&fingerprint), Some(&one));
        assert_eq!(callers.identify(&Fingerprint::of(b"unknown")), None);
    }
}

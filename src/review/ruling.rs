//! What a gateway answers a request, as far as policies and catalog tell: the decision of the agreements, and then the rule of
//! matters. Suspensions, quotas, and whether what is claimed of evidence is so, are not looked at.

use std::fmt;

use super::Asking;
use crate::catalog::{Catalog, Coverage, ServiceId};
use crate::clock::Timestamp;
use crate::identifier::MatterCode;
use crate::policy::{Agreements, Denial, DenialCode, Operation, Permit};

/// Why the matter that a request names stands in its way, whatever the agreements say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatterFault {
    /// The catalog does not list the service for it.
    #[error("the catalog does not list `{service}` for matter `{matter}`")]
    NotCovered {
        /// The matter.
        matter: MatterCode,
        /// The service.
        service: ServiceId,
    },
    /// The catalog does not have it. A gateway that only observes unknown matters lets it through.
    #[error("the catalog has no matter `{0}`")]
    Unknown(MatterCode),
}

impl MatterFault {
    /// The code that a gateway refuses with.
    pub const fn code(&self) -> RefusalCode {
        match self {
            Self::NotCovered { .. } => RefusalCode::MatterNotCovered,
            Self::Unknown(_) => RefusalCode::MatterUnknown,
        }
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// By the agreements, or for want of one.
    Denied(Denial),
    /// By its matter.
    Matter(MatterFault),
}

impl Refused {
    /// The code.
    pub const fn code(&self) -> RefusalCode {
        match self {
            Self::Denied(denial) => RefusalCode::Denied(denial.code),
            Self::Matter(fault) => fault.code(),
        }
    }
}

/// The code of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCode {
    /// That of a denial.
    Denied(DenialCode),
    /// The matter does not list the service.
    MatterNotCovered,
    /// The catalog does not have the matter.
    MatterUnknown,
}

impl RefusalCode {
    /// The code as gateways write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied(code) => code.as_str(),
            Self::MatterNotCovered => "matter.not_covered",
            Self::MatterUnknown => "matter.unknown",
        }
    }

    /// All codes.
    pub fn all() -> impl Iterator<Item = Self> {
        DenialCode::ALL.into_iter().map(Self::Denied).chain([Self::MatterNotCovered, Self::MatterUnknown])
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What stands in the way of `asking` by its matter, if anything does.
pub fn matter_fault(catalog: &Catalog, asking: &Asking) -> Option<MatterFault> {
    let matter = asking.matter.as_ref()?;
    let service = match &asking.operation {
        Operation::Query { service, .. } => Some(catalog.service(service)?.as_ref()),
        Operation::Verify => None,
    };
    match catalog.coverage(matter, service) {
        Coverage::Covered => None,
        Coverage::NotCovered => service
            .map(|service| MatterFault::NotCovered { matter: matter.clone(), service: service.id.clone() }),
        Coverage::Unknown => Some(MatterFault::Unknown(matter.clone())),
    }
}

/// What a gateway answers `asking` at `at`.
pub fn ruling(
    catalog: &Catalog,
    agreements: &Agreements,
    asking: &Asking,
    at: Timestamp,
) -> Result<Permit, Refused> {
    let permit = agreements.decide(&asking.question(at)).map_err(Refused::Denied)?;
    matter_fault(catalog, asking).map_or(Ok(permit), |fault| Err(Refused::Matter(fault)))
}

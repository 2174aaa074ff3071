//! Matters (政务服务事项) and the services that may be called to handle them.

use super::{Catalog, Domain, FunctionId, Service, ServiceId};
use crate::identifier::MatterCode;

/// The first two digits of the base codes of samples: no region has them (GB/T 2260), so no real matter can.
pub(super) const SAMPLE_REGION: &str = "99";

/// A matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// The base code (基本编码).
    pub code: MatterCode,
    /// The Chinese name, where it is known.
    pub name: Option<String>,
    /// The English name.
    pub english: Option<String>,
    /// The function of the departments that handle it, where it is known.
    pub function: Option<FunctionId>,
    /// The services that may be called for it. What tells the state of a license may be called for every matter.
    pub services: Vec<ServiceId>,
    /// Where the row comes from.
    pub source: String,
    /// Whether somebody has held the row to the published list.
    pub verified: bool,
    /// Whether it is made up for demonstrations and tests.
    pub sample: bool,
}

impl Matter {
    /// The Chinese name without the remark in brackets that some have at the end: what copies of licenses are made for (加注件).
    pub fn plain_name(&self) -> Option<&str> {
        let name = self.name.as_deref()?;
        let plain =
            name.strip_suffix('）').and_then(|rest| rest.rsplit_once('（')).map_or(name, |(plain, _)| plain);
        Some(plain).filter(|plain| !plain.is_empty())
    }

    /// The kind of matter (事项类型) that the code names: digits 3 and 4, as GB/T 39046-2020 lists them.
    pub fn kind(&self) -> Option<&'static str> {
        let kinds = [
            ("01", "permission"),
            ("02", "penalty"),
            ("03", "enforcement"),
            ("04", "levy"),
            ("05", "payment"),
            ("06", "inspection"),
            ("07", "confirmation"),
            ("08", "reward"),
            ("09", "ruling"),
            ("10", "other"),
            ("20", "public_service"),
        ];
        let digits = self.code.as_str().get(2..4)?;
        kinds.into_iter().find(|(code, _)| *code == digits).map(|(_, kind)| kind)
    }
}

/// Whether something may be called for a matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// It may.
    Covered,
    /// The matter does not list it.
    NotCovered,
    /// The catalog does not have the matter.
    Unknown,
}

impl Catalog {
    /// Whether `service`, or without one the verification of licenses, may be called for `matter`. The one rule for gateways and for
    /// those who foresee what gateways do.
    pub fn coverage(&self, matter: &MatterCode, service: Option<&Service>) -> Coverage {
        match (self.matter(matter), service) {
            (None, _) => Coverage::Unknown,
            (Some(_), None) => Coverage::Covered,
            // Every matter may find out whether a license that is shown is genuine and in force.
            (Some(_), Some(service)) if service.domain == Domain::License => Coverage::Covered,
            (Some(row), Some(service)) if row.services.contains(&service.id) => Coverage::Covered,
            (Some(_), Some(_)) => Coverage::NotCovered,
        }
    }
}

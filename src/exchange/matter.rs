//! Holds a request to the matter that it names: only the services that the catalog lists for it may be called.
//! It does not decide who may handle a matter; agreements do.

use serde::Deserialize;

use super::Refusal;
use crate::catalog::{Catalog, Coverage, Service};
use crate::identifier::MatterCode;
use crate::metrics::{Counters, Metrics};

/// Settings, in the config under `[matters]`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What happens to a request that names a matter which the catalog does not have.
    pub unknown: Unknown,
}

/// What happens to a matter that is well formed and not in the catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// It is counted and recorded, and that is all; for the time until the list of matters is complete.
    Observe,
    /// It is refused: what nobody listed gives no right to anything.
    #[default]
    Refuse,
}

/// Holds requests to their matters.
#[derive(Debug)]
pub struct Matters {
    config: Config,
    unknown: Counters<1>,
}

impl Matters {
    /// As `config` says.
    pub fn new(config: Config, metrics: &mut Metrics) -> Self {
        let help = "Requests that named a matter which the catalog does not have, by what happened to them.";
        Self { config, unknown: metrics.counters("matters_unknown", help) }
    }

    /// Whether `service`, or without one the verification of licenses, may be called for `matter`. Without a matter there is
    /// nothing to hold to; whether one must be named is for agreements.
    pub(super) fn check(
        &self,
        catalog: &Catalog,
        matter: Option<&MatterCode>,
        service: Option<&Service>,
    ) -> Result<(), Refusal> {
        let Some(code) = matter else { return Ok(()) };
        match (catalog.coverage(code, service), service) {
            (Coverage::Unknown, _) if self.config.unknown == Unknown::Observe => {
                self.unknown.add_one([("action", "observed")]);
                Ok(())
            }
            (Coverage::Unknown, _) => {
                self.unknown.add_one([("action", "refused")]);
                Err(Refusal::UnknownMatter)
            }
            (Coverage::NotCovered, Some(service)) => {
                Err(Refusal::MatterNotCovered { matter: code.clone(), service: service.id.clone() })
            }
            (Coverage::Covered | Coverage::NotCovered, _) => Ok(()),
        }
    }
}

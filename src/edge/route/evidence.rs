//! Reads the evidence of an exchange: licenses with what they are to show. What they do show is judged later.

use serde::Deserialize;

use super::base64::Base64;
use super::object::Object;
use crate::catalog::{LicenseTypeId, Relation};
use crate::edge::Config;
use crate::exchange::Refusal;
use crate::sensitive::Sensitive;
use crate::upstream::{Exhibit, Presence};

/// How much evidence there may be.
#[derive(Clone, Copy)]
pub(in crate::edge) struct EvidenceLimits {
    /// Licenses.
    licenses: usize,
    /// Bytes of a body that brings none.
    pub(super) without_evidence: usize,
}

impl EvidenceLimits {
    /// As `config` says.
    pub(in crate::edge) fn of(config: &Config) -> Self {
        Self { licenses: config.evidence_licenses.size(), without_evidence: config.exchange_bytes.size() }
    }
}

/// One license, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shown<'a> {
    #[serde(rename = "type")]
    kind: Sensitive<String>,
    relation: Sensitive<String>,
    presence: Sensitive<String>,
    #[serde(borrow)]
    license: Base64<'a>,
}

/// The licenses that `shown` writes.
pub(super) fn exhibits(
    shown: Vec<Object<Shown<'_>>>,
    limits: EvidenceLimits,
) -> Result<Vec<Exhibit>, Refusal> {
    if shown.len() > limits.licenses {
        let problem = format!("it has more than {} licenses", limits.licenses);
        return Err(Refusal::malformed("evidence", problem));
    }
    shown.into_iter().enumerate().map(|(index, Object(one))| exhibit(index, &one)).collect()
}

fn exhibit(index: usize, shown: &Shown<'_>) -> Result<Exhibit, Refusal> {
    let place = |member: &str| format!("evidence[{index}].{member}");
    let among = |member: &str, names: &[&str]| {
        Refusal::malformed(place(member), format!("it is none of `{}`", names.join("`, `")))
    };
    let license = LicenseTypeId::parse(shown.kind.expose()).ok_or_else(|| {
        Refusal::malformed(place("type"), "it is not the name of a license type of the catalog")
    })?;
    let relation = Relation::parse(shown.relation.expose())
        .ok_or_else(|| among("relation", &Relation::ALL.map(Relation::as_str)))?;
    let presence = Presence::parse(shown.presence.expose())
        .ok_or_else(|| among("presence", &Presence::ALL.map(Presence::as_str)))?;
    Ok(Exhibit { license, relation, presence, file: shown.license.decode(&place("license"))? })
}

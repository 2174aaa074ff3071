//! Asks the issuer's registry about a judged license: an inquiry like any other, in the name of the department that has
//! the file verified, with its own agreement and quota, at a provider of this province or the gateway of another.

use serde_json::{Map, Value};

use super::draft::Draft;
use super::relay::relay;
use super::{Arrival, Inquiry, Mandate, Parts, Refusal};
use crate::clock::Timestamp;
use crate::identifier::{LicenseIdentifier, SubjectNumber};
use crate::registry::{self, Consultation, IDENTIFIER, Registered, Registry, Silence};
use crate::sensitive::Sensitive;
use crate::upstream::{self, Deadline, Errand};
use crate::verdict::Judgement;

/// Joins what the registry says to the status of `judgement`. Never fails, and never takes longer than its setting.
pub(super) async fn consult(
    parts: &Parts,
    arrival: &Arrival,
    asked: &Mandate,
    judgement: &mut Judgement,
) -> Consultation {
    let upstreams = Upstreams { parts, arrival, asked };
    registry::consult(&upstreams, judgement, parts.registry.timeout_ms.duration()).await
}

/// The registries behind this gateway's upstreams.
struct Upstreams<'a> {
    parts: &'a Parts,
    arrival: &'a Arrival,
    asked: &'a Mandate,
}

impl Registry for Upstreams<'_> {
    async fn look_up(&self, license: &LicenseIdentifier) -> Result<Registered, Silence> {
        let Self { parts, arrival, .. } = self;
        let inquiry = self.inquiry(license).ok_or(Silence::NoRegistry)?;
        // What comes of it stands in the record of the verification.
        let mut draft = Draft::inquiry(parts, arrival, &inquiry);
        let relayed = relay(parts, arrival, &inquiry, &mut draft).await;
        let relayed = relayed.map_err(|refusal| silence(&refusal))?;
        let now: Timestamp = parts.clock.now();
        Registered::read(&relayed.disclosed, license, now)
    }
}

impl Upstreams<'_> {
    fn inquiry(&self, license: &LicenseIdentifier) -> Option<Inquiry> {
        let Self { parts, asked, .. } = self;
        let text = license.to_string();
        let errand = Errand {
            service: parts.registry.service.clone()?,
            department: asked.department.clone(),
            purpose: asked.purpose.clone(),
            use_cause: None,
            matter: asked.matter.clone(),
            case: asked.case.clone(),
            operator: asked.operator.clone(),
            channel: asked.channel,
            subject: SubjectNumber::new(&text),
            agent: None,
            basis: asked.basis,
            query: Sensitive::new(Map::from_iter([(IDENTIFIER.to_owned(), Value::String(text))])),
        };
        let deadline = Deadline::after(parts.registry.timeout_ms.duration());
        Some(Inquiry { province: license.province()?, errand, deadline })
    }
}

/// What a refused inquiry means here.
const fn silence(refusal: &Refusal) -> Silence {
    match refusal {
        Refusal::Denied(_) | Refusal::OverQuota(_) | Refusal::Upstream(upstream::Error::Refused { .. }) => {
            Silence::NotPermitted
        }
        Refusal::Upstream(upstream::Error::Deadline) => Silence::Late,
        Refusal::Upstream(upstream::Error::BadAnswer(_)) => Silence::BadAnswer,
        Refusal::Upstream(_) => Silence::Unreachable,
        // No provider, no route, no such service in the catalog, or one that asks for something else.
        _ => Silence::NoRegistry,
    }
}

//! Asks the issuer's registry about a judged license: an inquiry like any other, in the name of the department that has
//! the file verified, with its own agreement, quota and record, at a provider of this province or the gateway of another.

use std::time::Instant;

use serde_json::{Map, Value};

use super::draft::Draft;
use super::relay::relay;
use super::{Arrival, Inquiry, Mandate, Parts, Refusal};
use crate::identifier::{LicenseIdentifier, SubjectNumber};
use crate::quota::Admission;
use crate::registry::{self, Consultation, IDENTIFIER, Registered, Silence};
use crate::sensitive::Sensitive;
use crate::upstream::{self, Deadline, Errand};
use crate::verdict::Judgement;

/// Joins what the registry says to the status of `judgement`. Never fails; waits for an answer no longer than its setting.
pub(super) async fn consult(
    parts: &Parts,
    arrival: &Arrival,
    asked: &Mandate,
    cause: &Admission,
    judgement: &mut Judgement,
    draft: &mut Draft,
) -> Consultation {
    let Some(license) = registry::in_question(judgement) else { return Consultation::NotAsked };
    let answer = ask(parts, arrival, asked, cause, &license, draft).await;
    registry::join(judgement, answer)
}

async fn ask(
    parts: &Parts,
    arrival: &Arrival,
    asked: &Mandate,
    cause: &Admission,
    license: &LicenseIdentifier,
    draft: &mut Draft,
) -> Result<Registered, Silence> {
    let inquiry = inquiry(parts, asked, license).ok_or(Silence::NoRegistry)?;
    let begun = Instant::now();
    let mut inner = Draft::inquiry(parts, arrival, &inquiry);
    let relayed = relay(parts, arrival, &inquiry, Some(cause), &mut inner).await;
    if matches!(relayed, Ok(_) | Err(Refusal::Upstream(_))) {
        // A question that was put, or may have been. Of one that was not, the record of the verification says why.
        draft.entails(inner, begun.elapsed(), relayed.as_ref().err());
    }
    let relayed = relayed.map_err(|refusal| silence(&refusal))?;
    let times = parts.registry.times(parts.clock.now(), parts.verifier.skew_millis());
    Registered::read(&relayed.disclosed, license, &times)
}

fn inquiry(parts: &Parts, asked: &Mandate, license: &LicenseIdentifier) -> Option<Inquiry> {
    let text = license.to_string();
    let errand = Errand {
        service: parts.registry.service.clone()?,
        department: asked.department.clone(),
        purpose: asked.purpose.clone(),
        use_cause: None,
        matter: asked.matter.clone(),
        // Where, by whom and in which case the license is presented is no concern of the registry's.
        case: None,
        operator: None,
        channel: None,
        subject: SubjectNumber::new(&text),
        agent: None,
        basis: asked.basis,
        evidence: Vec::new(),
        query: Sensitive::new(Map::from_iter([(IDENTIFIER.to_owned(), Value::String(text))])),
    };
    let deadline = Deadline::after(parts.registry.timeout_ms.duration());
    Some(Inquiry { province: license.province()?, errand, deadline, reused: 0 })
}

/// What a refused inquiry means here.
fn silence(refusal: &Refusal) -> Silence {
    match refusal {
        Refusal::Denied(_) | Refusal::MatterNotCovered { .. } | Refusal::UnknownMatter => {
            Silence::NotPermitted
        }
        Refusal::OverQuota(_) => Silence::OverQuota,
        Refusal::Upstream(error) => match error {
            upstream::Error::Refused { code, .. } => refused(code),
            upstream::Error::Deadline => Silence::Late,
            upstream::Error::BadAnswer(_) => Silence::BadAnswer,
            upstream::Error::Busy
            | upstream::Error::Failed { .. }
            | upstream::Error::Interrupted
            | upstream::Error::Unreachable => Silence::Unreachable,
        },
        Refusal::NoProvider | Refusal::NoRoute(_) | Refusal::NoTransit(_) | Refusal::UnknownService => {
            Silence::NoRegistry
        }
        // Config and catalog were checked to agree about the question, and the rest cannot come from an inquiry.
        Refusal::CutOff
        | Refusal::Correction(_)
        | Refusal::DepartmentMissing
        | Refusal::Distrusted(_)
        | Refusal::Draining
        | Refusal::Encoded
        | Refusal::Evidence(_)
        | Refusal::InvalidJson { .. }
        | Refusal::LineTooLong { .. }
        | Refusal::Malformed { .. }
        | Refusal::NoRoom
        | Refusal::NoSuchOperation
        | Refusal::NotProvider
        | Refusal::NotYourDepartment(_)
        | Refusal::TooLarge { .. }
        | Refusal::TooManyLines { .. }
        | Refusal::TooSlow
        | Refusal::Uncounted
        | Refusal::Unidentified
        | Refusal::UnknownDecision
        | Refusal::UnknownEntry
        | Refusal::UnknownProvince
        | Refusal::Verifier(_)
        | Refusal::WrongMediaType { .. }
        | Refusal::WrongMethod { .. } => Silence::Refused,
    }
}

/// What it means that the gateway of the other province refused with `code`. It speaks of quotas as this one does.
fn refused(code: &str) -> Silence {
    match code {
        "gateway.busy" | "quota.exceeded" => Silence::OverQuota,
        "exchange.no_provider" | "request.unknown_service" => Silence::NoRegistry,
        "caller.department_not_allowed"
        | "caller.unidentified"
        | "matter.not_covered"
        | "matter.unknown"
        | "policy.denied" => Silence::NotPermitted,
        _ => Silence::Refused,
    }
}

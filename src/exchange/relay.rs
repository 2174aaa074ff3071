//! An inquiry, step by step: decide, quota, evidence, answer, minimize. What each step finds goes into the draft of the record.

use serde_json::Value;

use super::draft::Draft;
use super::evidence::{self, Shown};
use super::{Arrival, Inquiry, Parts, Refusal, Relayed, correction};
use crate::cache::{CacheState, Sharing, Subject};
use crate::catalog::Service;
use crate::corrections::Concerned;
use crate::crypto::{Digest, DigestAlgorithm, Hasher};
use crate::disclosure::{Answer, disclose};
use crate::identifier::SubjectNumber;
use crate::policy::{Age, Operation, Question};
use crate::quota::Admission;
use crate::rulebook::Caller;
use crate::upstream::Upstream;

/// Answers `inquiry`, which a caller sent or, where there is a `cause`, the gateway needs for a request that was admitted.
pub(super) async fn relay(
    parts: &Parts,
    arrival: &Arrival,
    inquiry: &Inquiry,
    cause: Option<&Admission>,
    draft: &mut Draft,
) -> Result<Relayed, Refusal> {
    let Inquiry { province, errand, .. } = inquiry;
    let party = arrival.caller.as_ref().and_then(Caller::party);
    if party.is_some() && *province != parts.province {
        // Passing on for others would let two gateways that name each other send a request round for ever.
        return Err(Refusal::NoTransit(parts.province));
    }
    let service = arrival.rulebook.catalog.service(&errand.service).ok_or(Refusal::UnknownService)?;
    fits(inquiry, service)?;

    let claims = evidence::claims(arrival, errand)?;
    let permit = arrival.rulebook.agreements.decide(&Question {
        department: &errand.department,
        operation: Operation::Query { province: *province, service: errand.service.clone() },
        purpose: &errand.purpose,
        matter: errand.matter.as_ref(),
        case: errand.case.is_some(),
        operator: errand.operator.is_some(),
        basis: errand.basis,
        evidence: &claims,
        age: Age::of(&errand.subject, arrival.at),
        party,
        at: arrival.at,
    });
    let permit = permit.map_err(Refusal::Denied)?;
    draft.permitted(&permit);
    parts.matters.check(&arrival.rulebook.catalog, errand.matter.as_ref(), Some(service.as_ref()))?;

    let pseudonym = parts.pseudonyms.pseudonym("subject", errand.subject.expose());
    let admission = match cause {
        None => parts.quotas.admit(permit, Some(&pseudonym), arrival.at).await,
        Some(cause) => parts.quotas.admit_within(cause, permit, Some(&pseudonym), arrival.at).await,
    };
    let admission = admission?;
    let upstream = parts.upstreams.find(*province, &errand.service);
    let upstream = upstream.ok_or_else(|| no_upstream(parts, inquiry))?;
    // Boxed: judging a license may ask its registry, which is an inquiry again, without evidence.
    let shown = Box::pin(evidence::prove(parts, arrival, inquiry, admission, draft)).await?;
    answer(parts, arrival, inquiry, (pseudonym, service), upstream, shown, draft).await
}

/// Gets the answer, for a department that may have it because of what was shown, and cuts it.
async fn answer(
    parts: &Parts,
    arrival: &Arrival,
    inquiry: &Inquiry,
    (pseudonym, service): (String, &Service),
    upstream: Upstream,
    shown: Shown,
    draft: &mut Draft,
) -> Result<Relayed, Refusal> {
    let Inquiry { province, errand, deadline, reused } = inquiry;
    let subject = subject(pseudonym, inquiry, &upstream, &shown);
    let admission = shown.into_admission();
    parts.answers.reused(admission.permit(), *reused);
    let concerned =
        Concerned { province: *province, service: service.id.clone(), subject: subject.pseudonym.clone() };
    let fetch = |sharing, reuse| {
        let until = match sharing {
            Sharing::Alone => *deadline,
            // Others may join who wait longer than this caller.
            Sharing::Joint => parts.upstreams.patience(),
        };
        parts.upstreams.ask(&admission, &upstream, arrival.id.as_str(), errand, until, reuse)
    };
    let answer = parts.answers.get(&admission, subject, deadline.instant(), fetch).await;
    let (answer, cache) = answer.map_err(Refusal::Upstream)?;

    let disclosed = disclose(admission.permit(), &answer);
    // Kept answers too: what is reported meanwhile is shown with them.
    let fresh = upstream.decides_itself() && matches!(cache, CacheState::Bypass | CacheState::Miss);
    let fresh_since = (fresh && !answer.is_under_correction()).then_some(arrival.at);
    let noted = correction::is_open(parts, &concerned, fresh_since).await;
    let under_correction = noted || answer.is_under_correction();
    draft.disclosed(parts, admission.permit(), &disclosed, cache, under_correction);
    Ok(Relayed { disclosed, cache, age_seconds: age(&answer, cache), under_correction, admission })
}

/// How old the answer is, where it does not come from the provider itself.
fn age(answer: &Answer, cache: CacheState) -> Option<u64> {
    match cache {
        CacheState::Hit { age_seconds, .. } | CacheState::Stale { age_seconds, .. } => Some(age_seconds),
        CacheState::Bypass | CacheState::Coalesced | CacheState::Miss => {
            Some(answer.age().as_secs()).filter(|age| *age > 0)
        }
    }
}

/// Holds the query to the catalog: its parameters are known, whole and as their schemas say, and it is about the subject that was stated.
fn fits(inquiry: &Inquiry, service: &Service) -> Result<(), Refusal> {
    let query = inquiry.errand.query.expose();
    for parameter in &service.request {
        let place = || format!("query.{}", parameter.name);
        let schema = &parameter.about.field_type.schema;
        match query.get(&parameter.name) {
            None if parameter.required => return Err(Refusal::malformed(place(), "it is missing")),
            None => {}
            Some(Value::Array(values)) if parameter.list => {
                for (index, value) in values.iter().enumerate() {
                    let place = || format!("{}[{index}]", place());
                    schema.check(value).map_err(|unfit| Refusal::malformed(place(), unfit))?;
                }
            }
            Some(Value::Array(_)) => return Err(Refusal::malformed(place(), "it is a list")),
            Some(_) if parameter.list => return Err(Refusal::malformed(place(), "it is no list")),
            Some(value) => schema.check(value).map_err(|unfit| Refusal::malformed(place(), unfit))?,
        }
    }
    if query.keys().any(|name| service.request.iter().all(|parameter| parameter.name != *name)) {
        // Not repeated: what is no name of the catalog may be anything.
        return Err(Refusal::malformed("query", "it has a parameter that the service does not"));
    }
    // Records name the subject, and kept answers are told apart by it, so it must be whom the query is really about.
    let asked = query.get(&service.subject).and_then(Value::as_str).map(SubjectNumber::new);
    if asked.as_ref() == Some(&inquiry.errand.subject) {
        Ok(())
    } else {
        let problem = format!("it is not the value of `query.{}`", service.subject);
        Err(Refusal::malformed("context.subject", problem))
    }
}

fn no_upstream(parts: &Parts, inquiry: &Inquiry) -> Refusal {
    if inquiry.province == parts.province { Refusal::NoProvider } else { Refusal::NoRoute(inquiry.province) }
}

/// Whom and what the answer is about, for telling kept answers apart.
fn subject(pseudonym: String, inquiry: &Inquiry, upstream: &Upstream, shown: &Shown) -> Subject {
    let errand = &inquiry.errand;
    let mut query = Hasher::new(DigestAlgorithm::Sm3);
    canonical(&Value::Object(errand.query.expose().clone()), &mut query);
    if upstream.decides_itself() {
        // The other side decided for this department, matter and basis, and because of this evidence, so nobody else may have
        // its answer, and nobody without it.
        for part in [
            errand.department.to_string(),
            errand.matter.as_ref().map(ToString::to_string).unwrap_or_default(),
            errand.basis.as_str().to_owned(),
            format!("{} {}", errand.case.is_some(), errand.operator.is_some()),
            errand.agent.as_ref().map(|agent| agent.expose().to_owned()).unwrap_or_default(),
        ]
        .into_iter()
        .chain(errand.evidence.iter().map(|exhibit| exhibit.claim().to_string()))
        .chain(shown.files().iter().map(Digest::hex))
        {
            query.update(&[0]);
            query.update(part.as_bytes());
        }
    }
    let case = errand.case.as_ref();
    Subject {
        pseudonym,
        query: query.finish(),
        case: case.map(|case| DigestAlgorithm::Sm3.digest(case.expose().as_bytes())),
    }
}

/// Feeds `value` to `hasher` with the members of objects in order of their names, so that the order in which a caller
/// writes them makes no difference.
fn canonical(value: &Value, hasher: &mut Hasher) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            hasher.update(b"{");
            for name in names {
                hasher.update(Value::from(name.as_str()).to_string().as_bytes());
                hasher.update(b":");
                canonical(members.get(name).unwrap_or(&Value::Null), hasher);
                hasher.update(b",");
            }
            hasher.update(b"}");
        }
        Value::Array(values) => {
            hasher.update(b"[");
            for value in values {
                canonical(value, hasher);
                hasher.update(b",");
            }
            hasher.update(b"]");
        }
        other => hasher.update(other.to_string().as_bytes()),
    }
}

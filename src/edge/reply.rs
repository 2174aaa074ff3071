//! Answers on the wire. Takes only what is on record: an unrecorded answer does not compile.

use std::fmt::Write;

use bytes::Bytes;
use http::header::{AGE, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::cache::CacheState;
use crate::clock::Timestamp;
use crate::corrections::Ticket;
use crate::disclosure::Outcome;
use crate::exchange::{
    Answered, Corrected, Decisive, Evidence, Explanation, Missing, OpenReports, Relayed, Verified,
};
use crate::policy::Authorizer;
use crate::quota::{Admission, Level, OverQuota};
use crate::report::JsonReport;
use crate::verdict::Language;

/// The answer to a verification: the same JSON as the command line, and where it is recorded.
pub(super) fn verification(answered: &Answered<Verified>, language: Language) -> Response<Full<Bytes>> {
    // Names and numbers: nothing that could fail to be written.
    let body = serde_json::to_string(&judged(answered, language)).unwrap_or_default();
    let mut response = text(StatusCode::OK, body);
    standings(response.headers_mut(), &answered.content().admission);
    response
}

/// What was found, and where it is recorded.
pub(super) fn judged(answered: &Answered<Verified>, language: Language) -> Judged<'_> {
    let Verified { judgement, registry, evidence: number, .. } = answered.content();
    let evidence = answered.evidence();
    Judged {
        report: JsonReport::new(None, judgement, language),
        registry: registry.as_str(),
        evidence: *number,
        record: evidence.recorded().id(),
        generation: evidence.generation(),
        request_id: evidence.request_id().as_str(),
    }
}

/// The body of an answer to a verification.
#[derive(Serialize)]
pub(super) struct Judged<'a> {
    #[serde(flatten)]
    report: JsonReport<'a>,
    registry: &'static str,
    evidence: u64,
    record: &'a str,
    generation: u64,
    request_id: &'a str,
}

/// The answer to an inquiry. The one place where the data of an answer leave their wrapper: for the department that an
/// agreement permits them to.
pub(super) fn exchange(answered: &Answered<Relayed>) -> Response<Full<Bytes>> {
    let Relayed { disclosed, cache, age_seconds: age, under_correction, admission } = answered.content();
    let over = match cache {
        CacheState::Stale { over_seconds, .. } => Some(*over_seconds),
        CacheState::Bypass | CacheState::Coalesced | CacheState::Hit { .. } | CacheState::Miss => None,
    };
    let evidence = answered.evidence();
    let body = Exchange {
        outcome: disclosed.outcome(),
        data: disclosed.data().expose(),
        data_as_of: disclosed.data_as_of(),
        under_correction: *under_correction,
        withheld: disclosed.withheld(),
        masked: disclosed.masked(),
        dropped: disclosed.dropped(),
        unfit: disclosed.unfit(),
        agreement: admission.permit().agreement().to_string(),
        cache: Cache { state: cache.as_str(), age_seconds: *age, over_seconds: over },
        record: evidence.recorded().id(),
        generation: evidence.generation(),
        request_id: evidence.request_id().as_str(),
    };
    // Names and numbers, and JSON that is there already: nothing that could fail to be written.
    let mut response = text(StatusCode::OK, serde_json::to_string(&body).unwrap_or_default());
    let headers = response.headers_mut();
    insert(headers, CACHE_STATUS, &cache_status(*cache));
    if let Some(age) = age {
        headers.insert(AGE, HeaderValue::from(*age));
    }
    standings(headers, admission);
    response
}

/// The body of an answer to an inquiry. The data go through as they are, so that no number changes on the way.
#[derive(Serialize)]
struct Exchange<'a> {
    outcome: Outcome,
    data: &'a RawValue,
    data_as_of: Option<Timestamp>,
    under_correction: bool,
    withheld: &'a [String],
    masked: &'a [String],
    dropped: usize,
    unfit: &'a [String],
    agreement: String,
    cache: Cache,
    record: &'a str,
    generation: u64,
    request_id: &'a str,
}

#[derive(Serialize)]
struct Cache {
    state: &'static str,
    age_seconds: Option<u64>,
    over_seconds: Option<u64>,
}

/// Open reports that data are wrong.
pub(super) fn corrections(answered: &Answered<OpenReports>) -> Response<Full<Bytes>> {
    let OpenReports { reports, more } = answered.content();
    let reports = reports.iter().map(|(ticket, overdue)| report(ticket, *overdue)).collect();
    let mut body = Map::new();
    body.insert("corrections".to_owned(), Value::Array(reports));
    body.insert("more".to_owned(), json!(more));
    evidence(&mut body, answered.evidence());
    json(StatusCode::OK, &Value::Object(body))
}

fn report(ticket: &Ticket, overdue: bool) -> Value {
    json!({
        "id": ticket.id.as_str(), "province": ticket.concerned.province.to_string(),
        "service": ticket.concerned.service.as_str(), "department": ticket.department.to_string(),
        "fields": ticket.fields, "reason": ticket.complaint, "state": ticket.state, "opened": ticket.opened,
        "due": ticket.due, "overdue": overdue, "closed": ticket.closed,
    })
}

/// A report that data are wrong, as it stands. Who it is about is told to nobody.
pub(super) fn correction(answered: &Answered<Corrected>) -> Response<Full<Bytes>> {
    let Corrected { ticket, new, overdue, admission } = answered.content();
    let mut body = Map::new();
    body.insert("correction".to_owned(), report(ticket, *overdue));
    evidence(&mut body, answered.evidence());
    let status = if *new { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json(status, &Value::Object(body));
    if *new {
        insert(response.headers_mut(), LOCATION, &format!("/v1/corrections/{}", ticket.id));
    }
    if let Some(admission) = admission {
        standings(response.headers_mut(), admission);
    }
    response
}

/// Why something was denied, and what would have to be there.
pub(super) fn explanation(answered: &Answered<Explanation>) -> Response<Full<Bytes>> {
    let explanation = answered.content();
    let at = explanation.said("at").as_i64().map(Timestamp::from_millis);
    let missing = explanation
        .missing
        .iter()
        .map(|Missing { what, wanted, mend }| json!({ "what": what, "wanted": wanted, "mend": mend }));
    let policies = explanation.policies.iter().map(|(name, decisive)| policy_now(name, decisive));
    let mut denial = Map::new();
    denial.insert("record".to_owned(), json!(explanation.record.id));
    denial.insert("at".to_owned(), json!(at));
    for member in [
        "request",
        "operation",
        "department",
        "province",
        "service",
        "purpose",
        "matter",
        "basis",
        "generation",
    ] {
        denial.insert(member.to_owned(), explanation.said(member).clone());
    }
    denial.insert("reason".to_owned(), json!(explanation.code.as_str()));
    denial.insert("detail".to_owned(), json!(explanation.code.text()));
    denial.insert("missing".to_owned(), missing.collect());
    denial.insert("policies".to_owned(), policies.collect());
    let mut body = Map::from_iter([("decision".to_owned(), Value::Object(denial))]);
    evidence(&mut body, answered.evidence());
    json(StatusCode::OK, &Value::Object(body))
}

/// A policy that decided. Only an agreement that still is one has terms.
fn policy_now(name: &str, decisive: &Decisive) -> Value {
    let terms = match decisive {
        Decisive::Agreement(agreement) => &agreement.terms,
        Decisive::RedLine => return json!({ "name": name, "kind": "red_line" }),
        Decisive::Gone => return json!({ "name": name, "kind": "gone" }),
    };
    json!({
        "name": name,
        "kind": "agreement",
        "basis": terms.basis.to_string(),
        "authorise": terms.authorizer.map_or("none", Authorizer::as_str),
        "from": terms.from,
        "until": terms.until,
    })
}

/// `Cache-Status`, RFC 9211.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

fn cache_status(state: CacheState) -> String {
    match state {
        CacheState::Hit { left_seconds, .. } => format!("tongban; hit; ttl={left_seconds}"),
        CacheState::Stale { over_seconds, .. } => {
            format!("tongban; fwd=stale; ttl=-{over_seconds}; detail=stale-if-error")
        }
        CacheState::Coalesced => "tongban; fwd=miss; collapsed".to_owned(),
        CacheState::Miss => "tongban; fwd=miss".to_owned(),
        CacheState::Bypass => "tongban; fwd=bypass".to_owned(),
    }
}

fn evidence(members: &mut Map<String, Value>, evidence: &Evidence) {
    members.insert("record".to_owned(), json!(evidence.recorded().id()));
    members.insert("generation".to_owned(), json!(evidence.generation()));
    members.insert("request_id".to_owned(), json!(evidence.request_id().as_str()));
}

/// `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10: one item a limit, the narrowest first.
fn standings(headers: &mut HeaderMap, admission: &Admission) {
    let (mut policies, mut limits) = (String::new(), String::new());
    for standing in admission.standings() {
        let separator = if policies.is_empty() { "" } else { ", " };
        let name = standing.level.as_str();
        // Writing to a String does not fail.
        let policy = policy(standing.level, standing.limit, standing.window_seconds);
        let _ = write!(policies, "{separator}{policy}");
        let _ = write!(limits, "{separator}\"{name}\";r={};t={}", standing.remaining, standing.reset_seconds);
    }
    insert(headers, RATE_LIMIT_POLICY, &policies);
    insert(headers, RATE_LIMIT, &limits);
}

/// The same fields for the limit that refused.
pub(super) fn reached(headers: &mut HeaderMap, over: &OverQuota) {
    let name = over.level.as_str();
    insert(headers, RATE_LIMIT_POLICY, &policy(over.level, over.limit, over.window_seconds));
    insert(headers, RATE_LIMIT, &format!("\"{name}\";r=0;t={}", over.retry_after_seconds));
}

fn policy(level: Level, limit: u64, window_seconds: u32) -> String {
    let unit = level.unit().map(|unit| format!(";qu=\"{unit}\"")).unwrap_or_default();
    format!("\"{}\";q={limit}{unit};w={window_seconds}", level.as_str())
}

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let (false, Ok(value)) = (text.is_empty(), HeaderValue::from_str(text)) {
        headers.insert(name, value);
    }
}

/// A response with `body` as JSON, which nobody on the way may keep.
pub(super) fn json(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    text(status, body.to_string())
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

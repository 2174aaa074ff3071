//! The one table from refusals to HTTP: status, title, and what to do about it, as RFC 9457 problem documents.
//! Codes and details come from the exchange; no other file maps an error to a status.

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use serde_json::{Map, Value, json};

use super::reply;
use crate::corrections;
use crate::exchange::{Failure, Refusal, Refused, RequestId, Unrecorded};
use crate::pki::revocation::Why;
use crate::policy::{Denial, DenialCode};
use crate::rulebook::Distrust;
use crate::upstream;
use crate::verifier;

/// A row: status, title, how to mend it.
type Row = (StatusCode, &'static str, &'static str);

const fn row(refusal: &Refusal) -> Row {
    match refusal {
        Refusal::Unidentified => (
            StatusCode::FORBIDDEN,
            "The certificate is not enrolled",
            "have the officers of this gateway enroll the certificate's SHA-256 fingerprint",
        ),
        Refusal::Distrusted(distrust) => distrusted_row(distrust),
        Refusal::DepartmentMissing => (
            StatusCode::BAD_REQUEST,
            "No department is named",
            "name the department as `CREDITCODE@REGION`, in `context.department` or in `Tongban-Department`",
        ),
        Refusal::NotYourDepartment(_) => (
            StatusCode::FORBIDDEN,
            "Not your department",
            "name a department that this certificate may speak for, or have it added to the system's list",
        ),
        Refusal::NoSuchOperation => (
            StatusCode::NOT_FOUND,
            "No such operation",
            "use POST /v1/licenses/verify, /v1/licenses/verify-batch, /v1/seals/verify, /v1/signatures/verify or \
             /v1/exchange/{province}/{service}, or GET /v1/catalog, /v1/corrections/{id} and /v1/decisions/{record}, and see the README",
        ),
        Refusal::WrongMethod { .. } => {
            (StatusCode::METHOD_NOT_ALLOWED, "Wrong method", "use the method named in `Allow`")
        }
        Refusal::WrongMediaType { .. } => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Wrong media type",
            "label the body with the `Content-Type` that the detail names",
        ),
        Refusal::Encoded => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The body is encoded",
            "send the body as it is, neither compressed nor labeled with `Content-Encoding`",
        ),
        Refusal::Evidence(_) => (
            StatusCode::FORBIDDEN,
            "The evidence does not show it",
            "see `evidence`; have the license verified by itself for the reasons, and bring one that shows what is claimed, or \
             ask without it",
        ),
        Refusal::TooLarge { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large", "send a smaller body")
        }
        Refusal::LineTooLong { .. } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "The line is too long",
            "send the file alone, to /v1/licenses/verify",
        ),
        Refusal::TooManyLines { .. } => {
            (StatusCode::PAYLOAD_TOO_LARGE, "Too many lines", "send the rest as another batch")
        }
        Refusal::TooSlow => {
            (StatusCode::REQUEST_TIMEOUT, "The body came too slowly", "send the body without pauses")
        }
        Refusal::CutOff => (StatusCode::BAD_REQUEST, "The body is not whole", "send the request again"),
        Refusal::InvalidJson { .. } => (
            StatusCode::BAD_REQUEST,
            "The body is not JSON",
            "mend the JSON at the place that the detail names",
        ),
        Refusal::Malformed { .. } => (
            StatusCode::BAD_REQUEST,
            "The request is not as described",
            "mend what the detail names; the section on the interface in the README lists what there is",
        ),
        Refusal::UnknownProvince => {
            (StatusCode::NOT_FOUND, "No such province", "use the two digits of GB/T 2260, such as 43")
        }
        Refusal::UnknownService => (
            StatusCode::NOT_FOUND,
            "No such service",
            "use a service of the catalog, such as sb.insured.query",
        ),
        Refusal::UnknownMatter => (
            StatusCode::FORBIDDEN,
            "No such matter",
            "name a matter that GET /v1/catalog/matters lists, or have the security officer add it",
        ),
        Refusal::MatterNotCovered { .. } => (
            StatusCode::FORBIDDEN,
            "The matter does not need this service",
            "see GET /v1/catalog/matters/{code} for the services of the matter",
        ),
        Refusal::Correction(corrections::Error::Unknown) => (
            StatusCode::NOT_FOUND,
            "No such report",
            "use the `id` that the answer to the report gave, with a system that speaks for the department that \
             reported or for one that provides the data",
        ),
        Refusal::Correction(corrections::Error::Closed) => {
            (StatusCode::CONFLICT, "The report is closed", "report again if the data are wrong again")
        }
        Refusal::Correction(corrections::Error::TooMany { .. }) => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many reports of this department",
            "speak with the department that provides the data; so many are one fault",
        ),
        Refusal::Correction(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Reports cannot be kept",
            "ask the operator of this gateway; nothing is taken that cannot be kept",
        ),
        Refusal::NotProvider => (
            StatusCode::FORBIDDEN,
            "Not yours to close so",
            "name the department that reported to withdraw, or one that provides the data to resolve or reject",
        ),
        Refusal::UnknownDecision => (
            StatusCode::NOT_FOUND,
            "No such denial",
            "use the `record` of a refusal with the code `policy.denied`, with a system that speaks for the department \
             that was refused; of old ones only the security officer can tell, by the ledger",
        ),
        Refusal::UnknownEntry => (
            StatusCode::NOT_FOUND,
            "No such entry of the catalog",
            "see the list that the entry would be in, such as GET /v1/catalog/services",
        ),
        Refusal::NoRoute(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The province is not connected",
            "have the operator of this gateway add the province's gateway under `[[peers]]`",
        ),
        Refusal::NoProvider => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The service is not connected",
            "have the operator of the answering gateway add the provider system under `[[providers]]`",
        ),
        Refusal::NoTransit(_) => (
            StatusCode::MISDIRECTED_REQUEST,
            "Another gateway stands for this province",
            "ask the gateway of the province itself",
        ),
        Refusal::Denied(Denial { code: DenialCode::Suspended, .. }) => (
            StatusCode::FORBIDDEN,
            "Not permitted",
            "ask the security officer of this gateway; nothing that a request says lifts a suspension",
        ),
        Refusal::Denied(_) => (
            StatusCode::FORBIDDEN,
            "Not permitted",
            "see `missing`; what agreements permit is for the security officer of this gateway",
        ),
        Refusal::OverQuota(_) => {
            (StatusCode::TOO_MANY_REQUESTS, "The quota is used up", "ask again after `Retry-After` seconds")
        }
        Refusal::Uncounted => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The request cannot be counted",
            "ask the operator of this gateway; nothing is answered that cannot be counted against its quota",
        ),
        Refusal::Upstream(error) => upstream_row(error),
        Refusal::Verifier(verifier::Error::Busy) => {
            (StatusCode::SERVICE_UNAVAILABLE, "Too many files are waiting", "send the file again in a moment")
        }
        Refusal::Verifier(verifier::Error::CutShort) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The judgement was cut short",
            "send the file again; report it with the request's identifier if it happens twice",
        ),
        Refusal::Draining => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The gateway is being stopped",
            "send the rest over a new connection",
        ),
        Refusal::NoRoom => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many large requests are open",
            "send the request again in a moment",
        ),
    }
}

/// All of these end the connection with the answer; not all are for the client to mend.
const fn distrusted_row(distrust: &Distrust) -> Row {
    let (title, mend) = match distrust {
        Distrust::RevocationOpen(Why::OnHold { .. }) => (
            "The certificate is on hold",
            "have the authority that suspended the certificate release it, or connect with another one",
        ),
        Distrust::RevocationOpen(_) => (
            "Whether the certificate is revoked is not known here",
            "have the operator of this gateway see to what the authority publishes about revocation, then connect again",
        ),
        Distrust::Costly(_) => (
            "The certificates cost too much to judge",
            "connect with the certificate and the authorities above it, and nothing else beside it",
        ),
        Distrust::Malformed(_)
        | Distrust::Uncertified
        | Distrust::OutOfDate
        | Distrust::Revoked
        | Distrust::Unfit(_)
        | Distrust::Weak => (
            "The certificate is not trusted any more",
            "connect with a certificate that is: this connection ends with this answer",
        ),
    };
    (StatusCode::FORBIDDEN, title, mend)
}

/// Nothing here says anything about the person asked about, which `outcome` in the document repeats.
const fn upstream_row(error: &upstream::Error) -> Row {
    const AGAIN: &str = "ask again later; nothing is known about the subject of the query";
    match error {
        upstream::Error::Busy => (StatusCode::SERVICE_UNAVAILABLE, "The upstream is busy", AGAIN),
        upstream::Error::Unreachable => (StatusCode::BAD_GATEWAY, "The upstream cannot be reached", AGAIN),
        upstream::Error::Interrupted => (StatusCode::BAD_GATEWAY, "The upstream broke off", AGAIN),
        upstream::Error::Deadline => {
            (StatusCode::GATEWAY_TIMEOUT, "The upstream did not answer in time", AGAIN)
        }
        upstream::Error::BadAnswer(_) => {
            (StatusCode::BAD_GATEWAY, "The upstream's answer cannot be used", AGAIN)
        }
        upstream::Error::Failed { .. } => (StatusCode::BAD_GATEWAY, "The upstream failed", AGAIN),
        upstream::Error::Refused { retry_after: Some(_), .. } => (
            StatusCode::TOO_MANY_REQUESTS,
            "A quota of the other province is used up",
            "ask again after `Retry-After` seconds",
        ),
        upstream::Error::Refused { .. } => (
            StatusCode::FORBIDDEN,
            "The other province refused",
            "see `upstream`; the record named there is kept by the gateway of the other province",
        ),
    }
}

/// The problem document of a refusal that is on record.
pub(super) fn problem(refused: &Refused) -> Response<Full<Bytes>> {
    let refusal = refused.refusal();
    let (status, members, retry_after) = problem_members(refused);
    let mut response = respond(status, members, retry_after);
    if let Refusal::WrongMethod { allowed } = refusal {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    }
    if matches!(refusal, Refusal::Encoded) {
        // RFC 9110 §12.5.3: so the client can tell this 415 from one about the media type.
        response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    if let Refusal::OverQuota(over) = refusal {
        reply::reached(response.headers_mut(), over);
    }
    response
}

/// A failure as a member of something larger, such as a line of a batch: the problem document, and in it the seconds
/// after which to ask again, for which a document of its own has a header.
pub(super) fn member(failure: &Failure, request_id: &RequestId) -> Value {
    let (_, mut members, retry_after) = match failure {
        Failure::Refused(refused) => problem_members(refused),
        Failure::Unrecorded(cause) => unrecorded_members(cause, Some(request_id)),
    };
    members.insert("retry_after".to_owned(), json!(retry_after));
    Value::Object(members)
}

fn problem_members(refused: &Refused) -> (StatusCode, Map<String, Value>, Option<u64>) {
    let (refusal, evidence) = (refused.refusal(), refused.evidence());
    let (status, title, mend) = row(refusal);
    let mut members = document(status, title, refusal.code(), &refusal.to_string(), mend);
    members.insert("request_id".to_owned(), json!(evidence.request_id().as_str()));
    members.insert("record".to_owned(), json!(evidence.recorded().id()));
    members.insert("generation".to_owned(), json!(evidence.generation()));
    let mut retry_after = None;
    match refusal {
        Refusal::Denied(denial) => {
            members.insert("reason".to_owned(), json!(denial.code.as_str()));
            members.insert("policies".to_owned(), json!(denial.policies));
            members.insert("missing".to_owned(), json!(denial.missing));
        }
        Refusal::Evidence(unproven) => {
            let what = json!({ "index": unproven.index, "claim": unproven.claim.to_string(), "problem": unproven.problem.as_str() });
            members.insert("evidence".to_owned(), what);
        }
        Refusal::OverQuota(over) => retry_after = Some(over.retry_after_seconds.into()),
        // Places are free again as soon as the upstream answers others.
        Refusal::Upstream(upstream::Error::Busy) => {
            retry_after = Some(1);
            members.insert("outcome".to_owned(), json!("unavailable"));
        }
        Refusal::Upstream(upstream::Error::Refused { code, record, retry_after: after }) => {
            retry_after = *after;
            members.insert("upstream".to_owned(), json!({ "code": code, "record": record }));
        }
        Refusal::Upstream(_) | Refusal::NoRoute(_) | Refusal::NoProvider => {
            members.insert("outcome".to_owned(), json!("unavailable"));
        }
        _ => {}
    }
    (status, members, retry_after)
}

/// The problem document of a request that left no record: nothing was decided, and nothing is disclosed.
pub(super) fn unrecorded(cause: &Unrecorded, request_id: Option<&RequestId>) -> Response<Full<Bytes>> {
    let (status, members, retry_after) = unrecorded_members(cause, request_id);
    respond(status, members, retry_after)
}

fn unrecorded_members(
    cause: &Unrecorded,
    request_id: Option<&RequestId>,
) -> (StatusCode, Map<String, Value>, Option<u64>) {
    let (title, mend, retry_after) = match cause {
        Unrecorded::Busy => (
            "Too many requests of this caller",
            "wait for open requests to be answered, and for `Retry-After` seconds, before sending more",
            Some(1),
        ),
        Unrecorded::Ledger => (
            "The request cannot be recorded",
            "ask the operator of this gateway; nothing is answered that cannot be recorded",
            None,
        ),
        Unrecorded::Fault => (
            "The gateway failed",
            "report it to the operator of this gateway with the time of the request",
            None,
        ),
    };
    let status = match cause {
        Unrecorded::Busy | Unrecorded::Ledger => StatusCode::SERVICE_UNAVAILABLE,
        Unrecorded::Fault => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut members = document(status, title, cause.code(), &cause.to_string(), mend);
    members.insert("request_id".to_owned(), json!(request_id.map(RequestId::as_str)));
    (status, members, retry_after)
}

fn document(status: StatusCode, title: &str, code: &str, detail: &str, mend: &str) -> Map<String, Value> {
    let members = [
        ("type", json!(format!("urn:tongban:problem:{code}"))),
        ("title", json!(title)),
        ("status", json!(status.as_u16())),
        ("code", json!(code)),
        ("detail", json!(detail)),
        ("mend", json!(mend)),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn respond(
    status: StatusCode,
    members: Map<String, Value>,
    retry_after: Option<u64>,
) -> Response<Full<Bytes>> {
    let mut response = reply::json(status, &Value::Object(members));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Exhausted, Resource};
    use crate::catalog::ServiceId;
    use crate::clock::Timestamp;
    use crate::exchange::{EvidenceProblem, Unproven};
    use crate::identifier::{MatterCode, Province};
    use crate::policy::Claim;
    use crate::quota::{Level, OverQuota};
    use crate::upstream::BadAnswer;

    fn refused(retry_after: Option<u64>) -> Refusal {
        Refusal::Upstream(upstream::Error::Refused {
            code: "policy.denied".to_owned(),
            record: None,
            retry_after,
        })
    }

    #[test]
    fn a_client_is_told_to_mend_what_it_can() {
        let since = Timestamp::from_seconds(0);
        for (distrust, told) in [
            (Distrust::Revoked, "connect with a certificate that is"),
            (Distrust::RevocationOpen(Why::Missing), "the operator of this gateway"),
            (Distrust::RevocationOpen(Why::Stale { since }), "the operator of this gateway"),
            (Distrust::RevocationOpen(Why::OnHold { since }), "the authority that suspended"),
            (Distrust::Costly(Exhausted { what: Resource::PathSteps, limit: 1 }), "nothing else beside it"),
        ] {
            let (_, _, mend) = row(&Refusal::Distrusted(distrust));
            assert!(mend.contains(told), "{mend}");
        }
    }

    /// Codes and statuses are part of the interface: a change of this table is a change of that.
    #[test]
    fn codes_and_statuses() {
        let hunan = Province::parse("43").unwrap();
        let denial = Denial { code: DenialCode::NoAgreement, policies: Vec::new(), missing: Vec::new() };
        let over = OverQuota {
            level: Level::AgreementDay,
            limit: 5,
            window_seconds: 86_400,
            retry_after_seconds: 60,
        };
        let uncovered = Refusal::MatterNotCovered {
            matter: MatterCode::parse("990700001000").unwrap(),
            service: ServiceId::parse("sb.insured.query").unwrap(),
        };
        let claim = Claim::parse("birth_certificate/parent_of").unwrap();
        let unproven = Unproven { index: 0, claim, problem: EvidenceProblem::NotGenuine };
        let too_many = Refusal::Correction(corrections::Error::TooMany { limit: 1, what: "open" });
        let upstream = Refusal::Upstream;
        let table = [
            (Refusal::Unidentified, "caller.unidentified", 403),
            (Refusal::Distrusted(Distrust::Revoked), "caller.revoked", 403),
            (Refusal::Distrusted(Distrust::Uncertified), "caller.uncertified", 403),
            (Refusal::Distrusted(Distrust::OutOfDate), "caller.certificate_out_of_date", 403),
            (Refusal::Distrusted(Distrust::RevocationOpen(Why::Missing)), "caller.revocation_open", 403),
            (Refusal::DepartmentMissing, "caller.department_missing", 400),
            (Refusal::NotYourDepartment(String::new()), "caller.department_not_allowed", 403),
            (Refusal::NoSuchOperation, "request.unknown_operation", 404),
            (Refusal::WrongMethod { allowed: "POST" }, "request.wrong_method", 405),
            (Refusal::WrongMediaType { expected: "application/json" }, "request.wrong_media_type", 415),
            (Refusal::Encoded, "request.encoded", 415),
            (Refusal::TooLarge { limit: 1 }, "request.too_large", 413),
            (Refusal::LineTooLong { limit: 1 }, "request.line_too_long", 413),
            (Refusal::TooManyLines { limit: 1 }, "request.too_many_lines", 413),
            (Refusal::TooSlow, "request.too_slow", 408),
            (Refusal::CutOff, "request.cut_off", 400),
            (Refusal::InvalidJson { line: 1, column: 1 }, "request.invalid_json", 400),
            (Refusal::malformed("context", "it is missing"), "request.malformed", 400),
            (Refusal::UnknownProvince, "request.unknown_province", 404),
            (Refusal::UnknownService, "request.unknown_service", 404),
            (Refusal::UnknownMatter, "matter.unknown", 403),
            (uncovered, "matter.not_covered", 403),
            (Refusal::Correction(corrections::Error::Unknown), "correction.unknown", 404),
            (Refusal::Correction(corrections::Error::Closed), "correction.closed", 409),
            (too_many, "correction.too_many", 429),
            (Refusal::Correction(corrections::Error::Failed), "correction.unavailable", 503),
            (Refusal::NotProvider, "correction.not_allowed", 403),
            (Refusal::UnknownDecision, "decision.unknown", 404),
            (Refusal::UnknownEntry, "catalog.unknown_entry", 404),
            (Refusal::NoRoute(hunan), "exchange.no_route", 503),
            (Refusal::NoProvider, "exchange.no_provider", 503),
            (Refusal::NoTransit(hunan), "exchange.no_transit", 421),
            (Refusal::Denied(denial), "policy.denied", 403),
            (Refusal::Evidence(unproven), "evidence.not_shown", 403),
            (Refusal::OverQuota(over), "quota.exceeded", 429),
            (Refusal::Uncounted, "quota.unavailable", 503),
            (upstream(upstream::Error::Busy), "upstream.busy", 503),
            (upstream(upstream::Error::Unreachable), "upstream.unreachable", 502),
            (upstream(upstream::Error::Interrupted), "upstream.interrupted", 502),
            (upstream(upstream::Error::Deadline), "upstream.timeout", 504),
            (upstream(upstream::Error::BadAnswer(BadAnswer::Json)), "upstream.bad_answer", 502),
            (upstream(upstream::Error::Failed { status: 500 }), "upstream.failed", 502),
            (refused(None), "upstream.refused", 403),
            (refused(Some(60)), "upstream.refused", 429),
            (Refusal::Verifier(verifier::Error::Busy), "verifier.busy", 503),
            (Refusal::Verifier(verifier::Error::CutShort), "verifier.cut_short", 500),
            (Refusal::Draining, "gateway.draining", 503),
            (Refusal::NoRoom, "gateway.no_room", 503),
        ];
        for (refusal, code, status) in table {
            let (found, title, mend) = row(&refusal);
            assert_eq!((refusal.code(), found.as_u16()), (code, status));
            assert!(!title.is_empty() && !mend.is_empty(), "{code}");
        }
        for cause in [Unrecorded::Busy, Unrecorded::Fault, Unrecorded::Ledger] {
            let status = unrecorded(&cause, None).status();
            assert_eq!(status == StatusCode::INTERNAL_SERVER_ERROR, cause == Unrecorded::Fault);
        }
    }
}
